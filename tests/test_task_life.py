"""The whole life of a task, step by step, on both databases."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor import task
from monitor.actions import Desk, clockwork, directing, follow_ups, queueing, tasks, tokens
from monitor.calendar import Term, parse
from monitor.errors import Conflict, Forbidden, NotFound
from monitor.register import Enterprise, Officer, Register
from monitor.store import Store, audit, outbox
from monitor.store import tasks as rows
from monitor.task import STEPS, InputError, State, Trigger
from monitor.terms import Terms
from monitor.tokens import Caller, Role

ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # Friday, 10:00
USCC = "91110000100000000A"
LI = Caller(id=1, name="Li", role=Role.OFFICER, districts=("东区",))
WANG = Caller(id=2, name="Wang", role=Role.OFFICER, districts=("东区",))
HEAD = Caller(id=3, name="Head", role=Role.SUPERVISOR, districts=("东区",))
WEST = Caller(id=4, name="West", role=Role.SUPERVISOR, districts=("西区",))
REPORT = task.Report(task.Result.CONFIRMED, "属实", AT, ("Li A001", "Wang A002"))
REGISTER = Register(
    enterprises=(
        Enterprise(uscc=USCC, name="示例甲厂", district="东区"),
        Enterprise(uscc="91110000100000000B", name="示例乙厂", district="西区"),
    ),
    officers=(Officer(licence="A001", name="Li", district="东区"),),
)


class Bureau:
    """A desk whose clock and terms are moved by hand."""

    def __init__(self, store: Store) -> None:
        self.at = AT
        self.terms = Terms(zone=ZONE, by={(Trigger.MANUAL, None): Term.parse("3 working days")})
        self.desk = Desk(
            store=store,
            zone=ZONE,
            register=lambda: REGISTER,
            now=lambda: self.at,
            terms=lambda: self.terms,
        )
        for who in (LI, WANG):
            tokens.create(self.desk, clockwork.SYSTEM, who.name, who.role, who.districts)

    def queued(self, trigger: Trigger = Trigger.MANUAL) -> int:
        order = queueing.Order(trigger=trigger, reason="看一看", uscc=USCC)
        return int(queueing.queue(self.desk, HEAD, order)[0]["id"])

    def claimed(self, who: Caller = LI) -> int:
        number = self.queued()
        tasks.claim(self.desk, who, number)
        return number

    def reported(self, who: Caller = LI, **more: Any) -> int:
        number = self.queued()
        lease = tasks.claim(self.desk, who, number)["lease"]["token"]
        given = tasks.Consequences(**more)
        tasks.complete(self.desk, who, number, lease, REPORT, given)
        return number

    def read(self, number: int) -> dict[str, Any]:
        with self.desk.store.read() as connection:
            return rows.shape(connection, [number], ZONE)[number]

    def changes(self, number: int) -> list[str]:
        return [line["change"] for line in self.read(number)["history"]]

    def events(self) -> list[str]:
        with self.desk.store.read() as connection:
            return [row.type for row in outbox.after(connection, 0, 1000, 1000, [])]


@pytest.fixture
def bureau(store: Store) -> Bureau:
    return Bureau(store)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(("name", "state"), list(itertools.product(STEPS, State)))
def test_a_step_is_taken_from_its_states_and_no_other(name: str, state: State) -> None:
    if state in STEPS[name].sources:
        assert task.step(name, state) is STEPS[name]
    else:
        with pytest.raises(Conflict, match=state):
            task.step(name, state)


def test_every_state_is_reached_and_what_is_open_can_end() -> None:
    reached, ahead = set[State](), {State.QUEUED}
    while ahead:
        state = ahead.pop()
        reached.add(state)
        ahead |= {s.target for s in STEPS.values() if state in s.sources and s.target} - reached
    assert reached == set(State)
    assert STEPS["withdraw"].sources == task.OPEN


def test_the_deadline_says_how_it_came_about(bureau: Bureau) -> None:
    shaped = bureau.read(bureau.queued())
    assert shaped["due_at"] == "2026-11-26T00:00:00+08:00"  # the end of Wednesday
    assert shaped["deadline"]["term"] == "3 working days"
    assert shaped["deadline"]["provisional"] is False
    assert shaped["deadline"]["calendar"].startswith("chinesecalendar ")


def test_terms_are_by_trigger_and_priority(bureau: Bureau) -> None:
    bureau.terms = Terms(
        zone=ZONE,
        by={
            (Trigger.COMPLAINT, None): Term.parse("10 days"),
            (Trigger.COMPLAINT, 1): Term.parse("4 hours"),
        },
    )
    assert bureau.terms.deadline(Trigger.COMPLAINT, 1, AT).due_at == AT + timedelta(hours=4)
    assert str(bureau.terms.of(Trigger.COMPLAINT, 2)) == "10 days"
    assert str(bureau.terms.of(Trigger.VIDEO, 1)) == "48 hours"


def test_a_deadline_is_frozen_with_its_calendar(bureau: Bureau) -> None:
    number = bureau.queued()
    before = bureau.read(number)
    holiday = parse(["date,works", "2026-11-23,no"])
    bureau.terms = Terms(zone=ZONE, by=bureau.terms.by, calendar=holiday)
    assert clockwork.settle_deadlines(bureau.desk) == 0
    assert bureau.read(number) == before


def test_a_provisional_deadline_is_settled_when_the_year_is_announced(bureau: Bureau) -> None:
    bureau.at = local("2026-12-31T10:00:00")
    number = bureau.queued()
    assert bureau.read(number)["deadline"]["provisional"] is True
    assert clockwork.settle_deadlines(bureau.desk) == 0
    announced = parse(["date,works", "2027-01-02,yes"], years=[2027])
    bureau.terms = Terms(zone=ZONE, by=bureau.terms.by, calendar=announced)
    assert clockwork.settle_deadlines(bureau.desk) == 1
    assert clockwork.settle_deadlines(bureau.desk) == 0
    settled = bureau.read(number)
    assert settled["due_at"] == "2027-01-06T00:00:00+08:00"  # one day sooner: the 2nd is worked
    assert settled["deadline"]["provisional"] is False
    assert bureau.changes(number)[-1] == "due-settled"


def test_the_clock_reminds_then_tells_overdue_then_escalates(bureau: Bureau) -> None:
    number = bureau.queued()
    due = local("2026-11-26T00:00:00")
    for moment, told in (
        (due - timedelta(hours=13), "queued"),
        (due - timedelta(hours=12), "due-soon"),
        (due, "overdue"),
        (due + timedelta(hours=23), "overdue"),
        (due + timedelta(hours=24), "escalate"),
        (due + timedelta(hours=48), "escalate"),
        (due + timedelta(hours=99), "escalate"),
    ):
        bureau.at = moment
        for sweep in clockwork.SWEEPS.values():
            sweep(bureau.desk)
        assert bureau.changes(number)[-1] == told, moment
    shaped = bureau.read(number)
    assert (shaped["level"], shaped["priority"]) == (2, 1)
    assert bureau.changes(number) == ["queued", "due-soon", "overdue", "escalate", "escalate"]
    assert bureau.events().count("task.overdue") == 1


def test_handed_to_an_officer_nobody_else_claims_it(bureau: Bureau) -> None:
    number = bureau.claimed(LI)
    shaped = directing.transfer(bureau.desk, HEAD, number, "熟悉情况", officer="Wang")
    assert (shaped["state"], shaped["assigned_to"]) == ("queued", "Wang")
    assert shaped["claimed_by"] is None
    with pytest.raises(Conflict, match="Wang"):
        tasks.claim(bureau.desk, LI, number)
    assert tasks.claim(bureau.desk, WANG, number)["task"]["claimed_by"] == "Wang"


def test_handed_to_another_district_its_officers_see_it(bureau: Bureau) -> None:
    number = bureau.queued()
    shaped = directing.transfer(bureau.desk, HEAD, number, "属西区管辖", district="西区")
    assert shaped["district"] == "西区"
    assert shaped["enterprise"]["district"] == "东区"
    with pytest.raises(NotFound):
        tasks.claim(bureau.desk, LI, number)
    assert directing.escalate(bureau.desk, WEST, number, "难")["level"] == 1
    with pytest.raises(InputError, match="北区"):
        directing.transfer(bureau.desk, WEST, number, "x", district="北区")
    with pytest.raises(InputError, match="officer or district"):
        directing.transfer(bureau.desk, WEST, number, "x")


def test_only_who_may_go_there_is_handed_a_task(bureau: Bureau) -> None:
    number = bureau.queued()
    with pytest.raises(InputError, match="nobody called"):
        directing.transfer(bureau.desk, HEAD, number, "x", officer="Lii")
    with pytest.raises(InputError, match="does not see"):
        directing.transfer(bureau.desk, HEAD, number, "x", officer="Li", district="西区")


def test_the_district_that_hands_a_task_on_hears_so(bureau: Bureau) -> None:
    number = bureau.queued()
    directing.transfer(bureau.desk, HEAD, number, "属西区管辖", district="西区")
    with bureau.desk.store.read() as connection:
        east = outbox.after(connection, 0, 1000, 1000, ["东区"])
        west = outbox.after(connection, 0, 1000, 1000, ["西区"])
    assert [row.data["task"]["district"] for row in east] == ["东区", "西区"]
    assert [row.data["task"]["district"] for row in west] == ["西区"]
    with pytest.raises(Conflict, match="another district"):
        bureau.queued()


def test_one_that_is_at_the_top_does_not_hold_up_the_others(bureau: Bureau) -> None:
    top, other = bureau.queued(), bureau.queued(Trigger.POWER)
    for _ in range(2):
        directing.escalate(bureau.desk, LI, top, "x")
    bureau.at += timedelta(days=10)
    clockwork.mark_overdue(bureau.desk)
    bureau.at += timedelta(days=1)
    assert clockwork.escalate_overdue(bureau.desk) == 1
    assert bureau.read(other)["level"] == 1


def test_a_pause_is_not_lost_when_a_provisional_deadline_is_settled(bureau: Bureau) -> None:
    bureau.at = local("2026-12-29T10:00:00")
    number = bureau.queued()  # due on the 4th of January, provisionally
    directing.suspend(bureau.desk, HEAD, number, "x", bureau.at + timedelta(days=60))
    bureau.at = local("2027-01-18T10:00:00")
    directing.resume(bureau.desk, HEAD, number, None)
    before = bureau.read(number)
    assert before["due_at"] > "2027-01-20"
    announced = parse(["date,works", "2027-03-15,no"], years=[2027])
    bureau.terms = Terms(zone=ZONE, by=bureau.terms.by, calendar=announced)
    assert clockwork.settle_deadlines(bureau.desk) == 1
    assert bureau.read(number)["due_at"] == before["due_at"]


def test_a_due_time_set_during_a_pause_stands(bureau: Bureau) -> None:
    number = bureau.queued()
    directing.suspend(bureau.desk, HEAD, number, "x")
    bureau.at += timedelta(days=7)
    due = bureau.at + timedelta(days=5)
    directing.extend(bureau.desk, HEAD, number, "x", due)
    directing.resume(bureau.desk, HEAD, number, None)
    assert bureau.read(number)["due_at"] == "2026-12-02T10:00:00+08:00"


def test_places_have_no_matter(bureau: Bureau) -> None:
    order = queueing.Order(
        trigger=Trigger.COMPLAINT, reason="臭", place={"longitude": 1, "latitude": 1}
    )
    first, second = (queueing.queue(bureau.desk, HEAD, order)[0]["id"] for _ in range(2))
    lease = tasks.claim(bureau.desk, LI, first)["lease"]["token"]
    tasks.complete(bureau.desk, LI, first, lease, REPORT)
    assert directing.reopen(bureau.desk, HEAD, first, "x")["state"] == "queued"
    assert bureau.read(second)["state"] == "queued"


def test_returned_it_waits_for_a_supervisor(bureau: Bureau) -> None:
    number = bureau.claimed(LI)
    with pytest.raises(Conflict, match="Li"):
        tasks.send_back(bureau.desk, WANG, number, "x")
    shaped = tasks.send_back(bureau.desk, LI, number, "企业已搬迁")
    assert (shaped["state"], shaped["returned_at"]) == ("queued", "2026-11-20T10:00:00+08:00")
    directing.transfer(bureau.desk, HEAD, number, "再看", officer="Li")
    assert bureau.read(number)["returned_at"] is None


def test_extended_it_is_overdue_no_more(bureau: Bureau) -> None:
    number = bureau.queued()
    bureau.at = local("2026-11-26T01:00:00")
    clockwork.mark_overdue(bureau.desk)
    later = local("2026-11-30T18:00:00")
    shaped = directing.extend(bureau.desk, HEAD, number, "企业停产检修", later)
    assert shaped["due_at"] == "2026-11-30T18:00:00+08:00"
    assert shaped["overdue_at"] is None
    assert shaped["deadline"]["term"] is None
    with pytest.raises(InputError, match="behind"):
        directing.extend(bureau.desk, HEAD, number, "x", later)
    bureau.at = later + timedelta(seconds=1)
    assert clockwork.mark_overdue(bureau.desk) == 1  # and is told again


def test_suspended_its_time_stands_still(bureau: Bureau) -> None:
    number = bureau.claimed()
    shaped = directing.suspend(bureau.desk, HEAD, number, "等检测报告")
    assert (shaped["state"], shaped["claimed_by"]) == ("suspended", None)
    assert shaped["resume_at"] == "2026-12-20T10:00:00+08:00"
    with pytest.raises(Conflict, match="suspended"):
        tasks.claim(bureau.desk, LI, number)
    bureau.at += timedelta(days=14)
    assert clockwork.mark_overdue(bureau.desk) == 0
    shaped = directing.resume(bureau.desk, HEAD, number, None)
    assert shaped["state"] == "queued"
    # Friday to Wednesday were left: from Friday, 4 December, to Wednesday, the 9th
    assert shaped["due_at"] == "2026-12-10T00:00:00+08:00"


def test_a_pause_ends_by_itself(bureau: Bureau) -> None:
    number = bureau.queued()
    directing.suspend(bureau.desk, HEAD, number, "x", AT + timedelta(days=2))
    bureau.at += timedelta(days=2)
    assert clockwork.resume_suspended(bureau.desk) == 1
    assert bureau.read(number)["state"] == "queued"
    with pytest.raises(InputError, match="past"):
        directing.suspend(bureau.desk, HEAD, number, "x", bureau.at)


def test_escalation_ends_at_the_top(bureau: Bureau) -> None:
    number = bureau.queued()
    for level in (1, 2):
        assert directing.escalate(bureau.desk, LI, number, "企业拒绝入内")["level"] == level
    with pytest.raises(Conflict, match="highest"):
        directing.escalate(bureau.desk, LI, number, "x")


def test_two_officers_at_least_go(bureau: Bureau) -> None:
    number = bureau.queued()
    lease = tasks.claim(bureau.desk, LI, number)["lease"]["token"]
    alone = task.Report(task.Result.CONFIRMED, "属实", AT, ("Li A001", "Li A001 "))
    with pytest.raises(InputError, match="two officers"):
        tasks.complete(bureau.desk, LI, number, lease, alone)
    shaped = tasks.complete(bureau.desk, LI, number, lease, REPORT)
    assert shaped["result"]["licences"] == ["A001"]
    assert shaped["result"]["unregistered"] == ["Wang A002"]  # the supervisor sees it


def test_a_second_person_closes(bureau: Bureau) -> None:
    number = bureau.reported(HEAD)
    with pytest.raises(Conflict, match="second person"):
        directing.close(bureau.desk, HEAD, number, "同意")
    other = Caller(id=9, name="Deputy", role=Role.SUPERVISOR, districts=("东区",))
    assert directing.close(bureau.desk, other, number, "同意")["state"] == "closed"


def test_a_confirmed_violation_owes_a_case_and_its_decision(bureau: Bureau) -> None:
    number = bureau.reported(correct_by=date(2026, 12, 10), recheck_on=date(2026, 12, 15))
    directing.close(bureau.desk, HEAD, number, None)
    owed = bureau.read(number)["follow_ups"]
    assert [(each["kind"], each["due_on"]) for each in owed] == [
        ("file_case", "2026-12-05"),  # 15 days
        ("correct", "2026-12-10"),
        ("recheck", "2026-12-15"),
    ]
    case = owed[0]["id"]
    with pytest.raises(InputError, match="2026-12-20"):
        follow_ups.defer(bureau.desk, HEAD, number, case, date(2026, 12, 21), "复杂")
    follow_ups.defer(bureau.desk, HEAD, number, case, date(2026, 12, 20), "复杂")
    bureau.at += timedelta(days=10)
    shaped = follow_ups.settle(bureau.desk, LI, number, case, on=date(2026, 11, 30))
    decide = next(each for each in shaped["follow_ups"] if each["kind"] == "decide_case")
    assert decide["due_on"] == "2027-02-28"  # 90 days
    with pytest.raises(Conflict, match="done"):
        follow_ups.settle(bureau.desk, LI, number, case, on=date(2026, 11, 30))


def test_what_is_owed_and_not_done_is_told_once(bureau: Bureau) -> None:
    number = bureau.reported()
    bureau.at = local("2026-12-05T23:00:00")
    assert clockwork.tell_late_follow_ups(bureau.desk) == 0
    bureau.at += timedelta(hours=1)
    assert clockwork.tell_late_follow_ups(bureau.desk) == 1
    assert clockwork.tell_late_follow_ups(bureau.desk) == 0
    assert bureau.changes(number)[-1] == "file_case-overdue"
    assert bureau.events()[-1] == "task.overdue"


def test_a_failed_recheck_opens_the_task_again(bureau: Bureau) -> None:
    number = bureau.reported(recheck_on=date(2026, 11, 25))
    directing.close(bureau.desk, HEAD, number, None)
    bureau.at = local("2026-11-25T15:00:00")
    recheck = next(each for each in bureau.read(number)["follow_ups"] if each["kind"] == "recheck")
    with pytest.raises(InputError, match="passed"):
        follow_ups.settle(bureau.desk, LI, number, recheck["id"], on=date(2026, 11, 25))
    shaped = follow_ups.settle(
        bureau.desk,
        LI,
        number,
        recheck["id"],
        on=date(2026, 11, 25),
        passed=False,
        reason="仍超标",
    )
    assert (shaped["state"], shaped["result"]) == ("queued", None)
    assert shaped["due_at"] == "2026-12-01T00:00:00+08:00"
    assert [each["kind"] for each in shaped["follow_ups"]] == ["recheck"]  # done; the rest is aside
    reopened = shaped["history"][-1]
    assert (reopened["change"], reopened["reason"]) == ("fail-recheck", "仍超标")
    assert reopened["data"]["report"]["findings"] == "属实"


def test_a_reopened_task_does_not_stand_beside_another_of_its_matter(bureau: Bureau) -> None:
    first = bureau.reported()
    second = bureau.queued()
    assert second != first
    with pytest.raises(Conflict, match=str(second)):
        directing.reopen(bureau.desk, HEAD, first, "复查不合格")
    directing.withdraw(bureau.desk, HEAD, second, "并入")
    assert directing.reopen(bureau.desk, HEAD, first, "复查不合格")["state"] == "queued"


def test_that_no_case_is_filed_settles_it(bureau: Bureau) -> None:
    number = bureau.reported()
    (owed,) = bureau.read(number)["follow_ups"]
    shaped = follow_ups.settle(
        bureau.desk, LI, number, owed["id"], on=date(2026, 11, 20), filed=False, reason="轻微免罚"
    )
    assert [each["kind"] for each in shaped["follow_ups"]] == ["file_case"]
    spared = bureau.reported(relief={"kind": "no_penalty"})
    assert bureau.read(spared)["follow_ups"] == []


def test_a_failed_recheck_is_kept_while_another_task_of_the_matter_is_open(bureau: Bureau) -> None:
    first = bureau.reported(recheck_on=date(2026, 11, 20))
    second = bureau.queued()
    recheck = next(each for each in bureau.read(first)["follow_ups"] if each["kind"] == "recheck")
    shaped = follow_ups.settle(
        bureau.desk, LI, first, recheck["id"], on=date(2026, 11, 20), passed=False
    )
    assert shaped["state"] == "reported"
    assert shaped["history"][-1]["data"]["task"] == second


def test_a_case_that_was_filed_with_the_report_is_not_owed_again(bureau: Bureau) -> None:
    number = bureau.reported(case={"filed_on": "2026-11-20"})
    owed = {each["kind"]: each for each in bureau.read(number)["follow_ups"]}
    assert owed["file_case"]["done_on"] == "2026-11-20"
    assert owed["decide_case"]["due_on"] == "2027-02-18"


@pytest.mark.parametrize(
    "step",
    [
        lambda d, n: directing.extend(d, LI, n, "x", AT + timedelta(days=60)),
        lambda d, n: directing.suspend(d, LI, n, "x"),
        lambda d, n: directing.transfer(d, LI, n, "x", officer="Li"),
        lambda d, n: directing.withdraw(d, LI, n, "x"),
    ],
)
def test_what_takes_a_supervisor_takes_one(bureau: Bureau, step: Any) -> None:
    number = bureau.queued()
    with pytest.raises(Forbidden):
        step(bureau.desk, number)


def test_every_step_is_in_the_history_and_the_audit_trail(bureau: Bureau) -> None:
    number = bureau.claimed()
    desk = bureau.desk
    tasks.send_back(desk, LI, number, "a")
    directing.transfer(desk, HEAD, number, "b", officer="Li")
    directing.suspend(desk, HEAD, number, "c")
    directing.resume(desk, HEAD, number, "d")
    directing.extend(desk, HEAD, number, "e", AT + timedelta(days=30))
    directing.escalate(desk, LI, number, "f")
    directing.withdraw(desk, HEAD, number, "g")
    steps = ["claim", "return", "transfer", "suspend", "resume", "extend", "escalate", "withdraw"]
    history = bureau.read(number)["history"]
    assert [line["change"] for line in history] == ["queued", *steps]
    assert [line["reason"] for line in history[2:]] == ["a", "b", "c", "d", "e", "f", "g"]
    with desk.store.read() as connection:
        done = [row.action for row in audit.listed(connection, 0, 100)]
        assert done[2:] == ["task.queue", *(f"task.{step}" for step in steps)]
        assert audit.verify(connection) is None
