"""Fifty officers who poll and claim at once, two thousand tasks."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import insert

from monitor.actions import Desk, tasks
from monitor.errors import Conflict
from monitor.store import Store, audit, outbox, tables, views
from tests.test_actions import AT, LI, REGISTER, ZONE

OFFICERS, TASKS = 50, 2_000


def fill(store: Store) -> None:
    row = {
        "state": "queued", "mandatory": True, "trigger": "manual", "uscc": None, "district": "东区",
        "reason": "示例", "listing": {}, "legal_basis": [], "queued_at": AT, "version": 1,
        "deadline": {}, "place": {"longitude": 1.0, "latitude": 1.0},
    }  # fmt: skip
    with store.write() as connection:
        connection.execute(
            insert(tables.tasks),
            [
                row | {"priority": n % 5 + 1, "due_at": AT + timedelta(minutes=n)}
                for n in range(TASKS)
            ],
        )


def test_no_task_is_claimed_twice_and_none_is_lost(store: Store) -> None:
    fill(store)
    desk = Desk(store=store, zone=ZONE, register=lambda: REGISTER, now=lambda: AT)
    won: list[tuple[int, str]] = []
    start = threading.Barrier(OFFICERS)

    def work(number: int) -> None:
        who = replace(LI, name=f"officer {number}")
        start.wait()
        while True:
            with store.read() as connection:
                queue = views.queue(connection, ["东区"], views.Queue(states=("queued",)), OFFICERS)
            if not queue:
                return
            task = queue[number % len(queue)].id
            try:
                claimed = tasks.claim(desk, who, task)
            except Conflict:
                continue
            won.append((task, claimed["task"]["claimed_by"]))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(OFFICERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == TASKS
    assert set(Counter(task for task, _ in won).values()) == {1}
    with store.read() as connection:
        rows = connection.execute(tables.tasks.select()).all()
        assert {row.id: row.claimed_by for row in rows} == dict(won)
        told = outbox.after(connection, 0, 10 * TASKS, 10 * TASKS, [])
        assert Counter(row.task for row in told) == Counter(range(1, TASKS + 1))
        assert audit.verify(connection) is None
