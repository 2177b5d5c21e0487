"""A post office and a receiver for the tests of delivery."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from monitor.store import Store
from tests.worker.kit import Post
from tests.worker.receivers import Receiver, receiving


@pytest.fixture
def post(store: Store) -> Post:
    return Post(store)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(Receiver()) as found:
        yield found
