"""The platform's commands as frames (反控): what is sent to a device, and what for.

HJ 212-2017 6.5 and Appendix C; the forms of 2005 and of 2025 where they differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import NamedTuple

from adapters.hj212.cipher import seal_frame
from adapters.hj212.commands import COMMANDS, Ends
from adapters.hj212.frame import build
from adapters.hj212.parameters import content
from adapters.hj212.times import digits
from monitor.adapter import Order
from monitor.keys import Key
from monitor.observation import Period

DEFAULT_PASSWORD = "123456"
"""With which loggers leave the factory."""

HAND_OUT_KEY, SET_MN = "1014", "1002"

ENCRYPTED = frozenset({HAND_OUT_KEY, "3020"})
"""Of the platform's commands those whose content is encrypted (HJ 212-2025 6.4.4)."""

_HISTORY = {Period.MINUTE: "2051", Period.HOUR: "2061", Period.DAY: "2031"}
_ACK_WANTED = {0: 3, 1: 5, 2: 9}
"""Flag by version: HJ/T 212-2005 requests have 3, without PNUM and PNO."""
_NAMES_2005 = {"NewPW": "PW"}


class Manner(NamedTuple):
    """How a device wants to be spoken to, learnt from what it sends."""

    version: int
    """Flag >> 2."""
    st: str
    pw: str


def history(
    period: Period, first: datetime, last: datetime, zone: tzinfo
) -> tuple[str, dict[str, str]]:
    """Code and parameters that ask for the records with starts from first to last, both included.

    Raises KeyError for a period of which devices keep no history.
    """
    return _HISTORY[period], {"BeginTime": digits(first, zone), "EndTime": digits(last, zone)}


class Keys(NamedTuple):
    """The keys of a device that encrypts: the one in force, and the one that it shall take."""

    in_force: Key | None = None
    pending: Key | None = None


NO_KEYS = Keys()
"""Of devices that send in the clear."""


def frame_of(
    order: Order, qn: str, manner: Manner, now: datetime, zone: tzinfo, keys: Keys = NO_KEYS
) -> bytes:
    """The frame of a command, its content encrypted where the edition wants it.

    CN=1014 hands out the pending key (2025 C.8). Raises ValueError where that cannot be done safely.
    """
    inner = content(_sent(order, qn, manner, now, zone, keys))
    flag = _ACK_WANTED[min(manner.version, 2)]
    head = f"QN={qn};ST={manner.st};CN={order.code};PW={manner.pw};MN={order.mn};Flag={flag}"
    segment = f"{head};CP=&&{inner}&&".encode()
    if order.code in ENCRYPTED and manner.version >= 2 and keys.in_force is not None:
        return seal_frame(segment, keys.in_force)
    return build(segment)


def _sent(
    order: Order, qn: str, manner: Manner, now: datetime, zone: tzinfo, keys: Keys
) -> Mapping[str, str]:
    parameters = _in_order(order)
    if order.code == HAND_OUT_KEY:
        if keys.in_force is None or keys.pending is None or manner.version < 2:
            raise ValueError("no key to hand out, or none to encrypt it with")
        parameters = {"SKCreateTime": qn, "NewSK": keys.pending.secret.decode()}
    if order.code == "1012":
        parameters.setdefault("SystemTime", digits(now, zone))
    if manner.version == 0:
        return {_NAMES_2005.get(name, name): value for name, value in parameters.items()}
    return parameters


def _in_order(order: Order) -> dict[str, str]:
    """The parameters as the standard lists them: strict devices want BeginTime first."""
    command = COMMANDS.get(order.code)
    listed = command.parameters.replace("?", "").split() if command else []
    known = {name: order.parameters[name] for name in listed if name in order.parameters}
    return known | dict(order.parameters)


def ends(order: Order) -> Ends:
    """What ends a command; a span of real-time history ends with its result, not its first record."""
    command = COMMANDS.get(order.code)
    if command is None or "BeginTime" in order.parameters:
        return Ends.RESULT
    return command.ends


def is_slow(code: str) -> bool:
    """Whether an instrument works on the command for long."""
    command = COMMANDS.get(code)
    return command is not None and command.slow
