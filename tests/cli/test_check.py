"""`check`, `migrate`: what is wrong, a line each, and nothing touched that was only looked at."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from monitor import clock
from monitor.store import Store, schema
from tests.cli.conftest import Call, write_config
from tests.registers import SAMPLE, mn, uscc
from tests.servers import free_port


def test_all_is_well(call: Call, config: Path) -> None:
    assert call("registry", "import", SAMPLE, "--config", config).code == 0
    done = call("check", "--config", config)
    assert (done.code, done.out, done.err) == (0, "all is well\n", "")


def test_names_that_several_tokens_have_are_named(
    call: Call, config: Path, database_url: str
) -> None:
    for name in ("张三", "李四"):
        call("token", "create", "--name", name, "--role", "officer", "--config", config)
    store = Store(database_url)
    with store.write() as connection:  # as it could be before names were held apart
        connection.execute(text("UPDATE tokens SET name = '张三'"))
    store.close()
    done = call("check", "--config", config)
    assert (done.code, done.out.splitlines()) == (
        1,
        ["tokens: several in force are named 张三, and count as one person; revoke all but one"],
    )


def test_checking_does_not_create_the_database(call: Call, tmp_path: Path) -> None:
    path = write_config(tmp_path, f"sqlite:///{tmp_path}/new/monitor.db")
    assert call("check", "--config", path).code == 0
    assert [p.name for p in tmp_path.iterdir()] == ["config.toml"]


def test_checking_does_not_make_the_tables(
    call: Call, bare_database_url: str, tmp_path: Path
) -> None:
    Store(bare_database_url).ping()
    assert call("check", "--config", write_config(tmp_path, bare_database_url)).code == 0
    assert schema.current(Store(bare_database_url)) is None


def test_a_line_per_fault_of_the_configuration(call: Call, tmp_path: Path) -> None:
    path = write_config(
        tmp_path, "sqlite:///x.db", 'surplus = 1\n[http]\nport = -1\n[[adapters]]\ntype = "pigeon"'
    )
    done = call("check", "--config", path)
    assert done.code == 1
    keys = [line.removeprefix(f"{path}: ").split(":")[0] for line in done.out.splitlines()]
    assert sorted(keys) == ["adapters[0].type", "database.surplus", "http.port"]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://u:hunter2@127.0.0.1:{port}/d", "Connection refused"),
        ("postgresql://u:hunter2@127.0.0.1:abc/d", "not a database URL"),
        ("mysql://u:hunter2@127.0.0.1/d", "mysql is not supported"),
        ("hunter2", "not a database URL"),
        ("sqlite://", "name a file"),
        ("sqlite:///:memory:", "name a file"),
        ("sqlite:///{folder}/config.toml", "not a database"),
        ("sqlite:///{folder}/config.toml/x.db", "cannot be written"),
    ],
)
def test_a_database_that_cannot_be_used(url: str, reason: str, call: Call, tmp_path: Path) -> None:
    path = write_config(tmp_path, url.format(port=free_port(), folder=tmp_path))
    done = call("check", "--config", path)
    assert done.code == 1
    (line,) = done.out.splitlines()
    assert line.startswith("database.url: ")
    assert reason in line
    assert "hunter2" not in done.out + done.err
    done = call("migrate", "--config", path)
    assert done.code == 1
    assert len(done.err.splitlines()) == 1
    assert "hunter2" not in done.out + done.err


def test_a_schema_that_is_behind(call: Call, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "head", lambda: "9999")
    done = call("check", "--config", config)
    assert done.code == 1
    assert "this program needs 9999: run `offsite-monitor migrate`" in done.out
    refused = call("token", "list", "--config", config)
    assert (refused.code, refused.err) == (1, done.out)


def test_a_schema_of_a_newer_program(call: Call, config: Path, database_url: str) -> None:
    store = Store(database_url)
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    for command in ("check", "migrate", "run"):
        done = call(command, "--config", config)
        assert done.code == 1
        (line,) = (done.out + done.err).splitlines()
        assert "9999" in line
        assert "newer version" in line


def test_rows_that_hang_in_the_air(call: Call, config: Path, database_url: str) -> None:
    assert call("registry", "import", SAMPLE, "--config", config).code == 0
    store = Store(database_url)
    with store.write() as connection:
        connection.execute(
            text("UPDATE outlets SET uscc = :uscc WHERE mn = 'DE000100000000000000A001'"),
            {"uscc": uscc(1)},
        )
        connection.execute(
            text("UPDATE limits SET mn = :mn WHERE mn = 'DE000100000000000000A002'"), {"mn": mn(1)}
        )
    store.close()
    done = call("check", "--config", config)
    assert done.code == 1
    lines = done.out.splitlines()
    assert f"outlet DE000100000000000000A001: enterprise {uscc(1)} is not in force" in lines[0]
    assert all(f"outlet {mn(1)} is not in force" in line for line in lines[1:])
    assert len(lines) > 1


def test_a_folder_of_media_that_is_none(call: Call, database_url: str, tmp_path: Path) -> None:
    (tmp_path / "media").write_text("a file")
    more = f'[media]\nfolder = "{tmp_path}/media"\n'
    done = call("check", "--config", write_config(tmp_path, database_url, more))
    assert (done.code, done.out) == (1, f"media.folder: {tmp_path}/media cannot be written to\n")


def test_a_clock_that_was_never_set(
    call: Call, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(1970, 1, 2, tzinfo=UTC))
    done = call("check", "--config", config)
    assert done.code == 1
    assert done.out.startswith("clock: it is 1970-01-02")


def test_migrating_a_database(call: Call, bare_database_url: str, tmp_path: Path) -> None:
    path = write_config(tmp_path, bare_database_url)
    refused = call("run", "--no-migrate", "--config", path)
    assert refused.code == 1
    assert "run `offsite-monitor migrate`" in refused.err
    assert call("migrate", "--config", path).out == f"schema: empty → {schema.head()}\n"
    assert call("migrate", "--config", path).out == f"schema: {schema.head()} → {schema.head()}\n"
