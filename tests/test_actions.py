"""What people may do to tasks and alerts, on both databases."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor import task
from monitor.actions import Desk, alerts, clockwork, directing, queueing, tasks
from monitor.errors import Conflict, Forbidden, LeaseLost, NotFound
from monitor.register import Enterprise, Listing, Register
from monitor.store import Store, audit, outbox
from monitor.store import alerts as alert_rows
from monitor.store import tasks as task_rows
from monitor.tokens import Caller, Role

ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
USCC = "91110000100000000A"
REGISTER = Register(
    enterprises=(Enterprise(uscc=USCC, name="甲厂", district="东区"),),
    listings=(
        Listing(uscc=USCC, category="3", listed_from=AT.date().replace(day=1), listed_until=None),
    ),
)
LI = Caller(id=1, name="Li", role=Role.OFFICER, districts=("东区",))
WANG = Caller(id=2, name="Wang", role=Role.OFFICER, districts=("东区",))
HEAD = Caller(id=3, name="Head", role=Role.SUPERVISOR, districts=("东区",))
ELSEWHERE = Caller(id=4, name="Far", role=Role.SUPERVISOR, districts=("西区",))
REPORT = task.Report(task.Result.CONFIRMED, "属实", AT, ("Li 001", "Wang 002"))


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = AT

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(store: Store, clock: Clock) -> Desk:
    return Desk(
        store=store,
        zone=ZONE,
        register=lambda: REGISTER,
        now=clock,
        lease=timedelta(hours=1),
    )


def queued(desk: Desk, **changes: Any) -> int:
    """The id of a task put into the queue by hand."""
    order = queueing.Order(trigger=task.Trigger.MANUAL, reason="看一看", uscc=USCC)
    shaped, _ = queueing.queue(desk, HEAD, replace(order, **changes))
    return int(shaped["id"])


def lease(desk: Desk, task_id: int, who: Caller = LI, device: str | None = None) -> str:
    return str(tasks.claim(desk, who, task_id, device)["lease"]["token"])


def events(desk: Desk) -> list[str]:
    with desk.store.read() as connection:
        return [row.type for row in outbox.after(connection, 0, 1000, 1000, [])]


def an_alert(desk: Desk, rule: str = "exceedance", **values: Any) -> int:
    row = {
        "rule": rule,
        "outcome": "screen",
        "state": "open",
        "uscc": USCC,
        "enterprise": "甲厂",
        "district": "东区",
        "mn": "M1",
        "start_ms": int(AT.timestamp() * 1000),
        "clause": "GB 13271-2014 表1",
        "reason": "超标",
        "periods": 1,
        "exceed_ratio": 1.2,
        "opened_at": AT,
        "updated_at": AT,
    } | values
    with desk.store.write() as connection:
        return alert_rows.open_alert(connection, row)


def test_a_task_is_claimed_reported_and_closed(desk: Desk) -> None:
    task_id = queued(desk)
    claimed = tasks.claim(desk, LI, task_id)
    assert claimed["task"]["state"] == "claimed"
    assert claimed["task"]["claimed_by"] == "Li"
    assert claimed["lease"]["until"] == "2026-11-20T17:00:00+08:00"
    done = tasks.complete(desk, LI, task_id, claimed["lease"]["token"], REPORT)
    assert done["state"] == "reported"
    assert done["result"]["officers"] == ["Li 001", "Wang 002"]
    assert directing.close(desk, HEAD, task_id, "同意")["state"] == "closed"
    assert events(desk) == ["task.queued", "task.claimed", "task.completed", "task.closed"]
    with desk.store.read() as connection:
        told = [h["change"] for h in task_rows.histories(connection, [task_id], ZONE)[task_id]]
        assert told == ["queued", "claim", "complete", "close"]
        done_by = [(row.actor, row.action) for row in audit.listed(connection, 0, 100)]
        assert done_by == [
            ("Head", "task.queue"),
            ("Li", "task.claim"),
            ("Li", "task.complete"),
            ("Head", "task.close"),
        ]
        assert audit.verify(connection) is None


def test_the_listing_of_the_day_stands_on_the_task(desk: Desk) -> None:
    shaped, opened = queueing.queue(
        desk, HEAD, queueing.Order(trigger=task.Trigger.MANUAL, reason="x", uscc=USCC)
    )
    assert opened
    assert shaped["listing"] == {"listed": True, "category": "3", "on": "2026-11-20"}
    assert shaped["enterprise"] == {"uscc": USCC, "name": "甲厂", "district": "东区"}
    assert shaped["legal_basis"]


def test_an_open_matter_is_joined(desk: Desk) -> None:
    first = queued(desk)
    order = queueing.Order(trigger=task.Trigger.MANUAL, reason="again", uscc=USCC, priority=1)
    joined, opened = queueing.queue(desk, HEAD, order)
    assert (joined["id"], opened, joined["priority"]) == (first, False, 1)
    assert queued(desk, trigger=task.Trigger.POWER) != first
    tasks.complete(desk, LI, first, lease(desk, first), REPORT)
    assert queued(desk) != first


def test_somebody_elses_claim_names_the_holder(desk: Desk) -> None:
    task_id = queued(desk)
    token = lease(desk, task_id)
    with pytest.raises(Conflict, match="Li"):
        tasks.claim(desk, WANG, task_id)
    with pytest.raises(LeaseLost, match="Li"):
        tasks.renew(desk, WANG, task_id, token)
    with pytest.raises(LeaseLost):
        tasks.complete(desk, LI, task_id, "guess", REPORT)


def test_ones_own_claim_is_renewed_and_moves_with_the_device(desk: Desk, clock: Clock) -> None:
    task_id = queued(desk)
    phone = lease(desk, task_id, device="phone")
    clock.at += timedelta(minutes=30)
    again = tasks.claim(desk, LI, task_id, "phone")
    assert again["lease"] == {"token": phone, "until": "2026-11-20T17:30:00+08:00"}
    tablet = lease(desk, task_id, device="tablet")
    assert tablet != phone
    with pytest.raises(LeaseLost, match="another device"):
        tasks.renew(desk, LI, task_id, phone)
    assert tasks.renew(desk, LI, task_id, tablet)["lease"]["token"] == tablet


def test_a_lease_that_ran_out_is_taken_over(desk: Desk, clock: Clock) -> None:
    task_id = queued(desk)
    old = lease(desk, task_id)
    clock.at += timedelta(hours=1)
    with pytest.raises(LeaseLost, match="run out"):
        tasks.renew(desk, LI, task_id, old)
    assert tasks.claim(desk, WANG, task_id)["task"]["claimed_by"] == "Wang"
    with pytest.raises(LeaseLost):
        tasks.complete(desk, LI, task_id, old, REPORT)


def test_time_puts_abandoned_claims_back_and_tells_of_overdue_once(
    desk: Desk, clock: Clock
) -> None:
    task_id = queued(desk, due_at=AT + timedelta(minutes=30))
    lease(desk, task_id)
    assert (clockwork.expire_leases(desk), clockwork.mark_overdue(desk)) == (0, 0)
    clock.at += timedelta(hours=2)
    assert (clockwork.expire_leases(desk), clockwork.mark_overdue(desk)) == (1, 1)
    assert (clockwork.expire_leases(desk), clockwork.mark_overdue(desk)) == (0, 0)
    with desk.store.read() as connection:
        shaped = task_rows.shape(connection, [task_id], ZONE)[task_id]
    assert shaped["state"] == "queued"
    assert shaped["claimed_by"] is None
    assert shaped["overdue_at"] == "2026-11-20T18:00:00+08:00"
    assert events(desk)[-2:] == ["task.updated", "task.overdue"]


def test_released_means_queued(desk: Desk) -> None:
    task_id = queued(desk)
    shaped = tasks.release(desk, LI, task_id, lease(desk, task_id), "车坏了")
    assert (shaped["state"], shaped["claimed_by"]) == ("queued", None)


def test_only_a_supervisor_withdraws_and_closes(desk: Desk) -> None:
    task_id = queued(desk)
    with pytest.raises(Forbidden):
        directing.withdraw(desk, LI, task_id, "no")
    with pytest.raises(Conflict, match="reported"):
        directing.close(desk, HEAD, task_id, None)
    assert directing.withdraw(desk, HEAD, task_id, "误报")["state"] == "withdrawn"
    with pytest.raises(Conflict):
        tasks.claim(desk, LI, task_id)


def test_other_districts_do_not_exist(desk: Desk) -> None:
    task_id, alert_id = queued(desk), an_alert(desk)
    with pytest.raises(NotFound):
        tasks.claim(desk, ELSEWHERE, task_id)
    with pytest.raises(NotFound):
        alerts.screen(desk, ELSEWHERE, alert_id, alerts.Verdict.DISMISS, "x")
    with pytest.raises(NotFound):
        queueing.queue(
            desk, ELSEWHERE, queueing.Order(trigger=task.Trigger.MANUAL, reason="x", uscc=USCC)
        )


def test_a_place_belongs_to_the_callers_district(desk: Desk) -> None:
    place = {"longitude": 116.4, "latitude": 39.9}
    order = queueing.Order(trigger=task.Trigger.COMPLAINT, reason="臭", place=place)
    shaped, _ = queueing.queue(desk, HEAD, order)
    assert (shaped["enterprise"], shaped["district"], shaped["place"]) == (None, "东区", place)
    second, opened = queueing.queue(desk, HEAD, order)
    assert opened
    assert second["id"] != shaped["id"]
    with pytest.raises(task.InputError):
        queueing.queue(desk, HEAD, replace(order, district="西区"))


@pytest.mark.parametrize(
    ("rule", "trigger"),
    [("exceedance", "exceedance"), ("night-power", "power"), ("constant-value", "suspicion")],
)
def test_screening_to_verify_queues_the_visit(desk: Desk, rule: str, trigger: str) -> None:
    alert_id = an_alert(desk, rule)
    shaped = alerts.screen(desk, HEAD, alert_id, alerts.Verdict.VERIFY, "去看")
    assert shaped["screening"] == {
        "verdict": "verify",
        "reason": "去看",
        "by": "Head",
        "at": "2026-11-20T16:00:00+08:00",
    }
    with desk.store.read() as connection:
        visit = task_rows.shape(connection, [shaped["task"]], ZONE)[shaped["task"]]
    assert (visit["trigger"], visit["alerts"], visit["priority"]) == (trigger, [alert_id], 1)
    assert events(desk) == ["alert.screened", "task.queued"]
    with pytest.raises(Conflict, match="Head"):
        alerts.screen(desk, HEAD, alert_id, alerts.Verdict.DISMISS, "doch nicht")


def test_a_second_screened_alert_joins_the_open_task(desk: Desk) -> None:
    first, second = an_alert(desk), an_alert(desk)
    one = alerts.screen(desk, HEAD, first, alerts.Verdict.VERIFY, "a")
    two = alerts.screen(desk, HEAD, second, alerts.Verdict.VERIFY, "b")
    assert one["task"] == two["task"]
    assert events(desk)[2:] == ["alert.screened", "task.updated"]


@pytest.mark.parametrize("verdict", [alerts.Verdict.DISMISS, alerts.Verdict.REMIND])
def test_screening_without_a_visit_makes_no_task(desk: Desk, verdict: alerts.Verdict) -> None:
    shaped = alerts.screen(desk, HEAD, an_alert(desk), verdict, "工况")
    assert shaped["task"] is None
    assert events(desk) == ["alert.screened"]


def test_a_visit_in_the_future_or_by_nobody_is_refused(desk: Desk) -> None:
    task_id = queued(desk)
    token = lease(desk, task_id)
    for wrong in (
        replace(REPORT, inspected_at=AT + timedelta(hours=1)),
        replace(REPORT, officers=(" ",)),
    ):
        with pytest.raises(task.InputError):
            tasks.complete(desk, LI, task_id, token, wrong)
    with pytest.raises(task.InputError):
        queued(desk, due_at=AT)


def test_fifty_claimers_never_claim_twice(desk: Desk) -> None:
    for _ in range(8):
        queued(desk, uscc=None, place={"longitude": 1.0, "latitude": 1.0})
    won: list[tuple[int, str]] = []
    start = threading.Barrier(50)

    def work(number: int) -> None:
        who = replace(LI, name=f"officer {number}")
        start.wait()
        for task_id in range(1, 9):
            try:
                claimed = tasks.claim(desk, who, task_id)
            except Conflict:
                continue
            won.append((task_id, claimed["task"]["claimed_by"]))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(task_id for task_id, _ in won) == list(range(1, 9))
    assert events(desk).count("task.claimed") == 8
    with desk.store.read() as connection:
        shaped = task_rows.shape(connection, range(1, 9), ZONE)
        assert {task_id: shaped[task_id]["claimed_by"] for task_id in shaped} == dict(won)
        assert audit.verify(connection) is None


def test_many_who_open_one_matter_make_one_task(desk: Desk) -> None:
    found: list[int] = []
    start = threading.Barrier(10)

    def work() -> None:
        start.wait()
        found.append(queued(desk))

    threads = [threading.Thread(target=work) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 10
    assert len(set(found)) == 1


def test_nobody_holds_a_connection_while_waiting_for_another(desk: Desk) -> None:
    """As many orders at once as there are connections, with a register that reads the database."""

    def register() -> Register:
        with desk.store.read() as connection:
            audit.listed(connection, 0, 1)
        return REGISTER

    reading = replace(desk, register=register)
    start = threading.Barrier(20)
    found: list[int] = []

    def work() -> None:
        start.wait()
        found.append(queued(reading, uscc=USCC))

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20
