"""All benches, one after the other: a JSON line each."""

from __future__ import annotations

import json
import subprocess
import sys

from bench import daemon, queue


def main() -> None:
    for each in ("bench.parse", "bench.judge"):
        subprocess.run([sys.executable, "-m", each], check=True)
    for database in ("sqlite", "postgresql"):
        for in_flight in ("1", "4"):
            options = ["--database", database, "--in-flight", in_flight]
            print(json.dumps(daemon.measure(daemon.arguments().parse_args(options))), flush=True)
    for database in ("sqlite", "postgresql"):
        options = ["--database", database]
        print(json.dumps(queue.measure(queue.arguments().parse_args(options))), flush=True)


if __name__ == "__main__":
    main()
