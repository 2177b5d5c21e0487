"""Delivery of webhooks to real receivers, on both databases."""

from __future__ import annotations

import asyncio
import json
from contextlib import ExitStack
from datetime import datetime, timedelta

import pytest
from standardwebhooks import Webhook

from monitor.actions import tokens
from monitor.actions import webhooks as actions
from monitor.actions.clockwork import SYSTEM
from monitor.errors import Conflict
from monitor.store import outbox
from monitor.store import webhooks as rows
from monitor.tokens import Caller, Role
from monitor.transport import client
from monitor.webhook import REFUSED, SCHEDULE, Conditions, Policy
from monitor.worker import Worker
from monitor.worker.attempt import Sender, asked_to_wait
from tests.servers import async_wait_for
from tests.worker.kit import ZONE, Post
from tests.worker.receivers import (
    Call,
    Receiver,
    drip,
    flood,
    hang,
    lie,
    misbehaving,
    receiving,
)


async def test_every_delivery_verifies_and_comes_in_order(post: Post, receiver: Receiver) -> None:
    hook = post.hook(receiver.url)
    async with post.delivering():
        post.publish(*["task.queued"] * 12)
        await async_wait_for(lambda: post.states(hook) == ["delivered"] * 12)
    for number, call in enumerate(receiver.calls):
        body = Webhook(post.secrets[hook]).verify(call.body, call.headers)
        assert set(body) == {"type", "timestamp", "data"}
        assert body["data"] == {"number": number, "name": "甲厂"}
        assert call.headers["content-type"] == "application/json"
    assert len(receiver.calls) == 12
    assert post.delivered() == 12
    assert [t.status for t in post.ledger(hook)[0]["log"]] == [204]


async def test_a_failure_is_tried_again_with_the_same_id_and_bytes(post: Post) -> None:
    answers = iter([500, 200])
    with receiving(Receiver(lambda _call: (next(answers), {}))) as receiver:
        hook = post.hook(receiver.url)
        async with post.delivering():
            post.publish("task.queued")
            await async_wait_for(lambda: post.ledger(hook)[0]["attempts"] == 1)
            [item] = post.ledger(hook)
            assert item["next_at"] - item["log"][0].at >= timedelta(seconds=5)
            assert post.row(hook).failing_since is not None
            post.later(seconds=6)
            await async_wait_for(lambda: post.states(hook) == ["delivered"])
    first, second = receiver.calls
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) >= int(first.headers["webhook-timestamp"]) + 6
    Webhook(post.secrets[hook]).verify(second.body, second.headers)
    assert post.row(hook).failing_since is None
    assert [t.status for t in post.ledger(hook)[0]["log"]] == [500, 200]


async def test_a_pending_retry_does_not_hold_up_the_next(post: Post) -> None:
    def answer(call: Call) -> tuple[int, dict[str, str]]:
        return (500 if json.loads(call.body)["data"]["number"] == 0 else 200), {}

    with receiving(Receiver(answer)) as receiver:
        hook = post.hook(receiver.url)
        async with post.delivering():
            post.publish("task.queued", "task.claimed", "task.closed")
            await async_wait_for(lambda: post.ledger(hook)[0]["attempts"] == 1)
            await asyncio.sleep(0.3)
            assert len(receiver.calls) == 1  # the whole endpoint pauses
            post.later(seconds=5.2)
            await async_wait_for(lambda: post.ledger(hook)[0]["attempts"] == 2)
            post.later(seconds=5.2)
            await async_wait_for(lambda: post.states(hook) == ["pending", "delivered", "delivered"])
    assert len(receiver.calls) == 4


async def test_receivers_that_hang_starve_nobody(post: Post, receiver: Receiver) -> None:
    with ExitStack() as stack:
        tar_pit = stack.enter_context(misbehaving(hang))
        bad = [post.hook(tar_pit) for _ in range(20)]
        good = post.hook(receiver.url)
        with post.store.write() as connection:
            rows.change(connection, good, {"proven": True})  # it took something before
        async with post.delivering():
            post.publish("task.queued", "task.closed")
            await async_wait_for(lambda: post.states(good) == ["delivered"] * 2)
            tried = [hook for hook in bad if post.row(hook).tried_at is not None]
            assert len(tried) <= 4


def test_who_has_waited_longest_for_a_try_goes_first(post: Post) -> None:
    hooks = [post.hook("http://127.0.0.1:1/hook") for _ in range(4)]
    post.publish("task.queued")
    taken = []
    with post.store.write() as connection:
        for hook, hours in zip(hooks[:3], (1, 3, 2), strict=True):
            tried = post.now() - timedelta(hours=hours)
            rows.change(connection, hook, {"proven": True, "tried_at": tried})
        for _ in hooks:
            taken += rows.claim(connection, post.now(), timedelta(seconds=90), 1, 1)
    assert [due.webhook for due in taken] == [hooks[3], hooks[1], hooks[2], hooks[0]]


def test_there_are_limits_to_the_number_of_hooks(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, _ = tokens.create(post.desk, SYSTEM, "dashboard", Role.VIEWER)
    caller = Caller(id=token, name="dashboard", role=Role.VIEWER)
    made = [post.hook("http://127.0.0.1:1/hook", caller=caller) for _ in range(rows.OF_ONE_TOKEN)]
    with pytest.raises(Conflict, match="50"):
        post.hook("http://127.0.0.1:1/hook", caller=caller)
    actions.remove(post.desk, caller, made[0])
    post.hook("http://127.0.0.1:1/hook", caller=caller)
    monkeypatch.setattr(rows, "IN_ALL", 50)
    with pytest.raises(Conflict, match="there may be"):
        post.hook("http://127.0.0.1:1/hook")


def test_what_is_due_to_a_hook_that_is_ended_is_given_up(post: Post) -> None:
    deleted, disabled, kept = (post.hook("http://127.0.0.1:1/hook") for _ in range(3))
    post.publish("task.queued")
    actions.remove(post.desk, SYSTEM, deleted)
    actions.change(post.desk, SYSTEM, post.policy, disabled, {"state": "disabled"})
    assert [post.states(hook) for hook in (deleted, disabled, kept)] == [
        ["failed"],
        ["failed"],
        ["pending"],
    ]


def test_what_was_in_flight_when_its_hook_was_ended_does_not_go_again(post: Post) -> None:
    hook = post.hook("http://127.0.0.1:1/hook")
    post.publish("task.queued", "task.closed")
    with post.store.write() as connection:
        [due] = rows.claim(connection, post.now(), timedelta(seconds=90), 1, 1)
    actions.change(post.desk, SYSTEM, post.policy, hook, {"state": "disabled"})
    attempt = {"at": post.now(), "milliseconds": 1, "status": 500, "error": None}
    with post.store.write() as connection:
        assert not rows.settle(connection, due, attempt, {"next_at": post.now()})
    assert post.states(hook) == ["failed", "failed"]


def test_what_is_due_to_a_revoked_tokens_hooks_is_given_up_by_the_sweep(post: Post) -> None:
    token, _ = tokens.create(post.desk, SYSTEM, "dashboard", Role.VIEWER)
    caller = Caller(id=token, name="dashboard", role=Role.VIEWER)
    hook, other = post.hook("http://127.0.0.1:1/hook", caller=caller), post.hook("http://127.0.0.1")
    post.publish("task.queued")
    tokens.revoke(post.desk, SYSTEM, token)
    for sweep in Worker(post.desk, post.changed, post.policy, post.metrics)._own():
        sweep.run()
    assert (post.states(hook), post.states(other)) == (["failed"], ["pending"])


async def test_bad_receivers_cost_others_nothing(post: Post, receiver: Receiver) -> None:
    post.deadline = 0.5
    with ExitStack() as stack:
        bad = [post.hook(stack.enter_context(misbehaving(how))) for how in (hang, drip, flood, lie)]
        nobody = post.hook("http://127.0.0.1:1/hook")
        good = post.hook(receiver.url)
        async with post.delivering():
            post.publish("task.queued", "task.closed")
            await async_wait_for(lambda: post.states(good) == ["delivered"] * 2)
            for hook in (*bad, nobody):
                await async_wait_for(lambda hook=hook: post.ledger(hook)[0]["attempts"] == 1)
    statuses = [post.ledger(hook)[0]["last_status"] for hook in (*bad, nobody)]
    assert statuses == [None, None, 500, None, None]
    assert all(post.ledger(hook)[0]["last_error"] for hook in (bad[0], bad[1], bad[3], nobody))


async def test_redirects_are_failures_and_not_followed(post: Post, receiver: Receiver) -> None:
    with receiving(Receiver(lambda _call: (307, {"Location": receiver.url}))) as elsewhere:
        hook = post.hook(elsewhere.url)
        async with post.delivering():
            post.publish("task.queued")
            await async_wait_for(lambda: post.ledger(hook)[0]["last_status"] == 307)
    assert receiver.calls == []
    assert post.states(hook) == ["pending"]


async def test_gone_disables_and_says_so(post: Post, receiver: Receiver) -> None:
    with receiving(Receiver(lambda _call: (410, {}))) as gone:
        hook = post.hook(gone.url, "task.*")
        post.hook(receiver.url, "webhook.disabled")
        async with post.delivering():
            post.publish("task.queued")
            await async_wait_for(lambda: receiver.calls)
            post.publish("task.closed")
    assert post.row(hook).state == "disabled"
    assert json.loads(receiver.calls[0].body)["data"]["webhook"] == hook
    assert len(gone.calls) == 1
    assert post.states(hook) == ["failed"]


async def test_five_days_of_nothing_but_failures_disable(post: Post) -> None:
    with receiving(Receiver(lambda _call: (503, {}))) as down:
        hook = post.hook(down.url, "task.*")
        async with post.delivering():
            post.publish("task.queued")
            await async_wait_for(lambda: post.row(hook).failing_since is not None)
            post.later(days=4)
            await async_wait_for(lambda: post.ledger(hook)[0]["attempts"] == 2)
            assert post.row(hook).state == "enabled"
            post.later(days=1)
            await async_wait_for(lambda: post.row(hook).state == "disabled")
    with post.store.read() as connection:
        assert [e.type for e in outbox.after(connection, 0, 99, 99, [])][-1] == "webhook.disabled"


async def test_the_schedule_comes_to_an_end(post: Post) -> None:
    answers = iter([204] + [500] * 10)
    with receiving(Receiver(lambda _call: (next(answers), {}))) as receiver:
        hook = post.hook(receiver.url)
        async with post.delivering():
            post.publish("task.queued", "task.closed")
            for number, pause in enumerate(SCHEDULE, 1):
                await async_wait_for(
                    lambda number=number: post.ledger(hook)[1]["attempts"] == number
                )
                post.later(seconds=pause.total_seconds() + 1)
            await async_wait_for(lambda: post.states(hook)[1] != "pending")
            assert post.states(hook) == ["delivered", "failed"]


async def test_retry_after_is_obeyed(post: Post) -> None:
    with receiving(Receiver(lambda _call: (429, {"Retry-After": "3600"}))) as busy:
        hook = post.hook(busy.url)
        async with post.delivering():
            post.publish("task.queued")
            await async_wait_for(lambda: post.ledger(hook)[0]["attempts"] == 1)
    [item] = post.ledger(hook)
    assert item["next_at"] - item["log"][0].at >= timedelta(hours=1)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("999999999999", 86_400),
        ("Fri, 20 Nov 2026 08:02:00 GMT", 120),
        ("Fri, 20 Nov 2020 08:02:00 GMT", 0),
        ("Fri, 20 Nov 2037 08:02:00 GMT", 86_400),
        ("soon", None),
        ("-5", None),
        (None, None),
    ],
)
def test_retry_after_is_read_with_care(header: str | None, seconds: int | None) -> None:
    at = datetime.fromisoformat("2026-11-20T08:00:00+00:00")
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert asked_to_wait(header, at) == expected


async def test_a_death_between_sending_and_marking_sends_again(
    post: Post, receiver: Receiver
) -> None:
    hook = post.hook(receiver.url)
    post.publish("task.queued")
    dying = Sender(ZONE, Conditions(), 20)
    with post.store.write() as connection:
        [due] = rows.claim(connection, post.now(), timedelta(seconds=90), 5, 5)
    async with client(post.policy, 1) as http:
        assert (await dying.send(http, due, post.now())).delivered
    async with post.delivering():
        post.publish("task.closed")
        await async_wait_for(lambda: post.delivering and len(post.ledger(hook)) == 2)
        assert post.states(hook) == ["pending", "pending"]  # one in flight an endpoint
        post.later(seconds=91)
        await async_wait_for(lambda: post.states(hook) == ["delivered"] * 2)
    first, again, last = receiver.calls
    assert first.headers["webhook-id"] == again.headers["webhook-id"]
    assert first.body == again.body
    assert last.headers["webhook-id"] != first.headers["webhook-id"]


async def test_workers_side_by_side_deliver_once_and_in_order(
    post: Post, receiver: Receiver
) -> None:
    hook = post.hook(receiver.url)
    async with post.delivering(workers=3):
        post.publish(*["task.queued"] * 15)
        await async_wait_for(lambda: post.states(hook) == ["delivered"] * 15)
    numbers = [json.loads(call.body)["data"]["number"] for call in receiver.calls]
    assert numbers == list(range(15))


async def test_a_hook_hears_what_it_asked_for_in_its_districts(
    post: Post, receiver: Receiver
) -> None:
    east = Caller(id=None, name="east", role=Role.VIEWER, districts=("东区",))
    hooks = [
        post.hook(receiver.url, "task.*"),
        post.hook(receiver.url, "alert.opened", districts=("西区",)),
        post.hook(receiver.url, caller=east),
    ]
    post.publish("task.queued", "alert.opened", district="东区")
    post.publish("task.queued", "alert.opened", district="西区")
    post.publish("source.lost")
    heard = [[(item["type"], item["event"]) for item in post.ledger(hook)] for hook in hooks]
    assert heard == [
        [("task.queued", 1), ("task.queued", 3)],
        [("alert.opened", 4)],
        [("task.queued", 1), ("alert.opened", 2)],
    ]


async def test_a_revoked_tokens_hooks_are_silent(post: Post, receiver: Receiver) -> None:
    token, _ = tokens.create(post.desk, SYSTEM, "dashboard", Role.VIEWER)
    hook = post.hook(receiver.url, caller=Caller(id=token, name="dashboard", role=Role.VIEWER))
    tokens.revoke(post.desk, SYSTEM, token)
    post.publish("task.queued")
    assert post.states(hook) == []
    assert post.row(hook).state == "disabled"


def test_a_deleted_hook_stays_deleted_when_its_token_is_revoked(post: Post) -> None:
    token, _ = tokens.create(post.desk, SYSTEM, "dashboard", Role.VIEWER)
    caller = Caller(id=token, name="dashboard", role=Role.VIEWER)
    hook = post.hook("http://127.0.0.1:1/hook", caller=caller)
    actions.remove(post.desk, SYSTEM, hook)
    tokens.revoke(post.desk, SYSTEM, token)
    assert post.row(hook) is None


async def test_a_deleted_hook_hears_no_more(post: Post, receiver: Receiver) -> None:
    hook = post.hook(receiver.url)
    post.publish("task.queued")
    actions.remove(post.desk, SYSTEM, hook)
    other = post.hook(receiver.url)
    async with post.delivering():
        post.publish("task.queued")
        await async_wait_for(lambda: post.states(other) == ["delivered"])
    assert len(receiver.calls) == 1


async def test_data_too_long_for_an_event_is_replaced_by_its_links(
    post: Post, receiver: Receiver
) -> None:
    hook = post.hook(receiver.url)
    links = {"task": "/api/v1/tasks/1"}
    async with post.delivering():
        post.publish("task.queued", data={"text": "长" * 7000, "links": links})
        await async_wait_for(lambda: post.states(hook) == ["delivered"])
    [call] = receiver.calls
    assert len(call.body) < 20_000
    assert json.loads(call.body)["data"] == {"links": links, "truncated": True}


async def test_what_may_not_be_called_is_never_connected_to(post: Post, receiver: Receiver) -> None:
    port = receiver.url.split(":")[2]
    hosts = ["127.0.0.1", "localhost", "[::1]", "0x7f.1", "2130706433"]
    hooks = [post.hook(receiver.url) for _ in hosts]
    with post.store.write() as connection:  # as if the names had led elsewhere when subscribing
        for host, hook in zip(hosts, hooks, strict=True):
            rows.change(connection, hook, {"url": f"https://{host}:{port}"})
    post.policy = Policy()
    async with post.delivering():
        post.publish("task.queued")
        for hook in hooks:
            await async_wait_for(lambda hook=hook: post.ledger(hook)[0]["attempts"] == 1)
    assert {post.ledger(hook)[0]["last_error"] for hook in hooks} == {REFUSED}
    assert receiver.calls == []
