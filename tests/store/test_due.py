"""What is due: its turn, its growth, and what becomes of it where whoever took it dies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.store import Connection, Store, devices

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
SECOND, LEASE = timedelta(seconds=1), timedelta(minutes=10)


def take(connection: Connection, at: datetime) -> list[tuple[int, int]]:
    rows = devices.take_due(connection, 20, at - 3 * SECOND, at, at + LEASE)
    return [(row.since_ms, row.until_ms) for row in rows]


def test_what_is_noted_again_keeps_its_turn_unless_it_shall_wait_anew(store: Store) -> None:
    with store.write() as connection:
        for n in range(4):
            devices.note_due(connection, {1: (n, n + 1)}, "rule", NOW + n * SECOND)
            devices.note_due(connection, {1: (n, n + 1)}, "books", NOW + n * SECOND, anew=True)
        assert take(connection, NOW + 3 * SECOND) == [(0, 4)]
        assert take(connection, NOW + 6 * SECOND) == [(0, 4)]
        assert take(connection, NOW + 7 * SECOND) == []


def test_what_grows_while_it_is_judged_is_judged_again(store: Store) -> None:
    with store.write() as connection:
        devices.note_due(connection, {1: (0, 5)}, "rule", NOW)
        (taken,) = devices.take_due(connection, 20, NOW, NOW, NOW + LEASE)
        devices.note_due(connection, {1: (5, 9)}, "rule", NOW + SECOND)
        devices.done(connection, taken)
        assert take(connection, NOW + 4 * SECOND) == [(0, 9)]


def test_what_is_noted_for_later_does_not_put_off_what_was_taken_and_not_done(
    store: Store,
) -> None:
    with store.write() as connection:
        devices.note_due(connection, {1: (0, 5)}, "rule", NOW)
        assert take(connection, NOW + 3 * SECOND) == [(0, 5)]
        devices.note_due(connection, {1: (5, 9)}, "rule", NOW + timedelta(days=30))
        assert take(connection, NOW + timedelta(minutes=5)) == []
        assert take(connection, NOW + timedelta(minutes=11)) == [(0, 9)]


def test_the_rest_of_what_was_judged_waits_for_its_time(store: Store) -> None:
    later = NOW + timedelta(days=1)
    with store.write() as connection:
        devices.note_due(connection, {1: (0, 9)}, "rule", NOW)
        (taken,) = devices.take_due(connection, 20, NOW, NOW, NOW + LEASE)
        devices.done(connection, taken, (5, 9, later))
        assert take(connection, later) == []
        assert take(connection, later + 3 * SECOND) == [(5, 9)]
