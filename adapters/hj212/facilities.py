"""Power of facilities (用电, HJ 212-2025 ST=44) as readings of meters, as far as codes are known. Pure.

`d20405` is read as d, facility (2 production, 3 treatment), item 04, device 05: inferred from examples,
since the standard's tables were not found (confidence low). So an item is only taken where the
configuration says what it is (`power_items`), and only for a meter `<MN>/<facility><device>` that the
register has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from adapters.channels import TRANSFORMED, Channel
from monitor.observation import Layout, Readings, Statistic

_CODE = re.compile(r"d([23])(\d\d)(\d\d)")


def metered(
    readings: Readings, items: Mapping[str, Channel], known: Callable[[str], bool]
) -> tuple[Readings, ...]:
    """The readings of each registered meter within a report; none where it has no such codes."""
    if not items or not any(code.startswith("d") for code in readings.layout.pollutants):
        return ()
    found: dict[str, dict[Channel, tuple[float, str | None]]] = {}
    for column, (code, statistic) in enumerate(readings.layout.columns):
        named = _CODE.fullmatch(code)
        channel = items.get(named[2]) if named and statistic is Statistic.VALUE else None
        if named is None or channel is None:
            continue
        flag = None
        if readings.flags is not None:
            flag = readings.flags[readings.layout.pollutants.index(code)]
        meter = f"{readings.mn}/{named[1]}{named[3]}"
        found.setdefault(meter, {}).setdefault(channel, (readings.values[column], flag))
    return tuple(
        _readings(readings, meter, numbers) for meter, numbers in found.items() if known(meter)
    )


def _readings(
    readings: Readings, meter: str, numbers: Mapping[Channel, tuple[float, str | None]]
) -> Readings:
    channels = [channel for channel in TRANSFORMED if channel in numbers]
    flags = tuple(numbers[channel][1] for channel in channels)
    return replace(
        readings,
        mn=meter,
        layout=Layout(tuple((channel, Statistic.VALUE) for channel in channels)),
        values=tuple(numbers[channel][0] for channel in channels),
        flags=flags if any(flag is not None for flag in flags) else None,
    )
