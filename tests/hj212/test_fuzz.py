"""A short run of the fuzzer; `make fuzz` is the long one."""

from __future__ import annotations

import pytest

from tests.fuzz import corpus
from tests.fuzz.mutation import Mutator
from tests.fuzz.target import Target

SEEDS = corpus.seeds()


def test_the_whole_corpus_holds() -> None:
    target = Target()
    assert sum(target.take(data) for data in SEEDS) > len(SEEDS) / 2


@pytest.mark.parametrize("seed", range(1, 5))
def test_mutated_inputs_hold(seed: int) -> None:
    target, mutator = Target(), Mutator(SEEDS, seed)
    for number in range(2_500):
        data = mutator.next()
        try:
            target.take(data, thorough=number % 2 == 0)
        except Exception as error:
            raise AssertionError(f"input {data.hex()}") from error
