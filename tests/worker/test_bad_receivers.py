"""Whatever a receiver does costs nobody else anything, and only its answer's status decides."""

from __future__ import annotations

import functools
from contextlib import ExitStack

import pytest

from tests.servers import async_wait_for
from tests.worker.kit import Post
from tests.worker.receivers import (
    Receiver,
    answer_unread,
    continue_for_ever,
    dribble,
    flood,
    misbehaving,
    receiving,
    saying,
)

OK = b"HTTP/1.1 200 OK\r\n"
TAKEN = {
    "a gigabyte": functools.partial(flood, status=b"200 OK"),
    "a byte now and then": dribble,
    "shorter than it says": saying(OK + b"Content-Length: 1000\r\n\r\nx"),
    "longer than it says": saying(OK + b"Content-Length: 1\r\n\r\n" + b"x" * 1000),
    "no chunks where chunks should be": saying(OK + b"Transfer-Encoding: chunked\r\n\r\nzzz"),
    "not the gzip that it says": saying(OK + b"Content-Encoding: gzip\r\n\r\nzzz"),
}
"""2xx, and then nonsense: the body is nobody's business."""
REFUSED = {
    "two lengths": saying(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx"),
    "a length that is none": saying(OK + b"Content-Length: -1\r\n\r\n"),
    "a header without end": saying(OK + b"X: " + b"y" * 500_000),
    "go on, for ever": continue_for_ever,
    "nothing": saying(b""),
}
"""No answer in HTTP, or none that ends."""


async def test_bad_answers_cost_nobody_else_anything(post: Post, receiver: Receiver) -> None:
    post.deadline = 1.0
    with ExitStack() as stack:

        def hooks(ways: dict[str, object]) -> dict[str, int]:
            return {
                name: post.hook(stack.enter_context(misbehaving(way)))  # type: ignore[arg-type]
                for name, way in ways.items()
            }

        taken, refused = hooks({**TAKEN}), hooks({**REFUSED})
        taken["an answer without reading"] = post.hook(
            stack.enter_context(misbehaving(answer_unread, reads=False))
        )
        good = post.hook(receiver.url)
        async with post.delivering():
            post.publish(*["task.queued"] * 3)
            await async_wait_for(lambda: post.states(good) == ["delivered"] * 3)
            for name, hook in taken.items():
                await async_wait_for(lambda hook=hook: post.ledger(hook)[0]["attempts"] == 1)
                assert post.ledger(hook)[0]["state"] == "delivered", name
            for name, hook in refused.items():
                await async_wait_for(lambda hook=hook: post.ledger(hook)[0]["attempts"] == 1)
                [item, *_] = post.ledger(hook)
                assert (item["state"], item["last_status"]) == ("pending", None), name
                assert item["last_error"], name


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(post: Post, receiver: Receiver, status: int) -> None:
    with receiving(Receiver(lambda _call: (status, {"Location": receiver.url}))) as elsewhere:
        hook = post.hook(elsewhere.url)
        async with post.delivering():
            post.publish("task.queued")
            await async_wait_for(lambda: post.ledger(hook)[0]["last_status"] == status)
    assert receiver.calls == []
    assert post.states(hook) == ["pending"]
