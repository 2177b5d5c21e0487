"""Meters against the daemon: over a real broker, killed and started again, and through its door."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.clock import to_ms
from monitor.observation import Period
from monitor.store import Store, devices, readings
from tests import wire
from tests.daemon.process import Process, uscc
from tests.power.kit import GATEWAY, METER, Gateway
from tests.servers import Mosquitto, wait_for

KILLS = 3
SECRET = "a-secret-for-meters"
TREATMENT = "示例电表02"
ZONE = ZoneInfo("Asia/Shanghai")
BEGIN = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
ADAPTER = """
[[adapters]]
type = "power"
name = "meters"
url = "mqtt://127.0.0.1:{port}"
topics = ["/gw/acrelHW/#"]
profile = "acrel-adw300"
values = "secondary"
secret = "{secret}"
"""


def register(daemon: Process) -> None:
    """An enterprise with a line: production behind transformers of 80, treatment behind none."""
    daemon.register(1)
    sheet = f"meter,uscc,facility,rated_kw,line,ratio\n{METER},{uscc(0)},production,100,一线,80\n"
    sheet += f"{TREATMENT},{uscc(0)},treatment,20,一线,1\n"
    (daemon.folder / "registry" / "meters.csv").write_text(sheet, encoding="utf-8")
    daemon.command("registry", "import", str(daemon.folder / "registry"))


def message(second: int) -> dict[str, object]:
    """A reading of the counter, each a second later."""
    at = (BEGIN + timedelta(seconds=second)).astimezone(ZONE)
    said = {"type": "data", "gwSN": GATEWAY, "meterSN": METER, "time": f"{at:%Y%m%d%H%M%S}"}
    return said | {"P": 0.5, "EPI": 100 + second / 1000}


def stored(store: Store) -> dict[int, tuple[float, bool]]:
    """By second: the counter as it is stored, and whether it came late."""
    with store.read() as connection:
        number = devices.find(connection, [METER]).get(METER)
        if number is None:
            return {}
        span = (to_ms(BEGIN), to_ms(BEGIN + timedelta(days=20)))
        found = readings.stored(connection, number, METER, Period.REALTIME, *span)
        rows = [((to_ms(one.readings.start) - to_ms(BEGIN)) // 1000, one) for one in found]
        assert len(rows) == len({second for second, _ in rows})  # each is a row, once
        return {
            second: (one.readings.values[one.readings.layout.pollutants.index("EPI")], one.late)
            for second, one in rows
        }


@pytest.mark.slow
def test_whatever_meters_said_survives_sigkill_and_is_there_once(
    database_url: str, tmp_path: Path, mosquitto: Mosquitto
) -> None:
    draw = random.Random(20261126)
    extra = ADAPTER.format(port=mosquitto.port, secret=SECRET)
    daemon = Process(tmp_path, database_url, extra=extra)
    register(daemon)
    daemon.start()
    wait_for(lambda: "Sending SUBACK to offsite-monitor-meters" in mosquitto.log)
    with Gateway(mosquitto.port) as gateway:
        sent = 0
        for _ in range(KILLS):
            for second in range(sent, sent + 200):
                gateway.say("data", message(second))
            sent += 200
            time.sleep(draw.uniform(0.0, 0.4))  # the instant is what is being tried
            daemon.kill()
            for again in range(sent - 20, sent):  # the gateway was not answered
                gateway.say("hstdata", message(again) | {"type": "hstdata"})
            daemon.start()
        gateway.all_taken()
        gateway.say("login", {"type": "login", "gwSN": GATEWAY})
        wait_for(lambda: gateway.replies, timeout=60)
        assert gateway.replies[-1][1] == {"type": "login", "res": 1}
    url = f"{daemon.api}/feeds/meters"
    pushed = wire.post(f"{url}/{SECRET}", json=message(sent))
    assert (pushed.status_code, pushed.json()) == (200, {})
    nonsense = wire.post(f"{url}/{SECRET}", content=b"\x78\x9c")
    assert (nonsense.status_code, nonsense.json()) == (200, {"res": 0})
    assert wire.post(f"{url}/wrong", json={}).status_code == 401
    store = Store(database_url)
    wait_for(lambda: len(stored(store)) > sent, timeout=60)
    found = stored(store)
    store.close()
    assert sorted(found) == list(range(sent + 1))
    for at, (energy, late) in found.items():
        assert energy == pytest.approx((100 + at / 1000) * 80)  # the register's ratio, once
        assert late  # two days ago
    headers = {"Authorization": f"Bearer {daemon.token()}"}
    known = wire.get(f"{daemon.api}/devices/{METER}", headers=headers).json()
    assert known["registered"], known
    shown = wire.get(
        f"{daemon.api}/outlets/{METER}/observations",
        params={"period": "realtime", "from": BEGIN.isoformat(), "pollutant": "P", "limit": 5},
        headers=headers,
    ).json()
    assert [each["value"] for each in shown["items"]] == [40.0] * 5
    assert daemon.end() == 0


def test_production_without_treatment_is_an_alert_to_screen(
    database_url: str, tmp_path: Path
) -> None:
    adapter = '[[adapters]]\ntype = "power"\nname = "meters"\nprofile = "acrel-adw300"\n'
    adapter += f'values = "secondary"\nsecret = "{SECRET}"\n'
    daemon = Process(tmp_path, database_url, extra=adapter)
    register(daemon)
    daemon.start()
    hour = BEGIN.replace(minute=0, second=0)
    for quarter in range(13):  # 80 kW of 100 installed; 0 of 20 in the second hour, else 10
        at = (hour + quarter * timedelta(minutes=15)).astimezone(ZONE)
        ran = quarter - min(max(quarter - 4, 0), 4)
        for meter, energy in ((METER, 100 + quarter * 20 / 80), (TREATMENT, 50 + ran * 2.5)):
            said = {"type": "hstdata", "gwSN": GATEWAY, "meterSN": meter, "EPI": energy}
            sent = said | {"time": f"{at:%Y%m%d%H%M%S}"}
            url = f"{daemon.api}/feeds/meters/{SECRET}"
            assert wire.post(url, json=sent).json() == {}
    headers = {"Authorization": f"Bearer {daemon.token()}"}

    def found() -> list[dict[str, Any]]:
        url = f"{daemon.api}/alerts"
        items = wire.get(url, headers=headers).json()["items"]
        return [item for item in items if item["rule"] == "treatment-off"]

    wait_for(lambda: found() and found()[0]["state"] == "cleared", timeout=90)
    (alert,) = found()
    assert (alert["outlet"], alert["outcome"], alert["count"]) == (TREATMENT, "screen", 1)
    assert alert["enterprise"]["uscc"] == uscc(0)
    start = datetime.fromisoformat(alert["start"])
    assert start == hour + timedelta(hours=1)
    assert daemon.end() == 0
