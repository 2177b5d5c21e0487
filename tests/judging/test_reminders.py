"""Reminders that alerts record by themselves, where the bureau wants it so."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from monitor.actions import alerts as screening
from monitor.actions import reminders as actions
from monitor.actions.alerts import Verdict
from monitor.alert import Outcome, Policy
from monitor.observation import Period
from monitor.store import Store, reminders
from tests.judging.kit import ADMIN, HOUR, USCC, ZONE, Plant, Sent

START = datetime(2026, 11, 2, tzinfo=ZONE)
REMIND = Policy(exceedance={Period.HOUR: Outcome.REMIND})


def plant(store: Store, **more: Any) -> Plant:
    return Plant(store, "PLANT1", START + timedelta(days=1), limits=[{}], **more)


def found(one: Plant) -> list[Any]:
    with one.store.read() as connection:
        return reminders.listed(connection, (), one.now, 10, None)


def exceed(one: Plant, hours: int) -> None:
    one.take([Sent(START + n * HOUR, 50) for n in range(hours)])


def test_an_alert_records_one_reminder_without_a_link(store: Store) -> None:
    one = plant(store, policy=REMIND, remind=True)
    exceed(one, 2)
    exceed(one, 4)
    (row,) = found(one)
    (alert,) = one.alerts()
    assert (row.uscc, row.alert, row.created_by) == (USCC, alert.id, "system")
    assert row.text == alert.reason
    assert row.token_hash is None
    assert one.tasks() == []


def test_nothing_is_recorded_unless_it_is_wanted(store: Store) -> None:
    one = plant(store, policy=REMIND)
    exceed(one, 2)
    assert len(one.alerts()) == 1
    assert found(one) == []


def test_an_alert_that_asks_for_a_visit_records_none(store: Store) -> None:
    one = plant(store, remind=True)
    exceed(one, 2)
    assert len(one.tasks()) == 1
    assert found(one) == []


@pytest.mark.parametrize("way", ["screened", "renewed"])
def test_it_gets_its_link_when_somebody_asks_for_it(store: Store, way: str) -> None:
    one = plant(store, policy=REMIND, remind=True)
    exceed(one, 1)
    (recorded,), (alert,) = found(one), one.alerts()
    if way == "renewed":
        made = actions.renew(one.desk, ADMIN, recorded.id)
    else:
        made = screening.screen(one.desk, ADMIN, alert.id, Verdict.REMIND, "提醒")["reminder"]
    assert (made["id"], made["state"]) == (recorded.id, "open")
    token = made["link"].removeprefix("/reply/")
    assert actions.of_link(one.desk, token).id == recorded.id
    assert len(found(one)) == 1
