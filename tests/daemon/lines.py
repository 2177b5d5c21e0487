"""What data loggers of the tests send, and the line they send it on."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from adapters.replay import Device
from adapters.replay.scenarios import frame
from tests.daemon.process import mn

ZONE = ZoneInfo("Asia/Shanghai")
BEGIN = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=3)


def hour_frame(number: int, hour: int, value: object, flag: str = "N", **change: str) -> bytes:
    """An hour's mean as a device sends it."""
    at = (BEGIN + timedelta(hours=hour)).astimezone(ZONE)
    label = change.get("label", f"{at:%Y%m%d%H%M%S}")
    qn = f"{at:%Y%m%d%H%M%S}{number % 1000:03d}"
    content = f"DataTime={label};a21026-Avg={value},a21026-Flag={flag}"
    return frame(Device(mn(number), "31", ()), "2061", qn, content)


class Line:
    """A connection that knows how many answers it has had."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.answers = b""

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.socket.sendall(piece)

    def await_answers(self, count: int) -> None:
        while self.answers.count(b"CN=9014") < count:
            chunk = self.socket.recv(65_536)
            assert chunk, "closed by the daemon"
            self.answers += chunk

    def close(self) -> None:
        self.socket.close()
