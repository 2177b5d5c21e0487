"""Media in a folder and in a bucket: what holds of the one holds of the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.media import InBucket, Limits, Media
from monitor.objects import Bucket
from tests.objects import ObjectStore

Make = Callable[..., Media]


@pytest.fixture(params=["folder", "bucket"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Makes media of some limits, always in the same place."""
    place = None
    if request.param == "bucket":
        store: ObjectStore = request.getfixturevalue("object_store")
        place = InBucket(Bucket(store.said()))

    def make(**limits: int) -> Media:
        return Media(tmp_path / "media", Limits(**{"keep_free": 0} | limits), place)

    return make
