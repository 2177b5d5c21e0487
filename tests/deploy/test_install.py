"""From the wheel to a running service and through an upgrade, as far as that goes without systemd."""

from __future__ import annotations

import configparser
import os
import re
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from monitor import __version__
from monitor.store import schema
from tests import wire
from tests.daemon.lines import BEGIN, Line, hour_frame
from tests.daemon.process import ROOT, mn, uscc
from tests.registers import write_csv
from tests.servers import free_port

NEXT = "99.0.0"
UNIT = ROOT / "deploy" / "offsite-monitor.service"
INSTALL = ROOT / "deploy" / "install.sh"
SOURCES = ("monitor", "adapters", "alembic", "pyproject.toml", "README.md", "LICENSE")
SHEETS = {
    "enterprises": f"uscc,name,district\n{uscc(0)},示例企业,示例区\n",
    "outlets": f"mn,uscc,code,medium\n{mn(0)},{uscc(0)},DA001,air\n",
}


def build(source: Path, target: Path) -> Path:
    """The wheel of a source tree."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(target)]
    subprocess.run([*command, str(source)], check=True, cwd=target)
    (wheel,) = target.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a wheel is made of, so that building leaves nothing in the tree."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in (*SOURCES, "config.example.toml"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return folder


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(checkout, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def next_wheel(wheel: Path, checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a later version."""
    del wheel  # built before the version is changed
    for path in (checkout / "pyproject.toml", checkout / "monitor" / "__init__.py"):
        path.write_text(path.read_text("utf-8").replace(__version__, NEXT), encoding="utf-8")
    return build(checkout, tmp_path_factory.mktemp("next"))


def install(wheel: Path, root: Path, **environment: str) -> str:
    done = subprocess.run(
        ["/bin/sh", str(INSTALL), str(wheel), "--root", str(root)],
        env={**os.environ, "PYTHON": sys.executable, **environment},
        cwd=ROOT,  # as the manual says; its packages must not be taken for the installed ones
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@dataclass
class Service:
    """An installation below a root, and how it is run."""

    root: Path
    environment: Mapping[str, str]
    port: int
    http: int

    @property
    def prefix(self) -> Path:
        return self.root / "opt" / "offsite-monitor"

    @property
    def config(self) -> Path:
        return self.root / "etc" / "offsite-monitor" / "config.toml"

    @property
    def database(self) -> Path:
        return self.root / "var" / "lib" / "offsite-monitor" / "monitor.db"

    def command(self, *words: str) -> str:
        """Run an installed command somewhere else; its output."""
        done = subprocess.run(
            [str(self.prefix / "current" / "bin" / "offsite-monitor"), *words],
            env=self.environment,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def configured(self, *words: str) -> str:
        return self.command(*words, "--config", str(self.config))

    @contextmanager
    def running(self) -> Iterator[httpx.Client]:
        """Started as the unit says; ready when it says so; ended as systemd ends it."""
        name = f"示例 {secrets.token_hex(4)}"  # of tokens in force no two have one
        token = self.configured("token", "create", "--name", name, "--role", "admin")
        with tempfile.TemporaryDirectory(prefix="om-notify-") as folder, _notified(folder) as told:
            process = subprocess.Popen(
                [str(self.prefix / "current/bin/offsite-monitor"), "run", "--config", self.config],
                env={**self.environment, "NOTIFY_SOCKET": f"{folder}/notify"},
                cwd=self.database.parent,
            )
            try:
                assert told.recv(100) == b"READY=1"
                headers = {"Authorization": f"Bearer {token.splitlines()[-1]}"}
                base = f"http://127.0.0.1:{self.http}"
                with wire.Client(base_url=base, headers=headers) as client:
                    yield client
                process.send_signal(signal.SIGTERM)
                assert told.recv(100) == b"STOPPING=1"
                assert process.wait(15) == 0
            finally:
                process.kill()
                process.wait()


@contextmanager
def _notified(folder: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"{folder}/notify")
        listening.settimeout(60)
        yield listening


@pytest.fixture(scope="module")
def service(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Service:
    """The wheel, installed with all that it depends on."""
    root = tmp_path_factory.mktemp("root")
    install(wheel, root)
    port, http = free_port(), free_port()
    adapter = '[{"type": "hj212", "name": "emissions", "host": "127.0.0.1", "port": %d}]'
    environment = {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "OFFSITE_MONITOR__HTTP__PORT": str(http),
        "OFFSITE_MONITOR__ADAPTERS": adapter % port,
    }
    return Service(root, environment, port, http)


def test_the_wheel_has_what_a_machine_needs(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for source, inside in (
        ("alembic", "monitor/_alembic"),
        ("monitor/samples", "monitor/samples"),
        ("adapters", "adapters"),
    ):
        for path in (ROOT / source).rglob("*"):
            if path.suffix in (".py", ".csv", ".mako"):
                assert f"{inside}/{path.relative_to(ROOT / source).as_posix()}" in names
    assert {"monitor/_config.example.toml", "monitor/pollutants.csv"} <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"monitor", "adapters"}


def test_the_installation_lies_where_the_unit_looks(service: Service) -> None:
    assert str((service.prefix / "current").readlink()) == __version__
    folder = service.prefix / __version__
    assert (folder / "bin" / "python").is_symlink()
    assert not list(service.prefix.glob("*.new")) + list(service.prefix.glob("*.old"))
    for script in (folder / "bin").iterdir():
        if script.is_file() and not script.is_symlink():
            assert b".new/" not in script.read_bytes(), script
    assert stat.S_IMODE(service.config.stat().st_mode) == 0o640
    example = (ROOT / "config.example.toml").read_text("utf-8")
    expected = example.replace("sqlite:///var/monitor.db", f"sqlite:///{service.database}")
    expected = expected.replace('"var/media"', f'"{service.database.parent}/media"')
    assert service.config.read_text("utf-8") == expected


def test_installed_commands_work_from_anywhere(service: Service) -> None:
    assert service.command("--version") == f"offsite-monitor {__version__}\n"
    assert service.configured("check") == "all is well\n"
    assert schema.head() in service.configured("migrate")
    assert service.configured("check") == "all is well\n"


def beside(service: Service, folder: Path) -> Path:
    """What the first installation's dependencies are, without the product itself."""
    (packages,) = (service.prefix / __version__ / "lib").glob("python*/site-packages")
    for path in packages.iterdir():
        if path.name not in ("monitor", "adapters") and not path.name.startswith("offsite_monitor"):
            (folder / path.name).symlink_to(path)
    return folder


def hours(client: httpx.Client) -> list[float]:
    span = {"period": "hour", "from": BEGIN.isoformat()}
    answer = client.get(f"/api/v1/outlets/{mn(0)}/observations", params=span)
    return [item["value"] for item in answer.raise_for_status().json()["items"]]


def test_data_survives_an_upgrade(service: Service, next_wheel: Path, tmp_path: Path) -> None:
    service.configured("registry", "import", str(write_csv(tmp_path / "register", SHEETS)))
    with service.running() as client:
        line = Line(service.port)
        line.send(hour_frame(0, 0, 12.5))
        line.await_answers(1)
        line.close()
        assert hours(client) == [12.5]
    with service.config.open("a", encoding="utf-8") as file:
        file.write("# looked through by the administrator\n")
    before = service.config.read_text("utf-8")

    packages = tmp_path / "packages"
    packages.mkdir()
    packages = beside(service, packages)
    install(next_wheel, service.root, PIP_ARGS="--no-deps", PYTHONPATH=str(packages))
    service.environment = {**service.environment, "PYTHONPATH": str(packages)}
    assert str((service.prefix / "current").readlink()) == NEXT
    assert (service.prefix / __version__ / "bin" / "offsite-monitor").exists()
    assert service.command("--version") == f"offsite-monitor {NEXT}\n"
    assert service.config.read_text("utf-8") == before
    with service.running() as client:
        assert client.get("/readyz").json()["ready"] is True
        assert hours(client) == [12.5]


def test_the_installer_says_what_it_misses(tmp_path: Path) -> None:
    for words, reason in (
        ([], "usage:"),
        (["--surplus"], "usage:"),
        ([str(tmp_path / "none.whl")], "no such file"),
    ):
        command = ["/bin/sh", str(INSTALL), *words, "--root", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode != 0
        assert reason in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_unit_says_what_the_manual_says() -> None:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(UNIT, encoding="utf-8")
    service = unit["Service"]
    assert service["Type"] == "notify"
    assert service["ExecStart"] == (
        "/opt/offsite-monitor/current/bin/offsite-monitor run"
        " --config /etc/offsite-monitor/config.toml"
    )
    assert service["WatchdogSec"] == "60"
    assert int(service["TimeoutStopSec"]) > 15
    assert service["Restart"] == "always"
    assert "HUP" in service["ExecReload"]
    assert service["User"] != "root"
    assert service["StateDirectory"] == "offsite-monitor"
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    manual = (ROOT / "docs" / "operation.md").read_text("utf-8")
    for key, value in (("watchdog", "60 s"), ("LimitNOFILE", service["LimitNOFILE"])):
        assert re.search(rf"{key}.{{0,20}}{value}", manual), key


def test_systemd_takes_the_unit(service: Service, tmp_path: Path) -> None:
    """Asked where it is installed; elsewhere the keys above have to do."""
    if shutil.which("systemd-analyze") is None:
        return
    text = UNIT.read_text("utf-8").replace("/opt/offsite-monitor", str(service.prefix))
    unit = tmp_path / UNIT.name
    unit.write_text(text, encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if UNIT.name in line]
    assert complaints == []
