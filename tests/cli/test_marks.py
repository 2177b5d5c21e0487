"""`marks`: in from a file, all or nothing, and listed."""

from __future__ import annotations

from pathlib import Path

from monitor.store import Store, marks
from tests.cli.conftest import Call
from tests.registers import SAMPLE

MN = "DE000100000000000000A001"
HEADER = "设备编码,标记类别,标记项,开始时间,结束时间,人工,原因,提交时间\n"


def entered(url: str) -> list[str]:
    store = Store(url)
    with store.read() as connection:
        found = [row.item for row in marks.listed(connection, (), 100)]
    store.close()
    return found


def test_marks_come_in_once(call: Call, config: Path, database_url: str, tmp_path: Path) -> None:
    call("registry", "import", SAMPLE, "--config", config)
    path = tmp_path / "标记.csv"
    row = f"{MN},设备,校准,2026-11-02 08:00,2026-11-02 09:00,是,示例,2026-11-02 09:10\n"
    path.write_text(HEADER + row, "utf-8")
    done = call("marks", "import", path, "--config", config)
    assert (done.code, done.out) == (0, "1 marks entered, 0 were there already\n")
    again = call("marks", "import", path, "--config", config)
    assert again.out == "0 marks entered, 1 were there already\n"
    assert entered(database_url) == ["校准"]
    listed = call("marks", "list", MN, "--config", config)
    assert "校准" in listed.out
    assert "2026-11-02T08:00:00+08:00" in listed.out


def test_with_one_bad_row_nothing_is_entered(
    call: Call, config: Path, database_url: str, tmp_path: Path
) -> None:
    call("registry", "import", SAMPLE, "--config", config)
    path = tmp_path / "标记.csv"
    good = f"{MN},设备,校准,2026-11-02 08:00,2026-11-02 09:00,是,,\n"
    path.write_text(HEADER + good + good.replace(MN, "NOBODY"), "utf-8")
    done = call("marks", "import", path, "--config", config)
    assert done.code == 1
    assert "NOBODY" in done.err
    assert entered(database_url) == []
