"""Sub-packets and encrypted frames at a daemon that is killed, or learns a key while it runs."""

from __future__ import annotations

import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters.hj212.cipher import seal_frame
from adapters.hj212.frame import build
from monitor.clock import to_ms
from monitor.keys import Key
from monitor.observation import Period
from monitor.store import Store, devices, readings
from tests.daemon.lines import BEGIN, ZONE, Line
from tests.daemon.process import COMMAND, ROOT, Process, mn
from tests.servers import wait_for

KEY = "k9Qz4tVb7LmX2cRw"
AT = BEGIN.astimezone(ZONE)


def segment(content: str, flag: int, extra: str = "", qn: int = 0) -> bytes:
    front = f"QN={AT:%Y%m%d%H%M%S}{qn:03d};ST=31;CN=2061;PW=123456;MN={mn(0)};Flag={flag};"
    return f"{front}{extra}CP=&&{content}&&".encode()


def hours(url: str, start: datetime) -> list[tuple[str, float | None, str | None]]:
    """What is stored of an hour: pollutant, value, flag."""
    store = Store(url)
    with store.read() as connection:
        number = devices.find(connection, [mn(0)]).get(mn(0))
        since = to_ms(start)
        found = (
            list(readings.stored(connection, number, mn(0), Period.HOUR, since, since + 3_600_000))
            if number is not None
            else []
        )
    store.close()
    return [(o.pollutant, o.value, o.flag) for each in found for o in each.readings.observations()]


@pytest.fixture
def daemon(tmp_path: Path, database_url: str) -> Process:
    return Process(
        tmp_path, database_url, extra='[keys]\nmaster = "a-master-secret-of-the-bureau"\n'
    )


def test_parts_that_were_answered_survive_a_kill(daemon: Process) -> None:
    daemon.register(1)
    content = f"DataTime={AT:%Y%m%d%H%M%S};a21026-Avg=12.5,a21026-Flag=D;a21002-Avg=8.25"
    one, two = (
        build(segment(piece, 7, f"PNUM=2;PNO={number};", number))
        for number, piece in enumerate((content[:45], content[45:]), 1)
    )
    daemon.start()
    line = Line(daemon.port)
    line.send(one)
    line.await_answers(1)
    daemon.kill()
    line.close()
    assert hours(daemon.database, BEGIN) == []
    daemon.start()
    line = Line(daemon.port)
    line.send(two)
    line.await_answers(1)
    line.close()
    assert hours(daemon.database, BEGIN) == [("a21002", 8.25, None), ("a21026", 12.5, "D")]
    assert daemon.end() == 0


def test_a_key_entered_while_it_runs_opens_what_comes_again(daemon: Process) -> None:
    daemon.register(1)
    daemon.start()
    start = BEGIN + timedelta(hours=1)
    content = f"DataTime={start.astimezone(ZONE):%Y%m%d%H%M%S};a21026-Avg=12.5,a21026-Flag=N"
    raw = seal_frame(segment(content, 9), Key(KEY.encode()))
    line = Line(daemon.port)
    line.send(raw)
    given = [*COMMAND, "key", "set", mn(0), "--config", str(daemon.config)]
    subprocess.run(given, cwd=ROOT, input=KEY.encode(), capture_output=True, check=True)

    def answered() -> bool:
        line.send(raw)
        line.socket.settimeout(0.2)
        try:
            line.answers += line.socket.recv(65_536)
        except TimeoutError:
            return False
        return b"CN=9014" in line.answers

    wait_for(answered)
    line.close()
    assert hours(daemon.database, start) == [("a21026", 12.5, "N")]
    assert daemon.end() == 0
    assert KEY not in daemon.log.read_text("utf-8")
