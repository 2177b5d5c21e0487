"""The direction of imports, as a test: who may import whom (docs/architecture.md).

A part that does not exist yet breaks nothing; a new one that is not named here may import what is
pure, and neither the store nor an adapter.
"""

from __future__ import annotations

import ast
import graphlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

LEAVES = {"clock", "errors", "health", "keys", "observation", "pollutants", "secret", "units"}
"""They stand alone."""

PURE = {"alert", "averages", "backfill", "books", "calendar", "catalogue", "command", "computed"}
PURE |= {"event", "exports", "spreadsheet", "follow_up", "terms", "tokens"}
PURE |= {"chat", "exchange", "gateway", "notice", "positive", "record", "reports", "trail"}
PURE |= {
    "curves",
    "gaps",
    "legal",
    "marks",
    "quality",
    "rates",
    "register",
    "reminder",
    "rules",
    "runs",
}
PURE |= {
    "clue",
    "complaint",
    "reporter",
    "geodesy",
    "placing",
    "power",
    "rolling",
    "relation",
    "scoring",
    "survey",
    "task",
    "webhook",
}
PURE |= {"alert_words", "corroboration", "inhibition", "rule_book", "silence", "starting", "yields"}
"""States, decisions and answers: no input or output."""

INTAKE = {
    "alerting",
    "curving",
    "episodes",
    "levels",
    "exempting",
    "hearing",
    "intake",
    "judging",
    "marked_days",
    "metering",
}
INTAKE |= {"naming", "noting", "rejudging", "sightings", "surveying", "verdicts", "visits"}
INTAKE |= {"muting", "weighing", "windows"}
"""The parts of the one transaction from frames to tasks."""

STORE_USERS = INTAKE | {
    "actions",
    "api",
    "backtest",
    "checks",
    "evidence",
    "keyring",
    "orders",
    "registry",
    "worker",
}
"""They speak to the database, beside the composition root."""

COMPOSITION_ROOT = {"app", "cli"}
"""They put the parts together, and are the only ones to know adapters."""

FOR_ADAPTERS = {"adapter", "clock", "command", "errors", "event", "keys", "observation"}
FOR_ADAPTERS |= {"geodesy", "objects", "pollutants", "secret", "survey", "units"}
"""What an adapter may lean on, and another adapter's pure modules, never its input and output."""

SHARED = {"adapters.broker"}
"""Packages of adapters made to be shared with their input and output: a session with a broker."""

ASKING = {"adapters.video.api", "adapters.video.connection", "adapters.video.cursor"}
ASKING |= {"adapters.video.device", "adapters.video.handing"}
"""Modules of the same kind: asking a platform over HTTP, up to when is stored, handing in."""

DATABASE_LIBRARIES = {"sqlalchemy", "alembic", "psycopg", "sqlite3"}
OUTSIDE_WORLD = {"asyncio", "fastapi", "httpx", "os", "paho", "requests", "socket", "subprocess"}


@cache
def modules() -> dict[str, Path]:
    """Every module of the product by its dotted name."""
    found = {}
    for path in [*(ROOT / "monitor").rglob("*.py"), *(ROOT / "adapters").rglob("*.py")]:
        relative = path.relative_to(ROOT).with_suffix("")
        if "_alembic" not in relative.parts:
            found[".".join(relative.parts).removesuffix(".__init__")] = path
    return found


@cache
def imports(module: str) -> frozenset[str]:
    """What a module names in import statements, wherever they stand in it."""
    path = modules()[module]
    return frozenset(_named(ast.parse(path.read_text("utf-8")), module, path.stem == "__init__"))


def _named(tree: ast.AST, module: str, is_package: bool) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = module.split(".")[: None if is_package and node.level == 1 else -node.level]
                base = ".".join([*above, base]).rstrip(".")
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                yield whole if whole in modules() else base


def part(module: str) -> str:
    """The part of `monitor` that a module belongs to: `monitor.store.tables` -> `store`."""
    return [*module.split("."), ""][1]


def own(names: Iterable[str]) -> set[str]:
    return {name for name in names if name.split(".")[0] in ("monitor", "adapters")}


def lives_outside(module: str) -> bool:
    """Whether a module, or one that it leans on, does input or output."""
    reached, ahead = set[str](), {module}
    while ahead:
        name = ahead.pop()
        reached.add(name)
        if {other.split(".")[0] for other in imports(name)} & OUTSIDE_WORLD:
            return True
        ahead |= (own(imports(name)) & set(modules())) - reached
    return False


def core() -> list[str]:
    return [name for name in modules() if name.startswith("monitor.")]


def adapter_modules() -> list[str]:
    return [name for name in modules() if name.startswith("adapters.")]


def test_the_walk_sees_the_product() -> None:
    assert {"monitor.errors", "monitor.store.tables", "adapters"} <= set(modules())
    assert "monitor.store.types" in imports("monitor.store.tables.heard")
    assert "monitor.store.database" in imports("monitor.store")


def test_leaves_import_nothing_of_the_product() -> None:
    wrong = {name: own(imports(name)) for name in core() if part(name) in LEAVES}
    # a leaf that is a package may import its own modules, and observation the clock
    wrong = {
        name: {other for other in others if part(other) not in (part(name), "clock", "units")}
        for name, others in wrong.items()
    }
    assert {name: others for name, others in wrong.items() if others} == {}


def test_what_is_pure_imports_only_what_is_pure() -> None:
    for name in core():
        if part(name) in PURE:
            assert {part(other) for other in own(imports(name))} <= PURE | LEAVES, name
            libraries = {other.split(".")[0] for other in imports(name)}
            assert not libraries & (DATABASE_LIBRARIES | OUTSIDE_WORLD), name


def test_adapters_import_the_contract_and_the_leaves() -> None:
    for name in adapter_modules():
        package = ".".join(name.split(".")[:2])
        for other in own(imports(name)):
            inside = other == package or other.startswith(package + ".")
            shared = ".".join(other.split(".")[:2]) in SHARED or other in ASKING
            shared = shared or (other.startswith("adapters.") and not lives_outside(other))
            contract = other.startswith("monitor.") and part(other) in FOR_ADAPTERS
            assert inside or shared or contract, f"{name} imports {other}"


def adapter_of(module: str) -> str | None:
    """The folder of the adapter that a module belongs to."""
    above = module.split(".")
    folders = [".".join(above[:length]) for length in range(len(above), 1, -1)]
    return next((folder for folder in folders if f"{folder}.adapter" in modules()), None)


def test_adapters_share_only_what_is_pure() -> None:
    """Also those that lie in one folder; a schema of settings is pure but for secrets in files."""
    for name in adapter_modules():
        for other in own(imports(name)):
            if adapter_of(other) not in (None, adapter_of(name)) and adapter_of(name):
                libraries = {each.split(".")[0] for each in imports(other)}
                assert not libraries & OUTSIDE_WORLD, f"{name} imports {other}"


@pytest.mark.parametrize("name", [name for name in core() if part(name) not in COMPOSITION_ROOT])
def test_the_core_knows_no_adapter(name: str) -> None:
    assert not [other for other in imports(name) if other.split(".")[0] == "adapters"]


@pytest.mark.parametrize("name", [name for name in modules() if part(name) != "store"])
def test_only_the_store_knows_the_database_library(name: str) -> None:
    assert not {other.split(".")[0] for other in imports(name)} & DATABASE_LIBRARIES


def test_only_those_named_speak_to_the_store() -> None:
    users = {part(n) for n in core() if any(part(o) == "store" for o in own(imports(n)))}
    assert users <= STORE_USERS | COMPOSITION_ROOT | {"store"}


def test_the_store_knows_only_what_is_pure() -> None:
    for name in core():
        if part(name) == "store":
            assert {part(other) for other in own(imports(name))} <= PURE | LEAVES | {"store"}, name


def test_nothing_imports_in_a_circle() -> None:
    graph = {name: own(imports(name)) & set(modules()) - {name} for name in modules()}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))
