"""`simulate` and `demo`: devices on real sockets, and the whole story in one command."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from tests import wire
from tests.daemon.process import COMMAND, ROOT, Process
from tests.registers import SAMPLE
from tests.servers import free_port, wait_for


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path, f"sqlite:///{tmp_path}/monitor.db")
    process.start()
    yield process
    assert process.end() == 0


def command(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, words)], cwd=ROOT, capture_output=True, text=True, check=False
    )


def simulate(port: int, *words: str | Path) -> dict[str, Any]:
    """Run it against a port; its last line."""
    done = command("simulate", "--host", "127.0.0.1", "--port", str(port), *words)
    assert done.returncode == 0, done.stderr
    tally: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert tally.keys() == {"sent", "acked", "unacked", "seconds"}
    return tally


def acknowledged(daemon: Process) -> float:
    """Frames answered, by the daemon's own count."""
    metrics = wire.get(f"http://127.0.0.1:{daemon.http}/metrics").text
    name = "offsite_monitor_acknowledged_total"
    return sum(float(line.split()[-1]) for line in metrics.splitlines() if line.startswith(name))


def test_invented_devices_are_answered_frame_by_frame(daemon: Process) -> None:
    tally = simulate(daemon.port, "--outlets", "5", "--frames", "20")
    assert (tally["sent"], tally["acked"], tally["unacked"]) == (100, 100, 0)
    assert acknowledged(daemon) == 100


def test_several_frames_in_flight_and_time_running_faster(daemon: Process) -> None:
    words = ("--outlets", "2", "--frames", "30", "--in-flight", "7", "--speed", "60")
    tally = simulate(daemon.port, *words)
    assert (tally["sent"], tally["acked"]) == (60, 60)


def test_the_outlets_of_a_register_exceed_its_limits(daemon: Process) -> None:
    daemon.command("registry", "import", str(SAMPLE))
    token = daemon.token("officer")
    words = ("--frames", "150", "--speed", "10", "--scenario", "exceedance")
    tally = simulate(daemon.port, "--registry", SAMPLE, *words)
    assert tally["acked"] == tally["sent"]
    headers = {"Authorization": f"Bearer {token}", "Prefer": "wait=20"}
    answer = wire.get(f"{daemon.api}/tasks", headers=headers)
    (task,) = answer.json()["items"]
    assert task["trigger"] == "exceedance"


def test_nobody_listening_is_told_and_counted() -> None:
    done = command("simulate", "--port", str(free_port()), "--outlets", "2")
    assert done.returncode == 1
    assert json.loads(done.stdout.splitlines()[-1])["sent"] == 0
    assert done.stderr.startswith("2 devices: connect: ")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--outlets", "1", "--registry", "x"],
        ["--outlets", "1", "--scenario", "flood"],
        ["--registry", "no-such-folder"],
    ],
)
def test_what_cannot_be_simulated_is_one_line(words: list[str]) -> None:
    done = command("simulate", "--port", "1", *words)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)


def test_the_demo_tells_its_story_and_ends() -> None:
    done = command("demo", "--once")
    assert (done.returncode, done.stderr) == (0, "")
    assert "现场核查任务 1" in done.stdout
    assert "task 1: claimed, reported and closed" in done.stdout
    assert "task.queued" in done.stdout
    assert "signature good" in done.stdout
    assert "WRONG" not in done.stdout
    assert all(cell_len(line) <= 80 for line in done.stdout.splitlines())


def test_a_demo_that_is_interrupted_ends_well(tmp_path: Path) -> None:
    with (tmp_path / "shown").open("wb") as shown:
        running = subprocess.Popen([*COMMAND, "demo"], cwd=ROOT, stdout=shown, stderr=shown)
    wait_for(lambda: "TOKEN=" in (tmp_path / "shown").read_text("utf-8"), timeout=60)
    running.send_signal(signal.SIGINT)
    assert running.wait(30) == 0
    text = (tmp_path / "shown").read_text("utf-8")
    assert "\nended: " in text
    assert "Traceback" not in text
