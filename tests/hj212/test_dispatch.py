"""Commands over real sockets and real databases, to a device that behaves, and that does not."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.hj212 import Adapter
from adapters.hj212.cipher import open_frame
from adapters.hj212.config import Config
from monitor.actions import Desk, keys
from monitor.actions.clockwork import SYSTEM
from monitor.adapter import Context, Delivery
from monitor.clock import now
from monitor.command import Origin
from monitor.keyring import Keyring
from monitor.keys import Key
from monitor.orders import CommandQueue
from monitor.register import Medium, Outlet, Register
from monitor.store import Store, commands, loggers
from monitor.store.loggers import Heard
from tests.hj212.frames import MN, ZONE
from tests.hj212.logger import Logger
from tests.servers import async_wait_for

OTHER = "7E5700000000000000000002"
HOURS = {"BeginTime": "20260801100000", "EndTime": "20260801110000"}
TIMES = {"command_timeout": 0.3, "command_resends": 2, "result_timeout": 0.6}


@dataclass
class Platform:
    """A listening adapter, and the queue of commands in a database."""

    adapter: Adapter
    store: Store
    task: asyncio.Task[None]

    async def dial(self, mn: str = MN, edition: str = "2017", pw: str = "123456") -> Logger:
        return await Logger.dial(self.adapter.status()["port"], mn, edition, pw)

    def ask(
        self,
        code: str,
        parameters: Mapping[str, str] | None = None,
        mn: str = MN,
        wait: timedelta = timedelta(hours=1),
    ) -> int:
        at = now()
        values = {
            "mn": mn,
            "code": code,
            "parameters": dict(parameters or {}),
            "origin": Origin.PERSON,
            "requested_by": "示例",
            "requested_at": at,
            "expires_at": at + wait,
        }
        with self.store.write() as connection:
            return commands.add(connection, values)

    def shape(self, number: int) -> dict[str, Any]:
        with self.store.read() as connection:
            row = commands.find(connection, number)
        assert row is not None
        return commands.shape(row, ZONE)

    def all(self) -> list[dict[str, Any]]:
        with self.store.read() as connection:
            rows = commands.listed(connection, (), mn=None, state=None, limit=100, before=None)
        return [commands.shape(row, ZONE) for row in rows]

    async def becomes(self, number: int, state: str) -> dict[str, Any]:
        await async_wait_for(lambda: self.shape(number)["state"] == state)
        return self.shape(number)

    async def stop(self) -> None:
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task


async def start(
    store: Store, keyring: Keyring | None = None, password: str | None = None, **settings: Any
) -> Platform:
    async def deliver(deliveries: Sequence[Delivery]) -> None:
        """All of it is durable."""
        heard = [(d.introduction, d.frame) for d in deliveries]
        with store.write() as connection:
            loggers.introduce(
                connection,
                [
                    Heard(i.logger, f.source, dict(i.details), i.mn or None, f.peer, f.received_at)
                    for i, f in heard
                    if i is not None
                ],
            )

    config = Config(
        **{
            "type": "hj212",
            "name": "emissions",
            "host": "127.0.0.1",
            "port": 0,
            **TIMES,
            **settings,
        }
    )
    context = Context(
        name="emissions",
        zone=ZONE,
        deliver=deliver,
        answered=lambda _count: None,
        password=lambda _mn: password,
        known=lambda mn: mn in (MN, OTHER),
        now=now,
        orders=CommandQueue(store, "emissions"),
    )
    if keyring is not None:
        context = replace(
            context,
            keys=keyring.known,
            key_in_force=keyring.active,
            pending_key=keyring.pending,
            key_wanted=keyring.wanted,
            proved=keyring.proved,
        )
    adapter = Adapter(config, context)
    platform = Platform(adapter, store, asyncio.create_task(adapter.run()))
    await async_wait_for(lambda: adapter.status()["ready"])
    return platform


@contextlib.asynccontextmanager
async def running(
    store: Store, keyring: Keyring | None = None, password: str | None = None, **settings: Any
) -> AsyncIterator[Platform]:
    platform = await start(store, keyring, password, **settings)
    try:
        yield platform
    finally:
        await platform.stop()


def record(hour: int) -> str:
    return f"DataTime=202608011{hour}0000;a21026-Avg=3{hour}.5,a21026-Flag=N"


# As the standard's examples have it


@pytest.mark.parametrize(
    ("edition", "flag", "code"), [("2005", 3, "2031"), ("2017", 5, "2051"), ("2025", 9, "2041")]
)
async def test_history_is_asked_for_and_comes(
    store: Store, edition: str, flag: int, code: str
) -> None:
    async with running(store) as platform:
        device = await platform.dial(edition=edition)
        number = platform.ask(code, HOURS)
        command = await device.hear(code)
        assert (command["flag"], command["st"], command["pw"]) == (flag, "31", "123456")
        assert command["items"] == HOURS
        assert command["problems"] == []
        device.accept(command)
        await platform.becomes(number, "accepted")
        for hour in (0, 1):
            device.upload(code, record(hour))
        device.finish(command)
        done = await platform.becomes(number, "done")
        assert done["result"] == {"qn_rtn": 1, "exe_rtn": 1, "records": 2}
        assert (done["attempts"], done["reason"]) == (1, None)


@pytest.mark.parametrize(
    ("edition", "code", "name", "value"),
    [
        ("2005", "1061", "RtdInterval", "60"),
        ("2017", "1011", "SystemTime", "20260801120000"),
        ("2025", "1063", "MinInterval", "10"),
    ],
)
async def test_a_parameter_is_read(
    store: Store, edition: str, code: str, name: str, value: str
) -> None:
    async with running(store) as platform:
        device = await platform.dial(edition=edition)
        number = platform.ask(code)
        command = await device.hear(code)
        device.accept(command)
        inside = f"QN={command['qn']};{name}={value}" if edition == "2005" else f"{name}={value}"
        device.upload(code, inside, qn=command["qn"])
        device.finish(command)
        done = await platform.becomes(number, "done")
        assert done["result"]["answers"] == [{name: value}]


async def test_serial_numbers_and_site_information_are_read(store: Store) -> None:
    async with running(store) as platform:
        device = await platform.dial()
        asked = {
            "3019": ({"PolId": "a21026"}, "PolId=a21026;a21026-SN=0011"),
            "3020": ({"InfoId": "i12001"}, "DataTime=20260801120000;i12001-Info=1"),
        }
        for code, (parameters, content) in asked.items():
            number = platform.ask(code, parameters)
            command = await device.hear(code)
            device.accept(command)
            device.upload(code, content, qn=command["qn"])
            device.finish(command)
            answers = (await platform.becomes(number, "done"))["result"]["answers"]
            assert answers
            assert all(each in content for each in answers[0].values())


@pytest.mark.parametrize("code", ["2012", "2022"])
async def test_a_notice_is_only_confirmed(store: Store, code: str) -> None:
    async with running(store) as platform:
        device = await platform.dial()
        number = platform.ask(code)
        device.reply("9013", await device.hear(code))
        await platform.becomes(number, "done")


async def test_the_clock_is_set_to_the_time_of_sending(store: Store) -> None:
    async with running(store) as platform:
        number = platform.ask("1012")
        device = await platform.dial()
        before = now()
        command = await device.hear("1012")
        device.accept(command)
        device.finish(command)
        await platform.becomes(number, "done")
        stamp = command["items"]["SystemTime"]
        near = [(before + timedelta(seconds=s)).astimezone(ZONE) for s in range(-60, 60)]
        assert stamp in {f"{at:%Y%m%d%H%M%S}" for at in near}


@pytest.mark.parametrize(("code", "start"), [("2011", "31"), ("2021", "31")])
async def test_starting_data_ends_with_the_first_of_it(store: Store, code: str, start: str) -> None:
    async with running(store) as platform:
        device = await platform.dial()
        number = platform.ask(code)
        command = await device.hear(code)
        device.accept(command)
        await platform.becomes(number, "accepted")
        device.upload(code, "DataTime=20260801120030;SB1-RS=1", st=start)
        await platform.becomes(number, "done")


async def test_an_instrument_that_samples_keeps_nobody_waiting(store: Store) -> None:
    async with running(store) as platform:
        device = await platform.dial()
        sampling, clock = platform.ask("3012", {"PolId": "w01018"}), platform.ask("1012")
        sample = await device.hear("3012")
        device.accept(sample)
        command = await device.hear("1012")
        device.accept(command)
        device.finish(command)
        await platform.becomes(clock, "done")
        assert platform.shape(sampling)["state"] == "accepted"
        device.finish(sample)
        await platform.becomes(sampling, "done")


async def test_an_answer_with_control_characters_is_stored_and_ends_the_command(
    store: Store,
) -> None:
    async with running(store) as platform:
        device = await platform.dial()
        number = platform.ask("1061")
        command = await device.hear("1061")
        device.accept(command)
        device.upload("1061", "RtdInterval=6\x000;Odd\x00Name=1", qn=command["qn"])
        device.finish(command)
        done = await platform.becomes(number, "done")
        assert done["result"]["answers"][0]["RtdInterval"] == "6\ufffd0"


async def test_a_device_that_asks_for_the_time_gets_it(store: Store) -> None:
    async with running(store) as platform:
        device = await platform.dial()
        device.upload("1013", "PolId=w01018")
        assert (await device.hear("9013"))["cn"] == "9013"
        command = await device.hear("1012")
        assert command["items"]["PolId"] == "w01018"
        device.accept(command)
        device.finish(command)
        await async_wait_for(lambda: [each["state"] for each in platform.all()] == ["done"])
        assert platform.all()[0]["origin"] == "clock"
        device.upload("1013", "")  # again and again: once a minute is enough
        assert [each["cn"] for each in await device.silence(1.2)] == ["9013"]
        assert len(platform.all()) == 1


async def test_the_first_connection_is_configured_once(store: Store) -> None:
    first = [
        {"code": "1012"},
        {"code": "1000", "parameters": {"OverTime": "10", "ReCount": "3"}},
        {"code": "1062", "parameters": {"RtdInterval": "60"}},
    ]
    async with running(store, first_connection=first) as platform:
        device = await platform.dial()
        for each in first:
            command = await device.hear()
            assert command["cn"] == each["code"]
            device.accept(command)
            device.finish(command)
        await async_wait_for(lambda: {c["state"] for c in platform.all()} == {"done"})
        device.close()
    async with running(store, first_connection=first) as platform:
        device = await platform.dial()
        assert await device.silence(1.5) == []
        assert len(platform.all()) == 3


async def test_who_does_not_know_the_password_is_told_nothing_and_answers_for_nobody(
    store: Store,
) -> None:
    async with running(store, password="123456") as platform:
        device = await platform.dial()
        another = await platform.dial(pw="654321")  # newer, and its data is taken
        number = platform.ask("1061")
        command = await device.hear("1061")
        another.reply("9012", command, "ExeRtn=2")
        another.upload("2011", "DataTime=20260801120100;a21026-Rtd=1,a21026-Flag=N")
        await another.hear("9014")
        device.accept(command)
        device.finish(command)
        done = await platform.becomes(number, "done")
        assert done["result"]["exe_rtn"] == 1
        assert await another.silence(0.2) == []


async def test_a_device_whose_password_has_just_changed_is_still_heard(store: Store) -> None:
    async with running(store, password="123456") as platform:
        device = await platform.dial()
        number = platform.ask("1072", {"NewPW": "654321"})
        command = await device.hear("1072")
        device.pw = "654321"
        device.accept(command)
        device.finish(command)
        await platform.becomes(number, "done")


async def test_commands_of_a_device_go_one_after_another_to_its_newest_connection(
    store: Store,
) -> None:
    async with running(store) as platform:
        older, newer = await platform.dial(), await platform.dial()
        numbers = [platform.ask("1061"), platform.ask("1063")]
        first = await newer.hear()
        assert first["cn"] == "1061"
        newer.accept(first)
        newer.finish(first)
        second = await newer.hear()
        assert second["cn"] == "1063"
        newer.accept(second)
        newer.finish(second)
        for number in numbers:
            await platform.becomes(number, "done")
        assert await older.silence(0.1) == []


# HJ 212-2025: names and keys


async def test_a_logger_without_an_mn_is_given_one(store: Store) -> None:
    async with running(store) as platform:
        logger = await Logger.dial(platform.adapter.status()["port"], "", "2025")
        logger.upload("1001", "i23005-Info=LOGGER0000000000000001;i23006-Info=0A0B0C0D0E0F")
        assert (await logger.hear("9013"))["mn"] == ""
        number = platform.ask("1002", {"i23005-Info": "LOGGER0000000000000001"})
        command = await logger.hear("1002")
        assert (command["mn"], command["flag"]) == (MN, 9)
        logger.mn = MN
        logger.accept(command)
        logger.finish(command)
        await platform.becomes(number, "done")


async def test_commands_for_a_device_never_go_to_a_logger_that_calls_itself_so(
    store: Store,
) -> None:
    async with running(store) as platform:
        logger = await Logger.dial(platform.adapter.status()["port"], "", "2025")
        logger.upload("1001", f"i23005-Info={MN};i23006-Info=0A0B0C0D0E0F")
        await logger.hear("9013")
        number = platform.ask("1072", {"NewPW": "s3cr3t"})
        assert await logger.silence(1.2) == []
        assert platform.shape(number)["state"] == "queued"


async def test_a_logger_that_calls_itself_ever_something_else_is_remembered_once(
    store: Store,
) -> None:
    async with running(store) as platform:
        logger = await Logger.dial(platform.adapter.status()["port"], "", "2025")
        for number in range(5):
            logger.upload("1001", f"i23005-Info=LOGGER{number:016d}")
            await logger.hear("9013")
        first = platform.ask("1002", {"i23005-Info": f"LOGGER{0:016d}"})
        last = platform.ask("1002", {"i23005-Info": f"LOGGER{4:016d}"}, OTHER)
        assert (await logger.hear("1002"))["mn"] == OTHER
        assert platform.shape(first)["state"] == "queued"
        assert platform.shape(last)["state"] == "sent"


async def test_the_number_of_a_logger_among_other_parameters_leads_nothing_astray(
    store: Store,
) -> None:
    async with running(store) as platform:
        device = await platform.dial()
        platform.ask("3021", {"InfoId": "i23005", "i23005-Info": "LOGGER0000000000000001"})
        assert (await device.hear("3021"))["items"]["InfoId"] == "i23005"


KEY = Key(b"k9Qz4tVb7LmX2cRw")


@pytest.fixture
def keyring(store: Store) -> Keyring:
    outlet = Outlet(mn=MN, uscc="91000000MA00000001", code="DA001", medium=Medium.AIR)
    register = Register(version=1, outlets=(outlet,))
    at = now() - timedelta(days=91)
    desk = Desk(store=store, zone=ZONE, register=lambda: register, now=lambda: at)
    keys.enter(desk, SYSTEM, [(MN, KEY.secret.decode())], "示例主密钥")
    return Keyring(replace(desk, now=now), "示例主密钥", "1014")


def opened(raw: bytes, key: Key) -> str:
    found = open_frame(raw, [key])
    assert found is not None
    return found.segment.decode()


@pytest.mark.parametrize("asks", [True, False])
async def test_a_device_gets_a_new_key_sealed_with_the_old_one(
    store: Store, keyring: Keyring, asks: bool
) -> None:
    async with running(store, keyring) as platform:
        keyring.refresh()
        device = await platform.dial(edition="2025")
        if asks:
            device.upload("1014", "SKCreateTime=20260301080200001")
            await device.hear("9013")
        else:
            keys.rotate(keyring._desk, "示例主密钥", 90, "1014")
        keyring.refresh()
        command = await device.hear("1014")
        assert (command["encrypted"], command["flag"]) == (True, 9)
        text = opened(device.raw, KEY)
        new = Key(text.partition("NewSK=")[2][:16].encode())
        assert f"SKCreateTime={command['qn']}" in text
        assert keyring.known(MN) == (new, KEY)
        device.accept(command)
        device.finish(command)
        await async_wait_for(lambda: [c["state"] for c in platform.all()] == ["done"])
        await async_wait_for(lambda: keyring.active(MN) == new)
        keyring.refresh()
        assert (keyring.active(MN), keyring.pending(MN)) == (new, None)
        assert new.secret.decode() not in repr(platform.all())


@pytest.mark.parametrize("exe_rtn", [None, 2, 100])
async def test_a_key_is_in_force_only_when_the_device_says_that_it_took_it(
    store: Store, keyring: Keyring, exe_rtn: int | None
) -> None:
    async with running(store, keyring) as platform:
        keyring.refresh()
        device = await platform.dial(edition="2025")
        device.upload("1014", "SKCreateTime=20260301080200001")
        await device.hear("9013")
        keyring.refresh()
        command = await device.hear("1014")
        device.upload("1014", "SKCreateTime=20260301080200001")  # it asks again
        if exe_rtn is not None:
            device.accept(command)
            device.finish(command, exe_rtn)
        await async_wait_for(lambda: platform.all()[-1]["state"] in ("done", "failed"))
        keyring.refresh()
        assert keyring.active(MN) == KEY
        assert keyring.pending(MN) is not None


async def test_site_information_is_asked_for_in_secret(store: Store, keyring: Keyring) -> None:
    async with running(store, keyring) as platform:
        keyring.refresh()
        device = await platform.dial(edition="2025")
        platform.ask("3020", {"InfoId": "i12001", "PolId": "w01018"})
        assert (await device.hear("3020"))["encrypted"]
        assert "PolId=w01018;InfoId=i12001" in opened(device.raw, KEY)


# Devices that misbehave


async def test_without_an_answer_it_is_sent_again_under_the_same_number(store: Store) -> None:
    async with running(store) as platform:
        device = await platform.dial()
        number = platform.ask("1061")
        heard = [await device.hear("1061") for _ in range(3)]
        assert len({each["qn"] for each in heard}) == 1
        failed = await platform.becomes(number, "failed")
        assert (failed["reason"], failed["attempts"]) == ("no-answer", 3)
        assert await device.silence(0.5) == []


async def test_an_answer_to_the_second_sending_is_enough(store: Store) -> None:
    async with running(store) as platform:
        device = await platform.dial()
        number = platform.ask("1062", {"RtdInterval": "60"})
        await device.hear("1062")
        command = await device.hear("1062")
        device.accept(command)
        device.finish(command)
        assert (await platform.becomes(number, "done"))["attempts"] == 2


async def test_everything_twice_changes_nothing(store: Store) -> None:
    async with running(store) as platform:
        device = await platform.dial()
        number = platform.ask("2061", HOURS)
        command = await device.hear("2061")
        for _ in range(2):
            device.accept(command)
        for _ in range(2):
            device.upload("2061", record(0))
        for _ in range(3):
            device.finish(command)
        done = await platform.becomes(number, "done")
        assert done["result"]["records"] == 1
        following = platform.ask("1061")
        assert (await device.hear())["cn"] == "1061"
        assert platform.shape(following)["state"] == "sent"


async def test_replies_to_another_number_are_no_replies(store: Store) -> None:
    async with running(store) as platform:
        device = await platform.dial()
        number = platform.ask("1061")
        command = await device.hear("1061")
        device.reply("9011", command, "QnRtn=1", qn="20200101000000000")
        device.reply("9012", command, "ExeRtn=1", qn="20200101000000000")
        failed = await platform.becomes(number, "failed")
        assert failed["reason"] == "no-answer"
        assert failed["result"]["unmatched"] == 2


@pytest.mark.parametrize("content", ["DataTime=20260801100000;a21026-Avg=30.5,a21026-Flag=N"])
async def test_no_9011_but_data_is_an_answer(store: Store, content: str) -> None:
    async with running(store) as platform:
        device = await platform.dial()
        number = platform.ask("2061", HOURS)
        command = await device.hear("2061")
        device.upload("2061", content)
        await platform.becomes(number, "accepted")
        device.finish(command)
        assert (await platform.becomes(number, "done"))["result"] == {"exe_rtn": 1, "records": 1}


async def test_only_9012_is_an_answer_too(store: Store) -> None:
    async with running(store) as platform:
        device = await platform.dial()
        number = platform.ask("1062", {"RtdInterval": "60"})
        device.finish(await device.hear("1062"))
        assert (await platform.becomes(number, "done"))["reason"] is None


@pytest.mark.parametrize("exe_rtn", [1, 100])
async def test_9012_without_data_says_so(store: Store, exe_rtn: int) -> None:
    async with running(store) as platform:
        device = await platform.dial()
        number = platform.ask("2061", HOURS)
        command = await device.hear("2061")
        device.accept(command)
        device.finish(command, exe_rtn)
        done = await platform.becomes(number, "done")
        assert done["reason"] == "no-data"


async def test_data_without_9012_ends_by_itself(store: Store) -> None:
    async with running(store) as platform:
        device = await platform.dial()
        number = platform.ask("2061", HOURS)
        device.accept(await device.hear("2061"))
        device.upload("2061", record(0))
        done = await platform.becomes(number, "done")
        assert (done["reason"], done["result"]["records"]) == ("no-result", 1)


async def test_accepted_and_then_nothing_has_failed_and_is_not_sent_again(store: Store) -> None:
    async with running(store) as platform:
        device = await platform.dial()
        number = platform.ask("1062", {"RtdInterval": "60"})
        device.accept(await device.hear("1062"))
        assert (await platform.becomes(number, "failed"))["reason"] == "no-result"
        assert await device.silence(0.5) == []


async def test_what_comes_late_is_not_denied(store: Store) -> None:
    async with running(store) as platform:
        device = await platform.dial()
        number = platform.ask("1061")
        command = await device.hear("1061")
        await platform.becomes(number, "failed")
        device.accept(command)
        device.upload("1061", "RtdInterval=77", qn=command["qn"])
        device.finish(command)
        done = await platform.becomes(number, "done")
        assert done["reason"] is None
        assert done["result"] == {
            "qn_rtn": 1, "exe_rtn": 1, "late": True, "answers": [{"RtdInterval": "77"}],
        }  # fmt: skip


async def test_a_late_result_still_counts(store: Store) -> None:
    async with running(store) as platform:
        device = await platform.dial()
        number = platform.ask("1062", {"RtdInterval": "60"})
        command = await device.hear("1062")
        await platform.becomes(number, "failed")
        device.accept(command)
        device.finish(command)
        done = await platform.becomes(number, "done")
        assert done["result"]["late"] is True


@pytest.mark.parametrize(("rtn", "reason"), [(2, "rejected"), (3, "password"), (77, "77")])
async def test_a_refusal_names_its_reason(store: Store, rtn: int, reason: str) -> None:
    async with running(store) as platform:
        device = await platform.dial()
        number = platform.ask("1061")
        device.reply("9011", await device.hear("1061"), f"QnRtn={rtn}")
        assert (await platform.becomes(number, "failed"))["reason"] == f"refused: {reason}"


@pytest.mark.parametrize(("rtn", "reason"), [(2, "failed"), (5, "busy"), (42, "42")])
async def test_a_failure_names_its_reason(store: Store, rtn: int, reason: str) -> None:
    async with running(store) as platform:
        device = await platform.dial()
        number = platform.ask("3012", {"PolId": "w01018"})
        command = await device.hear("3012")
        device.accept(command)
        device.finish(command, rtn)
        assert (await platform.becomes(number, "failed"))["reason"] == reason


async def test_ordinary_data_is_no_answer(store: Store) -> None:
    async with running(store) as platform:
        device = await platform.dial()
        hours, starting = platform.ask("2061", HOURS), platform.ask("2011")
        await device.hear("2061")
        device.upload("2061", "DataTime=20260801120000;a21026-Avg=30.5,a21026-Flag=N")
        assert (await platform.becomes(hours, "failed"))["reason"] == "no-answer"
        await device.hear("2011")
        device.upload("2011", "DataTime=20260801120000;a21026-Rtd=30.5,a21026-Flag=N")
        assert (await platform.becomes(starting, "failed"))["reason"] == "no-answer"


async def test_garbage_in_replies_hurts_nobody(store: Store) -> None:
    async with running(store) as platform:
        device = await platform.dial()
        number = platform.ask("1061")
        command = await device.hear("1061")
        for items in ("QnRtn=x", "QnRtn=", "", "QnRtn=1;QnRtn=3", "&&&&", "QnRtn=-1"):
            device.reply("9011", command, items)
        for items in ("ExeRtn=" + "9" * 400, "ExeRtn=一"):
            device.reply("9012", command, items)
        await async_wait_for(lambda: platform.shape(number)["state"] in ("done", "failed"))
        assert (await device.silence(0.1)) == []


# Connections and processes that end


async def test_a_device_that_is_not_there_is_waited_for(store: Store) -> None:
    async with running(store) as platform:
        number = platform.ask("1061")
        expired = platform.ask("1063", wait=timedelta(0))
        with store.write() as connection:
            assert commands.expire(connection, now()) == 1
        assert platform.shape(expired)["reason"] == "device not connected"
        device = await platform.dial()
        command = await device.hear()
        assert command["cn"] == "1061"
        device.accept(command)
        device.finish(command)
        await platform.becomes(number, "done")


async def test_a_lost_connection_is_made_good_by_the_next(store: Store) -> None:
    async with running(store, command_resends=20) as platform:
        device = await platform.dial()
        number = platform.ask("1061")
        first = await device.hear("1061")
        device.close()
        again = await (device := await platform.dial()).hear("1061")
        assert again["qn"] == first["qn"]
        device.accept(again)
        device.finish(again)
        await platform.becomes(number, "done")


async def test_what_a_process_left_another_takes_up(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "ABANDONED", timedelta(0))
    async with running(store) as platform:
        device = await platform.dial()
        number = platform.ask("2061", HOURS)
        first = await device.hear("2061")
    assert platform.shape(number)["state"] == "sent"
    async with running(store) as platform:
        device = await platform.dial()
        again = await device.hear("2061")
        assert again["qn"] == first["qn"]
        device.accept(again)
        device.upload("2061", record(1))
        await async_wait_for(lambda: (platform.shape(number)["result"] or {}).get("records") == 1)
    async with running(store) as platform:
        device = await platform.dial()
        await async_wait_for(lambda: platform.adapter.status()["commands"] == 1)
        device.upload("2061", record(0))
        device.finish(again)
        done = await platform.becomes(number, "done")
        assert done["result"] == {"qn_rtn": 1, "exe_rtn": 1, "records": 2}


async def test_secrets_are_wiped_when_they_have_been_sent(store: Store) -> None:
    async with running(store) as platform:
        device = await platform.dial()
        number = platform.ask("1072", {"NewPW": "s3cr3t"})
        assert "s3cr3t" not in repr(platform.shape(number))
        command = await device.hear("1072")
        device.accept(command)
        device.finish(command)
        await platform.becomes(number, "done")
        with store.read() as connection:
            row = commands.find(connection, number)
        assert row is not None
        assert "s3cr3t" not in repr(row)


async def test_one_device_s_silence_is_nobody_else_s(store: Store) -> None:
    async with running(store) as platform:
        silent, lively = await platform.dial(), await platform.dial(OTHER)
        platform.ask("1061")
        number = platform.ask("1061", mn=OTHER)
        command = await lively.hear("1061")
        lively.accept(command)
        lively.finish(command)
        await platform.becomes(number, "done")
        assert (await silent.hear("1061"))["mn"] == MN
