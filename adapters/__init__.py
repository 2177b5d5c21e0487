"""The feeds: one folder per protocol, each saying only what its source said.

`TYPES` maps the `type` of an `[[adapters]]` entry to the package that holds it. Adding a feed is
a folder here and a line in this table.
"""

TYPES: dict[str, str] = {
    "hj212": "adapters.hj212",
    "mqtt": "adapters.mqtt",
    "webhook": "adapters.video.webhook",
    "hikvision": "adapters.video.hikvision",
    "dahua": "adapters.video.dahua",
    "frigate": "adapters.video.frigate",
    "drone": "adapters.drone.upload",
    "dji": "adapters.drone.dji",
    "wvp": "adapters.video.wvp",
    "onvif": "adapters.video.onvif",
    "power": "adapters.power",
    "firms": "adapters.satellite.firms",
    "hotgrid": "adapters.satellite.hotgrid",
    "observations": "adapters.observations",
}
