"""Measurements in a process of their own; each prints a line of JSON.

Run by run.py: python worker.py times PICKLE FOLDER ROUNDS FORMAT …, and with PICKLE FILE FORMAT: peak, or share; with
FILE FORMAT ROWS: cold; with PICKLE FILE FORMAT KEY: one.
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
from collections.abc import Callable
from pathlib import Path
from typing import Any

from formats import FORMATS, switch

# A model that is loaded sooner than this is loaded several times in a round.
_SECONDS = 0.02
# Who takes longer to save a model does it once, and loads it once.
_SLOW = 20


def _timed(run: Callable[[], Any]) -> tuple[float, float]:
    """Return the CPU seconds of a call, and what it took by the clock: the shortest of some."""
    found = []
    begun = time.perf_counter()
    while not found or time.perf_counter() - begun < _SECONDS:
        gc.collect()
        start, clock = time.process_time_ns(), time.perf_counter_ns()
        made = run()
        found.append(((time.process_time_ns() - start) / 1e9, (time.perf_counter_ns() - clock) / 1e9))
        del made
    return min(found)


def times(pickled: str, folder: str, rounds: str, *names: str) -> dict[str, Any]:
    """Save and load a model in every format, one after the other, round by round."""
    small = Path(pickled).with_name("small-" + Path(pickled).name)
    models = [pickle.loads(path.read_bytes()) for path in (small, Path(pickled))]
    found: dict[str, dict[str, list[float]]] = {}
    for turn in range(int(rounds) + 1):
        # The first round is of the small model: whatever has to be imported is, before the clock starts.
        model = models[min(turn, 1)]
        for name in names:
            way, path = FORMATS[name], Path(folder) / (FORMATS[name].file or name)
            rows = found.setdefault(name, {"dump": [], "load": [], "wall": []})
            if max(rows["dump"][:1] + rows["load"][:1], default=0) > _SLOW:
                continue
            with switch(way):
                try:
                    dump = None if way.file else _timed(lambda: way.dump(model, path))  # noqa: B023
                    load = _timed(lambda: way.load(path))  # noqa: B023
                except Exception as error:  # noqa: BLE001 - a peer that fails is left out, and named
                    print(f"{name}: {error}"[:200], file=sys.stderr)
                    del found[name]
                    names = tuple(other for other in names if other != name)
                    continue
            if turn:
                rows["dump"] += [] if dump is None else [dump[0]]
                rows["load"].append(load[0])
                rows["wall"].append(load[1])
                rows["size"] = [path.stat().st_size]
    return {name: {key: statistics.median(row) for key, row in rows.items() if row} for name, rows in found.items()}


def _rss() -> int:
    """Bytes of memory in use now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def peak(pickled: str, path: str, name: str) -> dict[str, Any]:
    """Load a model once; return what it took at most, and what it holds."""
    way = FORMATS[name]
    small = Path(pickled).with_name("small-" + Path(pickled).name)
    warm = Path(path).with_name(f"warm-{os.getpid()}")
    with switch(way):
        way.dump(pickle.loads(small.read_bytes()), warm)
        way.load(warm)
        warm.unlink()
        gc.collect()
        before = _rss()
        made = way.load(Path(path))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"peak": most - before, "held": _rss() - before, "built": made is not None}


def cold(path: str, name: str, rows: str) -> dict[str, Any]:
    """Load a model and predict some rows; return the CPU seconds of this process from its start to then."""
    way = FORMATS[name]
    model = way.load(Path(path))
    model.predict(pickle.loads(Path(rows).read_bytes()))
    return {"cold": time.process_time()}


def _pss() -> int:
    """Bytes of memory in use now, of what processes share the part of this one."""
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise OSError("the system does not say what memory processes share")


def share(pickled: str, path: str, name: str, rows: str) -> dict[str, Any]:
    """Load a model and predict some rows, at the side of others that do the same: each step when a line comes in."""
    way = FORMATS[name]
    small = Path(pickled).with_name("small-" + Path(pickled).name)
    warm = Path(path).with_name(f"warm-{os.getpid()}")
    with switch(way):
        way.dump(pickle.loads(small.read_bytes()), warm)
        way.load(warm)
    warm.unlink()
    data = pickle.loads(Path(rows).read_bytes())
    gc.collect()
    _told()
    before = _pss()
    _told()
    model = way.load(Path(path))
    model.predict(data)
    gc.collect()
    _told()
    found = {"pss": _pss() - before}
    # None of them goes away before all have looked.
    _told()
    return found


def _told() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


def one(pickled: str, path: str, name: str, key: str) -> dict[str, Any]:
    """Load one model out of many, from a file that is opened for it; return the CPU seconds."""
    import perdure

    assert pickled

    def run() -> Any:
        with perdure.open(path, mmap="mapped" in name) as file:
            return file[key].load()

    run()
    return {"one": statistics.median(_timed(run)[0] for _ in range(9))}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(
        json.dumps({"times": times, "peak": peak, "cold": cold, "share": share, "one": one}[sys.argv[1]](*sys.argv[2:]))
    )
