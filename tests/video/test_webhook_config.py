"""What can be set, and what is refused before anything is opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.video.webhook import shipped
from adapters.video.webhook.config import Config
from adapters.video.webhook.profile import Profile

PLAIN: dict[str, Any] = {"device": "sn", "label": "what"}


def config(**more: Any) -> Config:
    return Config.model_validate({"type": "webhook", "name": "eyes", "profile": PLAIN} | more)


@pytest.mark.parametrize("name", shipped.names())
def test_a_shipped_profile_is_meant_by_its_name(name: str) -> None:
    key = {"signature_key": "示例"} if name == "ctyun" else {}
    assert config(profile=name, **key).profile.label


def test_a_profile_may_start_from_a_shipped_one() -> None:
    found = config(profile={"like": "icc", "silence": 60, "picture_base": "http://10.0.0.8/p"})
    assert found.profile.silence == 60
    assert found.profile.picture_base == "http://10.0.0.8/p/"
    assert found.profile.statuses == config(profile="icc").profile.statuses


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"profile": "acme"}, "there is no profile 'acme', but aidrive, ctyun, "),
        ({"profile": "../profile"}, "there is no profile"),
        ({"profile": {"like": "acme"}}, "there is no profile 'acme'"),
        ({"profile": {"like": 5} | PLAIN}, "like"),
        ({"profile": 5}, "profile"),
        ({"secret": "short"}, "16 to 128 letters"),
        ({"secret": "with/a/slash/in/it/"}, "16 to 128 letters"),
        ({"profile": "ctyun"}, "signature_key"),
        ({"signature_key": "示例"}, "signature_key"),
        ({"zone": "Asia/Atlantis"}, "no such time zone"),
        ({"surplus": 1}, "surplus"),
    ],
)
def test_what_makes_no_sense_is_refused(more: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        config(**more)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"device": "a..b"}, "not a path"),
        ({"device": "topic[0]"}, "no topic"),
        ({"device": []}, "a list of paths"),
        ({"device": {"eval": "1"}}, "a list of paths"),
        ({"device": [5]}, "Path"),
        ({"only": {"a b": ["x"]}}, "not a path"),
        ({"time_format": "rfc"}, "one of iso"),
        ({"zone": "Asia/Atlantis"}, "no such time zone"),
        ({"status": "state"}, "belong together"),
        ({"statuses": {"1": "start"}}, "belong together"),
        ({"status": "s", "statuses": {"1": "begin"}}, "statuses"),
        ({"status": "s", "statuses": {"1": "update"}}, "joined by an id"),
        ({"id_with": ["device"]}, "there is no id"),
        ({"id": "id", "id_with": ["place"]}, "id_with"),
        ({"source": "{channel}"}, "there is no channel"),
        ({"source": "camera"}, "{device}"),
        ({"source": "{device.__class__}"}, "{device}"),
        ({"source": "{device}{other}"}, "{device}"),
        ({"longitude": "lon"}, "belong together"),
        ({"confidence_scale": 10}, "confidence_scale"),
        ({"box_scale": 0}, "greater than 0"),
        ({"box_members": ["x", "y"]}, "box_members"),
        ({"picture_base": "ftp://h/"}, "an address such as"),
        ({"picture_base": "http://u:p@h/"}, "an address such as"),
        ({"details": {"time": "at"}}, "without being asked"),
        ({"reply": {"a": "{a..b}"}}, "not a path"),
        ({"signature": {"rule": "sha1"}}, "signature"),
        ({"signature": {"rule": "hmac-sha256", "header": "a b"}}, "header"),
        ({"silence": 0}, "greater than or equal"),
        ({"surplus": 1}, "surplus"),
    ],
)
def test_profiles_that_make_no_sense_are_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Profile.model_validate(PLAIN | change)


def test_secrets_never_show(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret-s3cret-s3cret\n")
    found = config(secret={"file": str(tmp_path / "key")})
    assert found.secret is not None
    assert found.secret.get_secret_value() == "s3cret-s3cret-s3cret"
    assert "s3cret" not in repr(found)
