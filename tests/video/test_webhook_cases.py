"""What the cases and the README of the web hook must show, besides what those of every adapter must."""

from __future__ import annotations

from adapters.mqtt import path
from adapters.video import webhook
from adapters.video.webhook import shipped
from adapters.video.webhook.problems import PROBLEMS
from tests.video.cases import expected, folder_of, given

CASES = sorted((folder_of(webhook) / "cases").iterdir())
README = (folder_of(webhook) / "README.md").read_text("utf-8")


def test_every_problem_is_shown_by_a_case_or_a_test() -> None:
    """What the door finds wrong with pictures, and limits, are shown by the tests of the adapter."""
    shown = {"not-readable", "too-many-events", "picture-too-large", "picture-not-fetched"}
    for case in CASES:
        shown |= set(expected(case).get("problems", ()))
    assert shown == set(PROBLEMS)


def test_every_shipped_profile_has_a_case_and_is_in_the_readme() -> None:
    shown = set()
    for case in CASES:
        profile = given(case)["profile"]
        shown.add(profile if isinstance(profile, str) else profile.get("like"))
    for name in shipped.names():
        assert name in shown
        assert f"`{name}`" in README


def test_the_paths_are_explained_as_they_are() -> None:
    for line in (path.__doc__ or "").splitlines():
        if line.startswith("|") and "topic" not in line:
            assert line in README
