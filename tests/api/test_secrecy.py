"""Who made a complaint (举报人) appears nowhere but where a few may ask for it, with a reason."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from monitor.actions import complaining
from monitor.actions.clockwork import SYSTEM, tell_late_complaints
from monitor.complaint import CHANNELS
from monitor.errors import RegisterError
from monitor.registry import complaints as files
from monitor.store.tables import metadata
from tests.api.conftest import AT, EAST, ZONE, Bureau
from tests.api.test_complaints import body, report, step
from tests.api.test_rights import QUERY, operations, things
from tests.servers import async_wait_for
from tests.worker.kit import Post
from tests.worker.receivers import Receiver, receiving

NAME, PHONE, ADDRESS = "示例举报人乙丙", "13900000099", "示例巷九十九号"
WHO = {"name": NAME, "phone": PHONE, "address": ADDRESS, "more": [{"wechat": "shili-reporter-99"}]}
SECRETS = (NAME, PHONE, ADDRESS, "shili-reporter-99")
TEXT = f"半夜冒黑烟。{NAME}，{PHONE[:3]} {PHONE[3:7]}-{PHONE[7:]}，住{ADDRESS}，shili-reporter-99"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(Receiver(says=b'{"code": 0}')) as found:
        yield found


def disguises() -> Iterator[bytes]:
    """A secret as its bytes may lie somewhere: encodings, JSON's escapes, base64 from any place on."""
    for secret in SECRETS:
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
            data = secret.encode(encoding)
            yield data
            for before in range(3):
                coded = base64.b64encode(b"\0" * before + data)
                yield coded[4 if before else 0 : len(coded) - len(coded) % 4 - 4]
        yield json.dumps(secret).strip('"').encode()


FOUND_BY = tuple(disguises())


def told(data: bytes) -> bool:
    """Whether bytes tell anything of the reporter; archives are opened."""
    if any(secret in data for secret in FOUND_BY):
        return True
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return False
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return any(told(archive.read(name)) for name in archive.namelist())


def test_what_is_looked_for_would_be_found() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("x.txt", TEXT)
    assert told(archive.getvalue())
    assert told(b"x" + base64.b64encode(b"ab" + NAME.encode() + b"cd"))
    assert not told("半夜冒黑烟。〔举报人〕".encode())


def through_all_doors(bureau: Bureau, folder: Path) -> list[int]:
    """A complaint by the API, again, by a file, and in requests that are refused; the numbers."""
    headers = {"Idempotency-Key": "example-1"}
    said = body(text=TEXT, reporter=WHO)
    first = bureau.call("POST", "complaints", "feeder", json=said, headers=headers)
    assert first.status_code == 201, first.text
    again = bureau.call("POST", "complaints", "feeder", json=said, headers=headers)
    assert again.headers["idempotency-replayed"] == "true"
    for wrong in ({"channel": NAME}, {"reference": f"{NAME}1"}, {"uscc": NAME}, {NAME: NAME}):
        refused = bureau.call("POST", "complaints", json=said | wrong)
        assert (refused.status_code in (404, 422), told(refused.content)) == (True, False)
    return [first.json()["id"], *imported(bureau, folder / "complaints.csv")]


def imported(bureau: Bureau, path: Path) -> list[int]:
    """The same by a file, which is thrown away."""
    head = "渠道,编号,收到时间,经度,纬度,县区,举报内容,举报人,联系电话,联系地址\n"
    text = TEXT.replace(SECRETS[-1], "")  # of which the sheet has no column
    row = f"visit,7,2026-11-20 09:00,100,30,东区,{text},{NAME},{PHONE},{ADDRESS}\n"
    settings = {"zone": ZONE, "channels": CHANNELS, "register": bureau.books[0], "now": AT}
    path.write_text(head + row.replace("visit", NAME), encoding="utf-8")
    with pytest.raises(RegisterError) as error:
        files.read(path, **settings)
    assert not told(str(error.value).encode())
    path.write_text(head + row, encoding="utf-8")
    found = files.read(path, **settings)
    path.unlink()
    assert not told(repr(found).encode())
    complaining.record_all(bureau.desk, SYSTEM, found, dry_run=True)
    return [number for number, _ in complaining.record_all(bureau.desk, SYSTEM, found)]


def through_its_life(bureau: Bureau, number: int) -> None:
    """All that is done about a complaint, by people who write its reporter's name where they can."""
    said = f"{NAME}（{PHONE}）说的"
    bureau.call("GET", f"complaints/{number}/reporter", params={"reason": said})
    step(bureau, number, "accept", reason=said)
    bureau.clock.at = AT + timedelta(days=70)
    assert tell_late_complaints(bureau.desk) > 0
    step(bureau, number, "extend", due_at="2027-02-01", reason=said)
    step(bureau, number, "hand-on", district="西区", reason=said)
    task = bureau.call("GET", f"complaints/{number}").json()["task"]
    report(bureau, task)
    step(bureau, number, "close", outcome=said)
    step(bureau, number, "feedback", reason=said)


def answers(bureau: Bureau, ids: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """What every GET of the document answers to an admin, but the one that is for this."""
    for name, (method, path) in operations(bureau.app).items():
        if method != "GET" or name in {"identify_reporter", "stream_events"}:
            continue
        numbers = [1, 2, 3, 4] if "_id}" in path else [None]
        for number in numbers:
            known = ids | {key: number for key in ids if number and key.endswith("_id")}
            answer = bureau.call("GET", path.format(**known), params=QUERY.get(name))
            yield f"{path} {number}", answer.content


def rows(bureau: Bureau) -> Iterator[tuple[str, bytes]]:
    """Every row of every table, as text and as bytes."""
    with bureau.store.read() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)):
                cells = [bytes(cell) for cell in row if isinstance(cell, bytes | memoryview)]
                text = json.dumps([str(cell) for cell in row], ensure_ascii=False)
                yield table.name, b"\n".join([text.encode(), *cells])


async def delivered(post: Post, hooks: list[int]) -> None:
    async with post.delivering():
        await async_wait_for(lambda: all(set(post.states(h)) == {"delivered"} for h in hooks))


def test_who_complained_appears_nowhere(
    bureau: Bureau, tmp_path: Path, receiver: Receiver, capfd: pytest.CaptureFixture[str]
) -> None:
    ids = things(bureau, EAST) | {"secret": "x", "token": "x"}
    bureau.call("PATCH", f"webhooks/{ids['hook_id']}", json={"state": "disabled"})
    post = Post(bureau.store, ahead=timedelta(days=365))  # after all that is told
    hooks = [post.hook(receiver.url), post.hook(receiver.url, format="feishu")]
    numbers = through_all_doors(bureau, tmp_path)
    assert len(numbers) == 2
    through_its_life(bureau, numbers[0])
    asyncio.run(delivered(post, hooks))
    assert len(receiver.calls) > 10
    places = [("webhook", call.body) for call in receiver.calls]
    places += list(answers(bureau, ids))
    asked = {place for place, content in places if content}
    assert len(asked) > 60
    places += list(rows(bureau))
    places += [
        (str(path), path.read_bytes()) for path in sorted(tmp_path.rglob("*")) if path.is_file()
    ]
    out, err = capfd.readouterr()
    assert "/complaints" in out + err  # the log is there
    places += [("log", (out + err).encode())]
    assert [place for place, content in places if told(content)] == []
    shown = bureau.call("GET", f"complaints/{numbers[0]}/reporter", params={"reason": "x"})
    assert shown.json() == {"reporter": WHO, "text": TEXT}
