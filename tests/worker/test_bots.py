"""Messages to chat bots: real receivers that answer as the platforms do, on both databases."""

from __future__ import annotations

import functools
import json
from contextlib import ExitStack
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from standardwebhooks import Webhook

from monitor.actions import queueing
from monitor.actions import webhooks as actions
from monitor.actions.clockwork import SYSTEM
from monitor.task import InputError, Trigger
from monitor.webhook import Conditions
from tests.servers import async_wait_for
from tests.worker.kit import Post
from tests.worker.receivers import Call, Receiver, dribble, flood, misbehaving, saying

TOOK = {
    "wecom": b'{"errcode":0,"errmsg":"ok"}',
    "dingtalk": b'{"errcode":0,"errmsg":"ok"}',
    "feishu": b'{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}',
}
BUSY = {
    "wecom": b'{"errcode":45009,"errmsg":"api freq out of limit"}',
    "dingtalk": b'{"errcode":130101,"errmsg":"send too fast"}',
    "feishu": b'{"code":9499,"msg":"too many request","data":{}}',
}


def text_of(kind: str, call: Call) -> str:
    body = json.loads(call.body)
    if kind == "feishu":
        assert body["msg_type"] == "interactive"
        return json.dumps(body["card"], ensure_ascii=False)
    assert body["msgtype"] == "markdown"
    return str(body["markdown"]["content" if kind == "wecom" else "text"])


@pytest.mark.parametrize("kind", TOOK)
async def test_a_bot_is_told_of_a_task_and_believed_when_it_refuses(
    post: Post, receiver: Receiver, kind: str
) -> None:
    post.conditions = Conditions(public_url="https://monitor.example.org")
    more: dict[str, Any] = {} if kind == "wecom" else {"bot_secret": "SEC示例"}
    hook = post.hook(f"{receiver.url}?access_token=k", "task.queued", format=kind, **more)
    order = queueing.Order(
        trigger=Trigger.COMPLAINT,
        reason="夜间异味",
        place={"longitude": 116.4, "latitude": 39.9},
        district="东区",
    )
    receiver.says = BUSY[kind]
    async with post.delivering():
        queueing.queue(post.desk, SYSTEM, order)
        await async_wait_for(lambda: post.ledger(hook)[0]["attempts"] == 1)
        [item] = post.ledger(hook)
        assert item["state"] == "pending"
        assert item["last_status"] == 200
        assert str(json.loads(BUSY[kind]).get("errcode", 9499)) in item["last_error"]
        receiver.says = TOOK[kind]
        post.later(seconds=6)
        await async_wait_for(lambda: post.states(hook) == ["delivered"])
    for call in receiver.calls:
        text = text_of(kind, call)
        for part in ("新的现场核查任务", "夜间异味", "东区", "投诉举报", "办理时限"):
            assert part in text
        assert "https://monitor.example.org/api/v1/tasks/1" in text
        Webhook(post.secrets[hook]).verify(call.body, call.headers)
    query = parse_qs(urlsplit(receiver.calls[0].path).query)
    assert query["access_token"] == ["k"]
    assert ("sign" in query) == (kind == "dingtalk")
    assert ("sign" in json.loads(receiver.calls[0].body)) == (kind == "feishu")


async def test_what_is_no_bots_answer_is_a_failure_and_costs_nobody_else(
    post: Post, receiver: Receiver
) -> None:
    post.deadline = 0.5
    receiver.says = TOOK["wecom"]
    ways = {
        functools.partial(flood, status=b"200 OK"): "not one of a bot",
        dribble: "no answer in time",
        saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<html>!!!"): "not one of a bot",
        saying(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"): "RemoteProtocolError",
        saying(b"HTTP/1.1 204 No Content\r\n\r\n"): "not one of a bot",
    }
    with ExitStack() as stack:
        bad = {
            post.hook(stack.enter_context(misbehaving(way)), format="wecom"): error
            for way, error in ways.items()
        }
        good = post.hook(receiver.url, format="wecom", rate=None)
        async with post.delivering():
            post.publish("webhook.disabled", data={"webhook": 1, "reason": "gone"})
            await async_wait_for(lambda: post.states(good) == ["delivered"])
            for hook, error in bad.items():
                await async_wait_for(lambda hook=hook: post.ledger(hook)[0]["attempts"] == 1)
                assert error in post.ledger(hook)[0]["last_error"]


def test_a_bots_rate_is_its_platforms_unless_it_is_said(post: Post) -> None:
    url = "http://127.0.0.1:1/hook"
    rates = [post.row(post.hook(url, format=kind)).rate for kind in ("standard", *TOOK)]
    assert rates == [None, 20, 20, 100]
    assert post.row(post.hook(url, format="wecom", rate=5)).rate == 5
    assert post.row(post.hook(url, format="wecom", rate=None)).rate is None


def test_only_bots_that_sign_have_a_secret(post: Post) -> None:
    url = "http://127.0.0.1:1/hook"
    for kind in ("standard", "wecom"):
        with pytest.raises(InputError, match="bot_secret"):
            post.hook(url, format=kind, bot_secret="x")
    hook = post.hook(url, format="feishu", bot_secret="x")
    assert "bot_secret" not in actions.shape(post.row(hook), post.desk)
    actions.change(post.desk, SYSTEM, post.policy, hook, {"format": "standard"})
    assert post.row(hook).bot_secret is None
