"""Secrets that are rotated: the old one signs on for a time, as the library of the standard sees it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from monitor.actions import webhooks as actions
from monitor.actions.clockwork import SYSTEM
from monitor.errors import Conflict
from tests.servers import async_wait_for
from tests.worker.kit import Post
from tests.worker.receivers import Receiver

DAY = timedelta(hours=24)


async def delivered(post: Post, hook: int, receiver: Receiver, count: int = 1) -> None:
    async with post.delivering():
        post.publish(*["task.queued"] * count)
        await async_wait_for(lambda: len(receiver.calls) >= count)


@pytest.mark.parametrize(("hours_ago", "old_holds"), [(23, True), (25, False)])
async def test_the_old_secret_signs_beside_the_new_one_for_its_time(
    post: Post, receiver: Receiver, hours_ago: int, old_holds: bool
) -> None:
    post.ahead = -timedelta(hours=hours_ago)  # the library takes no time but the present
    hook = post.hook(receiver.url)
    new = actions.rotate(post.desk, SYSTEM, DAY, hook)["secret"]
    post.ahead = timedelta()
    await delivered(post, hook, receiver)
    [call] = receiver.calls
    assert len(call.headers["webhook-signature"].split(" ")) == 1 + old_holds
    Webhook(new).verify(call.body, call.headers)
    old = Webhook(post.secrets[hook])
    if old_holds:
        old.verify(call.body, call.headers)
    else:
        with pytest.raises(WebhookVerificationError):
            old.verify(call.body, call.headers)


async def test_an_answer_that_got_lost_costs_nobody_a_delivery(
    post: Post, receiver: Receiver
) -> None:
    hook = post.hook(receiver.url)
    lost = actions.rotate(post.desk, SYSTEM, DAY, hook)["secret"]
    new = actions.rotate(post.desk, SYSTEM, DAY, hook)["secret"]
    await delivered(post, hook, receiver)
    [call] = receiver.calls
    for secret in (post.secrets[hook], lost, new):
        Webhook(secret).verify(call.body, call.headers)


def test_there_is_a_limit_to_the_secrets_that_sign(post: Post) -> None:
    hook = post.hook("http://127.0.0.1:1/hook")
    for _ in range(4):
        actions.rotate(post.desk, SYSTEM, DAY, hook)
    with pytest.raises(Conflict, match="still signing"):
        actions.rotate(post.desk, SYSTEM, DAY, hook)
    post.later(hours=25)
    assert actions.rotate(post.desk, SYSTEM, DAY, hook)["secret"].startswith("whsec_")
