"""`openapi`: the API's machine-readable document, without a daemon."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

from monitor.actions import Desk
from monitor.api import Services, create_app
from monitor.api.shown import Shown
from monitor.changed import Changed
from monitor.metrics import Metrics
from monitor.register import Register
from monitor.store import Store


def openapi() -> None:
    """Print the OpenAPI document of this version (docs/openapi.json)."""
    zone = ZoneInfo("Asia/Shanghai")
    store = Store("postgresql://nowhere/none")  # opened by nobody: only the routes are looked at
    desk = Desk(store=store, zone=zone, register=Register)
    services = Services(desk=desk, changed=Changed(), metrics=Metrics(), shown=Shown(zone))
    print(json.dumps(create_app(services).openapi(), ensure_ascii=False, indent=1, sort_keys=True))
