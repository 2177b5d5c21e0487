"""`token`: made, shown once, listed without their secret, ended."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.store import Store, tokens
from monitor.tokens import digest, well_formed
from tests.cli.conftest import Call

TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()


def make(call: Call, config: Path, *more: str, name: str = "张三") -> str:
    """A new token's text."""
    done = call("token", "create", "--name", name, *more, "--config", config)
    assert done.code == 0, done.err
    return done.out.splitlines()[-1]


def listed(call: Call, config: Path) -> list[dict[str, str]]:
    done = call("token", "list", "--config", config)
    heads, *rows = (line.split("\t") for line in done.out.splitlines())
    return [dict(zip(heads, row, strict=True)) for row in rows]


def test_a_token_is_alone_on_the_last_line(call: Call, config: Path, database_url: str) -> None:
    text = make(call, config, "--role", "officer", "--district", "东区", "--district", "西区")
    assert well_formed(text)
    store = Store(database_url)
    with store.read() as connection:
        found = tokens.find(connection, digest(text), datetime.now(UTC), TODAY)
    store.close()
    assert found is not None
    assert (found.name, found.role, found.districts) == ("张三", "officer", ["东区", "西区"])


def test_the_list_has_everything_but_the_secret(call: Call, config: Path) -> None:
    secret = make(call, config, "--role", "viewer", "--district", "东区")
    make(call, config, "--role", "admin", "--expires", TODAY.isoformat(), name="李四")
    assert secret not in call("token", "list", "--config", config).out
    first, second = listed(call, config)
    assert (first["id"], first["role"], first["districts"]) == ("1", "viewer", "东区")
    assert (second["districts"], second["expires"], second["state"]) == (
        "all",
        TODAY.isoformat(),
        "",
    )


def test_one_that_has_expired_is_listed_as_such(
    call: Call, config: Path, database_url: str
) -> None:
    make(call, config, "--role", "viewer", "--expires", TODAY.isoformat())
    store = Store(database_url)
    with store.write() as connection:
        connection.execute(tokens.tokens.update().values(expires_on=date(2026, 1, 1)))
    store.close()
    assert [row["state"] for row in listed(call, config)] == ["expired"]


def test_revoking(call: Call, config: Path, database_url: str) -> None:
    text = make(call, config, "--role", "officer")
    assert call("token", "revoke", "1", "--config", config).out == "token 1 is revoked\n"
    assert [row["state"] for row in listed(call, config)] == ["revoked"]
    store = Store(database_url)
    with store.read() as connection:
        assert tokens.find(connection, digest(text), datetime.now(UTC), TODAY) is None
    store.close()
    again = call("token", "revoke", "1", "--config", config)
    assert again.code == 1
    assert "no token 1" in again.err


def test_a_name_is_one_tokens_only(call: Call, config: Path) -> None:
    make(call, config, "--role", "officer")
    second = call("token", "create", "--name", "张三", "--role", "viewer", "--config", config)
    assert second.code == 1
    assert "token 1 is 张三's: revoke it first" in second.err
    call("token", "revoke", "1", "--config", config)
    make(call, config, "--role", "viewer")


@pytest.mark.parametrize(
    "words",
    [
        ["--name", " ", "--role", "officer"],
        ["--name", "a", "--role", "king"],
        ["--name", "a", "--role", "officer", "--district", ""],
        ["--name", "a", "--role", "officer", "--expires", "soon"],
        [
            *("--name", "a", "--role", "officer"),
            *("--expires", (TODAY - timedelta(days=1)).isoformat()),
        ],
    ],
)
def test_a_token_of_nobody_or_for_nothing(words: list[str], call: Call, config: Path) -> None:
    assert call("token", "create", *words, "--config", config).code != 0
    assert listed(call, config) == []
