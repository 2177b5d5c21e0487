"""Tokens over HTTP: made, listed, revoked, and how much one may ask."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from monitor.actions.clockwork import SYSTEM
from monitor.api.throttle import Throttle, TooMany
from monitor.store import audit
from monitor.tokens import Role, new_token, well_formed
from tests.api.conftest import Bureau

LI = {"name": "李四", "role": "officer", "districts": ["东区"]}


def make(bureau: Bureau, body: dict[str, Any] = LI, *who: str) -> httpx.Response:
    return bureau.call("POST", "tokens", *(who or ("admin",)), json=body)


def use(bureau: Bureau, text: str, path: str = "tasks") -> httpx.Response:
    return bureau.call("GET", path, headers={"Authorization": f"Bearer {text}"})


def actions(bureau: Bureau) -> list[str]:
    with bureau.store.read() as connection:
        return [row.action for row in audit.listed(connection, 0, 1000)]


def test_a_token_is_made_used_and_revoked(bureau: Bureau) -> None:
    made = make(bureau, LI | {"expires_on": "2026-12-31"})
    assert made.status_code == 201
    text = made.json()["token"]
    assert well_formed(text)
    assert use(bureau, text).status_code == 200
    path = made.headers["location"]
    shown = bureau.call("GET", path).json()
    assert "token" not in shown
    assert text not in bureau.call("GET", "tokens").text
    assert (shown["name"], shown["districts"], shown["in_force"]) == ("李四", ["东区"], True)
    assert (shown["expires_on"], shown["last_used_from"]) == ("2026-12-31", "127.0.0.1")
    tag = bureau.call("GET", path).headers["etag"]
    assert tag == made.headers["etag"]  # a use changes nothing that anybody decided on
    stale = bureau.call("POST", f"{path}/revoke", headers={"If-Match": '"another"'})
    assert stale.status_code == 412
    ended = bureau.call("POST", f"{path}/revoke", headers={"If-Match": tag})
    assert (ended.status_code, ended.json()["in_force"]) == (200, False)
    assert use(bureau, text).status_code == 401
    assert bureau.call("POST", f"{path}/revoke").status_code == 404
    assert actions(bureau)[-2:] == ["token.create", "token.revoke"]
    listed = bureau.call("GET", "tokens?in_force=true").json()["items"]
    assert [token["name"] for token in listed] == ["admin"]


def test_two_in_force_have_no_name_in_common(bureau: Bureau) -> None:
    first = make(bureau)
    assert make(bureau, LI | {"role": "viewer"}).status_code == 409
    bureau.call("POST", f"{first.headers['location']}/revoke")
    assert make(bureau, LI | {"expires_on": "2026-11-20"}).status_code == 201
    bureau.clock.at += timedelta(days=1)
    assert make(bureau).status_code == 201  # the one before has expired
    for name in ("system", "command line"):
        assert make(bureau, LI | {"name": name}).status_code == 422


def test_nobody_gives_away_more_than_he_has(bureau: Bureau) -> None:
    who = ("admin", "东区")
    far = make(bureau, LI | {"name": "west", "districts": ["西区"]}).headers["location"]
    whole = make(bureau, LI | {"name": "all", "districts": []}).headers["location"]
    assert make(bureau, LI | {"districts": ["西区"]}, *who).status_code == 422
    mine = make(bureau, LI | {"districts": []}, *who)
    assert mine.json()["districts"] == ["东区"]
    listed = bureau.call("GET", "tokens", *who).json()["items"]
    assert {token["name"] for token in listed} == {"admin 东区", "李四"}
    for path in (far, whole):
        assert bureau.call("GET", path, *who).status_code == 404
        assert bureau.call("POST", f"{path}/revoke", *who).status_code == 404
    assert bureau.call("POST", f"{mine.headers['location']}/revoke", *who).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"role": "king"},
        {"name": " "},
        {"districts": [""]},
        {"expires_on": "2026-11-19"},
        {"expires_on": "soon"},
        {"surprise": 1},
    ],
)
def test_a_token_of_nobody_or_for_nothing(bureau: Bureau, change: dict[str, Any]) -> None:
    assert make(bureau, LI | change).status_code == 422
    assert "token.create" not in actions(bureau)[1:]


def test_pages_of_tokens_join_up(bureau: Bureau) -> None:
    for number in range(4):
        make(bureau, LI | {"name": f"n{number}"})
    found, cursor = [], ""
    while cursor is not None:
        more = {"cursor": cursor} if cursor else {}
        page = bureau.call("GET", "tokens", params={"limit": 2, **more}).json()
        found += [token["name"] for token in page["items"]]
        cursor = page["next"]
    assert found == ["admin", "n0", "n1", "n2", "n3"]


# --- how much one may ask -------------------------------------------------------------------------


def test_a_token_may_ask_so_often_a_minute(bureau: Bureau) -> None:
    bureau.services.throttle.per_minute = 3
    assert [bureau.call("GET", "tasks").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    refused = bureau.call("GET", "tasks")
    assert refused.json()["type"] == "urn:offsite-monitor:problem:too-many-requests"
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert bureau.call("GET", "tasks", "officer").status_code == 200
    bureau.clock.at += timedelta(seconds=int(refused.headers["retry-after"]))
    assert bureau.call("GET", "tasks").status_code == 200


def test_too_many_wrong_tokens_lock_their_origin_out(bureau: Bureau) -> None:
    bureau.services.throttle.failures = 5
    bureau.call("GET", "tasks", "officer")
    late = bureau.token("viewer")
    assert [use(bureau, new_token()).status_code for _ in range(6)] == [401] * 5 + [429]
    refused = use(bureau, late)
    assert refused.status_code == 429  # right, but never seen to work from there
    assert bureau.call("GET", "tasks", "officer").status_code == 200
    assert actions(bureau).count("access.lock-out") == 1
    with bureau.store.read() as connection:
        entry = audit.listed(connection, 0, 1000)[-1]
    assert (entry.actor, entry.object, entry.data) == (
        SYSTEM.name,
        "origin/127.0.0.1",
        {"failures": 5},
    )
    bureau.clock.at += timedelta(seconds=int(refused.headers["retry-after"]))
    assert use(bureau, late).status_code == 200


def test_failures_far_apart_lock_nobody_out(bureau: Bureau) -> None:
    bureau.services.throttle.failures = 5
    for _ in range(12):
        assert use(bureau, new_token()).status_code == 401
        bureau.clock.at += timedelta(minutes=3)


def test_one_customer_of_ipv6_is_one_origin() -> None:
    throttle = Throttle(failures=2, timer=lambda: 0.0)
    assert not throttle.failed("2001:db8::1")
    assert throttle.failed("2001:db8::2")
    with pytest.raises(TooMany):
        throttle.check("2001:db8::3", "x")
    throttle.check("2001:db8:0:1::3", "x")
    throttle.check("192.0.2.1", "x")


def test_what_is_remembered_of_origins_is_bounded() -> None:
    throttle = Throttle(failures=1, timer=lambda: 0.0)
    for number in range(30_000):
        throttle.failed(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(throttle._locked) <= 20_000


def test_roles_that_may_not_manage_make_no_tokens(bureau: Bureau) -> None:
    for role in set(Role) - {Role.ADMIN}:
        assert make(bureau, LI, role.value).status_code == 403
