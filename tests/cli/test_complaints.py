"""`complaints`: a file comes in, all or nothing, and nobody's name goes out."""

from __future__ import annotations

from pathlib import Path

from monitor.clock import now
from monitor.registry.importing import import_books
from monitor.store import Store, tasks
from monitor.store.complaints import Wanted, listed
from tests.cli.conftest import Call, write_config
from tests.registers import SAMPLE

HEAD = "渠道,编号,收到时间,统一社会信用代码,举报内容,举报人\n"
NAME = "示例举报人戊"


def test_a_file_is_recorded_once_and_shown_without_who(
    call: Call, store: Store, database_url: str, tmp_path: Path
) -> None:
    config = write_config(
        tmp_path, database_url, '[keys]\nmaster = "an example master secret for tests"\n'
    )
    import_books(store, SAMPLE, now=now())
    codes = [line.split(",")[0] for line in (SAMPLE / "enterprises.csv").read_text("utf-8").split()]
    good = f"12345,示例-1,2026-11-01 08:00,{codes[1]},{NAME}说有异味,{NAME}\n"
    good += f"12345,示例-2,2026-11-01 09:00,{codes[1]},又有异味,\n"
    path = tmp_path / "complaints.csv"

    def run(rows: str, *words: str) -> tuple[int, str]:
        path.write_text(HEAD + rows, encoding="utf-8")
        done = call("complaints", "import", path, *words, "--config", config)
        assert NAME not in done.out + done.err
        return done.code, done.out + done.err

    assert run(good, "--dry-run") == (0, "2 complaints would be recorded, 0 were there already\n")
    code, said = run(good + f"{NAME},示例-3,2026-11-01 09:00,{codes[1]},x,\n")
    assert (code, "第 4 行" in said) == (1, True)
    with store.read() as connection:
        assert listed(connection, (), 10, None, Wanted()) == []
    assert run(good) == (0, "2 complaints recorded, 0 were there already\n")
    assert run(good) == (0, "0 complaints recorded, 2 were there already\n")
    done = call("complaints", "list", "--state", "received", "--config", config)
    assert (done.code, done.out.count("示例-"), NAME in done.out) == (0, 2, False)
    with store.read() as connection:
        rows = listed(connection, (), 10, None, Wanted())
        (task,) = {row.task for row in rows}
        found = tasks.find(connection, task)
    assert found is not None
    assert (found.trigger, found.mandatory) == ("complaint", True)
