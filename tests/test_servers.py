"""The test ground itself: a server works, and never outlives the run that started it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from paho.mqtt import publish, subscribe

from tests.servers import MissingServerError, Mosquitto, Postgres, free_port, wait_for

_START_AND_WAIT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job would ignore it
from tests import servers
server = getattr(servers, sys.argv[1])()
print(server.folder, server.port, flush=True)
signal.pause()
"""


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("durable", [True, False])
def test_a_server_promises_durability_where_it_is_measured(durable: bool) -> None:
    server = Postgres(durable=durable)
    with psycopg.connect(server.url("postgres")) as connection:
        shown = {
            setting: connection.execute(f"SHOW {setting}".encode()).fetchone()
            for setting in ("fsync", "synchronous_commit", "full_page_writes")
        }
    server.stop()
    disk = ("on",) if durable else ("off",)
    assert shown == {"fsync": disk, "synchronous_commit": ("on",), "full_page_writes": disk}


@pytest.mark.parametrize("kind", ["Postgres", "Mosquitto"])
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_server_ends_with_the_process_that_started_it(kind: str, end: signal.Signals) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", _START_AND_WAIT, kind],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    assert run.stdout is not None
    folder, port = run.stdout.readline().split()
    assert _listens(int(port))
    run.send_signal(end)
    run.wait()
    run.stdout.close()
    wait_for(lambda: not Path(folder).exists())
    assert not _listens(int(port))


def test_a_missing_server_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(MissingServerError, match="apt-get install postgresql"):
        Postgres()
    with pytest.raises(MissingServerError, match="apt-get install mosquitto"):
        Mosquitto()


def test_a_broker_comes_back_with_its_port_and_what_it_had(mosquitto: Mosquitto) -> None:
    kept = {"topic": "t", "payload": "x", "qos": 1, "retain": True}
    publish.multiple([kept], hostname="127.0.0.1", port=mosquitto.port)
    mosquitto.halt()
    assert not _listens(mosquitto.port)
    mosquitto.start()
    found = subscribe.simple("t", hostname="127.0.0.1", port=mosquitto.port, qos=1)
    assert found.payload == b"x"


def test_spare_ports_can_be_listened_on() -> None:
    assert free_port() > 1023


def test_waiting_ends_as_soon_as_the_condition_holds_and_fails_when_it_never_does() -> None:
    answers = iter(["", "", "there"])
    assert wait_for(lambda: next(answers)) == "there"
    with pytest.raises(AssertionError, match="not within"):
        wait_for(lambda: os.getpid() < 0, timeout=0.02)
