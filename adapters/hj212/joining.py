"""The contents of sub-packets made one again, and what of them is certain when some are missing.

HJ 212-2017 cuts between factors and repeats DataTime in each part. Devices also cut wherever the
1024th byte falls: inside a factor, a name, a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from adapters.hj212 import content, text
from adapters.hj212.fields import CHECK_STATISTICS, STATISTICS
from adapters.hj212.message import Content, Factor

_DATA_TIME = re.compile(rb"\s*DataTime\s*=\s*([0-9]{14,17})\s*(?:[;,]\s*|$)")
_HAS_DATA_TIME = re.compile(rb"DataTime\s*=\s*([0-9]{14,17})")
_SEPARATED = (b";", b",", "；".encode(), "，".encode())
_SEPARATOR = re.compile("[;,]|；|，".encode())
_NAME = re.compile(rb"\s*(?:[A-Za-z0-9]{1,16}-[A-Za-z][A-Za-z-]{0,24}|[A-Za-z]{2,20})\s*=")
_CODE = re.compile(rb"\s*[ADEGPWadegpw][0-9]{5}-[A-Za-z]{2,12}\s*=")
_FLAG = re.compile(rb"\s*[A-Za-z0-9]{1,16}-Flag\s*=\s*[NFMSDCBP0-9]\s*\Z")
"""A flag that is no beginning of a longer one, as T is of Td (HJ 212-2025 table 10)."""


def join(contents: Sequence[bytes]) -> bytes:
    """One content of those of parts that follow one another."""
    joined = b""
    for piece in contents:
        joined = _joined(joined, piece) if joined else piece
    return joined


def _joined(left: bytes, right: bytes) -> bytes:
    repeated, known = _DATA_TIME.match(right), _HAS_DATA_TIME.search(left)
    if repeated is not None and known is not None and repeated[1] == known[1]:
        right = right[repeated.end() :]  # what follows may all the same be the rest of a number
    if left.rstrip().endswith(_SEPARATED) or right.lstrip().startswith(_SEPARATED):
        return left + right
    # A name begins a new field, unless what stands before it is itself the beginning of a name.
    last = _SEPARATOR.split(left)[-1]
    return left + (b";" if b"=" in last and _NAME.match(right) else b"") + right


def certain(
    contents: Mapping[int, bytes], total: int, data_time: str | None, *, flags_due: bool
) -> Content:
    """The factors of an incomplete set that are whole: with a flag, or where the edition has none.

    `flags_due`: it has, so that what no part gives one may have it in what is missing. Beside a missing
    part nothing is certain that has no flag, nor is a factor that stands on both sides of one;
    a last field may have been cut, and a first one may be the rest of another.
    """
    runs = [(_read(join(run), *edges), *edges) for run, edges in _runs(contents, total)]
    every = [code for run, _, _ in runs for code in run.factors]
    flagged = flags_due or any(
        _flagged(factor) for run, _, _ in runs for factor in run.factors.values()
    )
    factors: dict[str, Factor] = {}
    for run, open_before, open_after in runs:
        last = len(run.factors) - 1
        for index, (code, factor) in enumerate(run.factors.items()):
            at_edge = (open_before and index == 0) or (open_after and index == last)
            if every.count(code) == 1 and _whole(factor, flag_needed=flagged or at_edge):
                factors[code] = factor
    return Content(data_time, {}, factors, ())


def _runs(
    contents: Mapping[int, bytes], total: int
) -> Iterator[tuple[list[bytes], tuple[bool, bool]]]:
    """Contents that follow one another, and whether something is missing before, and after them."""
    run: list[bytes] = []
    for number in range(1, total + 2):
        if number in contents:
            run.append(contents[number])
        elif run:
            yield run, (number - len(run) > 1, number <= total)
            run = []


def _read(joined: bytes, open_before: bool, open_after: bool) -> Content:
    repeated = _DATA_TIME.match(joined) if open_before else None
    if repeated is not None:
        joined = joined[repeated.end() :]
    if open_before and not _begins_whole(joined):
        rest = _SEPARATOR.search(joined)
        joined = joined[rest.end() :] if rest else b""
    if open_after and not joined.rstrip().endswith(_SEPARATED):
        fields = list(_SEPARATOR.finditer(joined))
        start = fields[-1].end() if fields else 0
        if not _FLAG.match(joined[start:]):
            joined = joined[:start]
    return content.parse(text.decode(joined)[0])


def _begins_whole(joined: bytes) -> bool:
    return _CODE.match(joined) is not None or joined.lstrip().startswith(_SEPARATED)


def _flagged(factor: Factor) -> bool:
    return factor.fields.get("Flag") is not None


def _whole(factor: Factor, *, flag_needed: bool) -> bool:
    has_number = any(field in STATISTICS or field in CHECK_STATISTICS for field in factor.fields)
    return has_number and (_flagged(factor) or not flag_needed)
