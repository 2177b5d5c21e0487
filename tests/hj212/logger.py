"""A data logger of the tests' own: it speaks as the standard's examples do, or as a script has it."""

from __future__ import annotations

import asyncio
from typing import Any

from adapters.hj212 import codec
from adapters.hj212.frame import build
from tests.hj212.frames import MN, ZONE

PATIENCE = 20.0
"""After so many seconds a test gives up; none needs a noticeable part of it."""

_DATA = "DataTime=20260801120000;a21026-Rtd=35.2,a21026-Flag=N"
_FLAGS = {"2005": None, "2017": 4, "2025": 8}


class Logger:
    """The device's end of a connection."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        mn: str = MN,
        edition: str = "2017",
    ) -> None:
        self.mn, self.edition = mn, edition
        self._reader, self._writer = reader, writer
        self._framer = codec.Framer()
        self._heard: list[tuple[bytes, dict[str, Any]]] = []
        self.raw = b""
        """The bytes of the frame that was heard last."""
        self.pw = "123456"
        self._qn = 0

    @classmethod
    async def dial(
        cls, port: int, mn: str = MN, edition: str = "2017", pw: str = "123456"
    ) -> Logger:
        """Connect; with an MN, send one real-time frame, so that the platform knows who is there."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        logger = cls(reader, writer, mn, edition)
        logger.pw = pw
        if not mn:
            return logger
        logger.upload("2011", _DATA)
        if edition != "2005":
            await logger.hear("9014")
        return logger

    def close(self) -> None:
        self._writer.close()

    # What it hears

    async def hear(self, *codes: str) -> dict[str, Any]:
        """The next frame of the platform, answers to data passed over unless they are asked for."""
        while True:
            frame = await self._next()
            if frame["cn"] in codes or (not codes and frame["cn"] != "9014"):
                return frame

    async def silence(self, seconds: float) -> list[dict[str, Any]]:
        """What comes within a time, in which nothing but answers to data should."""
        heard = []
        try:
            async with asyncio.timeout(seconds):
                while True:
                    heard.append(await self.hear())
        except TimeoutError:
            return heard

    async def _next(self) -> dict[str, Any]:
        while not self._heard:
            async with asyncio.timeout(PATIENCE):
                chunk = await self._reader.read(65_536)
            if not chunk:
                raise ConnectionResetError("the platform has hung up")
            for item in self._framer.feed(chunk):
                assert isinstance(item, bytes), "the platform sends nothing but frames"
                self._heard.append((item, codec.to_json(codec.decode(item), ZONE)))
        self.raw, frame = self._heard.pop(0)
        return frame

    # What it says

    def upload(self, cn: str, content: str, *, qn: str | None = None, st: str = "31") -> None:
        """Data, which wants an answer."""
        if self.edition == "2005":
            self._send(f"ST={st};CN={cn};PW={self.pw};MN={self.mn};CP=&&{content}&&")
            return
        flag = (_FLAGS[self.edition] or 0) + 1
        head = f"QN={qn or self._number()};ST={st};CN={cn};PW={self.pw};MN={self.mn};Flag={flag}"
        self._send(f"{head};CP=&&{content}&&")

    def reply(
        self, cn: str, command: dict[str, Any], items: str = "", qn: str | None = None
    ) -> None:
        """9011, 9012 or 9013 to a command, or to another QN."""
        qn = qn or command["qn"]
        inside = ";".join(each for each in (f"QN={qn}", items) if each)
        if self.edition == "2005":
            flag = ";Flag=0" if cn != "9012" else ""
            self._send(f"ST=91;CN={cn};PW={self.pw};MN={self.mn}{flag};CP=&&{inside}&&")
            return
        flag = f"Flag={_FLAGS[self.edition]}"
        self._send(f"QN={qn};ST=91;CN={cn};PW={self.pw};MN={self.mn};{flag};CP=&&{items}&&")

    def accept(self, command: dict[str, Any]) -> None:
        self.reply("9011", command, "QnRtn=1")

    def finish(self, command: dict[str, Any], exe_rtn: int = 1) -> None:
        self.reply("9012", command, f"ExeRtn={exe_rtn}")

    def _number(self) -> str:
        self._qn += 1
        return f"20260801120{self._qn // 1000:03d}{self._qn % 1000:03d}"

    def _send(self, segment: str) -> None:
        self._writer.write(build(segment.encode()))
