"""`limits`: the catalogue, and a sheet of proposals that is checked and imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.registry import read
from monitor.store import Store, books
from tests.cli.conftest import Call
from tests.registers import mn, uscc, write_csv

LIMITS = "mn,pollutant,period,limit,basis,clause,valid_from\n"


@pytest.fixture
def register(call: Call, config: Path, tmp_path: Path) -> Path:
    """Four outlets: one that is clear, one with a permit, one that is not clear, two with nothing."""
    outlets = [
        (1, "GB13271—2014 表3", "3.5", "gas_boiler"),
        (2, "GB 13223-2011", "6", "coal_boiler"),
        (3, "GB 13271-2014", "3.5", ""),
        (4, "", "", ""),
        (5, "Q/ABC 1-2020", "", ""),
    ]
    lines = [f"{mn(n)},{uscc(1)},DA00{n},air,{s},{o},{k}\n" for n, s, o, k in outlets]
    files = {
        "enterprises": f"uscc,name,district\n{uscc(1)},示例厂,东区\n",
        "outlets": "mn,uscc,code,medium,standard,reference_oxygen,kind\n" + "".join(lines),
        "limits": LIMITS + f"{mn(2)},a34013,hour,10,converted,排污许可证,2024-01-01\n",
    }
    done = call("registry", "import", write_csv(tmp_path / "r", files), "--config", config)
    assert done.code == 0, done.err
    return config


def rows(out: str) -> list[list[str]]:
    return [line.split("\t") for line in out.splitlines() if "\t" in line]


def results(out: str) -> dict[tuple[str, str], str]:
    """(device, code) → what becomes of it; the last where there are several."""
    return {(row[0], row[1].split(" ")[0]): row[8] for row in rows(out)[1:]}


def test_a_proposal_is_written_checked_and_imported(
    call: Call, register: Path, database_url: str, tmp_path: Path
) -> None:
    sheet = tmp_path / "out" / "limits.csv"
    done = call("limits", "propose", "--config", register, "--out", sheet)
    assert done.code == 0, done.err
    written = read(sheet).limits
    assert {(x.mn, x.pollutant, x.limit) for x in written} == {
        (mn(1), "a34013", 20),
        (mn(1), "a21026", 50),
        (mn(1), "a21002", 150),
        (mn(2), "a21026", 50),
        (mn(2), "a21002", 100),
        (mn(2), "a20057", 0.03),
    }
    assert all(x.clause and x.source for x in written)
    assert not any(x.verified for x in written if x.pollutant == "a20057")
    store = Store(database_url)
    with store.read() as connection:
        assert len(books.load(connection).limits) == 1  # nothing took effect
    assert call("registry", "import", sheet, "--config", register).code == 0
    with store.read() as connection:
        assert len(books.load(connection).limits) == 7
    store.close()
    again = call("limits", "propose", "--config", register, "--out", tmp_path / "limits.csv")
    assert not (tmp_path / "limits.csv").exists()
    assert again.out.splitlines()[-1] == "没有可写入的条目"


def test_it_tells_what_is_proposed_and_why_the_rest_is_not(
    call: Call, register: Path, tmp_path: Path
) -> None:
    out = call("limits", "propose", "--config", register, "--out", tmp_path / "limits.csv").out
    told = results(out)
    assert told[mn(1), "a21026"] == "拟采用"
    assert told[mn(2), "a34013"] == "许可优先"
    assert told[mn(3), "a21026"] == "待定"
    assert (told[mn(4), ""], told[mn(5), ""]) == ("无可用条目", "无可用条目")
    reasons = {(row[0], row[10]) for row in rows(out)}
    assert (mn(4), "排口未登记执行标准") in reasons
    assert (mn(5), "目录中没有该标准：Q/ABC 1-2020") in reasons
    assert any("设施不明" in why for device, why in reasons if device == mn(3))
    assert out.splitlines()[-2].startswith("拟采用 6 条，许可优先 1 条，待定 ")


def test_it_speaks_english(call: Call, register: Path, tmp_path: Path) -> None:
    config = tmp_path / "english.toml"
    config.write_text(f'language = "en"\n{register.read_text("utf-8")}', encoding="utf-8")
    done = call("limits", "propose", "--config", config, "--out", tmp_path / "limits.csv")
    assert done.code == 0, done.err
    told = results(done.out)
    assert told[mn(1), "a21026"] == "proposed"
    assert told[mn(2), "a34013"] == "permit holds"
    assert told[mn(3), "a21026"] == "unclear"
    assert told[mn(4), ""] == "nothing"
    assert "which facility?" in done.out
    assert (tmp_path / "limits.csv").read_text("utf-8-sig").startswith("mn,pollutant,period,")


def test_a_kind_decides_for_the_outlets_named(call: Call, register: Path, tmp_path: Path) -> None:
    words = ("limits", "propose", "--config", register, "--out", tmp_path / "limits.csv")
    done = call(*words, "--mn", mn(3), "--kind", "gas_boiler")
    assert {row[0] for row in rows(done.out)[1:]} == {mn(3)}
    assert results(done.out)[mn(3), "a21002"] == "拟采用"


def test_a_kind_is_not_said_of_all_outlets(call: Call, register: Path, tmp_path: Path) -> None:
    words = ("limits", "propose", "--config", register, "--out", tmp_path / "limits.csv")
    done = call(*words, "--kind", "gas_boiler")
    assert done.code == 2
    assert "--mn" in done.err
    assert not (tmp_path / "limits.csv").exists()


def test_a_class_and_ultra_low_emissions_are_asked_for(
    call: Call, register: Path, tmp_path: Path
) -> None:
    sheet = tmp_path / "limits.csv"
    words = ("limits", "propose", "--config", register, "--out", sheet, "--mn", mn(2))
    call(*words, "--class", "new")
    assert {x.limit for x in read(sheet).limits if x.pollutant == "a21026"} == {100}
    call(*words, "--ultra-low")
    assert {x.limit for x in read(sheet).limits if x.pollutant == "a21026"} == {35}


def test_a_workbook_can_be_imported_too(call: Call, register: Path, tmp_path: Path) -> None:
    book = tmp_path / "proposed.xlsx"
    call("limits", "propose", "--config", register, "--out", book)
    done = call("registry", "import", book, "--dry-run", "--config", register)
    assert done.code == 0, done.err
    assert "limits\t6\t0\t0\t1" in done.out


@pytest.mark.parametrize("name", ["proposed.csv", "limits.txt"])
def test_a_file_that_could_not_be_imported_is_not_written(
    name: str, call: Call, register: Path, tmp_path: Path
) -> None:
    done = call("limits", "propose", "--config", register, "--out", tmp_path / name)
    assert done.code == 1
    assert "limits.csv" in done.err
    assert not (tmp_path / name).exists()


def test_an_outlet_that_is_not_there_is_told(call: Call, register: Path, tmp_path: Path) -> None:
    words = ("limits", "propose", "--config", register, "--out", tmp_path / "limits.csv")
    done = call(*words, "--mn", mn(1), "--mn", "nobody")
    assert (done.code, done.out) == (1, "")
    assert "nobody" in done.err


def test_the_catalogue_is_listed(call: Call) -> None:
    everything = rows(call("limits", "list").out)
    assert len(everything) > 400
    some = rows(call("limits", "list", "--standard", "GB18918", "--pollutant", "氨氮").out)
    assert {row[0] for row in some[1:]} == {"GB 18918-2002"}
    assert {row[2] for row in some[1:]} == {"w21003 氨氮"}
    assert any("水温≤12 ℃" in row[9] for row in some)
    english = call("limits", "list", "--standard", "GB18918", "--language", "en")
    assert rows(english.out)[0][:3] == ["standard", "facility", "pollutant"]
    assert "water above 12 °C" in english.out


def test_a_standard_that_is_not_in_it_is_told(call: Call) -> None:
    done = call("limits", "list", "--standard", "GB 1-1900")
    assert done.code == 1
    assert "GB 1-1900" in done.err
