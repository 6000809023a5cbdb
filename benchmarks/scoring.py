"""Twenty million rows scored with flat memory, on one process and on Dask, killed and begun again: into docs/scoring.md.

Run: python benchmarks/scoring.py [--files N] [--rows N] [--folder F] [--report PAGE]. Linux only: memory is read from /proc. Needs
perdure[dask] and matplotlib. The folder holds some gigabytes; what is there already is used again.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent
BEGIN, END = "<!-- figures: benchmarks/scoring.py -->", "<!-- end of figures -->"
CITIES = ["Lima", "Oslo", "Quito", "Rome", "Ulm"]
_EVERY = 0.25


def table(number: int, rows: int) -> Any:
    """Return one file's rows: an id, a word, a whole number and seven others."""
    import pyarrow as pa

    random = np.random.default_rng(number)
    columns: dict[str, Any] = {"id": np.arange(number * rows, (number + 1) * rows)}
    columns["city"] = pa.array(np.array(CITIES)[random.integers(0, len(CITIES), rows)])
    columns["visits"] = random.integers(0, 50, rows)
    columns.update({f"x{place}": random.standard_normal(rows) for place in range(7)})
    return pa.table(columns)


def make(folder: Path, files: int, rows: int) -> None:
    """Write the rows three times, in many files, in one, and in one of a single row group; and the model."""
    import pyarrow as pa
    import pyarrow.parquet as parquet
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    import perdure

    if not (folder / "model.perdure").exists():
        X = table(10_000, 20_000).drop_columns(["id"]).to_pandas()
        y = np.where(X["x0"] + X["x1"] * (X["city"] == "Rome") + 0.02 * X["visits"] > 0.5, "goes", "stays")
        numbers = [name for name in X if name != "city"]
        encode = make_column_transformer((StandardScaler(), numbers), (OneHotEncoder(), ["city"]))
        model = make_pipeline(encode, LogisticRegression()).fit(X, y)
        perdure.dump(model, folder / "model.perdure", X=X, y=y, compression=None)
    (folder / "files").mkdir(exist_ok=True)
    names = [folder / "files" / f"{number:03}.parquet" for number in range(files)]
    for number, name in enumerate(names):
        if not name.exists():
            parquet.write_table(table(number, rows), name)
    if not (folder / "large.parquet").exists():
        with parquet.ParquetWriter(folder / "large.partial", parquet.read_schema(names[0])) as sink:
            for name in names:
                sink.write_table(parquet.ParquetFile(name).read(), row_group_size=rows)
        (folder / "large.partial").rename(folder / "large.parquet")
    if not (folder / "single.parquet").exists():
        whole = pa.concat_tables([parquet.ParquetFile(name).read() for name in names])
        parquet.write_table(whole, folder / "single.partial", row_group_size=files * rows)
        (folder / "single.partial").rename(folder / "single.parquet")


# --- measuring ------------------------------------------------------------------------------------


def family(pid: int) -> Iterator[int]:
    """Give a process and all that it has started."""
    yield pid
    try:
        threads = os.listdir(f"/proc/{pid}/task")
        children = [Path(f"/proc/{pid}/task/{thread}/children").read_text() for thread in threads]
    except OSError:
        return
    for child in " ".join(children).split():
        yield from family(int(child))


def resident(pid: int) -> float:
    """Return the megabytes in memory of a process and all that it has started."""
    total = 0
    for each in family(pid):
        try:
            text = Path(f"/proc/{each}/status").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("VmRSS:"))
    return total / 1024


def entered(out: Path) -> int:
    """Return the rows that the entries below a folder count: of whole results, and of pieces that are not yet put together."""
    rows = 0
    for path in (*out.glob("_perdure/*.json"), *out.glob("_perdure/*.pieces/_perdure/*.json")):
        try:
            rows += json.loads(path.read_text())["rows"]
        except FileNotFoundError:
            continue
    return rows


def score(folder: Path, data: str, out: Path, engine: str, stop_at: int | None = None) -> dict[str, Any]:
    """Score in a process of its own; with `stop_at` kill it when so many rows are finished."""
    command = [sys.executable, "-m", "perdure", "score", str(folder / "model.perdure"), str(folder / data)]
    command += ["-o", str(out), "--method", "predict_proba", "--keep", "id", "--engine", engine, "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    memory = []
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stdout=said, env=environment)
        while process.poll() is None:
            memory.append((time.perf_counter() - start, resident(process.pid)))
            if stop_at is not None and entered(out) >= stop_at:
                members = list(family(process.pid))
                process.send_signal(signal.SIGKILL)
                process.wait()
                while any(Path(f"/proc/{member}").exists() for member in members):
                    time.sleep(0.1)
                break
            time.sleep(_EVERY)
        said.seek(0)
        text = said.read()
    wall = time.perf_counter() - start
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    found = {"wall": wall, "cpu": cpu, "memory": memory}
    if stop_at is None:
        assert process.returncode == 0, process.returncode
        found.update(json.loads(text))
    return found


def result(out: Path) -> tuple[int, float, str]:
    """Return the rows of a result, the sum of its probabilities, and the sha256 of its numbers, in the order of the input."""
    import pyarrow.parquet as parquet

    hasher, rows, sums = sha256(), 0, []
    for path in sorted(out.glob("*.parquet")):
        for batch in parquet.ParquetFile(path).iter_batches():
            columns = [column.to_numpy(zero_copy_only=False) for column in batch.columns]
            assert (columns[0] == np.arange(rows, rows + batch.num_rows)).all()
            rows += batch.num_rows
            sums.append(float(columns[1].sum()))
            # By rows: how the file is cut into batches makes no difference.
            hasher.update(np.column_stack(columns[1:]).tobytes())
    return rows, math.fsum(sums), hasher.hexdigest()


# --- the page -------------------------------------------------------------------------------------

CASES = {
    "files, one process": ("files", "local", False),
    "files, Dask": ("files", "dask", False),
    "one file, Dask, killed and begun again": ("large.parquet", "dask", True),
    "files, killed and begun again": ("files", "local", True),
    "one file of one row group": ("single.parquet", "local", False),
    "one file, one process": ("large.parquet", "local", False),
    "one file, Dask": ("large.parquet", "dask", False),
}


def flatness(memory: list[tuple[float, float]], which: slice) -> float:
    """Return the median of memory over a stretch of the run, its shares in percent."""
    values = [value for _, value in memory]
    count = len(values)
    return float(np.median(values[count * which.start // 100 : count * which.stop // 100]))


def report(figures: dict[str, Any], files: int, rows: int) -> str:
    """Return the part of the page that holds the figures."""
    import platform

    import pandas
    import pyarrow
    import sklearn

    total = files * rows
    (first, *others) = [figure["result"] for figure in figures.values()]
    same = all(other == first for other in others)
    lines = [
        BEGIN,
        "",
        f"{total:,} rows of ten columns, one of them text, in {files} Parquet files, and all in one of {files} row groups; a "
        "`ColumnTransformer` of scaler and one-hot",
        f"encoder, and a logistic regression. Python {platform.python_version()}, scikit-learn {sklearn.__version__}, pyarrow "
        f"{pyarrow.__version__}, pandas {pandas.__version__}; a machine with two cores that was not alone. Dask: two",
        "workers, and what is in memory is that of all its processes together; half of each of its runs is the start of these processes.",
        "",
        "| | CPU s | MB halfway | in the last tenth | at most |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, figure in figures.items():
        memory = figure["memory"]
        cells = [
            f"{figure['cpu']:,.0f}",
            f"{flatness(memory, slice(40, 60)):,.0f}",
            f"{flatness(memory, slice(90, 100)):,.0f}",
            f"{max(value for _, value in memory):,.0f}",
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += ["", "![Memory over the time of each run.](_static/scoring.svg)", ""]
    for name, figure in figures.items():
        if "before" in figure:
            lines.append(
                f"{name[0].upper() + name[1:]}: {figure['before']:,} rows were entered when it got its SIGKILL, and the second "
                f"run scored the {figure['new_rows']:,} others."
            )
    assert same, {name: figure["result"] for name, figure in figures.items()}
    lines += [
        "",
        f"All results are the same: {first[0]:,} rows, each id once, the same bits; the probabilities add up to {first[1]:,.6f}.",
        "",
        END,
    ]
    return "\n".join(lines)


def plot(figures: dict[str, Any], path: Path) -> None:
    """Draw what was in memory."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "perdure", "svg.fonttype": "none", "font.size": 9})
    from matplotlib import pyplot

    figure, axis = pyplot.subplots(figsize=(7.5, 3.2), constrained_layout=True)
    for name, found in figures.items():
        memory = found["memory"]
        end = memory[-1][0]
        # Two hundred points say it.
        step = max(len(memory) // 200, 1)
        axis.plot(
            [100 * t / end for t, _ in memory[::step]], [value for _, value in memory[::step]], label=name, lw=1.1
        )
    axis.set_ylim(bottom=0)
    axis.set_xlabel("share of the run, %")
    axis.set_ylabel("MB in memory")
    axis.grid(alpha=0.3)
    axis.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    figure.savefig(path, format="svg", metadata={"Date": None}, facecolor="white")


def main() -> None:
    """Make the rows, score them in each way, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--report", type=Path, default=ROOT / "docs" / "scoring.md")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    make(folder, options.files, options.rows)
    print("made", flush=True)
    # What an earlier call has measured is not measured again.
    known = folder / "figures.json"
    figures = json.loads(known.read_text()) if known.exists() else {}
    total = options.files * options.rows
    for name, (data, engine, killed) in CASES.items():
        if name in figures:
            continue
        out = folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        before: dict[str, Any] = {}
        if killed:
            stopped = score(folder, data, out, engine, stop_at=total * 2 // 5)
            before = {"before": entered(out), "stopped": stopped["memory"]}
            assert 0 < before["before"] < total
        figures[name] = found = {**score(folder, data, out, engine), **before}
        found["result"] = list(result(out))
        assert found["rows"] == total
        assert found["new_rows"] == total - found.get("before", 0)
        assert entered(out) == total
        assert not [path for path in out.rglob("*") if path.suffix in (".partial", ".pieces")]
        print(name, {key: found[key] for key in ("wall", "cpu", "new_rows", "result")}, flush=True)
        known.write_text(json.dumps(figures))
    plot(figures, options.report.parent / "_static" / "scoring.svg")
    page = options.report.read_text(encoding="utf-8")
    opening, _, rest = page.partition(BEGIN)
    text = report(figures, options.files, options.rows)
    options.report.write_text(opening + text + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
