"""docs/screening.md says what the code does: outcomes, families, start conditions, what mutes what."""

from __future__ import annotations

import re
from pathlib import Path

from monitor.alert import Outcome
from monitor.corroboration import TRANSMISSION, Family, family
from monitor.inhibition import CATCH_ALL, MUTES, mutes
from monitor.starting import Kind

TEXT = Path(__file__).resolve().parents[1].joinpath("docs/screening.md").read_text("utf-8")


def section(heading: str) -> str:
    return TEXT.split(f"## {heading}")[1].split("\n## ")[0]


def named(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def rows(text: str) -> list[list[str]]:
    """The cells of the tables of a text."""
    lines = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in cells] for cells in lines]


def test_every_outcome_and_start_condition_is_there() -> None:
    first = {named(row[0])[0] for row in rows(section("From a finding to a visit"))}
    assert {*Outcome, *Kind} <= first


def test_the_table_of_inhibition_is_that_of_the_code() -> None:
    written = {
        named(row[0])[0]: frozenset(named(row[1])) for row in rows(section("Inhibition (抑制)"))
    }
    assert written == MUTES
    assert all(CATCH_ALL in mutes(rule) for rule in MUTES)


def test_the_families_are_those_of_the_code() -> None:
    text = section("Corroboration (互证)")
    families = text.split("six families:")[1].split("* Two alerts")[0]
    found = re.findall(r"`([a-z-]+)`(?: \(([^)]*)\)|\.)", families)
    assert [name for name, _ in found] == list(Family)
    for name, rules in found:
        assert {family(rule) for rule in named(rules)} <= {Family(name)}
    out = text.split("take no part:")[1].split(". Nor do")[0]
    assert set(named(out)) == TRANSMISSION
