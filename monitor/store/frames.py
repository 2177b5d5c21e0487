"""The frame log: the bytes as they came, a compressed row per transaction.

A frame's id is the row's id × 65,536 + its place in it. Frames that an alert leans on are copied out
and kept for good; the log itself is kept for the time that `[retention]` says.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from monitor.clock import from_ms, to_ms
from monitor.observation import Frame
from monitor.store.bulk import insert_new
from monitor.store.database import among
from monitor.store.tables import frame_log, kept_frames

PER_ROW = 65_536
_FAST = 1  # zlib level: the log is written at the speed of the feeds


def append(connection: Connection, frames: Sequence[Frame]) -> int:
    """Write the frames; returns the id of the first, the others follow it. At most 65,536."""
    row = {
        "first_at": frames[0].received_at,
        "last_at": frames[-1].received_at,
        "count": len(frames),
        "data": pack(frames),
    }
    inserted = connection.execute(insert(frame_log).values(row)).inserted_primary_key
    assert inserted is not None, "an insert of one row returns its key"
    return int(inserted[0]) * PER_ROW


def keep(connection: Connection, frames: Iterable[tuple[int, Frame]]) -> None:
    """Copy frames out of the log, for as long as there are alerts."""
    rows = [(frame_id, pack([frame])) for frame_id, frame in frames]
    insert_new(connection, kept_frames, rows)


def fetch(connection: Connection, frame_id: int) -> Frame | None:
    """A frame by its id, from the log or from those kept; None if it is in neither any more."""
    kept = select(kept_frames.c.data).where(kept_frames.c.frame == frame_id)
    data = connection.execute(kept).scalar()
    if data is not None:
        return unpack(data)[0]
    row, index = divmod(frame_id, PER_ROW)
    data = connection.execute(select(frame_log.c.data).where(frame_log.c.id == row)).scalar()
    if data is None:
        return None
    frames = unpack(data)
    return frames[index] if index < len(frames) else None


def fetch_many(connection: Connection, wanted: Iterable[int]) -> dict[int, Frame]:
    """Frames by their ids, each row of the log opened once; those that are gone are left out."""
    rows: dict[int, list[int]] = {}
    for frame_id in wanted:
        rows.setdefault(frame_id // PER_ROW, []).append(frame_id)
    found: dict[int, Frame] = {}
    for row, ids in rows.items():
        data = connection.execute(select(frame_log.c.data).where(frame_log.c.id == row)).scalar()
        frames = unpack(data) if data is not None else []
        found |= {i: frames[i % PER_ROW] for i in ids if i % PER_ROW < len(frames)}
    return found


def fetch_kept(connection: Connection, wanted: Sequence[int]) -> dict[int, Frame]:
    """Frames by their ids from those kept; the others from the log, as long as it has them."""
    query = select(kept_frames).where(among(connection, kept_frames.c.frame, wanted))
    found = {row.frame: unpack(row.data)[0] for row in connection.execute(query)}
    return found | fetch_many(connection, (i for i in wanted if i not in found))


def pack(frames: Sequence[Frame]) -> bytes:
    """Frames as one compressed text of bytes."""
    heads = [
        [
            frame.source,
            frame.peer,
            to_ms(frame.received_at),
            frame.device,
            to_ms(frame.sent_at) if frame.sent_at else None,
            frame.verdict,
            frame.problems,
            frame.note,
            len(frame.raw),
        ]
        for frame in frames
    ]
    head = json.dumps(heads, ensure_ascii=False, separators=(",", ":")).encode()
    return zlib.compress(b"%d\n%s%s" % (len(head), head, b"".join(f.raw for f in frames)), _FAST)


def unpack(data: bytes) -> list[Frame]:
    """The inverse of `pack`."""
    length, _, rest = zlib.decompress(data).partition(b"\n")
    heads: list[list[Any]] = json.loads(rest[: int(length)])
    frames, at = [], int(length)
    for source, peer, received, device, sent, verdict, problems, note, size in heads:
        frames.append(
            Frame(
                source=source,
                peer=peer,
                received_at=from_ms(received),
                raw=rest[at : at + size],
                device=device,
                sent_at=None if sent is None else from_ms(sent),
                verdict=verdict,
                problems=tuple(problems),
                note=note,
            )
        )
        at += size
    return frames
