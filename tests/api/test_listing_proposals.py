"""Proposals: a county proposes, the city decides; suggestions, conditions, the monthly review."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, update

from monitor.actions.suggestions import suggest
from monitor.positive import Conditions, Policy
from monitor.store import tables
from tests.api.conftest import AT, EAST, MN, WEST, Bureau

LIST = "positive-list"
PROPOSALS = f"{LIST}/proposals"
COUNTY = ("supervisor", "东区")
DECIDED = {"document": "示例〔2026〕20号"}


def proposal(**more: Any) -> dict[str, Any]:
    return {
        "change": "add",
        "uscc": EAST,
        "category": "6",
        "from": "2027-01-01",
        "grounds": "符合第六类条件",
        "stated": [{"condition": "credit", "holds": True, "words": "环保信用 A 级"}],
    } | more


def post(bureau: Bureau, path: str, body: dict[str, Any], *who: str) -> httpx.Response:
    return bureau.call("POST", path, *(who or ("supervisor",)), json=body)


def proposed(bureau: Bureau, **more: Any) -> dict[str, Any]:
    answer = post(bureau, PROPOSALS, proposal(**more), *COUNTY)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def reports(bureau: Bureau) -> None:
    """Have EAST's outlet report today."""
    with bureau.store.write() as connection:
        device = {"mn": MN[EAST], "adapter": "hj212", "first_seen": AT, "last_seen": AT}
        number = connection.execute(
            insert(tables.devices).values(device).returning(tables.devices.c.id)
        ).scalar_one()
        day = {"day": AT.date(), "device": number, "frames": 24, "clean": 24, "refused": 0}
        connection.execute(insert(tables.device_days).values(day | {"timed": 0, "skew_ms": 0}))


def confirmed(bureau: Bureau, uscc: str = EAST, result: str = "confirmed") -> int:
    """A task whose visit was reported today; EAST and WEST are listed."""
    task = bureau.task(uscc, "manual")["id"]
    listing = {"listed": True, "category": "3", "on": "2026-11-20"}
    said = {"result": result, "inspected_at": "2026-11-20T09:00:00+08:00"}
    with bureau.store.write() as connection:
        row = update(tables.tasks).where(tables.tasks.c.id == task)
        connection.execute(row.values(state="reported", result=said, listing=listing))
    return int(task)


def conditions(bureau: Bureau, category: str, uscc: str = EAST, **more: str) -> dict[str, Any]:
    query = "&".join(f"{name}={value}" for name, value in {"category": category, **more}.items())
    answer = bureau.call("GET", f"enterprises/{uscc}/inclusion?{query}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def outcomes(found: list[dict[str, Any]]) -> dict[str, str]:
    return {each["condition"]: each["outcome"] for each in found}


def test_a_proposal_becomes_a_listing_and_then_public(bureau: Bureau) -> None:
    reports(bureau)
    made = proposed(bureau)
    assert (made["state"], made["proposed_by"]) == ("proposed", "supervisor 东区")
    assert outcomes(made["inclusion"])["credit"] == "holds"
    path = f"{PROPOSALS}/{made['id']}"
    assert post(bureau, f"{path}/approve", DECIDED, *COUNTY).status_code == 403
    done = post(bureau, f"{path}/approve", DECIDED).json()
    assert (done["state"], done["decision"]["by"]) == ("approved", "supervisor")
    span = bureau.call("GET", f"{LIST}/{done['decision']['listing']}").json()
    assert (span["category"], span["listed_from"], span["document"]) == (
        "6", "2027-01-01", "示例〔2026〕20号",
    )  # fmt: skip
    assert post(bureau, f"{path}/approve", DECIDED).status_code == 409
    post(bureau, f"{LIST}/publications", {"on": "2026-12-31"})  # before it takes effect
    assert bureau.call("GET", path).json()["state"] == "approved"
    published = post(bureau, f"{LIST}/publications", {"on": "2027-01-01"}).json()
    told = bureau.call("GET", path, *COUNTY).json()
    assert (told["state"], told["publication"]) == ("published", published["id"])


def test_a_county_proposes_for_its_own_and_sees_its_own(bureau: Bureau) -> None:
    assert post(bureau, PROPOSALS, proposal(uscc=WEST), *COUNTY).status_code == 404
    number = proposed(bureau)["id"]
    assert bureau.call("GET", PROPOSALS, "viewer", "西区").json()["items"] == []
    assert bureau.call("GET", f"{PROPOSALS}/{number}", "viewer", "西区").status_code == 404
    (seen,) = bureau.call("GET", f"{PROPOSALS}?state=proposed", *COUNTY).json()["items"]
    assert seen["id"] == number


def test_one_of_a_kind_is_open_at_a_time(bureau: Bureau) -> None:
    number = proposed(bureau)["id"]
    again = post(bureau, PROPOSALS, proposal(), *COUNTY)
    assert (again.status_code, f"proposal {number} is open" in again.text) == (409, True)
    somebody = ("supervisor", "东区", "西区")
    reason = {"reason": "材料不全"}
    assert post(bureau, f"{PROPOSALS}/{number}/withdraw", reason, *somebody).status_code == 403
    taken = post(bureau, f"{PROPOSALS}/{number}/withdraw", reason, *COUNTY).json()
    assert (taken["state"], taken["decision"]["reason"]) == ("withdrawn", "材料不全")
    rejected = post(bureau, f"{PROPOSALS}/{proposed(bureau)['id']}/reject", reason).json()
    assert rejected["state"] == "rejected"


def test_a_removal_and_a_move_are_carried_out(bureau: Bureau) -> None:
    gone = proposed(bureau, change="remove", category=None, **{"from": "2026-12-01"}, stated=[])
    bar = DECIDED | {"bar_until": "2027-12-31"}
    post(bureau, f"{PROPOSALS}/{gone['id']}/approve", bar)
    (span,) = bureau.call("GET", f"{LIST}?uscc={EAST}").json()["items"]
    assert (span["listed_until"], span["bar_until"]) == ("2026-11-30", "2027-12-31")
    moved = post(
        bureau,
        PROPOSALS,
        proposal(change="move", uscc=WEST, **{"from": "2026-12-01"}),
        "supervisor",
    ).json()
    post(bureau, f"{PROPOSALS}/{moved['id']}/approve", DECIDED)
    (span,) = bureau.call("GET", f"{LIST}?uscc={WEST}&on=2026-12-01").json()["items"]
    assert span["category"] == "6"
    unlisted = post(bureau, PROPOSALS, proposal(change="remove", **{"from": "2026-12-15"}))
    assert (unlisted.status_code, "is not listed on 2026-12-15" in unlisted.text) == (409, True)


def test_over_a_condition_that_fails_a_reason_is_needed(bureau: Bureau) -> None:
    number = proposed(bureau)["id"]  # its outlet has never reported
    path = f"{PROPOSALS}/{number}/approve"
    refused = post(bureau, path, DECIDED)
    assert (refused.status_code, "networked" in refused.json()["detail"]) == (422, True)
    done = post(bureau, path, DECIDED | {"reason": "联网验收已完成"}).json()
    assert outcomes(done["decision"]["inclusion"])["networked"] == "fails"
    assert done["decision"]["reason"] == "联网验收已完成"


def test_conditions_rest_on_records(bureau: Bureau) -> None:
    silent = conditions(bureau, "6")
    assert silent["meets"] is False
    assert outcomes(silent["conditions"]) == {
        "industry": "holds", "bar": "holds", "violations": "holds", "cases": "holds",
        "stop_orders": "holds", "networked": "fails", "within_limits": "holds",
        "credit": "unknown",
    }  # fmt: skip
    reports(bureau)
    task = confirmed(bureau)
    suspected = bureau.alert(EAST, start_ms=1_795_000_000_000)  # the eve, by AT
    breach = bureau.alert(EAST, rule="stop-order-breach", task=task, start_ms=1_795_000_000_000)
    found = {each["condition"]: each for each in conditions(bureau, "6")["conditions"]}
    assert found["networked"]["records"] == [{"kind": "outlet", "id": MN[EAST]}]
    assert found["violations"]["outcome"] == "fails"
    assert found["violations"]["records"] == [{"kind": "task", "id": task}]
    assert found["within_limits"]["outcome"] == "unknown"  # nobody has verified it
    assert found["within_limits"]["records"] == [{"kind": "alert", "id": suspected}]
    assert found["stop_orders"]["records"] == [{"kind": "alert", "id": breach}]
    before = conditions(bureau, "6", on="2026-11-19")["conditions"]
    assert outcomes(before)["violations"] == "holds"  # of the day before the visit
    assert conditions(bureau, "1")["meets"] is None
    assert bureau.call("GET", f"enterprises/{EAST}/inclusion?category=9").status_code == 422
    west = bureau.call("GET", f"enterprises/{WEST}/inclusion?category=6", *COUNTY)
    assert west.status_code == 404


def test_barred_industries_are_words_of_the_configuration(bureau: Bureau) -> None:
    policy = Policy(conditions=Conditions(barred_industries=("垃圾焚烧",)))
    object.__setattr__(bureau.desk, "listing_policy", lambda: policy)
    assert outcomes(conditions(bureau, "2")["conditions"])["industry"] == "unknown"
    with bureau.store.write() as connection:
        connection.execute(update(tables.enterprises).values(industry="生活垃圾焚烧发电"))
    assert outcomes(conditions(bureau, "2")["conditions"])["industry"] == "fails"


def test_a_confirmed_violation_suggests_the_removal_once(bureau: Bureau) -> None:
    task = confirmed(bureau)
    confirmed(bureau, WEST, "not_confirmed")
    assert suggest(bureau.desk) == 1
    assert suggest(bureau.desk) == 0
    (made,) = bureau.call("GET", f"{PROPOSALS}?change=remove", *COUNTY).json()["items"]
    assert (made["uscc"], made["task"], made["proposed_by"]) == (EAST, task, "system")
    post(bureau, f"{PROPOSALS}/{made['id']}/reject", {"reason": "已整改，情节轻微"})
    assert suggest(bureau.desk) == 0  # what was decided is not suggested again
    confirmed(bureau, EAST)
    assert suggest(bureau.desk) == 1
    (made,) = bureau.call("GET", f"{PROPOSALS}?state=proposed").json()["items"]
    done = post(bureau, f"{PROPOSALS}/{made['id']}/approve", DECIDED | {"from": "2026-11-21"})
    assert done.json()["decision"]["listing"] is not None
    assert bureau.call("GET", f"{LIST}?on=2026-11-21&uscc={EAST}").json()["items"] == []


def test_the_review_names_what_is_due(bureau: Bureau) -> None:
    confirmed(bureau)
    suggest(bureau.desk)
    november = bureau.call("GET", f"{LIST}/review?month=2026-11").json()
    (east,) = november["items"]  # both run out on the 31st of December, which is 31 days later
    assert east["reasons"] == ["failing", "proposed"]
    assert [each["condition"] for each in east["failing"]] == ["violations"]
    assert len(east["proposals"]) == 1
    december = bureau.call("GET", f"{LIST}/review?month=2026-12&limit=1").json()
    assert december["items"][0]["reasons"] == ["expiring", "failing", "proposed"]
    following = bureau.call("GET", f"{LIST}/review?month=2026-12&cursor={december['next']}").json()
    assert [each["listing"]["uscc"] for each in following["items"]] == [WEST]
    assert bureau.call("GET", f"{LIST}/review?month=2026-13").status_code == 422
    mine = bureau.call("GET", f"{LIST}/review?month=2026-12", *COUNTY).json()
    assert [each["listing"]["uscc"] for each in mine["items"]] == [EAST]


def test_every_step_is_in_the_trail(bureau: Bureau) -> None:
    number = proposed(bureau)["id"]
    post(bureau, f"{PROPOSALS}/{number}/approve", DECIDED | {"reason": "x"})
    actions = [entry["action"] for entry in bureau.call("GET", "audit").json()["items"]]
    wanted = ["listing-proposal.enter", "listing.enter", "listing-proposal.approve"]
    assert [each for each in actions if each.startswith("listing")] == wanted


@pytest.mark.parametrize("on", ["2026-11-20", "2027-06-01"])
def test_a_proposal_is_refused_where_another_span_is_in_the_way(bureau: Bureau, on: str) -> None:
    answer = post(bureau, PROPOSALS, proposal(**{"from": on}), *COUNTY)
    assert answer.status_code == (409 if date.fromisoformat(on).year == 2026 else 201)
