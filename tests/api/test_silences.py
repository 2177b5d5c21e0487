"""Silences: for a time alerts are told to nobody, and nothing else about them changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.app import Daemon
from monitor.cli.base import SCHEMAS
from monitor.clock import to_ms
from monitor.config import parse
from monitor.silence import State, state
from tests.api.conftest import AT, DISTRICT, EAST, MN, WEST, Bureau
from tests.judging.desk_kit import change, opened, row_of, swept, told

DAY = timedelta(days=1)
RULE = "average-mismatch"
UNTIL = "2026-11-23T08:00:00+08:00"


@pytest.fixture(autouse=True)
def _known_outlets(bureau: Bureau) -> None:
    bureau.with_outlets()


def alert(bureau: Bureau, uscc: str = EAST, **more: Any) -> int:
    """What a rule finds at an enterprise's outlet."""
    device = {EAST: 1, WEST: 2}[uscc]
    values = {
        "rule": RULE,
        "uscc": uscc,
        "district": DISTRICT[uscc],
        "mn": MN[uscc],
        "device": device,
    } | more
    return opened(bureau.desk, values, at=bureau.clock.at)[0]


def silence(bureau: Bureau, *who: str, **body: Any) -> dict[str, Any]:
    said = {"reason": "检修期间", "until": UNTIL} | body
    answer = bureau.call("POST", "silences", *(who or ("admin",)), json=said)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def muted_by(bureau: Bureau, number: int) -> Any:
    return bureau.call("GET", f"alerts/{number}").json()["muted_by"]


def test_a_silenced_alert_is_kept_and_told_at_the_end(bureau: Bureau) -> None:
    made = silence(bureau, uscc=EAST)
    assert (made["state"], made["created_by"]) == ("active", "admin")
    number, other = alert(bureau), alert(bureau, WEST)
    assert muted_by(bureau, number) == {"silence": made["id"]}
    assert told(bureau.desk) == [("alert.opened", other)]
    listed = bureau.call("GET", "alerts?muted=true").json()["items"]
    assert [each["id"] for each in listed] == [number]
    audible = bureau.call("GET", "alerts?muted=false").json()["items"]
    assert [each["id"] for each in audible] == [other]
    assert len(bureau.call("GET", "alerts").json()["items"]) == 2
    bureau.clock.at += 3 * DAY
    assert bureau.call("GET", f"silences/{made['id']}").json()["state"] == "expired"
    assert swept(bureau.desk, bureau.clock.at) == 1
    assert told(bureau.desk)[1:] == [("alert.opened", number)]
    assert muted_by(bureau, number) is None
    assert swept(bureau.desk, bureau.clock.at) == 0


def test_ended_by_hand_it_stays_to_be_read(bureau: Bureau) -> None:
    made = silence(bureau, rule=RULE)
    number = alert(bureau)
    bureau.clock.at += timedelta(hours=1)
    path = f"silences/{made['id']}"
    ended = bureau.call("DELETE", path)
    assert ended.status_code == 200
    assert (ended.json()["state"], ended.json()["ended_by"]) == ("expired", "admin")
    assert bureau.call("DELETE", path).status_code == 409
    assert bureau.call("GET", path).json() == ended.json()
    swept(bureau.desk, bureau.clock.at)
    assert told(bureau.desk) == [("alert.opened", number)]
    actions = [line["action"] for line in bureau.call("GET", "audit").json()["items"]]
    assert {"silence.create", "silence.end"} <= set(actions)


def test_what_ended_meanwhile_is_not_told(bureau: Bureau) -> None:
    silence(bureau, uscc=EAST)
    number = alert(bureau)
    change(bureau.desk, number, bureau.clock.at, state="cleared", cleared_ms=to_ms(AT))
    bureau.clock.at += 3 * DAY
    swept(bureau.desk, bureau.clock.at)
    assert told(bureau.desk) == []


def test_alerts_that_were_open_are_silenced_as_well(bureau: Bureau) -> None:
    number = alert(bureau)
    made = silence(bureau, uscc=EAST, outlet=MN[EAST])
    assert muted_by(bureau, number) == {"silence": made["id"]}
    change(bureau.desk, number, bureau.clock.at, periods=2)
    assert told(bureau.desk) == [("alert.opened", number)]
    bureau.call("DELETE", f"silences/{made['id']}")
    swept(bureau.desk, bureau.clock.at)
    assert told(bureau.desk)[1:] == [("alert.updated", number)]


def test_one_that_begins_later(bureau: Bureau) -> None:
    number = alert(bureau)
    made = silence(bureau, uscc=EAST, **{"from": "2026-11-21T08:00:00+08:00"})
    assert made["state"] == "pending"
    assert muted_by(bureau, number) is None
    bureau.clock.at += 2 * DAY
    swept(bureau.desk, bureau.clock.at)
    assert muted_by(bureau, number) == {"silence": made["id"]}
    found = {
        state: [one["id"] for one in bureau.call("GET", f"silences?state={state}").json()["items"]]
        for state in ("pending", "active", "expired")
    }
    assert found == {"pending": [], "active": [made["id"]], "expired": []}


def test_of_two_silences_the_second_goes_on(bureau: Bureau) -> None:
    first, second = silence(bureau, uscc=EAST), silence(bureau, rule=RULE)
    number = alert(bureau)
    bureau.call("DELETE", f"silences/{first['id']}")
    swept(bureau.desk, bureau.clock.at)
    assert muted_by(bureau, number) == {"silence": second["id"]}
    assert told(bureau.desk) == []


def test_what_asks_for_a_visit_is_never_silenced(bureau: Bureau) -> None:
    silence(bureau, uscc=EAST)
    number = alert(bureau, rule="exceedance", outcome="verify", exceed_ratio=1.0)
    row = row_of(bureau.desk, number)
    assert row.task is not None
    assert told(bureau.desk) == [("alert.opened", number)]
    assert muted_by(bureau, number) is None


def test_what_is_borne_out_is_silenced_no_more(bureau: Bureau) -> None:
    silence(bureau, uscc=EAST)
    number = alert(bureau)
    seen = alert(bureau, rule="video-event", device=None, mn=None, pollutant=None)
    assert {muted_by(bureau, number), muted_by(bureau, seen)} == {None}
    assert sorted(told(bureau.desk)[-4:])[:2] == [("alert.opened", number), ("alert.opened", seen)]
    tasks = bureau.call("GET", "tasks").json()["items"]
    assert {task["start_condition"]["kind"] for task in tasks} == {"corroborated"}


@pytest.mark.parametrize(
    ("matcher", "silenced"),
    [
        ({"uscc": EAST}, True),
        ({"outlet": MN[EAST]}, True),
        ({"rule": RULE}, True),
        ({"uscc": EAST, "pollutant": "A21026"}, True),
        ({"uscc": EAST, "pollutant": "a34013"}, False),
        ({"uscc": EAST, "rule": "video-event"}, False),
        ({"rule": RULE, "district": "东区"}, True),
        ({"rule": RULE, "district": "西区"}, False),
        ({"uscc": WEST}, False),
    ],
)
def test_all_that_is_said_must_match(
    bureau: Bureau, matcher: dict[str, Any], silenced: bool
) -> None:
    silence(bureau, **matcher)
    assert (muted_by(bureau, alert(bureau)) is not None) is silenced


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({}, 422, "at least one of"),
        ({"pollutant": "a21026"}, 422, "at least one of"),
        ({"rule": "no-such-rule"}, 422, "rule: there is none"),
        ({"uscc": "91110000100000000Z"}, 404, "no enterprise"),
        ({"outlet": "NOBODY"}, 404, "no outlet"),
        ({"uscc": EAST, "outlet": MN[WEST]}, 422, "is not of enterprise"),
        ({"uscc": EAST, "district": "西区"}, 422, "district"),
        ({"uscc": EAST, "until": "2026-12-25"}, 422, "30 days at most"),
        ({"uscc": EAST, "until": "2026-11-19"}, 422, "until must lie behind"),
        ({"uscc": EAST, "until": "soon"}, 422, "until"),
        ({"uscc": EAST, "reason": " "}, 422, ""),
    ],
)
def test_what_cannot_be_a_silence_is_refused(
    bureau: Bureau, body: dict[str, Any], status: int, said: str
) -> None:
    answer = bureau.call("POST", "silences", json={"reason": "x", "until": UNTIL} | body)
    assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text
    assert bureau.call("GET", "silences").json()["items"] == []


def test_the_daemons_clock_ends_silences(bureau: Bureau) -> None:
    made = silence(bureau, uscc=EAST)
    number = alert(bureau)
    bureau.call("DELETE", f"silences/{made['id']}")
    url = bureau.store.url.render_as_string(hide_password=False)
    settings, _ = parse({"database": {"url": url}}, SCHEMAS, "f.toml")
    daemon = Daemon(settings, (), bureau.store)
    (sweep,) = [each for each in daemon._worker().sweeps if each.name == "muted alerts"]
    sweep.run()
    assert told(bureau.desk) == [("alert.opened", number)]


# --- districts ------------------------------------------------------------------------------

HEAD = ("supervisor", "东区")


def test_it_binds_only_what_its_maker_may_see(bureau: Bureau) -> None:
    made = silence(bureau, *HEAD, rule=RULE)
    assert made["district"] == "东区"
    assert muted_by(bureau, alert(bureau)) == {"silence": made["id"]}
    assert muted_by(bureau, alert(bureau, WEST)) is None
    path = f"silences/{made['id']}"
    assert bureau.call("GET", path, "supervisor", "西区").status_code == 404
    assert bureau.call("DELETE", path, "supervisor", "西区").status_code == 404
    out = bureau.call("POST", "silences", *HEAD, json={"reason": "x", "until": UNTIL, "uscc": WEST})
    assert out.status_code == 404


def test_of_several_districts_one_is_named(bureau: Bureau) -> None:
    both = ("supervisor", "东区", "西区")
    body = {"reason": "x", "until": UNTIL, "rule": RULE}
    assert bureau.call("POST", "silences", *both, json=body).status_code == 422
    assert silence(bureau, *both, rule=RULE, district="西区")["district"] == "西区"


def test_one_of_the_whole_bureau_is_read_by_all_and_ended_by_who_has_all(bureau: Bureau) -> None:
    path = f"silences/{silence(bureau, rule=RULE)['id']}"
    assert bureau.call("GET", path, *HEAD).json()["district"] is None
    assert bureau.call("DELETE", path, *HEAD).status_code == 403
    assert bureau.call("DELETE", path).status_code == 200


def test_an_officer_silences_nobody(bureau: Bureau) -> None:
    body = {"reason": "x", "until": UNTIL, "uscc": EAST}
    assert bureau.call("POST", "silences", "officer", "东区", json=body).status_code == 403


# --- pure -----------------------------------------------------------------------------------

moments = st.integers(0, 9).map(lambda hours: AT + timedelta(hours=hours))


@given(start=moments, end=moments, at=moments)
def test_a_silence_is_in_one_state(start: Any, end: Any, at: Any) -> None:
    found = state(start, end, at)
    assert (found is State.EXPIRED) == (end <= at)
    assert (found is State.ACTIVE) == (start <= at < end)
