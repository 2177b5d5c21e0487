"""`audit`: exported as lines, verified there and in the database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monitor.store import Store
from tests.cli.conftest import Call


@pytest.fixture
def trail(call: Call, config: Path) -> None:
    for name in ("张三", "李四", "王五"):
        call("token", "create", "--name", name, "--role", "viewer", "--config", config)


def exported(call: Call, config: Path, path: Path, *more: str) -> list[str]:
    done = call("audit", "export", path, *more, "--config", config)
    assert done.code == 0, done.err
    return path.read_text("utf-8").splitlines()


def test_what_is_exported_holds_by_itself(
    call: Call, config: Path, tmp_path: Path, trail: None
) -> None:
    path = tmp_path / "audit.jsonl"
    lines = exported(call, config, path)
    assert [json.loads(line)["action"] for line in lines] == ["token.create"] * 3 + ["audit.export"]
    head = json.loads(lines[-1])["hash"]
    said = call("audit", "verify", path)
    assert (said.code, said.out) == (0, f"entries 1 to 4 hold; head 4 {head}\n")
    assert call("audit", "verify", "--config", config).out == said.out
    out = call("audit", "export", "-", "--config", config).out.splitlines()
    assert out[:4] == lines


@pytest.mark.parametrize("number", [0, 1, 2])
def test_any_altered_line_is_found_out(
    call: Call, config: Path, tmp_path: Path, trail: None, number: int
) -> None:
    path = tmp_path / "audit.jsonl"
    lines = exported(call, config, path)

    def verified(altered: list[str]) -> tuple[int, str]:
        path.write_text("\n".join(altered) + "\n", encoding="utf-8")
        done = call("audit", "verify", path)
        return done.code, done.out

    said = json.loads(lines[number])
    for change in (
        {"actor": "nobody"},
        {"at": "2026-01-01T00:00:00.000000+00:00"},
        {"data": None},
        {"hash": "0" * 64},
        {"data": {"name": "\ud800"}},
    ):
        altered = [*lines[:number], json.dumps(said | change), *lines[number + 1 :]]
        assert verified(altered) == (1, f"audit row {number + 1} was altered\n"), change
    for text in ("x", "[]", "{}", json.dumps(said | {"more": 1}), "NaN"):
        assert verified([*lines[:number], text, *lines[number + 1 :]])[0] == 1
    if number:  # what is missing at the beginning is a part of the trail
        assert verified([*lines[:number], *lines[number + 1 :]]) == (
            1,
            f"audit row {number + 1} is missing\n",
        )


def test_the_database_is_held_to_its_chain(
    call: Call, config: Path, trail: None, database_url: str
) -> None:
    store = Store(database_url)
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE audit SET actor = 'nobody' WHERE seq = 2")
    store.close()
    done = call("audit", "verify", "--config", config)
    assert (done.code, done.out) == (1, "audit row 2 was altered\n")


def test_a_part_begins_anywhere_and_holds(
    call: Call, config: Path, tmp_path: Path, trail: None, database_url: str
) -> None:
    path = tmp_path / "part.jsonl"
    assert exported(call, config, path, "--to", "2026-01-01") == []
    assert call("audit", "verify", path).out == "no entries\n"
    lines = exported(call, config, path, "--from", "2026-01-01")
    path.write_text("\n".join(lines[2:]) + "\n", encoding="utf-8")
    assert call("audit", "verify", path).out.startswith("entries 3 to 5 hold; head 5 ")


def test_without_file_and_configuration_there_is_nothing_to_verify(call: Call) -> None:
    done = call("audit", "verify")
    assert done.code == 1
    assert "--config" in done.err
