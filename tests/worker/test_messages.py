"""Messages to a gateway: sent once, tried again, given up, and what is kept of each."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from monitor.gateway import Gateway
from monitor.reminder import Policy as Reminding
from monitor.store import messages as rows
from monitor.webhook import Policy
from monitor.worker.messages import Messenger
from tests.worker.kit import LOCAL, Post
from tests.worker.receivers import Receiver, dribble, hang, misbehaving

BODY = '{"mobile": "{phone}", "content": "{text}", "of": "{enterprise}"}'
CODE = {"ok_field": "code", "ok_value": "0"}
EVIL = '示例 "引号"\n换行 \\ {phone}'


def messenger(post: Post, url: str, policy: Policy = LOCAL, **profile: Any) -> Messenger:
    gateway = Gateway(url=url, body=BODY, **profile)
    desk = replace(post.desk, reminding=Reminding(gateway=gateway))
    return Messenger(desk, policy, deadline=2.0)


def queue(post: Post, *texts: str) -> None:
    said = {"uscc": "U", "enterprise": "示例厂", "district": "东区", "to": "13900000000"}
    said["link"] = "https://bureau.example.org/reply/t"
    with post.store.write() as connection:
        found = [{**said, "text": text} for text in texts]
        rows.queue(connection, found, post.now(), "示例")


def standing(post: Post) -> list[Any]:
    """Messages, oldest first."""
    with post.store.read() as connection:
        return rows.listed(connection, (), 100, None)[::-1]


def test_a_message_is_sent_once_and_its_link_forgotten(post: Post, receiver: Receiver) -> None:
    receiver.says = b'{"code": 0}'
    sender = messenger(post, receiver.url, headers={"Authorization": "Bearer x"}, **CODE)
    queue(post, EVIL, "二")
    assert (sender.run(), sender.run()) == (2, 0)
    call = next(each for each in receiver.calls if EVIL in json.loads(each.body)["content"])
    assert json.loads(call.body) == {
        "mobile": "13900000000",
        "content": f"{EVIL} https://bureau.example.org/reply/t",
        "of": "示例厂",
    }
    assert call.headers["authorization"] == "Bearer x"
    for row in standing(post):
        assert (row.state, row.attempts, row.answer) == ("sent", 1, '200 {"code": 0}')
        assert (row.link, row.next_at) == (None, None)
        assert row.sent_at is not None


def test_one_that_is_refused_is_tried_again_with_its_answer_kept(
    post: Post, receiver: Receiver
) -> None:
    sender = messenger(post, receiver.url, **CODE)
    queue(post, "一")
    receiver.says = '{"code": "7", "msg": "余额不足"}'.encode()
    assert (sender.run(), sender.run()) == (1, 0)
    (row,) = standing(post)
    assert (row.state, row.answer) == ("queued", '200 {"code": "7", "msg": "余额不足"}')
    assert row.next_at - post.now() > timedelta(seconds=50)
    receiver.says = b'{"code": "0"}'
    post.later(minutes=1)
    assert sender.run() == 1
    (row,) = standing(post)
    assert (row.state, row.attempts, len(receiver.calls)) == ("sent", 2, 2)


def test_after_five_tries_it_is_given_up(post: Post, receiver: Receiver) -> None:
    receiver.answer = lambda _call: (503, {})
    sender = messenger(post, receiver.url)
    queue(post, "一")
    waits = []
    while (row := standing(post)[0]).state == "queued":
        assert sender.run() == 1
        if (after := standing(post)[0]).next_at is not None:
            waits.append(round((after.next_at - post.now()).total_seconds() / 60))
        post.later(hours=3)
    assert (row.state, row.attempts, row.answer, row.link) == ("failed", 5, "503", None)
    assert waits == [1, 5, 30, 120]
    assert (sender.run(), len(receiver.calls)) == (0, 5)


def test_what_may_have_been_taken_is_not_sent_again(post: Post, receiver: Receiver) -> None:
    receiver.says = b"<html>\0ok"
    queue(post, "一")
    messenger(post, receiver.url, **CODE).run()
    with misbehaving(dribble) as url:  # 200, and an answer without an end
        queue(post, "二")
        messenger(post, url).run()
    failed, sent = standing(post)
    assert (failed.state, failed.answer) == ("failed", "200 <html>\ufffdok")
    assert (sent.state, sent.attempts) == ("sent", 1)


def test_who_does_not_answer_or_may_not_be_called_is_tried_later(post: Post) -> None:
    with misbehaving(hang) as url:
        queue(post, "一")
        messenger(post, url).run()
        queue(post, "二")
        nowhere = Policy((ipaddress.ip_network("10.0.0.0/8"),))
        messenger(post, url, nowhere).run()
    silent, refused = standing(post)
    assert (silent.state, silent.answer) == ("queued", "no answer in time")
    assert refused.state == "queued"
    assert "[webhooks] allow" in refused.answer


@pytest.mark.parametrize("taken", [True, False])
def test_a_sender_that_died_leaves_it_to_the_next(
    post: Post, receiver: Receiver, taken: bool
) -> None:
    queue(post, "一")
    with post.store.write() as connection:
        (due,) = rows.claim(connection, post.now(), timedelta(seconds=45), 8)
    sender = messenger(post, receiver.url)
    assert sender.run() == 0  # somebody has it
    post.later(minutes=1)
    assert sender.run() == 1
    with post.store.write() as connection:  # the first was only slow
        late = {"state": "sent", "sent_at": post.now()} if taken else {"state": "failed"}
        assert rows.settle(connection, due, late) is taken
    assert [row.state for row in standing(post)] == ["sent"]


def test_without_a_gateway_nothing_is_sent(post: Post) -> None:
    queue(post, "一")
    assert Messenger(post.desk, LOCAL).run() == 0
    assert [row.state for row in standing(post)] == ["queued"]
