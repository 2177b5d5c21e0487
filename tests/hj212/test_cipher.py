"""Encrypted frames of HJ 212-2025: the official example, and any frame in any form and company."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.hj212 import cipher, codec
from adapters.hj212.cipher import Form
from adapters.hj212.decoding import unseal
from adapters.hj212.frame import build
from adapters.hj212.framing import Framer, Noise
from adapters.hj212.message import Message
from monitor.keys import Key
from tests.hj212.frames import MN, ZONE, contents, make, segment
from tests.hj212.test_packets import Kept, split, told, unsplit

ZEROS = Key(b"0" * 16)
"""The key of the official example; the product itself refuses such keys."""
KEY = Key(b"k9Qz4tVb7LmX2cRw")
OFFICIAL = (
    b"QN=20240520210700000;ST=31;CN=2051;PW=123456;MN=010000A8900016F000169DC0;Flag=9;"
    b"CP=&&DataTime=20240520210600;a01011-Min=1.35,a01011-Avg=1.35,a01011-Max=1.35,a01011-Flag=N;"
    b"a01012-Min=9.3,a01012-Avg=9.3,a01012-Max=9.3,a01012-Flag=N;"
    b"a01014-Min=3.20,a01014-Avg=3.211,a01014-Max=3.212,a01014-Flag=N&&"
)
CIPHERTEXT = bytes.fromhex(
    "e43e159acfab242cb53155fb8b9281a1a242577abfaed881be88b72d69fc55ed1a80119faac8b3cd33d285cc76f57f2c"
    "a7f88b9573c6647e0f07e24609bd6b63eb20c5b9784f28e71d2f4994ff61d9e1c2b3075592b4d1e09c4d8bb27be97b55"
    "9e3da6643781a6f477769deeb009b10dfff3426922725d607dc4480f0cac5f70db2587b124bcb281592721d6e4bc180a"
    "97e5e111499cbe822e31c8d7761553543aa24207c290997bbde64f9266bc5f529a172e381c1d898ca1a0d771a914a7b2"
    "d7467c70b94f1d4a7b0350a48dbf8b41"
)
FRONT, CONTENT = (
    OFFICIAL[: OFFICIAL.index(b"CP=&&") + 5],
    OFFICIAL[OFFICIAL.index(b"CP=&&") + 5 : -2],
)
WRITTEN = {
    Form.RAW: CIPHERTEXT,
    Form.BRACES: b"{" + b",".join(b"0x%02X" % byte for byte in CIPHERTEXT) + b"}",
    Form.HEX: CIPHERTEXT.hex().encode(),
}
FORMS = list(Form)
DATA = "DataTime=20260801120000;a21026-Rtd=35.2,a21026-Flag=N"


def official(form: Form, length: str) -> bytes:
    body = FRONT + WRITTEN[form] + b"&&"
    return b"##%04d%b2200\r\n" % (295 if length == "plain" else len(body), body)


def framed(stream: bytes, *at: int) -> list[bytes]:
    """What a framer makes of a stream that comes in pieces, noise left out."""
    framer = Framer()
    places = [0, *sorted(at), len(stream)]
    items: list[bytes | Noise] = []
    for start, end in itertools.pairwise(places):
        items += framer.feed(stream[start:end])
    items += framer.settle()
    items += framer.close()
    return [item for item in items if isinstance(item, bytes)]


def opened(raw: bytes, *keys: Key) -> Message:
    found = unseal(codec.decode(raw), keys or (KEY,))
    assert found is not None
    return found[0]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("length", ["plain", "sent"])
def test_the_official_example_in_every_form(form: Form, length: str) -> None:
    raw = official(form, length)
    assert cipher.seal_frame(OFFICIAL, ZEROS, form, length) == raw or form is Form.HEX
    clear = opened(raw, ZEROS)
    assert clear.content == CONTENT
    assert (clear.crc, clear.form, clear.encrypted, clear.sound) == ("hj212", form, False, True)
    assert clear.problems == ()
    assert clear.note == f"2025 hj212 {form} 31/2051"
    assert clear.raw == raw
    after = make(DATA)
    for stream in (raw + after, raw + raw + after, raw):
        assert [each for each in framed(stream) if each != after] == [raw] * stream.count(
            b"2200\r\n"
        )


@pytest.mark.parametrize("form", FORMS)
def test_an_encrypted_frame_comes_out_at_once(form: Form) -> None:
    """The answer must not wait for what comes next, whatever the length says."""
    for length in ("plain", "sent"):
        assert Framer().feed(official(form, length)) == [official(form, length)]


def test_the_official_ciphertext_is_what_comes_out() -> None:
    assert cipher.seal(CONTENT, ZEROS) == CIPHERTEXT + CONTENT[208:]
    assert b"\r" in CIPHERTEXT
    assert b"\n" in CIPHERTEXT


@given(st.data())
def test_any_content_any_form_any_company(data: st.DataObject) -> None:
    content = data.draw(contents(odd=False)) or "PolId=a21026"
    form, length = data.draw(st.sampled_from(FORMS)), data.draw(st.sampled_from(["plain", "sent"]))
    plain = segment(content, "2051", flag="9")
    raw = cipher.seal_frame(plain, KEY, form, length)
    before, after = make(DATA), make(DATA, qn="20260801120002000")
    stream = before + raw + after
    at = data.draw(st.lists(st.integers(0, len(stream)), max_size=8))
    assert framed(stream, *at) == [before, raw, after]
    message = codec.decode(raw)
    if len(content) >= 16:
        message = opened(raw, Key(b"another-key-0001"), KEY)
    assert message.content == content.encode()
    assert message.sound


@pytest.mark.parametrize("marks", [b"\r\n##", b"&&1234\r\n", b"##0123", b"\r\n&&2200\r\n##0100"])
def test_marks_of_frames_inside_a_ciphertext_end_nothing(marks: bytes) -> None:
    """Such bytes cannot be had at will from a cipher, so the key is made to fit: any bytes will do."""
    body = FRONT + (marks * 20)[:32] + b"&&"
    raw = b"##%04d%b2200\r\n" % (len(body), body)
    after = make(DATA)
    for at in range(len(raw)):
        assert framed(raw + after, at) == [raw, after]


@pytest.mark.parametrize("form", [Form.BRACES, Form.HEX])
def test_digits_that_pass_for_a_crc_end_nothing(form: Form) -> None:
    """Where the length of the clear text points to, a written ciphertext has digits of its own."""
    for number in range(1500):
        content = f"DataTime=20260801120000;a21026-Rtd={number},a21026-Flag=N;a34013-Rtd={number}"
        raw = cipher.seal_frame(segment(content, "2011", flag="9"), KEY, form, "plain")
        assert Framer().feed(raw) == [raw], number


def test_a_run_of_digits_that_was_broken_is_not_taken_for_the_rest() -> None:
    """What is left over is always less than a group."""
    content = "DataTime=20260801120000;a21026-Rtd=35.2,a21026-Flag=N;a34013-Rtd=7.25"
    sealed = cipher.seal(content.encode(), KEY, Form.HEX)
    broken = sealed[:70] + b"x" + sealed[71:]
    assert all(form is not Form.HEX for form, _ in cipher.opened(broken, KEY))


@given(st.sampled_from(FORMS), st.integers(0, 400), st.integers(1, 255))
def test_what_was_damaged_on_the_way_is_not_believed(form: Form, place: int, change: int) -> None:
    plain = segment(DATA, "2051", flag="9")
    raw = bytearray(cipher.seal_frame(plain, KEY, form, "sent"))
    begin = raw.index(b"CP=&&") + 5
    end = raw.rindex(b"&&")
    raw[begin + place % (end - begin)] ^= change
    found = unseal(codec.decode(bytes(raw)), (KEY,))
    if found is not None:  # only letters of hex digits in another case, or what reads the same
        assert found[0].content == DATA.encode()


def test_with_another_key_nothing_is_had() -> None:
    raw = cipher.seal_frame(segment(DATA, "2051", flag="9"), KEY)
    assert unseal(codec.decode(raw), (ZEROS,)) is None
    assert unseal(codec.decode(raw), ()) is None


def test_short_contents_are_told_from_damage_by_their_key() -> None:
    """Sixteen encrypted bytes and fourteen clear ones may look nearly like text."""
    for number in range(300):
        content = f"SKCreateTime=20260301080200{number:03d}"
        raw = cipher.seal_frame(segment(content, "1014", flag="9"), KEY)
        assert opened(raw).content == content.encode()


def test_what_fills_no_group_stays_plain() -> None:
    """As in A.2's third example: 147 bytes, of which `g=N` is left."""
    content = CONTENT[:144] + b"g=N"
    assert cipher.seal(content, ZEROS) == CIPHERTEXT[:144] + b"g=N"
    assert cipher.seal(content, ZEROS, Form.BRACES).endswith(b"}g=N")
    assert cipher.seal(b"PolId=a21026", ZEROS, Form.BRACES) == b"PolId=a21026"


# --- what a server makes of them


class Keys(Kept):
    """A reception whose devices have keys."""

    def __init__(self, **keys: list[Key]) -> None:
        self.keys: dict[str, list[Key]] = keys
        self.proofs: list[tuple[str, Key]] = []
        super().__init__()

    def context(self) -> dict[str, Any]:
        return {
            "keys": lambda mn: self.keys.get(mn, []),
            "proved": lambda mn, key: self.proofs.append((mn, key)),
        }


async def test_an_encrypted_frame_is_read_and_answered_as_a_clear_one() -> None:
    kept = Keys(**{MN: [ZEROS, KEY]})
    raw = cipher.seal_frame(segment(DATA, "2011", flag="9"), KEY)
    (heard,) = await kept.hear(raw)
    frame = heard.delivery.frame
    assert (frame.raw, frame.verdict, frame.problems) == (raw, "clean", ())
    assert frame.note == "2025 hj212 sm4-raw 31/2011"
    (made,) = heard.delivery.readings
    assert made.values == (35.2,)
    assert heard.answer is not None
    assert b"CN=9014" in heard.answer
    assert kept.proofs == [(MN, KEY)]


@pytest.mark.parametrize(("keys", "problem"), [([], "no-key"), ([ZEROS], "wrong-key")])
@pytest.mark.parametrize("form", FORMS)
async def test_what_no_key_opens_is_kept_and_not_answered(
    keys: list[Key], problem: str, form: Form
) -> None:
    kept = Keys(**{MN: keys})
    raw = cipher.seal_frame(segment(DATA, "2011", flag="9"), KEY, form)
    (heard,) = await kept.hear(raw)
    frame = heard.delivery.frame
    assert (frame.raw, frame.verdict, heard.answer) == (raw, "refused", None)
    assert {"encrypted", problem} <= set(frame.problems)
    assert heard.delivery.readings == ()
    kept.keys[MN] = [KEY]
    (again,) = await kept.hear(raw)  # the device sends it again, and now it can be read
    assert again.answer is not None


async def test_what_is_encrypted_is_not_answered_even_if_its_bytes_have_a_good_crc() -> None:
    kept = Keys()
    body = segment("?", "2011", flag="9").replace(b"?", CIPHERTEXT[:32])
    (heard,) = await kept.hear(build(body))
    assert heard.answer is None
    assert heard.delivery.frame.verdict == "refused"


async def test_encrypted_sub_packets_make_one_whole() -> None:
    whole = f"{DATA};a21002-Rtd=88.5,a21002-Flag=D"
    kept = Keys(**{MN: [KEY]})
    for raw in split([whole[:70], whole[70:]]):
        body = raw[6:-6].replace(b"Flag=7;", b"Flag=11;")
        await kept.hear(cipher.seal_frame(body, KEY))
    assert told(kept.readings) == unsplit(whole)
    assert kept.assembled[0].note == "2025 hj212 sm4-raw 31/2051 2/2"


def test_keys_and_passwords_show_nowhere() -> None:
    raw = make(
        "SKCreateTime=20260301080200001;NewSK=k9Qz4tVb7LmX2cRw;NewPW=654321", "1014", flag="9"
    )
    shown = json.dumps(codec.to_json(codec.decode(raw), ZONE))
    assert "k9Qz4tVb7LmX2cRw" not in shown
    assert "654321" not in shown
    assert shown.count('"***"') == 2
    assert "k9Q" not in f"{KEY!r} {KEY} {[KEY]}"


# --- a logger that has no MN yet


SERIALS = "i23005-Info=LOGGER0000000000000001;i23006-Info=0A0B0C0D0E0F;i23007-Info=001122334455"


async def test_a_logger_without_an_mn_introduces_itself_and_is_answered() -> None:
    kept = Kept()
    (heard,) = await kept.hear(make(SERIALS, "1001", mn="", flag="9", st="32"))
    assert heard.answer is not None
    assert b"ST=91;CN=9013;PW=123456;MN=;Flag=8;CP=&&&&" in heard.answer
    assert heard.delivery.frame.problems == ()
    assert heard.device is None
    told = heard.delivery.introduction
    assert told is not None
    assert (told.logger, told.mn) == ("LOGGER0000000000000001", "")
    assert told.details == {"i23006-Info": "0A0B0C0D0E0F", "i23007-Info": "001122334455"}


@pytest.mark.parametrize(
    ("content", "header", "problem"),
    [
        ("WarnTime=20260801120000", {"flag": "1", "mn": MN}, None),
        (SERIALS, {"flag": "1", "mn": ""}, "missing-mn"),
        (SERIALS, {"flag": "5", "mn": ""}, "missing-mn"),
        (f"i23005-Info={'x' * 65}", {"flag": "9", "mn": ""}, None),
        ("i23005-Info=", {"flag": "9", "mn": ""}, None),
    ],
)
async def test_other_uses_of_the_same_code_introduce_nobody(
    content: str, header: dict[str, str], problem: str | None
) -> None:
    kept = Kept()
    (heard,) = await kept.hear(make(content, "1001", **header))
    assert heard.delivery.introduction is None
    assert problem is None or problem in heard.delivery.frame.problems


@pytest.mark.parametrize("mn", ["A\x00B", "7" * 65])
async def test_who_introduces_itself_with_what_is_no_mn_has_none(mn: str) -> None:
    kept = Kept()
    (heard,) = await kept.hear(make(SERIALS, "1001", mn=mn, flag="9"))
    told = heard.delivery.introduction
    assert told is not None
    assert told.mn == ""
