"""docs/api.md says what the code does: steps, events, problems, roles, metrics, routes."""

from __future__ import annotations

import re
from pathlib import Path

from monitor.api.problems import TYPES
from monitor.metrics import PREFIX, Counts, Metrics
from monitor.task import STEPS
from monitor.tokens import RIGHTS, Right, Role
from monitor.webhook import EVENT_TYPES
from tests.api.conftest import Bureau

TEXT = Path(__file__).resolve().parents[2].joinpath("docs/api.md").read_text("utf-8")


def table(heading: str) -> list[list[str]]:
    """The cells of the first table behind a heading, without its head."""
    lines = TEXT.split(f"{heading}\n", 1)[1].splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("|"))
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows[2:]


def names(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


def test_the_steps_are_those_of_the_code() -> None:
    written = {
        row[0].strip("`"): (names(row[1]), *(cell.strip("`") for cell in row[2:5]))
        for row in table("### Steps")
    }
    assert written == {
        name: (set(step.sources), step.target or "stays", step.event, step.by or "time")
        for name, step in STEPS.items()
    }


def test_every_event_type_is_described() -> None:
    assert [row[0].strip("`") for row in table("### Event types")] == list(EVENT_TYPES)


def test_every_problem_is_described() -> None:
    assert {row[0].strip("`"): int(row[1]) for row in table("## Conventions")} == TYPES


def test_the_roles_are_those_of_the_code() -> None:
    written = {
        Right(row[0].split("`")[1]): {
            role for role, cell in zip(Role, row[1:], strict=True) if cell == "yes"
        }
        for row in table("## Roles")
    }
    assert written == {right: {role for role in Role if right in RIGHTS[role]} for right in Right}


def test_every_metric_is_described() -> None:
    metrics = Metrics()
    metrics.counts = Counts
    metrics.heard["x"] = 0.0
    declared = {
        family.name.removeprefix(PREFIX) + ("_total" if family.type == "counter" else "")
        for family in metrics.registry.collect()
    }
    assert {row[0].strip("`") for row in table("## Health and metrics")} == declared


def test_paths_in_the_text_exist(bureau: Bureau) -> None:
    known = {
        re.sub(r"\{[^}]+\}", "{}", path).removeprefix("/api/v1")
        for path in bureau.app.openapi()["paths"]
    }
    for path in re.findall(r"\$API(/[a-z0-9/-]+)", TEXT):
        assert re.sub(r"/\d+", "/{}", path) in known, path
