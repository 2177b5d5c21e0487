"""The fields of a factor (`a21026-ZsAvg`): their names, and what each is in the readings.

HJ 212-2017 table 4 with what 2005 and 2025 have beside it. The list is open.
"""

from __future__ import annotations

import re

from monitor.observation import Statistic

TEXT_FIELDS = frozenset({"Flag", "EFlag", "SampleTime", "CompleteTime", "SN"})

STATISTICS: dict[str, Statistic] = {
    "Rtd": Statistic.VALUE,
    "Avg": Statistic.VALUE,
    "Data": Statistic.VALUE,  # noise
    "RS": Statistic.VALUE,  # state of a treatment facility
    "Min": Statistic.MIN,
    "Max": Statistic.MAX,
    "Cou": Statistic.TOTAL,
    "RT": Statistic.TOTAL,  # hours that a treatment facility ran
    "ZsRtd": Statistic.CONVERTED,
    "ZsAvg": Statistic.CONVERTED,
    "ZsMin": Statistic.CONVERTED_MIN,
    "ZsMax": Statistic.CONVERTED_MAX,
    "RawAvg": Statistic.RAW,
}
"""What a number of a factor is in the readings; other fields are kept in the frame only."""

CHECK_STATISTICS: dict[str, Statistic] = {
    "SampleRd": Statistic.VALUE,
    "Check": Statistic.VALUE,  # surface water
    "StandardValue": Statistic.STANDARD,
    "ResultType": Statistic.PASSED,
}
"""The same in a check with a standard sample (CN=2062); elsewhere these are no readings."""


def statistics_of(cn: str | None) -> dict[str, Statistic]:
    """What the fields are in an upload with this command code."""
    return CHECK_STATISTICS if cn == "2062" else STATISTICS


NUMBER_FIELDS = frozenset(STATISTICS) | {
    "ZsCou", "DayData", "NightData", "SampleType", "SampleRd", "StandardValue", "ResultType",
    "Check", "Ala", "UpValue", "LowValue", "ValidNum", "TotalNum",
}  # fmt: skip

"""Fields whose value must be a number; in fields that are in neither set anything is taken."""

_FIELDS = {name.lower(): name for name in NUMBER_FIELDS | TEXT_FIELDS | {"Info"}}

_ITEMS = {
    name.lower(): name
    for name in (
        "DataTime", "BeginTime", "EndTime", "SystemTime", "QnRtn", "ExeRtn", "RtdInterval",
        "MinInterval", "RestartTime", "PolId", "NewPW", "OverTime", "ReCount", "VaseNo",
        "CstartTime", "Ctime", "Stime", "InfoId", "AlarmTime", "AlarmType", "ReportTarget",
        "ReportTime", "WarnTime", "SKCreateTime", "NewSK", "CalibrationType", "PNUM", "PNO",
    )
}  # fmt: skip

_CODE = re.compile("[ADEGPWadegpw][0-9]{5}")
_MARK_CODE = re.compile("p[0-9]{5}")
_SITE_CODE = re.compile("[iI][0-9]{5}")


def canonical_field(name: str) -> str:
    """The standard's spelling of a field's name in any case; others as they are."""
    return _FIELDS.get(name.lower(), name)


def canonical_item(name: str) -> str:
    """The standard's spelling of an item's name in any case; others as they are."""
    return _ITEMS.get(name.lower(), name)


def canonical_code(code: str) -> str:
    """A code of letter and five digits in lower case; others as they are (`LA`, `Leq`, `SB1`)."""
    return code.lower() if _CODE.fullmatch(code) else code


def is_mark(code: str, field: str) -> bool:
    """Whether a value is a mark, not a number: production conditions, ST=45 (HJ 212-2025 C.36)."""
    return field == "Rtd" and _MARK_CODE.fullmatch(code) is not None


def is_site_code(code: str) -> bool:
    """Whether a code names something of the station, not a factor (`i12001-Info`)."""
    return _SITE_CODE.fullmatch(code) is not None
