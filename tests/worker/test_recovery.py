"""What a subscription missed is told after all, under the ids of then."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from monitor.actions import tokens
from monitor.actions import webhooks as actions
from monitor.actions.clockwork import SYSTEM
from monitor.errors import Conflict
from monitor.store import recovery, tables
from monitor.store import webhooks as rows
from monitor.task import InputError
from monitor.tokens import Caller, Role
from tests.servers import async_wait_for
from tests.worker.kit import Post
from tests.worker.receivers import Receiver

HOUR = timedelta(hours=1)


def recover(post: Post, hook: int, *, everything: bool = False, **span: Any) -> Any:
    span = {"since": post.now() - HOUR, "until": None} | span
    return actions.recover(post.desk, SYSTEM, hook, **span, delivered_too=everything)


def state(post: Post, hook: int, value: str) -> None:
    actions.change(post.desk, SYSTEM, post.policy, hook, {"state": value})


async def test_what_was_missed_comes_once_in_order_and_under_its_id(
    post: Post, receiver: Receiver
) -> None:
    post.publish("task.queued")  # before there was anybody to tell
    hook = post.hook(receiver.url, "task.*")
    async with post.delivering():
        post.publish("task.claimed")
        await async_wait_for(lambda: post.states(hook) == ["delivered"])
    post.publish("task.updated")  # given up, since the hook is disabled before it can be sent
    state(post, hook, "disabled")
    post.publish("task.completed", "alert.opened")
    state(post, hook, "enabled")
    post.publish("task.closed")  # pending
    assert recover(post, hook) == {"queued": 3, "next_since": None}
    assert recover(post, hook) == {"queued": 0, "next_since": None}
    async with post.delivering():
        await async_wait_for(lambda: post.states(hook) == ["delivered"] * 5)
        told = [call.headers["webhook-id"] for call in receiver.calls]
        ids = [item["message"] for item in sorted(post.ledger(hook), key=lambda i: i["event"])]
        assert told == [ids[1], ids[0], *ids[2:]]
        assert recover(post, hook) == {"queued": 0, "next_since": None}
        assert recover(post, hook, everything=True)["queued"] == 5
        await async_wait_for(lambda: len(receiver.calls) == 10)
    assert [call.headers["webhook-id"] for call in receiver.calls[5:]] == ids


def test_only_what_lies_within_the_time_and_the_districts(post: Post) -> None:
    east = Caller(id=None, name="east", role=Role.VIEWER, districts=("东区",))
    post.ahead = -2 * HOUR
    post.publish("task.queued", district="东区")
    post.ahead = timedelta()
    post.publish("task.queued", district="西区")
    post.publish("task.closed", district="东区")
    hook = post.hook("http://127.0.0.1:1/hook", caller=east)
    assert recover(post, hook)["queued"] == 1
    assert recover(post, hook, since=post.now() - 3 * HOUR, until=post.now() - HOUR)["queued"] == 1
    assert recover(post, hook, since=post.now() - 3 * HOUR)["queued"] == 0
    with pytest.raises(InputError, match="since"):
        recover(post, hook, since=post.now() + HOUR)


def test_a_long_time_is_recovered_in_pieces(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "_AT_ONCE", 3)
    monkeypatch.setattr(actions, "_QUEUED_AT_ONCE", 5)
    for minute in range(14):
        post.ahead = timedelta(minutes=minute - 30)
        post.publish("task.queued")
    post.ahead = timedelta()
    hook = post.hook("http://127.0.0.1:1/hook")
    queued, since = [], post.now() - HOUR
    while since is not None:
        done = recover(post, hook, since=since)
        queued.append(done["queued"])
        since = done["next_since"] and type(post.now()).fromisoformat(done["next_since"])
    assert max(queued) <= 7
    assert sum(queued) == 14
    assert post.states(hook) == ["pending"] * 14


def test_what_is_in_flight_is_not_sent_beside_itself(post: Post) -> None:
    hook = post.hook("http://127.0.0.1:1/hook")
    post.publish("task.queued")
    with post.store.write() as connection:
        [due] = rows.claim(connection, post.now(), timedelta(seconds=90), 1, 1)
    state(post, hook, "disabled")
    state(post, hook, "enabled")
    assert recover(post, hook)["queued"] == 1
    with post.store.write() as connection:
        assert rows.claim(connection, post.now(), timedelta(seconds=90), 1, 1) == []
        attempt = {"at": post.now(), "milliseconds": 1, "status": 200, "error": None}
        assert rows.settle(connection, due, attempt, {"state": "delivered"})
    assert post.states(hook) == ["delivered"]


def test_who_is_told_nothing_recovers_nothing(post: Post) -> None:
    token, _ = tokens.create(post.desk, SYSTEM, "dashboard", Role.VIEWER)
    late = Caller(id=token, name="dashboard", role=Role.VIEWER)
    disabled, expired = (
        post.hook("http://127.0.0.1:1/hook", caller=caller) for caller in (SYSTEM, late)
    )
    post.publish("task.queued")
    state(post, disabled, "disabled")
    with post.desk.store.write() as connection:
        connection.execute(update(tables.tokens).values(expires_on=date(2026, 1, 1)))
    for hook in (disabled, expired):
        with pytest.raises(Conflict, match="enable it first"):
            recover(post, hook)
