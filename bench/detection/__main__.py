"""How well the rules over curves do, on synthetic outlets; a year of a city; scores of a file.

    python -m bench.detection [--outlets N] [--months M] [--rules a,b] …
    python -m bench.detection --final | --second-final | --third-final | --fourth-final
    python -m bench.detection --fleet 1500 [--days 365]
    python -m bench.detection --check [--outlets N] [--months M]
    python -m bench.detection --faults
    python -m bench.detection --csv FILE [--column value] [--timestamp timestamp] [--season 24]

All but the last three print markdown and write it to `--out` (`var/detection-rules-dev.md` and the like).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.detection import run, table
from bench.detection.parameters import Phase
from bench.detection.study import MONTH


def main() -> None:
    wanted = _arguments().parse_args()
    if wanted.csv:
        from bench.detection import scored  # needs a module that all else does without

        target = wanted.out or wanted.csv.with_name(wanted.csv.name + ".score.csv")
        rows = scored.run(wanted.csv, target, wanted.column, wanted.timestamp, wanted.season)
        print(f"{rows} rows: {target}")
        return
    if wanted.faults:
        print(table.faults())
        return
    phase = wanted.phase
    names = [name for name in wanted.rules.split(",") if name]
    days = round(wanted.months * MONTH)
    if wanted.check:
        print(run.check(names, wanted.outlets, days, phase, wanted.jobs))
        return
    if wanted.fleet:
        kind, text = "fleet", run.fleet(names, wanted.fleet, wanted.days, phase, wanted.jobs)
    else:
        kind, text = "rules", run.measure(names, wanted.outlets, days, phase, wanted.jobs)
    target = wanted.out or Path("var") / f"detection-{kind}-{phase}.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    print(text)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.detection",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(phase=Phase.DEV)
    for phase in (phase for phase in Phase if phase is not Phase.DEV):
        parser.add_argument(
            f"--{phase}",
            dest="phase",
            action="store_const",
            const=phase,
            help="its seeds and parameters",
        )
    parser.add_argument("--outlets", type=int, default=100)
    parser.add_argument("--months", type=float, default=4)
    parser.add_argument("--rules", default="", help="names, with commas; all unless given")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--fleet", type=int, default=0, metavar="OUTLETS")
    parser.add_argument("--days", type=int, default=365, help="of a fleet")
    parser.add_argument(
        "--check",
        action="store_true",
        help="whether rules look ahead, or further back than they say",
    )
    parser.add_argument("--faults", action="store_true", help="print the table of faults")
    parser.add_argument("--csv", type=Path, metavar="FILE")
    parser.add_argument("--column", default="value")
    parser.add_argument("--timestamp", default="timestamp")
    parser.add_argument("--season", type=int, default=24, help="rows in a season of the file")
    parser.add_argument("--out", type=Path)
    return parser


if __name__ == "__main__":
    main()
