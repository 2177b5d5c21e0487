"""What can be set, and what is refused."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from monitor.cli.base import SCHEMAS
from monitor.config import parse
from tests.mqtt.kit import config

ROOT = Path(__file__).resolve().parent.parent.parent


def uncommented(text: str, kind: str) -> str:
    """The commented-out entry of a type in the example."""
    blocks = [block for block in text.split("\n\n") if f'# type = "{kind}"' in block]
    (block,) = blocks
    lines = block[block.index("# [[adapters]]") :].splitlines()
    return "\n".join(line.removeprefix("# ") for line in lines)


def test_the_entry_of_the_example_is_right() -> None:
    text = (ROOT / "config.example.toml").read_text("utf-8")
    entry = tomllib.loads(uncommented(text, "mqtt"))
    (found,) = parse(entry, SCHEMAS, "f.toml")[1]
    assert found.name == "power"


def test_the_profile_of_the_readme_is_right() -> None:
    readme = (ROOT / "adapters" / "mqtt" / "README.md").read_text("utf-8")
    given = tomllib.loads(readme.split("```toml\n")[1].split("```")[0])
    assert len(parse(given, SCHEMAS, "README.md")[1]) == 2


@pytest.mark.parametrize(
    ("url", "address", "secure"),
    [
        ("mqtt://broker", ("broker", 1883), False),
        ("mqtts://broker", ("broker", 8883), True),
        ("mqtt://10.0.0.1:11883/", ("10.0.0.1", 11883), False),
        ("mqtt://[::1]:1883", ("::1", 1883), False),
    ],
)
def test_addresses(url: str, address: tuple[str, int], secure: bool) -> None:
    found = config(url=url)
    assert (found.address, found.secure) == (address, secure)


def test_the_client_id_follows_from_the_name() -> None:
    assert config().identity == "offsite-monitor-power"
    assert config(client_id="other").identity == "other"
    assert config(share="g", topics=["a/#"]).filters == ("$share/g/a/#",)


def test_a_password_never_shows(tmp_path: Path) -> None:
    assert "s3cret" not in repr(config(username="u", password="s3cret"))
    (tmp_path / "p").write_text("s3cret\n")
    found = config(username="u", password={"file": str(tmp_path / "p")})
    assert found.password is not None
    assert found.password.get_secret_value() == "s3cret"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"url": "http://broker"}, "mqtt://host"),
        ({"url": "mqtt://"}, "mqtt://host"),
        ({"url": "mqtt://u:p@broker"}, "keys of their own"),
        ({"url": "mqtt://broker/path"}, "mqtt://host"),
        ({"url": "mqtt://broker:99999"}, "range"),
        ({"topics": []}, "topics"),
        ({"topics": ["a/#/b"]}, "at the end"),
        ({"topics": ["a+/b"]}, "whole level"),
        ({"topics": ["a#"]}, "whole levels"),
        ({"topics": [""]}, "topic filter"),
        ({"topics": ["$share/g/a"]}, "`share`"),
        ({"share": "a/b"}, "share"),
        ({"qos": 2}, "qos"),
        ({"version": "3.1"}, "version"),
        ({"payload": "xml"}, "payload"),
        ({"payload": "json", "profile": None}, "profile"),
        ({"payload": "hj212", "profile": {}}, "profile"),
        ({"ca_file": __file__}, "only for mqtts"),
        ({"url": "mqtts://b", "cert_file": __file__}, "belong together"),
        ({"url": "mqtts://b", "ca_file": "/nowhere/ca.pem"}, "ca_file"),
        ({"password": "p"}, "needs a username"),
        ({"client_id": ""}, "client_id"),
        ({"surplus": 1}, "surplus"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        config(**change)
