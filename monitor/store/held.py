"""Frames that are parts of something whose other parts have not come yet: kept for a restart.

They also stand in the frame log; here they are found by what they are parts of.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, select

from monitor.observation import Frame
from monitor.store.bulk import insert_new
from monitor.store.frames import pack, unpack
from monitor.store.tables import held_frames


def note(
    connection: Connection, heard: Iterable[tuple[int, Frame, str | None, str | None]]
) -> None:
    """Of frames with their ids, keep those held under a key, and let go of released keys, in order."""
    held: dict[tuple[str, str], list[tuple[int, Frame]]] = {}
    released: set[tuple[str, str]] = set()
    for number, frame, key, done in heard:
        if key is not None:
            held.setdefault((frame.source, key), []).append((number, frame))
        if done is not None:
            held.pop((frame.source, done), None)
            released.add((frame.source, done))
    for adapter, key in sorted(released):
        connection.execute(
            delete(held_frames).where(held_frames.c.adapter == adapter, held_frames.c.key == key)
        )
    rows = [(*key, number, pack([frame])) for key, each in held.items() for number, frame in each]
    insert_new(connection, held_frames, rows)


def of(connection: Connection, adapter: str) -> list[tuple[str, Frame]]:
    """What an adapter holds: (key, frame), oldest first."""
    query = select(held_frames.c.key, held_frames.c.data).where(held_frames.c.adapter == adapter)
    rows = connection.execute(query.order_by(held_frames.c.frame))
    return [(key, unpack(data)[0]) for key, data in rows]
