"""Single measurements and checks of instruments: stored, shown, and never judged."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.adapter import Delivery
from monitor.config import Detection
from monitor.observation import JUDGED, Layout, Period, Readings, Statistic
from monitor.store import Store, devices, readings
from monitor.store.readings import Arrival
from monitor.store.tables import alerts
from tests.api.conftest import AT, EAST, MN, Bureau
from tests.api.conftest import bureau as bureau
from tests.test_intake import HOUR, count, delivery, enter_books, running

CHECK = Layout(
    (
        ("a21026", Statistic.VALUE),
        ("a21026", Statistic.STANDARD),
        ("a21026", Statistic.PASSED),
    )
)
SAMPLE = Layout((("a21026", Statistic.VALUE),))


def report(period: Period) -> Delivery:
    layout = CHECK if period is Period.CHECK else SAMPLE
    end = HOUR if period is Period.CHECK else HOUR + timedelta(minutes=42)
    made = Readings("MN1", period, HOUR, end, layout, [900.0, 50.0, 0.0][: len(layout.columns)])
    return replace(delivery("MN1", 1.0), readings=(made,))


@pytest.mark.parametrize("period", [Period.SAMPLE, Period.CHECK])
async def test_they_are_kept_and_no_limit_applies(store: Store, period: Period) -> None:
    enter_books(store, "MN1")
    async with running(store) as intake:
        await intake.deliver([report(period), report(period)])
    with store.read() as connection:
        (shown,) = readings.observations(connection, "MN1", period, HOUR, HOUR + timedelta(hours=1))
    seen = shown.observation
    assert (seen.value, seen.period, seen.start) == (900.0, period, HOUR)
    if period is Period.CHECK:
        assert (seen.standard, seen.passed, seen.end) == (50.0, 0.0, HOUR)
    else:
        assert (seen.standard, seen.passed) == (None, None)
        assert seen.end == HOUR + timedelta(minutes=42)
    assert count(store, alerts) == 0


def test_the_configuration_offers_them_nowhere() -> None:
    for period in Period:
        data = {"exceedance": {period.value: "remind"}, "silence_hours": {period.value: 1}}
        if period in JUDGED:
            Detection.model_validate(data)
        else:
            with pytest.raises(ValueError, match="no limits"):
                Detection.model_validate(data)


def test_the_api_shows_a_check_with_its_standard(bureau: Bureau) -> None:
    start = AT - timedelta(hours=2)
    made = Readings(MN[EAST], Period.CHECK, start, start, CHECK, [49.1, 50.0, 1.0])
    with bureau.store.write() as connection:
        numbers = devices.numbers(connection, {MN[EAST]: ("emissions", "10.0.0.1:1", AT)})
        layouts = devices.layout_numbers(connection, [CHECK])
        arrival = Arrival(made, numbers[MN[EAST]], layouts[CHECK], False, None, 1, 1)
        readings.add(connection, [arrival])
    path = f"outlets/{MN[EAST]}/observations?period="
    (item,) = bureau.call("GET", path + "check").json()["items"]
    assert (item["value"], item["standard"], item["passed"]) == (49.1, 50.0, True)
    assert bureau.call("GET", path + "sample").json()["items"] == []
    assert bureau.call("GET", path + "hour").json()["items"] == []
