"""For how long a condition mark lets data go unjudged, by the kind of outlet: data, not code.

`allowances.csv` beside this file has the waste incinerators' by order 10 and the mark rule of 2019
no. 50; those of other sectors are compiled from permit specifications, not verified, and the bureau's to
replace (`[detection.marks] allowances`).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

from monitor.marks.model import MarkClass

EVERY_KIND = "*"

KINDS: Mapping[str, tuple[str, ...]] = {
    "incinerator": (
        "incinerator", "waste incinerator", "垃圾焚烧", "生活垃圾焚烧", "焚烧炉", "生活垃圾焚烧炉",
    ),
    "boiler": ("boiler", "锅炉"),
    "power": ("power", "thermal power", "火电", "燃煤电厂", "火力发电"),
    "cement": ("cement", "水泥", "水泥窑"),
    "sinter": ("sinter", "烧结", "烧结机"),
    "kiln": ("kiln", "brick", "ceramic", "砖瓦", "砖瓦窑", "陶瓷", "窑炉"),
    "wwtp": ("wwtp", "城镇污水处理厂", "污水处理厂"),
}  # fmt: skip
"""Kinds of outlets and what the register may call them."""

_KIND_OF = {name.casefold(): kind for kind, names in KINDS.items() for name in names}


_LOOSE = {
    name: kind for name, kind in _KIND_OF.items() if kind not in ("incinerator", "wwtp", "power")
}
"""Names that mean their kind within a longer text, too: `coal_boiler`, 燃煤锅炉. Not so incinerators:
those of hazardous or medical waste are under other rules."""


def kind_of(text: str | None) -> str:
    """The kind that the register's text means; the text itself where it is none of these."""
    plain = (text or "").strip()
    folded = plain.casefold()
    if folded in _KIND_OF:
        return _KIND_OF[folded]
    return next((kind for name, kind in _LOOSE.items() if name in folded), plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a mark of an item may cover at a kind of outlet."""

    kind: str
    mark: MarkClass
    item: str
    item_en: str
    pollutants: frozenset[str] = frozenset()
    """Empty: all."""
    each_hours: float | None = None
    """The longest that one mark counts."""
    budget: str | None = None
    """The name of the sum that it draws on."""
    budget_hours: float = 0.0
    per: str = "year"
    """Over what the sum runs: civil `year` or `quarter`."""
    guard: str | None = None
    """A pollutant whose hour mean must lie within the bounds below for the hour to count."""
    guard_low: float | None = None
    guard_high: float | None = None
    cold_furnace: bool = False
    """Whether the furnace may be below 850 °C under it."""
    source: str
    confidence: str = ""
    verified: bool = False

    def names(self, item: str) -> bool:
        """Whether a mark's item is this one."""
        return item.strip().casefold() in (self.item.casefold(), self.item_en.casefold())

    def means(self, pollutant: str) -> bool:
        """Whether it speaks of a pollutant."""
        return not self.pollutants or pollutant in self.pollutants


@dataclass(frozen=True)
class Allowances:
    """All of them."""

    rows: tuple[Allowance, ...] = ()

    @cached_property
    def _by_kind(self) -> dict[str, list[Allowance]]:
        found: dict[str, list[Allowance]] = {}
        for row in self.rows:
            found.setdefault(row.kind, []).append(row)
        return found

    def of(self, kind: str | None, mark: MarkClass, item: str) -> Allowance | None:
        """What holds for a mark at an outlet of a kind; its own kind goes before every kind."""
        for name in (kind_of(kind), EVERY_KIND):
            for row in self._by_kind.get(name, ()):
                if row.mark is mark and row.names(item):
                    return row
        return None

    def budgets(self, kind: str | None) -> dict[str, Allowance]:
        """The sums of hours at a kind of outlet, each by one of the rows that draw on it."""
        return {row.budget: row for row in self._by_kind.get(kind_of(kind), ()) if row.budget}

    def items(self, kind: str | None, budget: str) -> list[str]:
        """The items that draw on a sum."""
        rows = self._by_kind.get(kind_of(kind), ())
        return [row.item for row in rows if row.budget == budget]

    def guards(self, kind: str | None) -> frozenset[str]:
        """The pollutants whose hours decide whether marks at a kind of outlet count."""
        return frozenset(row.guard for row in self._by_kind.get(kind_of(kind), ()) if row.guard)


def parse(lines: Iterable[str]) -> Allowances:
    """Allowances from CSV with the columns of the shipped file; raises ValueError naming the line."""
    rows = []
    for number, row in enumerate(csv.DictReader(lines), 2):
        try:
            rows.append(_allowance(row))
        except (KeyError, ValueError) as error:
            raise ValueError(f"line {number}: {error!s}") from None
    return Allowances(tuple(rows))


@cache
def shipped() -> Allowances:
    """Those that come with the program."""
    return parse(files("monitor.marks").joinpath("allowances.csv").read_text("utf-8").splitlines())


def _allowance(row: Mapping[str, str]) -> Allowance:
    if row["per"] not in ("", "year", "quarter"):
        raise ValueError(f"per must be year or quarter, not {row['per']!r}")
    return Allowance(
        kind=kind_of(row["kinds"]),
        mark=MarkClass(row["class"]),
        item=row["item"],
        item_en=row["item_en"],
        pollutants=frozenset(filter(None, row["pollutants"].split("|"))),
        each_hours=_number(row["each_hours"]),
        budget=row["budget"] or None,
        budget_hours=_number(row["budget_hours"]) or 0.0,
        per=row["per"] or "year",
        guard=row["guard"] or None,
        guard_low=_number(row["guard_low"]),
        guard_high=_number(row["guard_high"]),
        cold_furnace=row["cold_furnace"] == "yes",
        source=row["source"],
        confidence=row["confidence"],
        verified=row["verified"] == "yes",
    )


def _number(text: str) -> float | None:
    return float(text) if text else None
