"""Telling devices what to do (反控): asking for a command, cancelling one that was not sent yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from monitor import command
from monitor.actions.desk import Desk, Work
from monitor.command import Origin, State
from monitor.errors import Conflict, NotFound
from monitor.exchange import fingerprint
from monitor.store import commands
from monitor.task import InputError
from monitor.tokens import Caller, Right

Prepare = Callable[[str, Mapping[str, str]], Mapping[str, str]]
"""The parameters of a command as the protocol sends them; raises ValueError with what is wrong."""


def place(
    desk: Desk,
    caller: Caller,
    prepare: Prepare,
    mn: str,
    code: str,
    parameters: Mapping[str, str],
    wait: timedelta = command.WAITS[Origin.PERSON],
) -> dict[str, Any]:
    """Queue a command for a registered device; it goes out when the device is connected."""
    with desk.transaction(caller, Right.COMMAND, books=True) as work:
        return enter(work, prepare, mn, code, parameters, wait)


def enter(
    work: Work,
    prepare: Prepare,
    mn: str,
    code: str,
    parameters: Mapping[str, str],
    wait: timedelta,
) -> dict[str, Any]:
    """`place`, inside an action that is already in progress."""
    _device(work, mn)
    if not timedelta(0) < wait <= command.LONGEST_WAIT:
        raise InputError(f"wait: more than nothing, at most {command.LONGEST_WAIT.days} days")
    try:
        prepared = prepare(code, parameters)
    except ValueError as error:
        raise InputError(str(error)) from None
    if commands.open_count(work.connection, mn) >= command.MOST_OPEN:
        raise Conflict(f"{mn} has {command.MOST_OPEN} open commands; cancel some or wait for them")
    asker, person = work.caller.name, Origin.PERSON
    number = commands.ask(work.connection, work.at, person, mn, code, prepared, by=asker, wait=wait)
    said = {"code": code, "parameters": command.shown(prepared), "command": number}
    work.audit("command.place", f"device/{mn}", data=said)
    return _shape(work, number)


def cancel(desk: Desk, caller: Caller, number: int, reason: str) -> dict[str, Any]:
    """End a command that was not sent yet; Conflict for any other."""
    with desk.transaction(caller, Right.COMMAND, books=True) as work:
        row = commands.find(work.connection, number, lock=True)
        if row is None:
            raise NotFound(f"there is no command {number}")
        _device(work, row.mn, f"there is no command {number}")
        work.seen(fingerprint(commands.shape(row, desk.zone)))
        values = {"state": State.CANCELLED, "finished_at": work.at, "reason": reason}
        if not commands.change(work.connection, number, State.QUEUED, values):
            raise Conflict(f"command {number} is {row.state}: only a queued one can be cancelled")
        work.audit("command.cancel", f"command/{number}", reason)
        return _shape(work, number)


def _device(work: Work, mn: str, missing: str | None = None) -> None:
    owner = work.books.owner(mn)
    if owner is None or not work.caller.sees(owner.district):
        raise NotFound(missing or f"the register has no outlet with the device code {mn}")


def _shape(work: Work, number: int) -> dict[str, Any]:
    row = commands.find(work.connection, number)
    assert row is not None, "it was there a moment ago, in this transaction"
    shaped = commands.shape(row, work.desk.zone)
    work.leaves(f"commands/{number}", fingerprint(shaped))
    return shaped
