"""How long surveys stay: until they are old, or for as long as an alert rests on them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from monitor.store import retention, tables
from tests.drone.conftest import bureau, drones
from tests.drone.kit import Drones, gasflux
from tests.drone.test_upload import HOT

__all__ = ["bureau", "drones"]


def count(drones: Drones, table: Any) -> int:
    with drones.bureau.store.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.mark.parametrize("days", [0, 2])
def test_an_old_survey_goes_with_its_files_and_one_with_an_alert_stays(
    drones: Drones, days: int
) -> None:
    drones.send(("hot.csv", HOT), mission="hot")
    drones.send(("cold.csv", gasflux([(0, 0, 1), (5, 0, 1)])), mission="cold")
    before = drones.bureau.clock.at + timedelta(days=days - 1)
    with drones.bureau.store.write() as connection:
        assert retention.drop_sightings(connection, before) == 0
        retention.drop_surveys(connection, before)
        retention.drop_media(connection, before)
    left = 1 if days else 2
    assert [s["mission"] for s in drones.surveys()] == ["hot", "cold"][:left]
    assert (count(drones, tables.survey_files), count(drones, tables.media)) == (left, left)
