"""The runs of `make fuzz`: a guided one, then many mutations, with what they did as a table."""

from __future__ import annotations

import argparse
import faulthandler
import multiprocessing
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from tests.fuzz import corpus
from tests.fuzz.mutation import Mutator
from tests.fuzz.target import Target

HANG = 10.0
"""Seconds of its own that an input may take (a machine that stands still is no hang); a longer one shows
its traceback and ends the run."""

THOROUGH = 8
"""One input of so many is read in every way, all of them in the way that frames are received."""

_REPORT = 5_000
_SETTLED = 10
"""Memory is compared from a tenth of the run on: caches are full by then."""
_GROWTH = 16 * 1024
"""KiB that it may grow after that."""


def mutate(frames: int, seed: int, report: multiprocessing.Queue[tuple[int, int, int]]) -> None:
    """Feed so many mutated inputs; each report is (inputs, frames found in them, KiB of memory)."""
    target, mutator = Target(), Mutator(corpus.seeds(), seed)
    faulthandler.register(signal.SIGVTALRM, chain=True)  # which then ends the process
    done = 0
    while done < frames:
        count = min(_REPORT, frames - done)
        found = 0
        for number in range(count):
            data = mutator.next()
            signal.setitimer(signal.ITIMER_VIRTUAL, HANG)
            try:
                found += target.take(data, thorough=number % THOROUGH == 0)
            except BaseException:
                print(f"seed {seed}, input {data.hex()}", file=sys.stderr)
                raise
        done += count
        report.put((count, found, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def mutations(frames: int, processes: int, seed: int) -> bool:
    """Run the mutations side by side; False if a process failed or memory grew."""
    report: multiprocessing.Queue[tuple[int, int, int]] = multiprocessing.Queue()
    share = -(-frames // processes)
    workers = [
        multiprocessing.Process(target=mutate, args=(share, seed + number, report))
        for number in range(processes)
    ]
    began = time.monotonic()
    for worker in workers:
        worker.start()
    done, found, early, most = 0, 0, 0, 0
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("mutated inputs", total=share * processes)
        while done < share * processes and all(w.exitcode in (None, 0) for w in workers):
            try:
                count, frames_in_it, memory = report.get(timeout=1)
            except Exception:  # noqa: BLE001 - nothing reported within a second
                continue
            done += count
            found += frames_in_it
            most = max(most, memory)
            early = most if done <= share * processes // _SETTLED else early or most
            bar.update(task, completed=done)
    for worker in workers:
        worker.join()
    seconds = time.monotonic() - began
    grown = most - early
    print(
        f"{done:,} mutated inputs with {found:,} frames in {seconds:,.0f} s"
        f" ({done / seconds:,.0f}/s), seeds {seed} to {seed + processes - 1}; memory"
        f" {early / 1024:.0f} MiB after a tenth, {most / 1024:.0f} MiB at most"
    )
    failed = [worker.exitcode for worker in workers if worker.exitcode]
    if failed:
        print("FAILED: the input is above", file=sys.stderr)
    if grown > _GROWTH:
        print(f"FAILED: memory grew by {grown / 1024:.0f} MiB", file=sys.stderr)
    return not failed and grown <= _GROWTH


def guided(seconds: int) -> bool:
    """Search for inputs that reach new code (libFuzzer through atheris), and keep them."""
    with tempfile.TemporaryDirectory() as folder:
        seeds, found = Path(folder, "seeds"), Path(folder, "found")
        seeds.mkdir()
        found.mkdir()
        for number, data in enumerate(corpus.seeds()):
            seeds.joinpath(f"{number:05d}").write_bytes(data)
        command = [sys.executable, "-m", "tests.fuzz.guided"]
        options = [
            f"-max_total_time={seconds}",
            "-timeout=10",
            "-max_len=4096",
            "-print_final_stats=1",
        ]
        ran = subprocess.run([*command, str(found), str(seeds), *options], check=False)
        if ran.returncode:
            print("FAILED: the input is above, and in crash-* or timeout-*", file=sys.stderr)
            return False
        known = set(corpus.found())
        new = {path.read_bytes() for path in found.iterdir()} - known
        corpus.keep([*corpus.found(), *sorted(new, key=lambda each: (len(each), each))])
        print(f"{len(new)} new inputs in the corpus")
    return True


def main() -> int:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--frames", type=int, default=0, help="mutated inputs")
    parser.add_argument("--guided", type=int, default=0, help="seconds guided by coverage")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    good = not options.guided or guided(options.guided)
    if options.frames:
        good = mutations(options.frames, options.processes, options.seed) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
