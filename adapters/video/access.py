"""Being let in by a platform's API: a token that is had with name and password, and had anew when it has
run out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from adapters.video.api import Answer, Api
from adapters.video.connection import REFUSED, Refused

Headers = Mapping[str, str]


class Access:
    """Asks one API with what lets us in."""

    def __init__(
        self,
        api: Api,
        login: Callable[[], Awaitable[Headers]] | None,
        headers: Headers,
        locked_out: Callable[[Answer], bool],
    ) -> None:
        """`login`: the headers that let us in, or Refused; without it they are `headers` always.
        `locked_out`: whether an answer says that we are not let in."""
        self._api, self._login, self._locked_out = api, login, locked_out
        self._headers = headers
        self._fresh = login is None
        self._turn = asyncio.Lock()
        self._closed_until = 0.0

    async def ask(self, path: str, most: int, params: Mapping[str, Any] | None = None) -> Answer:
        """The answer of one who was let in; raises Lost, or Refused where we are not."""
        for _ in range(2):
            headers = await self._let_in()
            answer = await self._api.ask(path, most, params=params, headers=headers)
            if not self._locked_out(answer):
                return answer
            if self._login is None:
                break
            self._fresh = self._fresh and headers is not self._headers
        raise self._refused(f"{path}: we are not let in ({answer.status})")

    async def _let_in(self) -> Headers:
        """Log in where that is needed, one at a time; not again soon after a refusal."""
        async with self._turn:
            if asyncio.get_running_loop().time() < self._closed_until:
                raise Refused("the username or password was refused just now")
            if not self._fresh and self._login is not None:
                try:
                    self._headers = await self._login()
                except Refused as refused:
                    raise self._refused(str(refused)) from None
                self._fresh = True
            return self._headers

    def _refused(self, reason: str) -> Refused:
        self._closed_until = (
            asyncio.get_running_loop().time() + 0.45 * REFUSED
        )  # a poller comes again later
        return Refused(reason)
