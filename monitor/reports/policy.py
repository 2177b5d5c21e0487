"""How reports are made: who reports, to whom, until when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.reports.period import Level

MonthDay = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """The bureau's own; the days are those of the notices of 2020 (环执法发〔2020〕1号, its letters)."""

    unit: str = ""
    """填报单位 of the city's or the province's papers."""
    units: Mapping[str, str] = field(default_factory=dict)
    """填报单位 of a county's papers, by district; without one it is the district's name."""
    recipients: Mapping[Level, str] = field(default_factory=dict)
    """To whom the papers of a level go."""
    contact: str = ""
    """The one person who is named for it (专人)."""
    districts: tuple[str, ...] = ()
    """The rows of the table in their order; others that the books have follow."""
    levels: tuple[Level, ...] = (Level.COUNTY, Level.CITY)
    """Whose duties are watched here."""
    remind_days: int = 3
    """So many days before a duty is due it is reminded of."""
    late_days: int = 7
    """So long a late one is told for the first time; older ones are only shown."""
    brief_day: int = 10
    """County: the day of the following month by which the brief is due."""
    article_day: int = 15
    """City: the day of the following month by which the article is due (每月中旬前)."""
    final: Mapping[Level, MonthDay] = field(
        default_factory=lambda: {
            Level.COUNTY: (9, 28),
            Level.CITY: (10, 10),
            Level.PROVINCE: (10, 15),
        }
    )
    """Month and day by which the year's summary and the summary table are due."""

    def unit_of(self, level: Level, district: str | None) -> str:
        """Who reports at a level."""
        if level is Level.COUNTY and district:
            return self.units.get(district, district)
        return self.unit
