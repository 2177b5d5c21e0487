"""A subscription with a rate: its events wait, none is lost, and nobody else waits with them."""

from __future__ import annotations

import json
from datetime import timedelta

from tests.servers import async_wait_for
from tests.worker.kit import Post
from tests.worker.receivers import Receiver, receiving


async def test_several_workers_together_keep_to_a_rate(post: Post, receiver: Receiver) -> None:
    with receiving(Receiver()) as other:
        slow = post.hook(receiver.url, rate=2)
        quick = post.hook(other.url)
        async with post.delivering(workers=3):
            post.publish(*["task.queued"] * 4)
            await async_wait_for(lambda: post.states(quick) == ["delivered"] * 4)
            for count in (1, 2, 3):
                await async_wait_for(
                    lambda count=count: post.states(slow).count("delivered") == count
                )
                post.later(seconds=20)
                post.publish("task.closed")
                known = 4 + count
                await async_wait_for(
                    lambda known=known: post.states(quick) == ["delivered"] * known
                )
                assert len(receiver.calls) == count  # 20 seconds are too few
                post.later(seconds=11)
            await async_wait_for(lambda: post.states(slow).count("delivered") == 4)
    numbers = [json.loads(call.body)["data"]["number"] for call in receiver.calls]
    assert numbers == [0, 1, 2, 3]


async def test_a_failure_shortens_no_rest(post: Post) -> None:
    with receiving(Receiver(lambda _call: (500, {}))) as down:
        hook = post.hook(down.url, rate=1)
        async with post.delivering():
            post.publish("task.queued", "task.closed")
            await async_wait_for(lambda: post.row(hook).failing_since is not None)
    row = post.row(hook)
    assert row.paused_until - row.tried_at == timedelta(minutes=1)


async def test_who_asks_to_wait_is_not_sent_the_next_event_either(post: Post) -> None:
    with receiving(Receiver(lambda _call: (429, {"Retry-After": "600"}))) as busy:
        hook = post.hook(busy.url)
        async with post.delivering():
            post.publish("task.queued", "task.closed")
            await async_wait_for(lambda: post.row(hook).failing_since is not None)
    row = post.row(hook)
    assert row.paused_until - row.tried_at >= timedelta(minutes=10)
