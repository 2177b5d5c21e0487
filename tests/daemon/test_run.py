"""`run`: started, told to read again, watched, and ended as a service is."""

from __future__ import annotations

import json
import os
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.replay import Device
from adapters.replay.scenarios import frame
from monitor.clock import to_ms
from monitor.observation import Period
from monitor.store import Store, devices, readings
from tests import wire
from tests.daemon.lines import BEGIN, ZONE, Line, hour_frame
from tests.daemon.process import Process, listens, mn
from tests.servers import wait_for


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Process]:
    """A daemon that is not started yet, on SQLite."""
    process = Process(tmp_path, f"sqlite:///{tmp_path}/monitor.db")
    yield process
    if process.running is not None and process.running.poll() is None:
        process.kill()


def client(daemon: Process) -> httpx.Client:
    headers = {"Authorization": f"Bearer {daemon.token()}"}
    return wire.Client(base_url=daemon.api, headers=headers)


def logged(daemon: Process) -> list[dict[str, Any]]:
    """The log so far; every whole line of it is a JSON object."""
    text = daemon.log.read_text("utf-8")
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


def has_logged(daemon: Process, event: str, times: int = 1) -> bool:
    return sum(line["event"] == event for line in logged(daemon)) >= times


# --- the end --------------------------------------------------------------------------------------


class Talker:
    """A device that sends all the while, and knows what was answered."""

    def __init__(self, port: int, number: int) -> None:
        self.line, self.number = Line(port), number
        self.answered = 0
        self._thread = threading.Thread(target=self._talk)
        self._thread.start()

    def _talk(self) -> None:
        device = Device(mn(self.number), "31", ())
        try:
            while True:
                at = (BEGIN + self.answered * timedelta(seconds=1)).astimezone(ZONE)
                content = f"DataTime={at:%Y%m%d%H%M%S};a21026-Rtd=20,a21026-Flag=N"
                self.line.send(frame(device, "2011", f"{at:%Y%m%d%H%M%S}000", content))
                self.line.await_answers(self.answered + 1)
                self.answered += 1
        except (AssertionError, OSError):
            return  # the daemon has gone

    def wait(self) -> None:
        self._thread.join(30)
        assert not self._thread.is_alive()
        self.line.close()


def test_sigterm_ends_it_and_nothing_answered_is_lost(daemon: Process) -> None:
    daemon.register(4)
    daemon.start()
    talkers = [Talker(daemon.port, number) for number in range(4)]
    wait_for(lambda: all(talker.answered > 20 for talker in talkers))
    assert daemon.end(within=15) == 0
    for talker in talkers:
        talker.wait()
    store = Store(daemon.database)
    for talker in talkers:
        with store.read() as connection:
            code = mn(talker.number)
            device = devices.find(connection, [code])[code]
            since, until = to_ms(BEGIN), to_ms(BEGIN + timedelta(days=1))
            found = readings.stored(connection, device, code, Period.REALTIME, since, until)
            kept = {to_ms(each.readings.start) for each in found}
        assert {since + second * 1000 for second in range(talker.answered)} <= kept
    store.close()
    assert logged(daemon)[-1]["event"] == "stopped"


def test_who_waits_for_tasks_is_answered_at_the_end(daemon: Process) -> None:
    daemon.start()
    head = f"Authorization: Bearer {daemon.token()}\r\nHost: x\r\nPrefer: wait=30"
    with socket.create_connection(("127.0.0.1", daemon.http), timeout=30) as waiting:
        waiting.sendall(f"GET /api/v1/tasks HTTP/1.1\r\n{head}\r\n\r\n".encode())
        alive = wire.get(f"http://127.0.0.1:{daemon.http}/healthz")
        assert alive.status_code == 200  # served after the other had arrived
        assert daemon.end(within=15) == 0
        answer = b""
        while chunk := waiting.recv(65_536):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"items":[]' in answer


def test_ctrl_c_is_an_end_like_any_other(daemon: Process) -> None:
    daemon.start()
    assert daemon.running is not None
    daemon.running.send_signal(signal.SIGINT)
    assert daemon.running.wait(15) == 0


# --- reading again --------------------------------------------------------------------------------


def due_hours(opened: httpx.Client, number: int) -> float | None:
    """From queueing to due, for the task of a device."""
    for task in opened.get("/tasks").raise_for_status().json()["items"]:
        if mn(number) in task["outlets"]:
            queued, due = (datetime.fromisoformat(task[key]) for key in ("queued_at", "due_at"))
            return (due - queued) / timedelta(hours=1)
    return None


def test_sighup_takes_over_policies_and_survives_a_broken_file(daemon: Process) -> None:
    daemon.register(4)
    daemon.start()
    assert daemon.running is not None
    line, whole = Line(daemon.port), daemon.config.read_text("utf-8")
    policies = (
        '[tasks.deadlines]\nexceedance = "5 hours"\n[detection.exceedance]\nhour = "screen"\n'
    )
    with client(daemon) as opened:
        line.send(hour_frame(0, 0, 50))
        assert wait_for(lambda: due_hours(opened, 0)) == 48

        changed = whole.replace(f"port = {daemon.http}", "port = 1")
        daemon.config.write_text(changed + policies.split("[detection")[0], encoding="utf-8")
        daemon.running.send_signal(signal.SIGHUP)
        wait_for(lambda: has_logged(daemon, "limits and policies read again"))
        assert logged(daemon)[-1]["needs_restart"] == ["http"]
        line.send(hour_frame(1, 0, 50))
        assert wait_for(lambda: due_hours(opened, 1)) == 5

        daemon.config.write_text("[tasks", encoding="utf-8")
        daemon.running.send_signal(signal.SIGHUP)
        wait_for(lambda: has_logged(daemon, "configuration not taken over"))
        assert "config.toml" in logged(daemon)[-1]["faults"][0]
        line.send(hour_frame(2, 0, 50))
        assert wait_for(lambda: due_hours(opened, 2)) == 5

        daemon.config.write_text(whole + policies, encoding="utf-8")
        daemon.running.send_signal(signal.SIGHUP)
        wait_for(lambda: has_logged(daemon, "limits and policies read again", 2))
        line.send(hour_frame(3, 0, 50))
        wait_for(lambda: len(opened.get("/alerts").json()["items"]) == 4)
        outcomes = {a["outlet"]: a["outcome"] for a in opened.get("/alerts").json()["items"]}
        assert outcomes[mn(3)] == "screen"
        assert due_hours(opened, 3) is None
    line.close()
    assert daemon.end() == 0


# --- ports and logs -------------------------------------------------------------------------------


def test_logs_are_json_with_time_level_and_event(daemon: Process) -> None:
    daemon.start()
    wait_for(lambda: has_logged(daemon, "running"))
    assert daemon.end() == 0
    lines = logged(daemon)
    events = [line["event"] for line in lines if line["level"] == "info"]
    assert events == ["running", "stopping", "stopped"]
    for line in lines:
        assert datetime.fromisoformat(line["timestamp"]).tzinfo is not None
        assert line["level"] in ("info", "warning", "error", "critical")


def test_a_taken_port_of_the_api_is_a_clear_end(daemon: Process) -> None:
    with socket.create_server(("127.0.0.1", daemon.http)):
        daemon.launch()
        assert daemon.running is not None
        assert daemon.running.wait(60) == 1
    last = daemon.log.read_text("utf-8").splitlines()[-1]
    assert last.startswith(
        f"http: cannot listen on 127.0.0.1:{daemon.http}: Address already in use"
    )
    assert "http.port" in last
    assert "Traceback" not in daemon.log.read_text("utf-8")


def test_a_taken_port_of_an_adapter_is_tried_again(daemon: Process) -> None:
    ready = f"http://127.0.0.1:{daemon.http}/readyz"
    with socket.create_server(("127.0.0.1", daemon.port)):
        daemon.launch()
        wait_for(lambda: listens(daemon.http), timeout=60)
        answer = wire.get(ready)
        assert answer.status_code == 503
        assert answer.json()["adapters"]["emissions"]["ready"] is False
        assert answer.json()["database"] == "ok"
        wait_for(lambda: has_logged(daemon, "part stopped"))
    stopped = next(line for line in logged(daemon) if line["event"] == "part stopped")
    assert stopped["part"] == "emissions"
    assert "address already in use" in stopped["fault"]
    wait_for(lambda: wire.get(ready).status_code == 200, timeout=60)
    line = Line(daemon.port)
    line.send(hour_frame(0, 0, 10))
    line.await_answers(1)
    line.close()
    assert daemon.end() == 0


# --- systemd --------------------------------------------------------------------------------------


@pytest.fixture
def systemd() -> Iterator[socket.socket]:
    """The socket that a service manager listens on."""
    with (
        tempfile.TemporaryDirectory(prefix="om-notify-") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening,
    ):
        listening.bind(f"{folder}/notify")
        listening.settimeout(60)
        yield listening


def heard(systemd: socket.socket, message: bytes) -> None:
    """Wait for a message; others may come before."""
    while systemd.recv(4096) != message:
        pass


def test_the_service_manager_is_told(
    daemon: Process, systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", os.fsdecode(systemd.getsockname()))
    monkeypatch.setenv("WATCHDOG_USEC", "200000")
    daemon.launch()
    heard(systemd, b"READY=1")
    assert listens(daemon.port)
    assert listens(daemon.http)
    heard(systemd, b"WATCHDOG=1")
    heard(systemd, b"WATCHDOG=1")
    assert daemon.running is not None
    daemon.running.send_signal(signal.SIGTERM)
    heard(systemd, b"STOPPING=1")
    assert daemon.running.wait(15) == 0


def test_the_daemon_ends_with_a_stream_open(database_url: str, tmp_path: Path) -> None:
    process = Process(tmp_path, database_url)
    token = process.token("viewer")
    process.start()
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{process.api}/events/stream"
    with wire.stream("GET", url, headers=headers) as answer:
        lines = answer.iter_lines()
        assert next(lines) == ": alive"
        assert process.end() == 0
        assert [line for line in lines if line.startswith("data:")] == []
