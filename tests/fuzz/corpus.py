"""The corpus: every input of the case folders, and what guided runs have found.

`corpus.hex` has an input a line. A guided run adds those that reach code nothing else reached.
"""

from __future__ import annotations

from pathlib import Path

import adapters.hj212

FOUND = Path(__file__).with_name("corpus.hex")
MOST = 1000
CASES = Path(adapters.hj212.__file__).parent / "cases"


def seeds() -> list[bytes]:
    """Every input, each once, in a fixed order."""
    cases = [path.read_bytes() for path in sorted(CASES.glob("*/input.*"))]
    return list(dict.fromkeys([*cases, *found()]))


def found() -> list[bytes]:
    """What guided runs have found."""
    if not FOUND.exists():
        return []
    return [bytes.fromhex(line) for line in FOUND.read_text("ascii").split()]


def keep(inputs: list[bytes]) -> None:
    """Write down what guided runs have found, as far as there is room."""
    FOUND.write_text("".join(f"{each.hex()}\n" for each in inputs[:MOST]), "ascii")
