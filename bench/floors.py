"""What nothing that does the work could beat: a server that only answers, a database that only stores."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import time
from pathlib import Path

import uvloop


async def _serve(port: int) -> None:
    """Answer every line with a constant: no parsing, no store."""
    answer = (
        b"##0087QN=20261101000000000;ST=91;CN=9014;PW=123456;MN=51D000000000000000000000;"
        b"Flag=4;CP=&&&&0000\r\n"
    )

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(answer * data.count(b"\r\n"))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=2048)
    print("listening", flush=True)
    await server.serve_forever()


def sqlite_rows(folder: Path, rows: int = 200_000, batch: int = 1000) -> float:
    """Rows of 200 bytes a second into SQLite with a full sync a batch."""
    connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE t (a INTEGER, b INTEGER, c BLOB, PRIMARY KEY (a, b)) WITHOUT ROWID"
    )
    blob = os.urandom(180)
    began = time.monotonic()
    for at in range(0, rows, batch):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO t VALUES (?, ?, ?)", [(at, n, blob) for n in range(batch)]
        )
        connection.execute("COMMIT")
    took = time.monotonic() - began
    connection.close()
    return rows / took


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
