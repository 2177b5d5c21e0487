"""Sub-packets: whatever the cut, the order and the company, the readings are those of the whole."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.hj212 import codec, packets
from adapters.hj212.assembly import Assembly
from adapters.hj212.config import Config
from adapters.hj212.reception import Heard, Reception
from monitor.adapter import Context, Delivery
from monitor.errors import StoreError
from monitor.observation import Frame, Readings
from tests.hj212.frames import MN, NOW, ZONE, make

OTHER = "7E5700000000000000000002"
TIME = "DataTime=20260801120000"
WHOLE = (
    f"{TIME};a21026-Min=30.1,a21026-Avg=35.2,a21026-Max=41.0,a21026-Flag=N;"
    "a21002-Avg=88.5,a21002-Flag=D;a34013-Avg=7.25,a34013-Flag=N"
)


class Kept:
    """A store that keeps what is delivered, or fails; and what an adapter on it hears."""

    def __init__(self, **config: Any) -> None:
        self.deliveries: list[Delivery] = []
        self.held: dict[str, list[Frame]] = {}
        self.failing = False
        self.now = NOW
        self.settings = Config(**{"type": "hj212", "name": "emissions", **config})
        self.reception = self.begin()

    def begin(self) -> Reception:
        context = Context(
            name="emissions",
            zone=ZONE,
            deliver=self.deliver,
            answered=lambda _: None,
            password=lambda _: None,
            known=self.knows,
            now=lambda: self.now,
            held=self.loaded,
            **self.context(),
        )
        return Reception(self.settings, context)

    def context(self) -> dict[str, Any]:
        """What else the adapter is given."""
        return {}

    def knows(self, mn: str) -> bool:
        """Whether a device is registered."""
        return True

    async def deliver(self, deliveries: Sequence[Delivery]) -> None:
        await asyncio.sleep(0)
        if self.failing:
            raise StoreError("the disk is full")
        self.deliveries += deliveries
        for each in deliveries:
            if each.held is not None:
                self.held.setdefault(each.held, []).append(each.frame)
            if each.released is not None:
                self.held.pop(each.released, None)

    async def loaded(self) -> list[tuple[str, Frame]]:
        return [(key, frame) for key, frames in self.held.items() for frame in frames]

    @property
    def assembly(self) -> Assembly:
        return self.reception.assembly

    async def hear(self, *raws: bytes) -> list[Heard]:
        heard = self.reception.hear(raws, "10.0.0.1:1")
        await self.assembly.deliver([each.delivery for each in heard])
        return heard

    async def restart(self) -> None:
        self.reception = self.begin()
        await self.assembly.restore()
        await self.assembly.give_up()

    async def expire(self) -> None:
        self.now += timedelta(seconds=301)
        await self.assembly.give_up()

    @property
    def readings(self) -> list[Readings]:
        return [made for each in self.deliveries for made in each.readings]

    @property
    def assembled(self) -> list[Frame]:
        return [each.frame for each in self.deliveries if each.frame.verdict == "assembled"]


def split(pieces: Sequence[str], **header: Any) -> list[bytes]:
    """The pieces as the sub-packets of one upload, each with a QN of its own."""
    at = datetime(2026, 8, 1, 12, 0, 1, tzinfo=ZONE)
    total = len(pieces)
    return [
        make(
            piece,
            header.get("cn", "2051"),
            qn=header.get("qn") or f"{at:%Y%m%d%H%M%S}{number:03d}",
            flag="7",
            mn=header.get("mn", MN),
            extra=f"PNUM={total};PNO={number};",
        )
        for number, piece in enumerate(pieces, 1)
    ]


def told(made: Iterable[Readings]) -> list[Any]:
    """Readings as a user sees them."""
    return sorted(
        (o.mn, o.pollutant, o.start, str(o)) for each in made for o in each.observations()
    )


def unsplit(content: str, mn: str = MN) -> list[Any]:
    raw = make(content, "2051", mn=mn)
    made, _ = codec.read(codec.decode(raw), ZONE, 10, NOW)
    return told([made] if made else [])


FACTORS = WHOLE.split(";")[1:]
STANDARD = [f"{TIME};{FACTORS[0]}", f"{TIME};{FACTORS[1]}", f"{TIME};{FACTORS[2]}"]


async def test_readings_come_with_the_last_part_and_lean_on_all_bytes() -> None:
    kept = Kept()
    parts = split(STANDARD)
    for raw in parts:
        assert kept.readings == []
        (heard, *_) = await kept.hear(raw)
        assert heard.delivery.readings == ()
        assert heard.answer is not None
        assert b"CN=9014" in heard.answer
    assert told(kept.readings) == unsplit(WHOLE)
    assert [each.frame.raw for each in kept.deliveries] == [*parts, b"".join(parts)]
    whole = kept.deliveries[-1]
    assert len(whole.readings) == 1
    assert (whole.frame.verdict, whole.frame.note) == ("assembled", "2017 hj212 31/2051 3/3")
    assert (whole.frame.device, whole.frame.problems) == (MN, ())
    assert kept.held == {}
    assert kept.assembly.waiting == (0, 0)


@st.composite
def uploads(draw: st.DrawFn) -> str:
    """Contents in regular form: every factor in one place, flagged all or none."""
    codes = draw(
        st.lists(
            st.sampled_from(["a21026", "a21002", "a34013", "a01012", "w01018", "LA", "011", "02"]),
            min_size=1,
            max_size=5,
            unique_by=lambda code: {"02": "a21026", "011": "w01018"}.get(code, code),
        )
    )
    flagged = draw(st.booleans())
    parts = [TIME]
    for code in codes:
        names = draw(
            st.lists(st.sampled_from(["Min", "Avg", "Max", "Cou"]), min_size=1, unique=True)
        )
        fields = [f"{code}-{name}={draw(st.integers(0, 1400)) / 100}" for name in names]
        if flagged:
            fields.insert(
                draw(st.sampled_from([0, len(fields)])),
                f"{code}-Flag={draw(st.sampled_from(['N', 'D', 'Td', 'T']))}",
            )
        parts.append(",".join(fields))
    return ";".join(parts)


@st.composite
def cuts(draw: st.DrawFn, content: str) -> list[str]:
    """A content cut anywhere, DataTime repeated in the later parts or not."""
    places = sorted(draw(st.sets(st.integers(1, len(content) - 1), min_size=1, max_size=6)))
    pieces = [
        content[start:end] for start, end in zip([0, *places], [*places, len(content)], strict=True)
    ]
    if places[0] <= len(TIME) or not draw(st.booleans()):
        return pieces
    later = []
    for before, piece in itertools.pairwise(pieces):
        # Between two fields some leave the separator out, since DataTime stands there instead.
        between = (before[-1] in ";," or piece[0] in ";,") and "=" in piece
        later.append(f"{TIME};{piece.lstrip(';,') if between else piece}")
    return [pieces[0], *later]


@given(st.data())
def test_any_cut_and_any_order_give_the_readings_of_the_whole(data: st.DataObject) -> None:
    content = data.draw(uploads())
    pieces = data.draw(cuts(content))
    raws = split(pieces)
    sent = data.draw(st.permutations(raws))
    again = data.draw(st.lists(st.sampled_from(raws), max_size=3))
    for each in again:
        sent.insert(data.draw(st.integers(0, len(sent))), each)

    async def scenario() -> Kept:
        kept = Kept()
        for raw in sent:
            await kept.hear(raw)
        return kept

    kept = asyncio.run(scenario())
    assert told(kept.readings) == unsplit(content)
    assert len(kept.assembled) == 1
    assert [each.frame.raw for each in kept.deliveries if each.frame.verdict != "assembled"] == sent
    assert kept.held == {}


@given(st.data())
@settings(deadline=None)
def test_of_an_incomplete_set_nothing_wrong_is_read(data: st.DataObject) -> None:
    content = data.draw(uploads())
    raws = split(data.draw(cuts(content)))
    present = data.draw(st.sets(st.sampled_from(raws), min_size=1, max_size=len(raws) - 1))

    async def scenario() -> Kept:
        kept = Kept()
        for raw in raws:
            if raw in present:
                await kept.hear(raw)
        if data.draw(st.booleans()):
            await kept.restart()
        await kept.expire()
        return kept

    kept = asyncio.run(scenario())
    made, _ = codec.read(codec.decode(make(content, "2051")), ZONE, 10, NOW)
    assert made is not None
    true = {o.pollutant: o for o in made.observations()}
    for each in kept.readings:
        for seen in each.observations():
            fields = ("value", "min", "max", "total", "flag", "start", "end")
            for name in fields:
                if name == "flag" or getattr(seen, name) is not None:
                    assert getattr(seen, name) == getattr(true[seen.pollutant], name)
    (given_up,) = kept.assembled
    assert "incomplete-packets" in given_up.problems
    assert kept.held == {}


async def test_what_is_certain_of_an_incomplete_set_is_read() -> None:
    kept = Kept()
    first, _, last = split(STANDARD)
    await kept.hear(first, last)
    await kept.expire()
    (made,) = kept.readings
    assert [o.pollutant for o in made.observations()] == ["a21026", "a34013"]
    (given_up,) = kept.assembled
    assert given_up.note == "2017 hj212 31/2051 2/3"
    assert given_up.raw == first + last
    assert given_up.received_at == NOW  # when the last of them came, not when it was given up


async def test_a_factor_is_not_read_without_the_flag_that_did_not_come() -> None:
    kept = Kept()
    one, _two = split([f"{TIME};a21026-Avg=35.2,a21026-Flag=N;a21002-Avg=900", "a21002-Flag=D"])
    await kept.hear(one)
    await kept.expire()
    (made,) = kept.readings
    assert [o.pollutant for o in made.observations()] == ["a21026"]


@pytest.mark.parametrize(("flag", "read"), [("2", ["a21026"]), ("7", [])])
async def test_flags_that_none_has_yet_are_still_to_come_but_in_2005(
    flag: str, read: list[str]
) -> None:
    kept = Kept()
    piece = f"{TIME};a21026-Avg=35.2;a34013-Avg=7.25;"
    await kept.hear(make(piece, "2051", flag=flag, extra="PNUM=2;PNO=1;"))
    await kept.expire()
    assert [o.pollutant for made in kept.readings for o in made.observations()] == read


async def test_devices_and_times_do_not_mix() -> None:
    kept = Kept()
    content = {
        (mn, minute): WHOLE.replace("1200", f"12{minute}").replace("35.2", f"{minute}.{index}")
        for index, mn in enumerate((MN, OTHER))
        for minute in ("10", "20")
    }
    raws = []
    for (mn, minute), text in content.items():
        head, *factors = text.split(";")
        raws += split([f"{head};{each}" for each in factors], mn=mn, qn=f"202608011230{minute}000")
    random.Random(7).shuffle(raws)
    for raw in raws:
        await kept.hear(raw)
    assert told(kept.readings) == sorted(
        each for (mn, _), text in content.items() for each in unsplit(text, mn)
    )


async def test_a_repetition_is_kept_and_answered_but_counts_once() -> None:
    kept = Kept()
    one, two = split([WHOLE[:60], WHOLE[60:]])
    for raw in (one, one, two, two, one):
        (heard, *_) = await kept.hear(raw)
        assert heard.answer is not None
    assert len(kept.deliveries) == 6
    assert told(kept.readings) == unsplit(WHOLE)
    assert kept.held == {}


async def test_other_content_under_the_same_number_begins_anew() -> None:
    kept = Kept()
    rewritten = [each.replace("35.2", "36.2") for each in STANDARD]
    await kept.hear(split(STANDARD)[0])
    for raw in split(rewritten):
        await kept.hear(raw)
    given_up, whole = kept.assembled
    assert given_up.problems == ("incomplete-packets",)
    assert whole.problems == ()
    assert told(kept.readings[-1:]) == unsplit(WHOLE.replace("35.2", "36.2"))


async def test_parts_without_a_data_time_do_not_join_what_is_long_over() -> None:
    kept = Kept()
    one, _ = split([WHOLE[:60], WHOLE[60:]])
    await kept.hear(one)
    kept.now += timedelta(seconds=60)
    later = WHOLE.replace("120000", "120100").replace("88.5", "11.1")
    _, two = split([later[:60], later[60:]])
    await kept.hear(two)
    assert kept.assembled == []
    await kept.expire()
    assert [frame.problems for frame in kept.assembled].count(("incomplete-packets",)) == 1


async def test_sub_packets_of_2005_have_their_numbers_in_the_content() -> None:
    kept = Kept()
    pieces = ["B01-Cou=12.5;", "011-Cou=3.5,011-Avg=40.1"]
    raws = [
        make(
            f"PNUM=2;PNO={number};DataTime=20260801000000;{piece}",
            "2031",
            flag="3",
            st="32",
            mn="88888880000001",
        )
        for number, piece in enumerate(pieces, 1)
    ]
    one, (two, _) = await kept.hear(raws[0]), await kept.hear(raws[1])
    assert one[0].answer is not None
    assert b"CP=&&QN=20260801120001000;CN=2031;PNUM=2;PNO=1&&" in one[0].answer
    assert two.answer is not None
    assert b"PNUM=2;PNO=2&&" in two.answer
    (made,) = kept.readings
    assert {o.pollutant: (o.value, o.total) for o in made.observations()} == {
        "w00000": (None, 12.5),
        "w01018": (40.1, 3.5),
    }


@pytest.mark.parametrize("extra", ["PNUM=1;PNO=1;"])
async def test_a_frame_that_needs_no_company_is_read_alone(extra: str) -> None:
    kept = Kept()
    (heard,) = await kept.hear(make(WHOLE, "2051", flag="7", extra=extra))
    assert told(heard.delivery.readings) == unsplit(WHOLE)
    absurd = ("absurd-packet-number",) if "900" in extra else ()
    assert heard.delivery.frame.problems == absurd


async def test_a_damaged_part_is_not_answered_and_may_come_again() -> None:
    kept = Kept()
    one, two = split([WHOLE[:60], WHOLE[60:]])
    (heard,) = await kept.hear(two.replace(b"88.5", b"99.5"))
    assert heard.answer is None
    await kept.hear(one, two)
    assert told(kept.readings) == unsplit(WHOLE)


@given(st.data())
def test_what_is_not_stored_is_as_if_it_had_not_come(data: st.DataObject) -> None:
    raws = split(data.draw(cuts(WHOLE)))
    tries = data.draw(st.lists(st.tuples(st.sampled_from(raws), st.booleans()), max_size=12))

    async def scenario() -> Kept:
        kept = Kept()
        acknowledged = set()
        for raw, kept.failing in tries:
            try:
                heard = await kept.hear(raw)
            except StoreError:
                continue
            acknowledged |= {raw for each in heard if each.answer}
            if data.draw(st.integers(0, 5)) == 0:
                await kept.restart()
        kept.failing = False
        for raw in raws:
            if raw not in acknowledged:
                await kept.hear(raw)
        assert sorted(set(told(kept.readings))) == unsplit(WHOLE)  # the store has each once
        await kept.expire()  # a repetition after a restart looks like the first of another set
        return kept

    assert asyncio.run(scenario()).held == {}


async def test_a_repetition_elsewhere_stands_in_for_a_part_that_was_not_stored() -> None:
    kept = Kept()
    one, two = split([WHOLE[:60], WHOLE[60:]])
    first = kept.reception.hear([one], "10.0.0.1:1")
    again = kept.reception.hear([one], "10.0.0.1:2")
    kept.failing = True
    with pytest.raises(StoreError):
        await kept.assembly.deliver([each.delivery for each in first])
    kept.failing = False
    await kept.assembly.deliver([each.delivery for each in again])
    await kept.restart()
    await kept.hear(two)
    assert told(kept.readings) == unsplit(WHOLE)


async def test_after_a_restart_sets_go_on_or_expire() -> None:
    kept = Kept()
    raws = split(STANDARD)
    await kept.hear(*raws[:2])
    await kept.restart()
    assert kept.assembly.waiting[0] == 1
    await kept.hear(raws[1], raws[2])
    assert told(kept.readings) == unsplit(WHOLE)
    await kept.hear(split([each.replace("120000", "121000") for each in STANDARD])[0])
    kept.now += timedelta(days=1)
    await kept.restart()
    assert kept.assembled[-1].problems == ("incomplete-packets",)
    assert kept.held == {}


async def test_memory_is_bounded_and_what_goes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packets, "_SETS", 50)
    kept = Kept()
    for number in range(200):
        at = datetime(2026, 8, 1, 8, tzinfo=ZONE) + timedelta(minutes=number % 60)
        piece = f"DataTime={at:%Y%m%d%H%M%S};a21026-Avg=1,a21026-Flag=N"
        await kept.hear(split([piece, ""], mn=f"{number % 100:024X}")[0])
        assert kept.assembly.waiting[0] <= 50
    assert len(kept.assembled) >= 100
    one_device = Kept()
    for number in range(100):
        at = datetime(2026, 8, 1, 8, tzinfo=ZONE) + timedelta(minutes=number)
        piece = f"DataTime={at:%Y%m%d%H%M%S};a21026-Avg=1,a21026-Flag=N"
        await one_device.hear(split([piece, ""])[0])
    assert one_device.assembly.waiting[0] <= 32
    assert len(one_device.readings) == len(one_device.assembled) == 68


class OneRegistered(Kept):
    """All but one device are strangers."""

    def knows(self, mn: str) -> bool:
        return mn == MN


async def test_strangers_do_not_push_out_what_a_registered_device_has_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(packets, "_SETS", 20)
    kept = OneRegistered()
    one, two = split([WHOLE[:60], WHOLE[60:]])
    await kept.hear(one)
    await kept.restart()
    for number in range(50):
        await kept.hear(split([WHOLE[:60], ""], mn=f"{number:024X}")[0])
    await kept.hear(two)
    assert told([made for made in kept.readings if made.mn == MN]) == unsplit(WHOLE)
    assert "unknown-device" in kept.assembled[0].problems


async def test_any_number_of_sets_is_given_up() -> None:
    kept = Kept()
    for number in range(250):
        await kept.hear(split([WHOLE, ""], mn=f"{number:024X}")[0])
    await kept.expire()
    assert len(kept.assembled) == 250
    assert kept.held == {}


async def test_a_device_that_is_marked_as_late_says_so_for_the_whole() -> None:
    kept = Kept()
    one, two = (
        make(piece, "2051", flag="11", extra=f"PNUM=2;PNO={number};RF=1;")
        for number, piece in enumerate([WHOLE[:60], WHOLE[60:]], 1)
    )
    await kept.hear(one, two)
    assert [made.supplementary for made in kept.readings] == [True]


def test_ordinary_frames_are_delivered_as_ever() -> None:
    kept = Kept()
    (heard,) = kept.reception.hear([make(WHOLE, "2051")], "10.0.0.1:1")
    assert type(heard.delivery) is Delivery
    assert replace(heard.delivery, readings=()).held is None


class InMicrograms(Kept):
    """An outlet whose NOx comes in µg/m³."""

    def context(self) -> dict[str, Any]:
        return {"units": lambda _: {"a21002": 0.001}}


@pytest.mark.parametrize("lost", [False, True])
async def test_what_is_split_is_read_in_the_units_of_its_outlet(lost: bool) -> None:
    kept = InMicrograms()
    parts = split(STANDARD)
    await kept.hear(*(parts[1:] if lost else parts))
    await kept.expire()
    (made,) = kept.readings
    values = {o.pollutant: o.value for o in made.observations()}
    assert (values["a21002"], values["a34013"]) == (0.0885, 7.25)


async def test_a_part_of_more_than_can_be_waited_for_is_kept_and_not_read() -> None:
    kept = Kept()
    (heard,) = await kept.hear(make(WHOLE, "2051", flag="7", extra="PNUM=900;PNO=1;"))
    assert heard.delivery.readings == ()
    assert heard.answer is not None
    assert "absurd-packet-number" in heard.delivery.frame.problems
