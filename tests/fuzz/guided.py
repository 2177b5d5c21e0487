"""The run that is guided by coverage, as libFuzzer starts it: `python -m tests.fuzz.guided …`."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["adapters.hj212"]):
    from tests.fuzz.target import Target

_target = Target()


def once(data: bytes) -> None:
    """One input."""
    _target.take(data)


if __name__ == "__main__":
    atheris.Setup(sys.argv, once)
    atheris.Fuzz()
