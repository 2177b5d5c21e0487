"""The configuration: the example is complete and true, and every fault is one line that names its key."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from adapters import TYPES
from adapters.hj212.config import Config as Hj212Config
from monitor import clue, policies
from monitor.cli.base import SCHEMAS
from monitor.config import PREFIX, Settings, load, parse
from monitor.errors import ConfigError
from monitor.observation import JUDGED
from monitor.rules import POWER_RULES, WINDOW_RULES
from monitor.secret import read_secret
from monitor.task import Trigger
from monitor.webhook import Conditions

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = tomllib.loads((ROOT / "config.example.toml").read_text("utf-8"))
HIDDEN = "hunter2-is-secret"
AT = datetime(2026, 8, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_overrides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


def faults(data: Mapping[str, Any]) -> list[str]:
    """What is said against a file, without the file's name."""
    with pytest.raises(ConfigError) as caught:
        parse(data, SCHEMAS, "f.toml")
    return [line.removeprefix("f.toml: ") for line in caught.value.faults]


def settings(data: Mapping[str, Any]) -> Settings:
    return parse(data, SCHEMAS, "f.toml")[0]


def sections(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Every table of the file with its dotted name."""
    yield path, model
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from sections(inner, f"{path}.{name}" if path else name)


def table(path: str) -> dict[str, Any]:
    """A table of the example."""
    found = EXAMPLE
    for part in filter(None, path.split(".")):
        found = found[part]
    return found


SECTIONS = dict(sections(Settings))


# --- the example ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SECTIONS)
def test_the_example_has_every_key_and_no_other(path: str) -> None:
    assert set(table(path)) == set(SECTIONS[path].model_fields)


def test_the_example_names_every_member_of_a_mapping() -> None:
    assert set(table("detection.exceedance")) == {p.value for p in JUDGED}
    assert set(table("detection.silence_hours")) == {p.value for p in JUDGED}
    assert set(table("tasks.deadlines")) == {t.value for t in Trigger}
    assert set(table("detection.rules")) == {*WINDOW_RULES, *POWER_RULES, *clue.NAMES}


def test_the_example_has_the_defaults() -> None:
    example, default = settings(EXAMPLE), settings({})
    for name in set(Settings.model_fields) - {"adapters", "detection", "tasks"}:
        assert getattr(example, name) == getattr(default, name), name
    assert policies.policy(example) == policies.policy(default)
    assert policies.marking(example) == policies.marking(default)
    assert example.detection.source_lost_minutes == default.detection.source_lost_minutes
    assert example.tasks.lease_minutes == default.tasks.lease_minutes
    for trigger in Trigger:
        due = policies.terms(example).deadline(trigger, 3, AT)
        assert due == policies.terms(default).deadline(trigger, 3, AT)


def test_the_conditions_of_webhooks_are_the_standards_unless_set() -> None:
    assert policies.delivery(settings({})) == Conditions()
    given = {"schedule": [1, 60], "rotation_hours": 0, "public_url": "https://m.example.org/"}
    conditions = policies.delivery(settings({"language": "en", "webhooks": given}))
    pauses = (timedelta(seconds=1), timedelta(minutes=1))
    assert conditions == Conditions(
        schedule=pauses, rotation=timedelta(), language="en", public_url="https://m.example.org"
    )


def test_the_examples_adapter_has_the_defaults() -> None:
    (adapter,) = parse(EXAMPLE, SCHEMAS, "f.toml")[1]
    assert adapter == Hj212Config(type="hj212", name="emissions")


def _toml(default: object) -> str:
    """A default as the file would have it."""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return json.dumps(default, ensure_ascii=False)
    return str(default).removesuffix(".0")


def test_the_readmes_of_adapters_have_every_key_with_its_default() -> None:
    for kind in TYPES:
        text = ROOT.joinpath(*TYPES[kind].split("."), "README.md").read_text("utf-8")
        for name, field in SCHEMAS[kind].model_fields.items():
            assert f"`{name}`" in text or re.search(rf"^{name} = ", text, re.M), f"{kind}: {name}"
            if field.default is not None and not field.is_required():
                shown = _toml(field.default)
                assert shown in text, f"{kind}: the default of {name}, {shown}"


@pytest.mark.parametrize("path", SECTIONS)
def test_every_key_is_described(path: str) -> None:
    for name, field in SECTIONS[path].model_fields.items():
        assert field.description, f"{path}.{name}"


@pytest.mark.parametrize("kind", list(TYPES))
def test_every_key_of_an_adapter_is_described(kind: str) -> None:
    for name, field in SCHEMAS[kind].model_fields.items():
        assert field.description, f"{kind}: {name}"


@pytest.mark.parametrize("kind", list(TYPES))
def test_an_adapters_schema_has_its_type_as_a_literal(kind: str) -> None:
    assert get_args(SCHEMAS[kind].model_fields["type"].annotation) == (kind,)


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SECTIONS)
def test_an_unknown_key_is_named(path: str) -> None:
    data: dict[str, Any] = {"surplus": 1}
    for part in reversed([part for part in path.split(".") if part]):
        data = {part: data}
    assert faults(data) == [f"{path + '.' if path else ''}surplus: unknown key"]


@pytest.mark.parametrize("key", ["_env_file", "_env_prefix", "_secrets_dir"])
def test_names_that_the_library_keeps_for_itself_are_unknown_keys(key: str) -> None:
    assert faults({key: "x"}) == [f"{key}: unknown key"]


def test_an_unknown_member_of_a_mapping_is_named() -> None:
    (fault,) = faults({"detection": {"exceedance": {"week": "verify"}}})
    assert fault.startswith("detection.exceedance.week: ")


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"http": {"port": 65_536}}, "http.port"),
        ({"http": {"port": "eighty"}}, "http.port"),
        ({"http": 5}, "http"),
        ({"language": "fr"}, "language"),
        ({"timezone": "Asia/Atlantis"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"webhooks": {"allow": ["10.0.0.0/33"]}}, "webhooks.allow.0"),
        ({"webhooks": {"allow": "10.0.0.0/8"}}, "webhooks.allow"),
        ({"webhooks": {"schedule": []}}, "webhooks.schedule"),
        ({"webhooks": {"schedule": [0]}}, "webhooks.schedule.0"),
        ({"webhooks": {"public_url": "monitor.example.org"}}, "webhooks.public_url"),
        ({"webhooks": {"public_url": "https://a b"}}, "webhooks.public_url"),
        ({"detection": {"silence_hours": {"hour": -1}}}, "detection.silence_hours.hour"),
        (
            {"detection": {"silence_hours": {"hour": float("nan")}}},
            "detection.silence_hours.hour",
        ),
        ({"detection": {"exceedance": {"hour": "ignore"}}}, "detection.exceedance.hour"),
        ({"tasks": {"deadlines": {"manual": "0 hours"}}}, "tasks.deadlines.manual"),
        ({"tasks": {"deadlines": {"manual-6": "1 hour"}}}, "tasks.deadlines.manual-6"),
        ({"retention": {"frames_days": 0}}, "retention.frames_days"),
        ({"adapters": {"type": "hj212"}}, "adapters"),
        ({"adapters": [1]}, "adapters.0"),
    ],
)
def test_what_makes_no_sense_is_refused(data: dict[str, Any], key: str) -> None:
    (fault,) = faults(data)
    assert fault.startswith(f"{key}: ")
    assert "\n" not in fault


def _docks(prefix: str, **more: str) -> dict[str, Any]:
    bucket = {"endpoint": "http://store:9000", "bucket": "drones", "prefix": prefix}
    bucket |= {"access_key": "a", "secret_key": "b"} | more
    return {"type": "dji", "name": "docks", "url": "mqtt://broker", "bucket": bucket}


@pytest.mark.parametrize(
    ("ours", "devices"), [("", "dji"), ("dji", "dji"), ("dji/media", "dji"), ("a", "a/b")]
)
def test_devices_get_no_keys_for_the_media(ours: str, devices: str) -> None:
    entry = _docks(devices)
    (fault,) = faults({"adapters": [entry], "media": {"s3": entry["bucket"] | {"prefix": ours}}})
    assert fault.startswith("bucket of adapter docks: its prefix and that of media.s3 overlap")


@pytest.mark.parametrize(
    "more", [{"prefix": "dji2"}, {"bucket": "media"}, {"endpoint": "http://store:9001"}]
)
def test_devices_may_have_a_part_of_a_store(more: dict[str, str]) -> None:
    entry = _docks("dji")
    parse({"adapters": [entry], "media": {"s3": entry["bucket"] | more}}, SCHEMAS, "f.toml")


def test_a_bucket_of_devices_has_a_prefix() -> None:
    (fault,) = faults({"adapters": [_docks("")]})
    assert fault.startswith("adapters[0].bucket: prefix: ")


def test_several_faults_are_a_line_each() -> None:
    entry = {"type": "hj212", "name": "a", "port": -1, "surplus": 1}
    found = faults({"http": {"port": -1}, "surplus": 1, "adapters": [entry, {"type": "pigeon"}]})
    keys = sorted(line.split(":")[0] for line in found)
    assert keys == [
        "adapters[0].port",
        "adapters[0].surplus",
        "adapters[1].type",
        "http.port",
        "surplus",
    ]


def test_an_unknown_type_is_answered_with_those_there_are() -> None:
    (fault,) = faults({"adapters": [{"type": "pigeon", "name": "a"}]})
    assert fault.startswith("adapters[0].type: no adapter of type 'pigeon'")
    assert all(kind in fault for kind in TYPES)


@pytest.mark.parametrize("given", [{}, {"type": None}, {"type": 5}, {"type": ["hj212"]}])
def test_a_type_that_is_none_is_refused(given: dict[str, Any]) -> None:
    (fault,) = faults({"adapters": [{"name": "a", **given}]})
    assert fault.startswith("adapters[0].type: ")


def test_two_adapters_cannot_share_a_name() -> None:
    entry = {"type": "hj212", "name": "emissions"}
    (fault,) = faults({"adapters": [entry, entry | {"port": 9213}]})
    assert fault.startswith("adapters[1].name: ")
    assert "'emissions'" in fault


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a\n", "x" * 65])
def test_a_name_must_fit_into_paths_and_metrics(name: str) -> None:
    (fault,) = faults({"adapters": [{"type": "hj212", "name": name}]})
    assert fault.startswith("adapters[0].name: ")


def test_a_chinese_name_is_a_name() -> None:
    assert parse({"adapters": [{"type": "hj212", "name": "废气"}]}, SCHEMAS, "f")[1]


def test_a_file_that_is_not_there_or_not_toml(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"No such file.*name a configuration file"):
        load(tmp_path / "none.toml", SCHEMAS)
    path = tmp_path / "config.toml"
    path.write_text("http = [", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"config\.toml: not TOML: "):
        load(path, SCHEMAS)
    path.write_bytes("language = '中'".encode("gb18030"))
    with pytest.raises(ConfigError, match=r"config\.toml: not TOML: "):
        load(path, SCHEMAS)


# --- the environment ------------------------------------------------------------------------------


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}HTTP__PORT", "8081")
    monkeypatch.setenv(f"{PREFIX}LANGUAGE", "en")
    monkeypatch.setenv(f"{PREFIX}DETECTION__EXCEEDANCE__DAY", "screen")
    monkeypatch.setenv(f"{PREFIX}WEBHOOKS__ALLOW", '["10.0.0.0/8"]')
    found = settings(
        {
            "http": {"port": 1, "host": "0.0.0.0"},
            "detection": {"exceedance": {"hour": "remind"}},
        }
    )
    assert (found.http.port, found.http.host, found.language) == (8081, "0.0.0.0", "en")
    assert {p.value: o.value for p, o in found.detection.exceedance.items()} == {
        "hour": "remind",
        "day": "screen",
    }
    assert found.webhooks.allow == ("10.0.0.0/8",)


def test_adapters_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}ADAPTERS", '[{"type": "hj212", "name": "b", "port": 1}]')
    (adapter,) = parse({"adapters": [{"type": "hj212", "name": "a"}]}, SCHEMAS, "f.toml")[1]
    assert adapter == Hj212Config(type="hj212", name="b", port=1)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("HTTPS__PORT", "1", "unknown key"),
        ("HTTP__PROT", "1", "unknown key"),
        ("HTTP__PORT", "eighty", "integer"),
        ("HTTP", "eighty", "must be a table"),
        ("WEBHOOKS__ALLOW", "10.0.0.0/8", "must be a list"),
        ("ADAPTERS", '[{"type": "pigeon", "name": "a"}]', "no adapter of type 'pigeon'"),
    ],
)
def test_a_wrong_override_is_named_as_it_was_given(
    name: str, value: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    (fault,) = faults({})
    assert fault.startswith(f"environment: {PREFIX}{name}: ")
    assert reason in fault


# --- secrets --------------------------------------------------------------------------------------


def url_of(data: Mapping[str, Any]) -> str:
    return settings(data).database.url.get_secret_value()


def test_a_secret_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "url"
    path.write_text("postgresql://x\n", encoding="utf-8")
    assert url_of({"database": {"url": {"file": str(path)}}}) == "postgresql://x"


def test_a_secret_below_the_credentials_of_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "url").write_text("postgresql://x\n", encoding="utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert url_of({"database": {"url": {"file": "url"}}}) == "postgresql://x"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("sqlite:///y", encoding="utf-8")
    assert url_of({"database": {"url": {"file": str(elsewhere)}}}) == "sqlite:///y"


def test_a_secrets_file_named_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "url").write_text("postgresql://x\n", encoding="utf-8")
    monkeypatch.setenv(f"{PREFIX}DATABASE__URL__FILE", str(tmp_path / "url"))
    assert url_of({}) == "postgresql://x"


def test_a_secrets_file_that_is_not_there(tmp_path: Path) -> None:
    (fault,) = faults({"database": {"url": {"file": str(tmp_path / "none")}}})
    assert fault == f"database.url: {tmp_path}/none: No such file or directory"


@pytest.mark.parametrize("given", [{"files": "x"}, {"file": 5}, {"file": "x", "more": 1}, 5])
def test_a_secret_is_a_text_or_a_file(given: object) -> None:
    (fault,) = faults({"database": {"url": given}})
    assert fault.startswith("database.url: ")


def test_a_secret_never_shows() -> None:
    secret = f"postgresql://u:{HIDDEN}@h/d"
    found = settings(
        {
            "database": {"url": secret},
            "adapters": [{"type": "hj212", "name": "a", "host": HIDDEN}],
        }
    )
    assert HIDDEN not in f"{found!r} {found} {found.database!r} {found.database.url}"
    wrong = {"http": {"port": HIDDEN}, "database": {"url": [HIDDEN]}, "language": HIDDEN}
    assert HIDDEN not in "\n".join(faults(wrong))
    assert read_secret(secret) == secret


# --- access ---------------------------------------------------------------------------------------

OIDC = {
    "issuer": "https://sso.example.org",
    "client_id": "x",
    "client_secret": HIDDEN,
    "redirect_uri": "https://monitor.example.org/api/v1/auth/callback",
}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"client_id": ""}, "client_id is needed"),
        ({"client_secret": ""}, "client_secret is needed"),
        ({"redirect_uri": ""}, "redirect_uri is needed"),
        ({"issuer": "http://sso.example.org"}, "https is needed"),
        ({"redirect_uri": "http://monitor.example.org/x"}, "https is needed"),
        ({"scopes": ["profile"]}, "openid must be among them"),
    ],
)
def test_a_provider_is_named_whole(change: dict[str, Any], reason: str) -> None:
    (fault,) = faults({"oidc": OIDC | change})
    assert fault.startswith("oidc: ")
    assert reason in fault
    assert HIDDEN not in fault
    assert settings({"oidc": OIDC}).oidc.session_hours == 8


def test_a_role_of_the_provider_is_one_of_ours() -> None:
    (fault,) = faults({"oidc": OIDC | {"roles": {"x": "king"}}})
    assert fault.startswith("oidc.roles.x: ")


def test_logs_are_kept_half_a_year_at_least() -> None:
    (fault,) = faults({"retention": {"events_days": 182}})
    assert fault.startswith("retention.events_days: ")
    assert settings({"retention": {"events_days": 183}}).retention.events_days == 183
