"""The procedure as it can be read, why somebody goes, and what each rule is worth."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, update
from typer.testing import CliRunner

from monitor import rule_book, yields
from monitor.alert import Outcome, Policy
from monitor.cli import program
from monitor.corroboration import TRANSMISSION
from monitor.inhibition import mutes
from monitor.rules import TUNED_RULES
from monitor.store import Store, tables
from monitor.store import yields as counted
from monitor.task import Result
from tests.api.conftest import AT, DISTRICT, EAST, WEST, Bureau
from tests.pictures import photo

HOUR = timedelta(hours=1)


# --- the procedure --------------------------------------------------------------------------


def test_every_rule_says_what_it_leads_to(bureau: Bureau) -> None:
    found = bureau.call("GET", "rules", "viewer", "东区").json()["items"]
    assert [rule["name"] for rule in found] == list(rule_book.NAMES)
    for rule in found:
        assert rule["title"]
        assert rule["ground"]
        assert (rule["name"] in TUNED_RULES) == bool(rule["thresholds"])
        assert rule["mutes"] == sorted(mutes(rule["name"]))
        assert (rule["family"] is None) == (rule["name"] in TRANSMISSION)
        assert (rule["outcome"] is None) == bool(rule["outcome_by_period"])
    by_name = {rule["name"]: rule for rule in found}
    assert by_name["exceedance"]["outcome_by_period"]["hour"] == "verify"
    assert by_name["video-event"]["outcome"] == "screen"


def test_it_says_what_is_set_in_the_bureaus_language() -> None:
    policy = replace(Policy(), rules=Policy().rules | {"video-event": Outcome.VERIFY})
    assert rule_book.entry("video-event", policy, "en", {})["outcome"] == "verify"
    assert rule_book.entry("exceedance", policy, "zh", {})["title"] == "超标"
    assert rule_book.entry("exceedance", policy, "en", {})["title"] == "Exceedance"


# --- why somebody goes ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trigger", "kind", "words"),
    [
        ("manual", "manual", "由 admin 下达：看一看"),
        ("complaint", "complaint", "信访投诉须现场核查"),
    ],
)
def test_an_order_says_whose_it_is(bureau: Bureau, trigger: str, kind: str, words: str) -> None:
    task = bureau.task(EAST, trigger)
    said = task["start_condition"]
    assert (said["kind"], said["alert"], said["rule"]) == (kind, None, None)
    assert words in said["text"]
    (queued,) = [line for line in task["history"] if line["change"] == "queued"]
    assert queued["data"] == {"start_condition": said}
    again = bureau.task(EAST, trigger, reason="再看一看")
    assert again["start_condition"] == said  # it is that of who queued it


def test_a_screener_says_why(bureau: Bureau) -> None:
    number = bureau.alert()
    body = {"verdict": "verify", "reason": "曲线可疑"}
    shown = bureau.call("POST", f"alerts/{number}/screen", json=body).json()
    task = bureau.call("GET", f"tasks/{shown['task']}").json()
    assert task["start_condition"] == {
        "kind": "screened",
        "rule": "exceedance",
        "alert": number,
        "text": f"报警 {number}（exceedance）经 admin 研判，转现场核查：曲线可疑",
    }


# --- screening ------------------------------------------------------------------------------


def test_who_dismisses_may_say_why_and_nobody_else(bureau: Bureau) -> None:
    number = bureau.alert()
    path = f"alerts/{number}/screen"
    wrong = {"verdict": "verify", "reason": "x", "cause": "device"}
    assert bureau.call("POST", path, json=wrong).status_code == 422
    odd = {"verdict": "dismiss", "reason": "x", "cause": "weather"}
    assert bureau.call("POST", path, json=odd).status_code == 422
    right = {"verdict": "dismiss", "reason": "检定", "cause": "device"}
    assert bureau.call("POST", path, json=right).json()["screening"]["cause"] == "device"
    plain = {"verdict": "dismiss", "reason": "x"}
    other = bureau.call("POST", f"alerts/{bureau.alert()}/screen", json=plain).json()
    assert other["screening"]["cause"] is None


def test_the_screener_sees_what_the_enterprise_replied_with_its_proof(bureau: Bureau) -> None:
    number = bureau.alert()
    body = {"uscc": EAST, "alert": number, "text": "请自查"}
    made = bureau.call("POST", "reminders", json=body).json()
    assert bureau.call("GET", f"alerts/{number}").json()["replies"] == []
    path = made["link"].removeprefix("https://bureau.example.org")
    files = {"files": ("proof.jpg", photo(), "image/jpeg")}
    sent = bureau.call("POST", path, data={"text": "当日检修，附检修单"}, files=files)
    assert sent.status_code == 200, sent.text
    (reply,) = bureau.call("GET", f"alerts/{number}").json()["replies"]
    assert (reply["id"], reply["reply"]) == (made["id"], "当日检修，附检修单")
    (proof,) = reply["attachments"]
    shown = bureau.call("GET", proof["links"]["content"])
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")


# --- yield ----------------------------------------------------------------------------------

records = st.fixed_dictionaries(
    {
        "rule": st.sampled_from(["exceedance", "video-event", "constant-value"]),
        "uscc": st.sampled_from([EAST, WEST]),
        "hours": st.integers(0, 48),
        "silent": st.sampled_from([False, False, False, True]),
        "periods": st.sampled_from([0, 1, 3]),
        "muted": st.sampled_from([None, None, "muting_alert", "muting_silence"]),
        "verdict": st.sampled_from([None, "verify", "dismiss", "remind"]),
        "cause": st.sampled_from([None, *yields.CAUSES]),
        "replied": st.sampled_from([None, False, True]),
        "task": st.sampled_from([None, 0, 1, 2]),
    }
)
results = st.lists(st.sampled_from([None, *Result]), min_size=3, max_size=3)


def enter(store: Store, some: list[dict[str, Any]], found: list[Any]) -> None:
    """Put generated records into the store."""
    with store.write() as connection:
        for name in ("reminders", "alerts", "tasks"):
            connection.execute(delete(getattr(tables, name)))
        for number, result in enumerate(found, 1):
            row = {
                "id": number, "state": "queued" if result is None else "reported", "mandatory": True,
                "trigger": "manual", "priority": 3, "reason": "x", "listing": {},
                "legal_basis": [], "queued_at": AT, "due_at": AT, "version": 1,
            }  # fmt: skip
            connection.execute(insert(tables.tasks).values(row))
            if result is not None:
                values = {"result": {"result": result.value}}
                changed = update(tables.tasks).where(tables.tasks.c.id == number)
                connection.execute(changed.values(values))
        for number, each in enumerate(some, 1):
            screening = each["verdict"] and {"verdict": each["verdict"], "cause": _cause(each)}
            row = {
                "id": number, "rule": each["rule"], "outcome": "screen", "state": "open",
                "uscc": each["uscc"], "district": DISTRICT[each["uscc"]], "start_ms": 0,
                "clause": "", "reason": "", "periods": each["periods"], "screening": screening,
                "opened_at": AT + each["hours"] * HOUR, "updated_at": AT, "silent": each["silent"],
                "task": None if each["task"] is None else each["task"] + 1,
            }  # fmt: skip
            row |= {each["muted"]: 7} if each["muted"] else {}
            connection.execute(insert(tables.alerts).values(row))
            for _ in range(0 if each["replied"] is None else 2):
                reminder = {
                    "uscc": each["uscc"], "enterprise": "厂", "district": DISTRICT[each["uscc"]],
                    "alert": number, "text": "x", "created_by": "x", "created_at": AT,
                    "answered_at": AT if each["replied"] else None,
                }  # fmt: skip
                connection.execute(insert(tables.reminders).values(reminder))


def _cause(each: dict[str, Any]) -> str | None:
    cause: str | None = each["cause"] if each["verdict"] == "dismiss" else None
    return cause


def naive(
    some: list[dict[str, Any]], found: list[Any], districts: set[str]
) -> dict[str, Counter[str]]:
    """The same, counted by hand."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    gone: dict[str, set[int]] = defaultdict(set)
    for each in some:
        held = each["periods"] > 0 or each["verdict"] or each["task"] is not None
        within = 6 <= each["hours"] < 30 and DISTRICT[each["uscc"]] in districts
        if each["silent"] or not held or not within:
            continue
        one = counts[each["rule"]]
        result = None if each["task"] is None else found[each["task"]]
        said = {
            "alerts": True,
            "muted": each["muted"] is not None,
            "reminded": each["replied"] is not None,
            "replied": bool(each["replied"]),
            "verified": result is not None,
            "confirmed": result in (Result.CONFIRMED, Result.PARTLY_CONFIRMED),
        }
        said |= {verdict: each["verdict"] == verdict for verdict in yields.VERDICTS}
        said |= {f"cause_{cause}": _cause(each) == cause for cause in yields.CAUSES}
        one.update({name: int(is_so) for name, is_so in said.items()})
        if each["task"] is not None:
            gone[each["rule"]].add(each["task"])
    for rule, one in counts.items():
        one["tasks"] = len(gone[rule])
    return counts


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(some=st.lists(records, max_size=25), found=results, data=st.data())
def test_the_database_counts_as_one_does_by_hand(
    store: Store, some: list[dict[str, Any]], found: list[Any], data: st.DataObject
) -> None:
    enter(store, some, found)
    reach, district = data.draw(
        st.sampled_from([((), None), (("东区",), None), ((), "西区"), (("东区",), "西区")])
    )
    with store.read() as connection:
        rows = counted.counts(connection, reach, AT + 6 * HOUR, AT + 30 * HOUR, district)
    seen = set(reach or DISTRICT.values()) & ({district} if district else set(DISTRICT.values()))
    expected = naive(some, found, seen)
    assert {row["rule"]: {k: v for k, v in row.items() if k != "rule"} for row in rows} == {
        rule: dict(counts) for rule, counts in expected.items()
    }


def counts_of(rule: str, alerts: int, **more: int) -> dict[str, Any]:
    names = ("muted", "reminded", "replied", "tasks", "verified", "confirmed", *yields.VERDICTS)
    names += tuple(f"cause_{cause}" for cause in yields.CAUSES)
    return dict.fromkeys(names, 0) | {"rule": rule, "alerts": alerts} | more


def test_the_noisiest_rule_is_on_top() -> None:
    found = yields.table(
        [
            counts_of("good", 10, verify=8, verified=8, confirmed=6),
            counts_of("idle", 3),
            counts_of("noisy", 400, dismiss=39, remind=1, verify=2, verified=2, confirmed=1),
            counts_of("few", 19, dismiss=19),
            counts_of("enough", 30, dismiss=19, verify=1),
        ]
    )
    assert [(one["rule"], one["noisy"]) for one in found] == [
        ("noisy", True),
        ("enough", False),
        ("few", False),
        ("idle", False),
        ("good", False),
    ]
    assert (found[-1]["yield"], found[-1]["precision"]) == (0.6, 0.75)
    assert (found[3]["yield"], found[3]["precision"]) == (0.0, None)


def test_yields_are_of_the_callers_districts(bureau: Bureau) -> None:
    for uscc in (EAST, EAST, WEST):
        bureau.alert(uscc)
    path = "rules/yield?from=2026-11-01&to=2026-11-20"
    for who, alerts in ((("viewer", "东区"), 2), (("viewer", "西区"), 1), (("viewer",), 3)):
        (one,) = bureau.call("GET", path, *who).json()["items"]
        assert (one["rule"], one["alerts"]) == ("exceedance", alerts)
    (one,) = bureau.call("GET", f"{path}&district=西区").json()["items"]
    assert one["alerts"] == 1
    assert bureau.call("GET", "rules/yield?to=2026-11-01").json()["items"] == []
    assert bureau.call("GET", "rules/yield?from=2026-11-20&to=2026-11-01").status_code == 422


def test_on_the_command_line_as_csv(bureau: Bureau, tmp_path: Path) -> None:
    bureau.alert()
    config = tmp_path / "c.toml"
    url = bureau.store.url.render_as_string(hide_password=False)
    config.write_text(f'[database]\nurl = "{url}"\n', "utf-8")
    options = ["--config", str(config), "--from", "2026-11-01", "--to", "2026-11-20", "--csv"]
    ran = CliRunner().invoke(program("rules"), ["rules", "yield", *options])
    assert ran.exit_code == 0, ran.output
    (row,) = csv.DictReader(io.StringIO(ran.output))
    assert (row["rule"], row["alerts"], row["noisy"]) == ("exceedance", "1", "")
