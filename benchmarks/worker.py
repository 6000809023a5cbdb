"""One measurement in a process of its own: a dump or loads of one file; prints a line of JSON.

Run by run.py: python worker.py dump|load FORMAT PICKLE FILE
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import resource
import statistics
import sys
import time
import warnings
from pathlib import Path

# As small as the models are, a measurement takes about so long.
_SECONDS = 0.4


def _rss() -> int:
    """Bytes of memory in use now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Measure, and print what was found."""
    action, name, pickled, path = sys.argv[1:]
    warnings.simplefilter("ignore")
    from formats import FORMATS

    way = FORMATS[name]
    # Whatever has to be imported is, before the clock starts.
    _warm(way, pickled)
    if action == "dump":
        with open(pickled, "rb") as file:
            model = pickle.load(file)
        run = lambda: way.dump(model, Path(path))  # noqa: E731
    else:
        run = lambda: way.load(Path(path))  # noqa: E731
    cpu, wall = [], []
    before, made = _rss(), None
    begun = time.perf_counter()
    while not cpu or (time.perf_counter() - begun < _SECONDS and len(cpu) < 200):
        made = None
        gc.collect()
        start, clock = time.process_time_ns(), time.perf_counter_ns()
        made = run()
        cpu.append((time.process_time_ns() - start) / 1e9)
        wall.append((time.perf_counter_ns() - clock) / 1e9)
        if len(cpu) == 1:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    found = {"cpu": statistics.median(cpu), "wall": statistics.median(wall), "peak": peak, "held": _rss() - before}
    print(json.dumps(found | {"size": Path(path).stat().st_size, "first": cpu[0], "built": made is not None}))


def _warm(way: object, pickled: str) -> None:
    """Load a small model of the same kind, saved the same way."""
    small = Path(pickled).with_name("small-" + Path(pickled).name)
    target = small.with_name(f"warm-{os.getpid()}")
    with open(small, "rb") as file:
        model = pickle.load(file)
    try:
        way.dump(model, target)  # type: ignore[attr-defined]
        way.load(target)  # type: ignore[attr-defined]
    finally:
        target.unlink(missing_ok=True)


main()
