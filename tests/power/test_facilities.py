"""HJ 212-2025's electricity (ST=44) as readings of meters, where it is said what items are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import adapters.hj212
from adapters.channels import Channel
from adapters.hj212 import codec
from adapters.hj212.config import Config
from adapters.hj212.facilities import metered
from adapters.hj212.reception import Reception
from monitor.observation import Layout, Period, Readings, Statistic
from tests.power.kit import Bench

NOW = datetime(2026, 3, 1, 1, tzinfo=UTC)
MN = "0123456789ABCDEF01234567"
CODES = ("d20105", "d20405", "d30406", "p99101", "a21026")
ITEMS: dict[str, Channel] = {"01": "Ua", "04": "P"}
CASE = Path(adapters.hj212.__file__).parent / "cases" / "2025-electricity" / "input.txt"


def report(*flags: str | None) -> Readings:
    layout = Layout(tuple((code, Statistic.VALUE) for code in CODES))
    values = (220.2, 0.24, 0.04, 1.0, 35.0)
    return Readings(MN, Period.REALTIME, NOW, NOW, layout, values, flags or None)


def test_each_facility_is_a_meter_in_the_tables_order() -> None:
    production, treatment = metered(report(), ITEMS, lambda _: True)
    assert (production.mn, treatment.mn) == (f"{MN}/205", f"{MN}/306")
    assert production.layout.pollutants == ("P", "Ua")
    assert (production.values, treatment.values) == ((0.24, 220.2), (0.04,))
    assert production.start == NOW
    assert production.flags is None


def test_flags_go_along() -> None:
    production, treatment = metered(report("N", "D", None, None, None), ITEMS, lambda _: True)
    assert (production.flags, treatment.flags) == (("D", "N"), None)


def test_nothing_without_a_mapping_or_a_registered_meter() -> None:
    assert metered(report(), {}, lambda _: True) == ()
    assert metered(report(), ITEMS, lambda _: False) == ()
    (only,) = metered(report(), ITEMS, lambda mn: mn.endswith("/306"))
    assert only.mn == f"{MN}/306"
    of_means = replace(report(), layout=Layout((("d20405", Statistic.MAX),)), values=(1.0,))
    assert metered(of_means, ITEMS, lambda _: True) == ()


@pytest.mark.parametrize("items", [None, {"04": "P"}])
def test_frames_bring_them_beside_what_was_sent(items: Any) -> None:
    settings = {"type": "hj212", "name": "meters", "power_items": items or {}}
    reception = Reception(Config.model_validate(settings), Bench().context())
    framer = codec.Framer()
    items_of = framer.feed(CASE.read_bytes()) + framer.close()
    heard = reception.hear(items_of, "peer")
    devices = [readings.mn for each in heard for readings in each.delivery.readings]
    assert devices == ([MN] if items is None else [MN, f"{MN}/205"])


@pytest.mark.parametrize("items", [{"4": "P"}, {"04": "kW"}])
def test_what_is_refused(items: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Config.model_validate({"type": "hj212", "name": "x", "power_items": items})
