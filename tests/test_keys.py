"""Keys of devices: refused if weak, stored wrapped, replaced in time, shown nowhere."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from monitor.actions import Desk, keys
from monitor.actions.clockwork import SYSTEM
from monitor.command import Origin
from monitor.errors import ConfigError, Forbidden
from monitor.keyring import Keyring
from monitor.keys import Key, new_key, unwrap, weakness, wrap
from monitor.register import Medium, Outlet, Register
from monitor.store import Store, audit, commands
from monitor.store.tables import device_keys
from monitor.tokens import Caller, Role

MN, OTHER = "7E5700000000000000000001", "7E5700000000000000000002"
BOTH = (MN, OTHER)
MASTER = "a-master-secret-of-the-bureau"
FIRST, SECOND = "k9Qz4tVb7LmX2cRw", "Zt5WqLp0NvX8yKd3"
OUTLET = Outlet(
    mn=MN, uscc="91000000MA00000001", code="DA001", medium=Medium.AIR, password="7LmX2c"
)


class Clock:
    at = datetime(2026, 3, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(store: Store, clock: Clock) -> Desk:
    outlets = tuple(Outlet(mn=mn, uscc=OUTLET.uscc, code=mn[-1], medium=Medium.AIR) for mn in BOTH)
    register = Register(version=1, outlets=outlets)
    return Desk(store=store, zone=ZoneInfo("Asia/Shanghai"), register=lambda: register, now=clock)


def enter(desk: Desk, text: str = FIRST, mn: str = MN) -> None:
    keys.enter(desk, SYSTEM, [(mn, text)], MASTER)


def states(desk: Desk) -> list[str]:
    return [row["state"] for row in keys.listed(desk, SYSTEM)]


def ring(desk: Desk, master: str | None = MASTER) -> Keyring:
    made = Keyring(desk, master, "1014")
    made.refresh()
    return made


@pytest.mark.parametrize(
    "text",
    [
        "0" * 16,
        "aaaaaaaaaaaaaaaa",
        "1234567890123456",
        "0123456789abcdef",
        "abcdefghijklmnop",
        "fedcba9876543210",
        "9876543210987654",
        "abababababababab",
        "abc123abc123abc1",
        "aabbaabbbaababbb",
        "short",
        "seventeen-letters",
        "with;a;separator",
        "Schlüssel-äöü-01",
        "",
    ],
)
def test_a_key_with_a_rule_to_it_is_refused(text: str) -> None:
    fault = weakness(text)
    assert fault is not None
    assert not text or text not in fault


def test_a_key_must_not_be_the_password() -> None:
    assert weakness("7LmX2c" + "A1b2C3d4E5", "7LmX2c") is not None
    assert weakness(FIRST, "654321") is None


def test_new_keys_are_good_and_differ() -> None:
    made = {new_key().secret.decode() for _ in range(200)}
    assert len(made) == 200
    assert all(weakness(text) is None and text.isalnum() for text in made)


def test_a_key_shows_in_no_text_and_cannot_be_written_down() -> None:
    key = Key(FIRST.encode())
    assert FIRST not in f"{key} {key!r} {[key]} {{'k': {key}}}"
    with pytest.raises(TypeError):
        pickle.dumps(key)
    with pytest.raises(ValueError, match="16"):
        Key(b"short")


@given(st.binary(min_size=16, max_size=16), st.text(max_size=30), st.text(min_size=1))
def test_wrapped_keys_open_for_their_device_and_master_only(
    secret: bytes, mn: str, master: str
) -> None:
    try:
        mn.encode()
        master.encode()
    except UnicodeEncodeError:
        return
    wrapped = wrap(Key(secret), mn, master)
    assert secret not in wrapped
    assert unwrap(wrapped, mn, master).secret == secret
    for wrong in ((wrapped, mn + "x", master), (wrapped, mn, master + "x"), (b"", mn, master)):
        with pytest.raises(ValueError, match=r"keys\.master"):
            unwrap(*wrong)


def test_a_first_key_is_in_force_and_another_one_takes_its_place(desk: Desk) -> None:
    enter(desk)
    enter(desk, SECOND)
    assert states(desk) == ["retired", "active"]
    known = ring(desk).known(MN)
    assert [key.secret.decode() for key in known] == [SECOND, FIRST]
    with desk.store.read() as connection:
        stored = connection.execute(select(device_keys.c.wrapped)).scalars().all()
        entries = audit.listed(connection, 0, 10)
    assert not any(text.encode() in wrapped for wrapped in stored for text in (FIRST, SECOND))
    assert [(row.action, row.object) for row in entries] == [("key.enter", f"device/{MN}")] * 2
    assert FIRST not in str(entries) + str(keys.listed(desk, SYSTEM))


def test_without_a_master_no_key_is_stored_and_it_says_why(desk: Desk) -> None:
    with pytest.raises(ConfigError, match=r"keys\.master: missing"):
        keys.enter(desk, SYSTEM, [(MN, FIRST)], None)
    assert states(desk) == []


def test_of_many_keys_all_or_none_are_stored(desk: Desk) -> None:
    with pytest.raises(ConfigError) as caught:
        keys.enter(desk, SYSTEM, [(MN, FIRST), (OTHER, "0" * 16), ("", SECOND)], MASTER)
    assert [line[:5] for line in caught.value.faults] == ["key 2", "key 3"]
    assert states(desk) == []


def test_the_registered_password_is_looked_at(store: Store) -> None:
    register = Register(outlets=(OUTLET,))
    desk = Desk(store=store, zone=UTC, register=lambda: register)
    with pytest.raises(ConfigError, match="password"):
        keys.enter(desk, SYSTEM, [(MN, FIRST)], MASTER)


def test_only_administrators_have_to_do_with_keys(desk: Desk) -> None:
    supervisor = Caller(id=1, name="Wang", role=Role.SUPERVISOR)
    with pytest.raises(Forbidden):
        keys.listed(desk, supervisor)
    with pytest.raises(Forbidden):
        keys.enter(desk, supervisor, [(MN, FIRST)], MASTER)


def test_keys_are_replaced_after_ninety_days(desk: Desk, clock: Clock) -> None:
    enter(desk)
    clock.at += timedelta(days=89)
    enter(desk, SECOND, OTHER)
    assert keys.rotate(desk, MASTER, 90, "1014") == []
    clock.at += timedelta(days=1)
    assert keys.rotate(desk, MASTER, 90, "1014") == [MN]
    assert keys.rotate(desk, MASTER, 90, "1014") == []  # one is on its way
    held = ring(desk)
    new = held.pending(MN)
    assert new is not None
    assert held.active(MN) == Key(FIRST.encode())
    assert held.known(MN) == (new, Key(FIRST.encode()))
    held.proved(MN, new)
    held.refresh()
    assert (held.active(MN), held.pending(MN)) == (new, None)
    assert held.known(MN) == (new, Key(FIRST.encode()))


def orders(desk: Desk) -> list[tuple[str, str, str]]:
    with desk.store.read() as connection:
        rows = commands.asked(connection, BOTH, Origin.KEY_ROTATION, desk.now() - timedelta(9))
    return [(row.mn, row.code, row.state) for row in rows]


def test_a_new_key_goes_out_by_command_and_again_when_it_was_not_taken(
    desk: Desk, clock: Clock
) -> None:
    enter(desk)
    clock.at += timedelta(days=90)
    keys.rotate(desk, MASTER, 90, "1014")
    assert orders(desk) == [(MN, "1014", "queued")]
    new = ring(desk).pending(MN)
    clock.at += timedelta(days=2)
    with desk.store.write() as connection:
        commands.expire(connection, clock.at)
    assert keys.rotate(desk, MASTER, 90, "1014") == [MN]
    assert [state for *_, state in orders(desk)] == ["expired", "queued"]
    assert ring(desk).pending(MN) == new  # the same: it may have arrived


def test_keys_of_many_devices_are_replaced_a_few_in_a_transaction(
    desk: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "_AT_ONCE", 1)
    enter(desk)
    enter(desk, SECOND, OTHER)
    clock.at += timedelta(days=90)
    assert keys.rotate(desk, MASTER, 90, "1014") == [MN, OTHER]
    assert [mn for mn, *_ in orders(desk)] == [MN, OTHER]


def test_a_device_that_asks_for_a_key_is_offered_one_but_not_one_after_another(
    desk: Desk, clock: Clock
) -> None:
    held = ring(desk)
    held.wanted(MN)
    held.refresh()
    assert orders(desk) == []  # it has none with which a new one could be sent in secret
    enter(desk)
    held.refresh()
    clock.at += timedelta(seconds=59)
    held.wanted(MN)
    held.refresh()
    assert orders(desk) == []
    clock.at += timedelta(seconds=2)
    for _ in range(3):
        held.wanted(MN)
        held.refresh()
    assert orders(desk) == [(MN, "1014", "queued")]
    new = held.pending(MN)
    assert new is not None
    with desk.store.write() as connection:
        commands.expire(connection, clock.at + timedelta(days=2))
    held.wanted(MN)  # it has not taken it, and asks again: no pause holds this up
    held.refresh()
    assert [state for *_, state in orders(desk)] == ["expired", "queued"]
    assert held.pending(MN) == new


def test_a_frame_that_opens_with_the_pending_key_puts_it_in_force(desk: Desk, clock: Clock) -> None:
    enter(desk)
    clock.at += timedelta(days=90)
    keys.rotate(desk, MASTER, 90, "1014")
    held = ring(desk)
    new = held.pending(MN)
    assert new is not None
    held.proved(MN, Key(FIRST.encode()))
    assert held.pending(MN) == new
    held.proved(MN, new)
    assert (held.active(MN), held.pending(MN)) == (new, None)  # at once, here
    assert "pending" in states(desk)
    held.refresh()
    assert states(desk) == ["retired", "active"]  # and on record
    assert ring(desk).active(MN) == new


def test_a_key_entered_meanwhile_is_not_undone_by_a_proof(desk: Desk, clock: Clock) -> None:
    enter(desk)
    clock.at += timedelta(days=90)
    keys.rotate(desk, MASTER, 90, "1014")
    held = ring(desk)
    new = held.pending(MN)
    assert new is not None
    enter(desk, SECOND)
    held.proved(MN, new)
    held.refresh()
    assert held.active(MN) == Key(SECOND.encode())
    assert new in held.known(MN)  # still tried


@pytest.mark.parametrize("master", [None, "another-master-secret"])
def test_with_another_master_there_are_no_keys_and_nothing_breaks(
    desk: Desk, master: str | None
) -> None:
    enter(desk)
    held = ring(desk, master)
    assert held.known(MN) == ()
    assert (held.active(MN), held.pending(OTHER)) == (None, None)
