"""What is remembered is bounded."""

from __future__ import annotations

from adapters.forgetting import forget


def test_the_oldest_goes() -> None:
    remembered = dict.fromkeys("abcde")
    for most, left in ((9, "abcde"), (5, "abcde"), (2, "de"), (0, "")):
        forget(remembered, most)
        assert "".join(remembered) == left
