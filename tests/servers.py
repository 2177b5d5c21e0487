"""Throw-away servers for tests, and waiting without luck.

A server lives in a temporary folder behind a guard: a shell that starts it, reads from a pipe that
this process holds, and at the pipe's end kills the server and removes the folder. Whichever way the
test run ends, `kill -9` included, nothing is left behind.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import psycopg

T = TypeVar("T")

_GUARD = """
"$@" >"$FOLDER/log" 2>&1 &
server=$!
read -r _
kill -"$SIGNAL" "$server" 2>/dev/null
wait "$server"
rm -rf "$FOLDER"
"""
_USERS = ("postgres", "nobody")
_STARTS = 3


def free_port() -> int:
    """A TCP port on the loopback that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], T], timeout: float = 60.0) -> T:
    """What `condition` answers, as soon as it is true; fails the test when it never becomes so."""
    deadline = time.monotonic() + timeout
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {_name(condition)}")
        time.sleep(0.01)
    return answer


async def async_wait_for(condition: Callable[[], T], timeout: float = 60.0) -> T:
    """`wait_for` inside an event loop."""
    deadline = time.monotonic() + timeout
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {_name(condition)}")
        await asyncio.sleep(0.01)
    return answer


def _name(condition: Callable[[], object]) -> str:
    code = getattr(condition, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code else repr(condition)


class MissingServerError(RuntimeError):
    """A server that the tests need is not installed; the text says what to install."""


class Postgres:
    """A PostgreSQL of its own: on the loopback only, no password.

    Without `durable` it does not wait for the disk: it survives everything but the machine's own fall,
    which no test brings about, and makes and drops databases in half the time.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._settings = [] if durable else ["-c", "fsync=off", "-c", "full_page_writes=off"]
        self._user = _unprivileged()
        self.folder = _folder("om-pg-", self._user)
        try:
            self._initialise()
            self.port, self._guard = self._start()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def url(self, database: str) -> str:
        """The address of a database, as the configuration takes it."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        """Run one statement outside any transaction, e.g. CREATE DATABASE."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def stop(self) -> None:
        """End the server and remove its folder."""
        _end(self._guard)

    def _initialise(self) -> None:
        command = [_binary("initdb"), "-D", str(self.folder / "data"), "-U", "postgres"]
        command += ["-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        done = subprocess.run(
            command,
            user=self._user,
            group=_group(self._user),
            extra_groups=None if self._user is None else [],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stderr or done.stdout}")

    def _start(self) -> tuple[int, subprocess.Popen[bytes]]:
        for _ in range(_STARTS):  # a spare port may be taken by somebody else meanwhile
            port = free_port()
            command = [_binary("postgres"), "-D", str(self.folder / "data"), "-p", str(port)]
            command += ["-h", "127.0.0.1", "-k", str(self.folder), *self._settings]
            guard = guarded(command, self.folder, self._user, end="QUIT")
            log = wait_for(self._verdict, timeout=60)
            if "FATAL" not in log:
                return port, guard
            if "Address already in use" not in log:
                _end(guard)
                raise RuntimeError(f"PostgreSQL did not start: {log}")
            guard.kill()  # not _end: the folder is still needed
            guard.wait()
            (self.folder / "log").unlink()
        raise RuntimeError("PostgreSQL found no spare port")

    def _verdict(self) -> str:
        """The log, once it tells that the server is up or has given up."""
        log = self.folder / "log"
        text = log.read_text(errors="replace") if log.exists() else ""
        return text if "ready to accept connections" in text or "FATAL" in text else ""


class Mosquitto:
    """An MQTT broker of its own on the loopback, set as adapters/mqtt/README.md asks for.

    It keeps its port and what it has stored when it is restarted or killed.
    """

    def __init__(self, listener: str = "", settings: str = "") -> None:
        """More lines of its configuration: of the listener, and of the whole."""
        self.folder = _folder("om-mqtt-", None)
        self._lines = (settings, listener)
        try:
            self.port, self._guard = self._find_port()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    @property
    def log(self) -> str:
        """What it has told since it was last started, packets included."""
        log = self.folder / "log"
        return log.read_text(errors="replace") if log.exists() else ""

    def start(self) -> None:
        """Start it again."""
        self._guard, told = self._start(self.port)
        if "Error:" in told:
            raise RuntimeError(f"Mosquitto did not start again: {told}")

    def kill(self) -> None:
        """SIGKILL: what it has not written is gone."""
        self._signal(signal.SIGKILL)

    def halt(self) -> None:
        """End it as an administrator would."""
        self._signal(signal.SIGTERM)

    def stop(self) -> None:
        """End the server and remove its folder."""
        _end(self._guard)
        shutil.rmtree(self.folder, ignore_errors=True)  # where it was down

    def _find_port(self) -> tuple[int, subprocess.Popen[bytes]]:
        for _ in range(_STARTS):
            port = free_port()
            guard, told = self._start(port)
            if "Error:" not in told:
                return port, guard
            guard.kill()
            guard.wait()
            if "Address already in use" not in told:
                raise RuntimeError(f"Mosquitto did not start: {told}")
        raise RuntimeError("Mosquitto found no spare port")

    def _start(self, port: int) -> tuple[subprocess.Popen[bytes], str]:
        settings, listener = self._lines
        config = self.folder / "mosquitto.conf"
        config.write_text(
            f"{'user root' if os.geteuid() == 0 else ''}\n"
            f"persistence true\npersistence_location {self.folder}/\n"
            "autosave_interval 1\nautosave_on_changes true\nmax_queued_messages 0\n"
            f"log_dest stderr\nlog_type all\npid_file {self.folder}/pid\n{settings}\n"
            f"listener {port} 127.0.0.1\n{listener or 'allow_anonymous true'}\n"
        )
        (self.folder / "log").unlink(missing_ok=True)
        guard = guarded([_mosquitto(), "-c", str(config)], self.folder)
        try:
            return guard, wait_for(self._verdict)
        except BaseException:
            _end(guard)
            raise

    def _verdict(self) -> str:
        return self.log if " running" in self.log or "Error:" in self.log else ""

    def _signal(self, number: signal.Signals) -> None:
        pid = int((self.folder / "pid").read_text())
        os.kill(pid, number)
        wait_for(lambda: not _alive(pid))
        self._guard.kill()  # not _end: the folder is still needed
        self._guard.wait()


def guarded(
    command: list[str], folder: Path, user: int | None = None, end: str = "KILL"
) -> subprocess.Popen[bytes]:
    """Start a server that writes to `folder/log` and is gone, with its folder, when we are.

    `end`: the signal for it; a shell's background jobs ignore QUIT and INT where they do not say else.
    """
    return subprocess.Popen(
        ["/bin/sh", "-c", _GUARD, "guard", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "FOLDER": str(folder), "SIGNAL": end},
        cwd="/",
        user=user,
        group=_group(user),
        extra_groups=None if user is None else [],
        start_new_session=True,  # Ctrl-C at the terminal must reach us, not the server
    )


def _end(guard: subprocess.Popen[bytes]) -> None:
    assert guard.stdin is not None
    guard.stdin.close()
    guard.wait(timeout=60)


def _alive(pid: int) -> bool:
    """Whether a process is there and no mere zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _mosquitto() -> str:
    found = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        raise MissingServerError(
            "Mosquitto is neither on PATH nor in /usr/sbin: install it (Debian, Ubuntu:"
            " `apt-get install mosquitto`; the tests start their own, so it need not run)"
        )
    return found


def _unprivileged() -> int | None:
    """Whom to be for a server that refuses to run as root; None where we are not root."""
    if os.geteuid() != 0:
        return None
    for name in _USERS:
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise MissingServerError(f"PostgreSQL does not run as root, and there is no user of {_USERS}")


def _group(user: int | None) -> int | None:
    return None if user is None else pwd.getpwuid(user).pw_gid


def _folder(prefix: str, user: int | None) -> Path:
    # /tmp, not TMPDIR: the other user must reach it, and a socket's path is at most 107 bytes
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    if user is not None:
        os.chown(folder, user, _group(user) or 0)
    return folder


def _binary(name: str) -> str:
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    newest = sorted(installed, key=lambda path: [int(n) for n in path.parent.name.split(".")])
    folders = os.pathsep.join([os.environ.get("PATH", ""), *(str(p) for p in reversed(newest))])
    found = shutil.which(name, path=folders)
    if found is None:
        raise MissingServerError(
            f"PostgreSQL's `{name}` is neither on PATH nor under /usr/lib/postgresql/*/bin:"
            " install it (Debian, Ubuntu: `apt-get install postgresql`)"
        )
    return found
