"""The books in the database: what is in force, what was, and imports that overwrite nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from monitor.books import KEYS, Books, Changes, key_of, rows_of
from monitor.books.model import content
from monitor.errors import RegisterError
from monitor.register import Basis, Instrument, Meter, Register
from monitor.store import Connection, Store, books
from monitor.store.tables import metadata
from tests import arbitrary
from tests.registers import enterprise, limit, listing, mn, outlet, small_books, uscc

NOW = datetime(2026, 11, 1, 4, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
TODAY, YESTERDAY = date(2026, 11, 1), date(2026, 10, 31)


def bring(store: Store, content: Books, at: datetime = NOW, *, replace: bool = False) -> Changes:
    with store.write() as connection:
        return books.apply(connection, content, replace=replace, now=at)


def in_force(store: Store) -> Register:
    with store.read() as connection:
        return books.load(connection)


def everything(store: Store) -> dict[str, list[Any]]:
    """The content of the whole database."""
    with store.read() as connection:
        return {
            name: sorted(map(repr, connection.execute(select(table)).all()))
            for name, table in metadata.tables.items()
        }


def said(things: Books | Register) -> dict[str, set[Any]]:
    return {sheet: {content(row) for row in rows_of(things, sheet)} for sheet in KEYS}


def counts(changes: Changes, what: str) -> dict[str, int]:
    return {sheet: n[what] for sheet, n in changes.counts().items() if n[what]}


# --- in force ------------------------------------------------------------------------------------


def test_an_empty_database_has_an_empty_register(store: Store) -> None:
    assert in_force(store) == Register()


def test_what_was_imported_is_in_force(store: Store) -> None:
    changes = bring(store, small_books(1, 2))
    register = in_force(store)
    assert said(register) == said(small_books(1, 2))
    assert counts(changes, "added") == dict.fromkeys(KEYS, 2)
    assert register.version == changes.version == 1
    assert register.owner(mn(1)) == enterprise(1)
    assert register.camera("video", "c2") is not None
    assert register.meter("m2") is not None
    assert register.instrument(mn(2), "a21026") is not None


def test_the_same_again_changes_nothing(store: Store) -> None:
    bring(store, small_books(1, 2))
    before = everything(store)
    changes = bring(store, small_books(1, 2), LATER, replace=True)
    assert not changes
    assert changes.version == 1
    assert counts(changes, "unchanged") == dict.fromkeys(KEYS, 2)
    assert everything(store) == before


def test_a_changed_row_supersedes_the_old_one_and_history_tells(store: Store) -> None:
    bring(store, small_books(1, 2))
    renamed = replace(enterprise(1), name="更名")
    changes = bring(store, Books(enterprises=(renamed,)), LATER)
    assert changes["enterprises"].changed == ((enterprise(1), renamed),)
    assert in_force(store).enterprise(uscc(1)) == renamed
    assert in_force(store).version == 2
    with store.read() as connection:
        assert said(books.as_of(connection, NOW)) == said(small_books(1, 2))
        assert books.as_of(connection, LATER - timedelta(seconds=1)).enterprise(uscc(1)) == (
            enterprise(1)
        )
        assert books.as_of(connection, LATER).enterprise(uscc(1)) == renamed
        assert books.as_of(connection, NOW - timedelta(seconds=1)).enterprises == ()


def test_an_unchanged_limit_keeps_its_number_and_a_changed_one_gets_another(store: Store) -> None:
    bring(store, small_books(1, 2))
    before = {each.mn: each.id for each in in_force(store).limits}
    bring(store, Books(limits=(limit(1, 20.0), limit(2))), LATER)
    after = {each.mn: each.id for each in in_force(store).limits}
    assert after[mn(1)] != before[mn(1)]
    assert after[mn(2)] == before[mn(2)]
    with store.read() as connection:
        old = {each.mn: each for each in books.as_of(connection, NOW).limits}
    assert old[mn(1)].id == before[mn(1)]
    assert old[mn(1)].limit == 35.0


def test_rows_and_sheets_that_are_absent_stay(store: Store) -> None:
    bring(store, small_books(1, 2))
    changes = bring(store, Books(enterprises=(enterprise(3),)), LATER)
    assert counts(changes, "ended") == {}
    assert len(in_force(store).enterprises) == 3
    assert len(in_force(store).limits) == 2


# --- replacing -----------------------------------------------------------------------------------


def test_replacing_ends_what_is_absent_with_all_that_belongs_to_it(store: Store) -> None:
    bring(store, small_books(1, 2))
    changes = bring(store, small_books(1), LATER, replace=True)
    assert counts(changes, "ended") == dict.fromkeys(KEYS, 1)
    register = in_force(store)
    assert [each.uscc for each in register.enterprises] == [uscc(1)]
    assert [each.mn for each in register.outlets] == [mn(1)]
    with store.read() as connection:
        assert said(books.as_of(connection, NOW)) == said(small_books(1, 2))


def test_ended_limits_and_listings_held_through_the_day_before(store: Store) -> None:
    bring(store, small_books(1, 2))
    bring(store, small_books(1), LATER, replace=True)
    register = in_force(store)
    assert register.limits_of(mn(2), limit(2).period, YESTERDAY)
    assert not register.limits_of(mn(2), limit(2).period, TODAY)
    assert register.listing(uscc(2), YESTERDAY)
    assert not register.listing(uscc(2), TODAY)
    assert register.listing(uscc(1), TODAY)


def test_the_day_is_the_bureaus_not_that_of_greenwich(store: Store) -> None:
    bring(store, small_books(1, 2))
    evening = datetime(2026, 11, 1, 17, tzinfo=UTC)  # past midnight in China
    bring(store, small_books(1), evening, replace=True)
    ended = next(each for each in in_force(store).limits if each.mn == mn(2))
    assert ended.valid_to == date(2026, 11, 1)


def test_replacing_again_ends_nothing_twice(store: Store) -> None:
    bring(store, small_books(1, 2))
    bring(store, small_books(1), LATER, replace=True)
    before = everything(store)
    assert not bring(store, small_books(1), LATER + timedelta(days=3), replace=True)
    assert everything(store) == before


def test_what_has_not_begun_leaves_without_a_last_day(store: Store) -> None:
    future = limit(1, 10.0, date(2027, 1, 1))
    bring(store, replace(small_books(1), limits=(limit(1), future)))
    changes = bring(store, small_books(1), LATER, replace=True)
    [(old, last)] = changes["limits"].ended
    assert (content(old), last) == (future, None)
    assert [content(each) for each in in_force(store).limits] == [limit(1)]


def test_replacing_touches_only_the_districts_that_the_file_names(store: Store) -> None:
    bring(store, small_books(1, 2, district="东区"))
    bring(store, small_books(3, district="西区"))
    changes = bring(store, small_books(1, district="东区"), LATER, replace=True)
    assert counts(changes, "ended") == dict.fromkeys(KEYS, 1)
    register = in_force(store)
    assert {each.uscc for each in register.enterprises} == {uscc(1), uscc(3)}
    assert register.limits_of(mn(3), limit(3).period, TODAY)
    assert register.listing(uscc(3), TODAY)


def test_a_sheet_alone_names_the_districts_of_the_enterprises_it_refers_to(store: Store) -> None:
    bring(store, small_books(1, 2, district="东区"))
    bring(store, small_books(3, district="西区"))
    changes = bring(store, Books(listings=(listing(1),)), LATER, replace=True)
    assert [content(old).uscc for old, _ in changes["positive_list"].ended] == [uscc(2)]  # type: ignore[union-attr]
    assert counts(changes, "ended") == {"positive_list": 1}


def test_sheets_without_rows_end_nothing(store: Store) -> None:
    bring(store, small_books(1, 2))
    changes = bring(store, Books(enterprises=(enterprise(1), enterprise(2))), LATER, replace=True)
    assert not changes


def test_an_enterprise_that_ends_takes_its_outlets_with_it_though_their_sheet_is_absent(
    store: Store,
) -> None:
    bring(store, small_books(1, 2))
    changes = bring(store, Books(enterprises=(enterprise(1),)), LATER, replace=True)
    ended = counts(changes, "ended")
    assert ended.pop("enterprises") == 1
    assert ended == dict.fromkeys(set(KEYS) - {"enterprises", "officers"}, 1)
    assert in_force(store).outlet(mn(2)) is None


def test_a_meter_outlives_the_outlet_that_it_was_bound_to(store: Store) -> None:
    bring(store, replace(small_books(1, 2), meters=(), instruments=()))
    shared = Meter(meter="m", uscc=uscc(1), facility="production", mn=mn(9))
    bring(store, Books(outlets=(outlet(9, 1),), meters=(shared,)), LATER)
    bring(store, Books(outlets=(outlet(1), outlet(2))), LATER, replace=True)
    assert in_force(store).outlet(mn(9)) is None
    assert in_force(store).meter("m") == replace(shared, mn=None)


def test_who_moves_to_another_district_takes_everything_along(store: Store) -> None:
    bring(store, small_books(1, 2, district="东区"))
    moved = replace(small_books(1, district="西区"), officers=())
    changes = bring(store, moved, LATER, replace=True)
    assert counts(changes, "changed") == {"enterprises": 1}
    assert counts(changes, "ended") == {}


# --- references ----------------------------------------------------------------------------------


def test_references_may_be_to_what_is_in_force_already(store: Store) -> None:
    bring(store, Books(enterprises=(enterprise(1),)))
    bring(store, Books(outlets=(outlet(1),)))
    bring(store, Books(limits=(limit(1),), listings=(listing(1),)))
    assert in_force(store).limits


def test_references_to_what_the_same_import_ends_are_refused(store: Store) -> None:
    bring(store, small_books(1, 2))
    before = everything(store)
    left = replace(small_books(1, 2), enterprises=(enterprise(1),), language="en")
    with pytest.raises(RegisterError, match=f"no enterprise {uscc(2)}"):
        bring(store, left, LATER, replace=True)
    assert everything(store) == before


@pytest.mark.parametrize("sheet", ["outlets", "limits", "instruments", "listings", "cameras"])
def test_rows_that_refer_to_nobody_leave_the_database_as_it_was(store: Store, sheet: str) -> None:
    bring(store, small_books(1))
    before = everything(store)
    both = Books(officers=small_books(5).officers, **{sheet: getattr(small_books(7), sheet)})
    with pytest.raises(RegisterError):
        bring(store, both, LATER)
    assert everything(store) == before


# --- what must be judged again -------------------------------------------------------------------


def test_new_outlets_and_new_limits_are_to_be_judged_from_the_limits_first_day(
    store: Store,
) -> None:
    changes = bring(store, small_books(1))
    assert changes.changed_devices == {mn(1): date(2024, 1, 1)}
    changes = bring(store, Books(limits=(limit(1, 20.0, date(2026, 6, 1)),)), LATER)
    assert changes.changed_devices == {mn(1): date(2026, 6, 1)}


def test_an_outlet_without_limits_is_to_be_judged_from_today(store: Store) -> None:
    only = Books(enterprises=(enterprise(1),), outlets=(outlet(1),))
    assert bring(store, only).changed_devices == {mn(1): TODAY}


@pytest.mark.parametrize(
    ("changed", "since"),
    [
        (replace(limit(1), limit=20.0), date(2024, 1, 1)),
        (replace(limit(1), lower=1.0), date(2024, 1, 1)),
        (replace(limit(1), clause="别的条款"), date(2024, 1, 1)),
        (replace(limit(1), valid_to=date(2026, 5, 31)), date(2026, 6, 1)),
        (replace(limit(1), basis=Basis.MEASURED), date(2024, 1, 1)),
    ],
)
def test_a_changed_limit_is_to_be_judged_from_the_first_day_it_differs(
    store: Store, changed: Any, since: date
) -> None:
    bring(store, small_books(1, 2))
    assert bring(store, Books(limits=(changed,)), LATER).changed_devices == {mn(1): since}


def test_an_ended_limit_is_to_be_judged_from_today(store: Store) -> None:
    bring(store, replace(small_books(1), limits=(limit(1), limit(1, 20.0, date(2025, 1, 1)))))
    changes = bring(store, Books(limits=(limit(1),)), LATER, replace=True)
    assert changes.changed_devices == {mn(1): TODAY}


def test_other_changes_judge_nothing_again(store: Store) -> None:
    bring(store, small_books(1))
    other = Books(
        enterprises=(replace(enterprise(1), name="更名"),),
        outlets=(replace(outlet(1), name="新名"),),
        instruments=(Instrument(mn=mn(1), pollutant="a21026", range_high=500),),
    )
    assert bring(store, other, LATER).changed_devices == {}


# --- one transaction, one at a time ---------------------------------------------------------------


def test_a_preview_tells_what_would_change_and_writes_nothing(store: Store) -> None:
    bring(store, small_books(1, 2))
    before = everything(store)
    with store.read() as connection:
        told = books.preview(connection, small_books(1, 3), replace=True, now=LATER)
    assert everything(store) == before
    done = bring(store, small_books(1, 3), LATER, replace=True)
    assert told.counts() == done.counts()
    assert told.changed_devices == done.changed_devices


def test_a_transaction_that_fails_later_takes_the_import_with_it(store: Store) -> None:
    before = everything(store)
    with _forgotten(store) as connection:
        books.apply(connection, small_books(1), replace=False, now=NOW)
    assert everything(store) == before


def test_the_version_counts_the_changes(store: Store) -> None:
    with store.read() as connection:
        assert books.version(connection) == 0
    for number in (1, 2, 3):
        bring(store, small_books(number))
    with store.read() as connection:
        assert books.version(connection) == 3


def test_never_two_rows_in_force_for_one_thing(store: Store) -> None:
    for bound in (35.0, 20.0, 35.0, 10.0):
        bring(store, replace(small_books(1), limits=(limit(1, bound),)))
    with store.read() as connection:
        rows = connection.execute(select(func.count()).select_from(metadata.tables["limits"]))
        assert rows.scalar() == 4
    assert [each.limit for each in in_force(store).limits] == [10.0]


# --- any books at all ------------------------------------------------------------------------------


@contextmanager
def _forgotten(store: Store) -> Iterator[Connection]:
    """A transaction of which nothing stays."""

    class Forget(Exception):  # no error
        pass

    try:
        with store.write() as connection:
            yield connection
            raise Forget
    except Forget:
        pass


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=arbitrary.books(), second=arbitrary.books(), ends=st.booleans())
def test_any_import_after_any_other_puts_the_file_in_force_and_keeps_the_past(
    store: Store, first: Books, second: Books, ends: bool
) -> None:
    with _forgotten(store) as connection:
        books.apply(connection, first, replace=False, now=NOW)
        try:
            books.apply(connection, second, replace=ends, now=LATER)
        except RegisterError:
            assert said(books.load(connection)) == said(first)
            return
        register = books.load(connection)
        for sheet in KEYS:
            assert said(second)[sheet] <= said(register)[sheet]
            if not ends:
                keys = {key_of(sheet, row) for row in rows_of(register, sheet)}
                assert {key_of(sheet, row) for row in rows_of(first, sheet)} <= keys
        assert said(books.as_of(connection, NOW)) == said(first)
        assert not books.apply(connection, second, replace=ends, now=LATER)
