"""What no request gets past: bodies over the limit, and NUL characters, which PostgreSQL refuses."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.api.problems import problem


class Guard:
    """ASGI middleware; counts the body as it comes, whatever `Content-Length` says."""

    def __init__(self, app: ASGIApp, max_body: int) -> None:
        self.app = app
        self.max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 400 or 413, or let the request through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if "\0" in scope["path"] or b"%00" in scope.get("query_string", b""):
            await problem("bad-request", "NUL characters are not allowed")(scope, receive, send)
            return
        await self._bounded(scope, receive, send)

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        refuse = problem(
            "too-large",
            f"a body may have {self.max_body} bytes at most",
            headers={"Connection": "close"},
        )
        if announced.isdigit() and int(announced) > self.max_body:
            await refuse(scope, receive, send)
            return
        taken, over, refused = 0, False, False

        async def counted() -> Message:
            nonlocal taken, over
            message = await receive()
            taken += len(message.get("body", b""))
            over = over or taken > self.max_body
            return {"type": "http.request", "body": b"", "more_body": False} if over else message

        async def replaced(message: Message) -> None:
            """Once the body was too large, whatever the application makes of it is not sent."""
            nonlocal refused
            if not over:
                await send(message)
            elif not refused:
                refused = True
                await refuse(scope, receive, send)

        await self.app(scope, counted, replaced)
