"""One enterprise, one file (一企一档): everything about it in one answer, and nothing of another."""

from __future__ import annotations

from tests.api.conftest import EAST, MN, WEST, Bureau
from tests.api.test_records import CASE, RELIEF, TYPICAL, made

SPAN = {"start": "2026-11-20T08:00:00+08:00", "end": "2026-11-20T09:00:00+08:00"}


def about(bureau: Bureau, uscc: str) -> None:
    own = {"uscc": uscc}
    mark = {"mn": MN[uscc], "class": "device", "item": "CEMS维护", "manual": True}
    complaint = {"channel": "visit", "received_at": SPAN["start"], "text": "夜间异味"}
    for noun, body in (
        ("cases", CASE | own),
        ("reliefs", RELIEF | own),
        ("typical-cases", TYPICAL | own),
        ("emergency-orders", own | {"kind": "stop", "start": SPAN["start"]}),
        ("marks", mark | SPAN),
        ("complaints", complaint | own | {"reporter": {"name": "示例举报人"}}),
        ("draws", {"date": "2026-11-20", "enterprises": [uscc]}),
    ):
        made(bureau, noun, body, "admin")
    proposal = {"change": "remove", "from": "2026-12-01", "grounds": "x"} | own
    made(bureau, "positive-list/proposals", proposal, "admin")
    bureau.alert(uscc)


def test_everything_about_one_and_nothing_of_another(bureau: Bureau) -> None:
    bureau.with_outlets()
    for uscc in (EAST, WEST):
        if not bureau.call("GET", f"positive-list?uscc={uscc}").json()["items"]:
            body = {"uscc": uscc, "category": "3", "listed_from": "2026-01-01"}
            made(bureau, "positive-list", body, "admin")
        about(bureau, uscc)
    found = bureau.call("GET", f"enterprises/{EAST}", "viewer", "东区").json()
    single = ("cases", "reliefs", "typical_cases", "emergency_orders", "marks", "complaints")
    for name in (*single, "draws", "proposals", "listings"):
        assert len(found[name]) == 1, name
    assert len(found["alerts"]) >= 1
    assert found["draws"][0]["treatment"] == "exempt"
    assert WEST not in str(found)
    assert "示例举报人" not in str(found)
    assert bureau.call("GET", f"enterprises/{EAST}", "viewer", "西区").status_code == 404
