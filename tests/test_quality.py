"""The form of a frame, kept in few words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import quality
from monitor.quality import Quality
from monitor.store import Store, verdicts


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("2017 hj212 31/2061", ("2017", "hj212", None)),
        ("2025 hj212 sm4-raw 31/2051", ("2025", "hj212", "sm4-raw")),
        ("2005 modbus-swapped -/-", ("2005", "modbus-swapped", None)),
        ("", (None, None, None)),
        ("12 bytes", (None, None, None)),
    ],
)
def test_the_note_says_edition_crc_and_cipher(note: str, expected: tuple[str | None, ...]) -> None:
    found = Quality.of("clean", note, ())
    assert (found.edition, found.crc, found.encryption) == expected


def test_what_a_frame_was_about_is_no_part_of_it() -> None:
    notes = ("2017 hj212 31/2061", "2017 hj212 32/2011")
    first, second = (Quality.of("clean", note, ()) for note in notes)
    assert first == second


WORDS = st.none() | st.text(max_size=8)


@given(st.builds(Quality, st.text(max_size=9), WORDS, WORDS, WORDS, st.lists(st.text()).map(tuple)))
def test_its_text_says_it_all(form: Quality) -> None:
    assert quality.parse(str(form)) == form
    assert list(json.loads(str(form))) == ["verdict", "edition", "crc", "encryption", "problems"]


def forms(count: int, first: int = 0) -> list[Quality]:
    return [
        Quality("tolerated", "2017", "hj212", None, (f"p{n}",)) for n in range(first, first + count)
    ]


def test_a_form_has_one_number(store: Store) -> None:
    with store.write() as connection:
        first = verdicts.numbers(connection, dict.fromkeys(forms(3), True))
        second = verdicts.numbers(connection, dict.fromkeys(forms(4), True))
        shown = verdicts.qualities(connection, second.values())
    assert first.items() <= second.items()
    assert len(set(second.values())) == 4
    assert {n: form for form, n in second.items()} == shown


def test_strangers_cannot_have_any_number_of_forms_entered(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdicts, "OF_STRANGERS", 3)
    monkeypatch.setattr(verdicts, "AT_ALL", 5)
    with store.write() as connection:
        assert len(verdicts.numbers(connection, dict.fromkeys(forms(9), False))) == 3
        assert len(verdicts.numbers(connection, dict.fromkeys(forms(9, first=100), True))) == 2
        assert verdicts.numbers(connection, dict.fromkeys(forms(9, first=200), True)) == {}
        assert len(verdicts.numbers(connection, {forms(1)[0].coarse: False})) == 1
