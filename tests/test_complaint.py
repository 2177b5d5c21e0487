"""Complaints: how long there is, who may take which step from where."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor import policies
from monitor.calendar import Calendar, Term, Unit
from monitor.complaint import ENDED, OPEN, STEPS, Kind, Policy, State, deadlines, extended, step
from monitor.config import Settings
from monitor.errors import Conflict
from monitor.task import InputError

ZONE = ZoneInfo("Asia/Shanghai")
RECEIVED = datetime(2026, 9, 30, 16, tzinfo=ZONE)  # before the holiday of seven days
DAY = timedelta(days=1)


def due(policy: Policy, shorter: datetime | None = None) -> dict[Kind, str]:
    owed = deadlines(policy, RECEIVED, ZONE, Calendar(), shorter)
    return {kind: f"{held.due_at.astimezone(ZONE):%m-%d}" for kind, held in owed.items()}


def test_the_terms_of_the_national_rule_by_the_calendar() -> None:
    # worked: the 8th and 9th of October, and the 10th for the holiday; the last day counts whole
    assert due(Policy()) == {Kind.HAND_ON: "10-11", Kind.TELL: "10-16", Kind.CLOSE: "11-30"}
    own = Policy(tell=Term(2, Unit.WORKING_DAYS), close=Term(7, Unit.DAYS))
    assert due(own) == {Kind.HAND_ON: "10-11", Kind.TELL: "10-10", Kind.CLOSE: "10-08"}


def test_an_upper_level_can_only_shorten() -> None:
    assert due(Policy(), RECEIVED + 10 * DAY)[Kind.CLOSE] == "10-10"
    assert due(Policy(), RECEIVED + 100 * DAY)[Kind.CLOSE] == "11-30"
    with pytest.raises(InputError, match="before received_at"):
        due(Policy(), RECEIVED)


def test_closing_is_put_off_by_thirty_days_at_most() -> None:
    first, at = RECEIVED + 61 * DAY, RECEIVED + 50 * DAY
    held = extended(Policy(), first, first, first + 20 * DAY, at)
    assert (held.due_at, held.term) == (first + 20 * DAY, None)
    assert extended(Policy(), first, held.due_at, first + 30 * DAY, at).due_at == first + 30 * DAY
    for wanted in (first + 20 * DAY, first + 31 * DAY, at - DAY):
        with pytest.raises(InputError):
            extended(Policy(), first, held.due_at, wanted, at)


def test_what_has_ended_ends_and_everything_open_can_end() -> None:
    for name, each in STEPS.items():
        assert each.target is None or each.target not in each.sources, name
        assert each.settles == frozenset(Kind) or each.target not in ENDED, name
        assert name == "feedback" or not each.sources & ENDED
    for state in OPEN:
        assert any(each.target in ENDED for each in STEPS.values() if state in each.sources)
    with pytest.raises(Conflict, match="must be: accepted"):
        step("close", State.RECEIVED)


def test_without_a_master_a_machine_has_a_secret_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "var" / "complaints.key"
    said = {"complaints": {"key_file": str(path)}}
    policy = policies.complaining(Settings.model_validate(said))
    assert not path.exists(), "made when it is first needed"
    secret = policy.master()
    assert secret is not None
    assert len(secret) > 40
    assert policy.master() == policies.complaining(Settings.model_validate(said)).master() == secret
    assert path.stat().st_mode & 0o077 == 0
    assert list(path.parent.iterdir()) == [path]
    beside = {"database": {"url": f"sqlite:///{tmp_path}/monitor.db"}}
    assert policies.complaining(Settings.model_validate(beside)).master() != secret
    assert (tmp_path / "complaints.key").exists(), "beside the database, whoever runs where"
    given = policies.complaining(Settings.model_validate(said | {"keys": {"master": "示例" * 10}}))
    assert given.master() == "示例" * 10
