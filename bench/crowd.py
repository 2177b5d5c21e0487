"""How long devices wait for answers beside broken and hostile ones.

    python -m bench.crowd [--connections 5000] [--rude 500] [--database sqlite|postgresql]

Every polite device sends a frame every ten seconds and waits for its answer; the rude ones send half
frames, a byte a second, floods, garbage and TCP resets. The same without the rude ones first, in the same
run. A JSON line each: frames sent, answered, lost, and the seconds to an answer.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.replay import invented
from bench import daemon as bench
from tests.daemon import crowd
from tests.servers import free_port


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.crowd", description=__doc__)
    parser.add_argument("--connections", type=int, default=5000)
    parser.add_argument("--rude", type=int, default=500)
    parser.add_argument("--frames", type=int, default=6)
    parser.add_argument("--pause", type=float, default=10.0)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    options = parser.parse_args()
    for rude in (0, options.rude):
        print(json.dumps(_measure(options, rude)), flush=True)


def _measure(options: argparse.Namespace, rude: int) -> dict[str, object]:
    names = [device.mn for device in invented(options.connections)]
    polite = len(names) - rude
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench.registry(folder / "registry", polite)
        with bench.database(options.database, folder) as url:
            port = free_port()
            with bench.daemon(folder, url, port):
                report = asyncio.run(
                    crowd.gather(
                        port,
                        names[:polite],
                        names[polite:],
                        begin,
                        frames=options.frames,
                        pause=options.pause,
                    )
                )
    cuts = statistics.quantiles(report.waits, n=1000)
    return {
        "database": options.database,
        "polite": polite,
        "rude": rude,
        "sent": report.sent,
        "answered": report.answered,
        "lost": report.lost,
        "median": round(cuts[499], 3),
        "p99": round(cuts[989], 3),
        "p99.9": round(cuts[998], 3),
        "most": round(max(report.waits), 3),
        "rude_did": report.rude,
    }


if __name__ == "__main__":
    sys.exit(main())
