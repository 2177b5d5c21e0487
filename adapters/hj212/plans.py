"""Plans: a content of known form, read in one step.

A device sends the same fields in the same order all day. Once such a text has been read in full and
nothing was wrong with it, a plan is made of it: one pattern that a later text fits only if it has
the same names and separators, and numbers, flags and a time in the standard's own form. Whatever
does not fit is read in full again, so a plan can only be faster, never different.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import NamedTuple, cast

from adapters.hj212.believing import plain_limits
from adapters.hj212.message import Message
from monitor import pollutants
from monitor.observation import Layout

_TIME = "([0-9]{14})"
_FLAG = "([A-Za-z0-9]{1,4}+)"
_DECIMALS = 6
"""More are read in full: among the digits before the point they might round up out of range."""
_NORMAL_FLAG = re.compile("-Flag=N(?![^;,])")
_PARTS = re.compile("([;,])")
_FIELDS_LIMIT = 100
"""A pattern of more costs more than it saves; no logger sends so many in one frame."""

_HARMLESS = frozenset({"old-code", "trailing-separator", "repeated-factor"})
"""Problems of the names alone: whatever has the same names has the same problems."""

_SHAPES_LIMIT = 2048
_SEEN_LIMIT = 8192
_DEVICES_LIMIT = 32_768
_PLANS_OF_A_DEVICE = 4
_VALUES_LIMIT = 65_536
_WORTH_A_PLAN = 3
"""A pattern costs milliseconds to make, so it is made for what keeps coming."""

_Groups = tuple[str | None, ...]
_Pick = Callable[[_Groups], tuple[str, ...]]
_PickFlags = Callable[[_Groups], _Groups]


class Plan(NamedTuple):
    """How to read the contents of one form."""

    match: Callable[[str], re.Match[str] | None]
    layout: Layout
    time: int
    """The group of DataTime."""
    numbers: _Pick
    """Takes the groups of the columns."""
    flags: _PickFlags | None
    """Takes the groups of the pollutants' flags; None = there are none."""
    normal: _Groups | None
    """The flags where the plan is for contents whose flags are all N, as most are."""
    problems: tuple[str, ...]


Fitted = tuple[Plan, str, tuple[float, ...], _Groups | None]
"""A content read by a plan: the plan, the text of DataTime, values and flags."""


class _Values(dict[str, float]):
    """The numbers of texts. The same few come again and again, and `float` is slower than this."""

    def __missing__(self, text: str) -> float:
        if len(self) >= _VALUES_LIMIT:
            self.clear()
        value = self[text] = float(text) + 0.0  # no negative zero
        return value


_values = _Values()
_number_of = _values.__getitem__
_of_device: dict[tuple[str | None, str | None], list[Plan]] = {}
_shapes: dict[str, Plan] = {}
_seen: dict[str, int] = {}


def fit(message: Message) -> Fitted | None:
    """The content read by one of its device's plans; None where it must be read in full."""
    header, content = message.header, message.content
    plans = _of_device.get((header.mn, header.cn))
    if plans is None or content is None or not content.isascii():
        return None
    text = content.decode("ascii")
    for plan in plans:
        match = plan.match(text)
        if match is not None:
            break
    else:
        return None
    if plan is not plans[0]:
        plans.remove(plan)
        plans.insert(0, plan)
    groups = match.groups()
    values = tuple(map(_number_of, plan.numbers(groups)))
    flags = plan.normal if plan.flags is None else plan.flags(groups)
    return plan, groups[plan.time], values, flags


def learn(
    message: Message, layout: Layout, sources: tuple[str, ...], problems: tuple[str, ...]
) -> None:
    """Remember the form of a content that has been read in full.

    `sources` names the field of each column; `problems` are those of the content.
    """
    content = message.content or b""
    if not content.isascii() or not _HARMLESS.issuperset(problems):
        return
    text = content.decode("ascii")
    form = _form(text)
    if form is None:
        return
    normal = text.count("-Flag=") == len(_NORMAL_FLAG.findall(text)) > 0
    shape = "".join(form) + ("N" if normal else "")
    plan = _shapes.get(shape)
    if plan is None:
        plan = _plan(form, layout, sources, problems, normal=normal) if _worth_it(shape) else None
        if plan is None:
            return
        if len(_shapes) >= _SHAPES_LIMIT:
            del _shapes[next(iter(_shapes))]  # devices that have it keep it
        _shapes[shape] = plan
    if len(_of_device) >= _DEVICES_LIMIT:
        _of_device.clear()
    plans = _of_device.setdefault((message.header.mn, message.header.cn), [])
    if plan not in plans:
        plans.insert(0, plan)
        del plans[_PLANS_OF_A_DEVICE:]


def forget() -> None:
    """Drop all plans; they are made anew."""
    _of_device.clear()
    _shapes.clear()
    _seen.clear()


def _worth_it(shape: str) -> bool:
    if len(_seen) >= _SEEN_LIMIT:
        _seen.clear()
    _seen[shape] = _seen.get(shape, 0) + 1
    return _seen[shape] >= _WORTH_A_PLAN


def _form(text: str) -> list[str] | None:
    """The names (with their `=`) and separators of a text, in turn; None if it is irregular."""
    form = _PARTS.split(text)
    if len(form) > 2 * _FIELDS_LIMIT:
        return None
    for index in range(0, len(form), 2):
        name, separator, _ = form[index].partition("=")
        if not separator and (name or index != len(form) - 1):
            return None
        form[index] = name + separator
    return form


def _plan(
    form: list[str],
    layout: Layout,
    sources: tuple[str, ...],
    problems: tuple[str, ...],
    *,
    normal: bool,
) -> Plan | None:
    wanted = {
        (code, source): column
        for column, ((code, _), source) in enumerate(zip(layout.columns, sources, strict=True))
    }
    groups = [_group_of(name) for name in form[::2] if name]
    # Fields that are kept in the frame only may hold anything; leave those to the full reading.
    known = {_DATA_TIME, *wanted, *((code, "Flag") for code in layout.pollutants)}
    if len(set(groups)) != len(groups) or not known.issuperset(groups):
        return None
    if _DATA_TIME not in groups or any(each not in groups for each in wanted):
        return None
    kinds: list[str] = []
    for group in groups:
        if group == _DATA_TIME:
            kinds.append(_TIME)
        elif group in wanted:
            kinds.append(_number(*plain_limits(*layout.columns[wanted[group]])))
        else:
            kinds.append("N" if normal else _FLAG)
    captured = [each for each in groups if not (normal and each[1] == "Flag")]
    where = {group: index for index, group in enumerate(captured)}
    flags = [(code, "Flag") for code in layout.pollutants]
    return Plan(
        match=_compiled(form, kinds),
        layout=layout,
        time=where[_DATA_TIME],
        numbers=cast(_Pick, _picker([where[each] for each in wanted])),
        flags=_picker([where.get(each) for each in flags]) if where.keys() & set(flags) else None,
        normal=tuple("N" if each in groups else None for each in flags) if normal else None,
        problems=problems,
    )


_DATA_TIME = ("", "DataTime")


def _group_of(name: str) -> tuple[str, str]:
    """The factor and field that a name means. It has no problems but those of `_HARMLESS`."""
    code, dash, field = name.removesuffix("=").partition("-")
    if not dash:
        return "", code
    modern = pollutants.from_2005(code)
    return (modern.code if modern else code), field


def _number(low: float, high: float) -> str:
    """A number in the standard's form that lies between the two, near the bounds perhaps not.

    Nothing of it is given back once it has matched, so a text that does not fit fails at once.
    """
    decimals = rf"\.[0-9]{{1,{_DECIMALS}}}+"
    whole = f"(?:{_below(high)})"
    choices = [whole + decimals, whole]  # the commonest first, because that is faster
    if low < 0:
        negative = f"-(?:{_below(-low)})"
        choices += [negative + decimals, negative]
    return f"((?>{'|'.join(choices)}))"


def _below(bound: float) -> str:
    """What stands before the point of numbers below a bound: `1[0-3]|[0-9]{1}` below 14."""
    whole = math.ceil(bound)
    if whole - 10**-_DECIMALS > bound:
        whole = math.floor(bound)
    digits = str(whole)
    # Two digits of the bound are enough: what lies between is read in full.
    least = [1 if len(digits) > 1 else 0, 0]
    same_length = [
        f"{digits[:index]}[{least[index]}-{int(digit) - 1}][0-9]{{{len(digits) - index - 1}}}"
        for index, digit in enumerate(digits[:2])
        if int(digit) > least[index]
    ]
    # The longer ones first: the first that matches is the one that is taken.
    shorter = [f"[0-9]{{1,{len(digits) - 1}}}+"] if len(digits) > 1 else []
    return "|".join([*same_length, *shorter])


def _picker(indexes: Sequence[int | None]) -> _PickFlags:
    chosen = [index for index in indexes if index is not None]
    if len(chosen) == len(indexes) > 1:
        return itemgetter(*chosen)
    return lambda groups: tuple(None if index is None else groups[index] for index in indexes)


def _compiled(form: list[str], kinds: list[str]) -> Callable[[str], re.Match[str] | None]:
    pieces = []
    remaining = iter(kinds)
    for index, piece in enumerate(form):
        pieces.append(re.escape(piece))
        if index % 2 == 0 and piece:
            pieces.append(next(remaining))
    return re.compile("".join(pieces)).fullmatch
