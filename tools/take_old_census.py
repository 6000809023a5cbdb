"""Take the census of the releases before 1.2 from the files of ``tests/fixtures/legacy``, which those releases wrote.

    PYTHONPATH=src:tests:. python tools/take_old_census.py

perdure does not run under those releases, and no model of ``tests/zoo`` can be fitted there for it; but their files say
what their models are made of. They are read and not migrated. The result goes to ``tests/fixtures/census/before_1_2``,
of which ``tools/merge_census.py`` ships nothing: what is let through is what the supported releases have. It has the
``attributes`` of ``tools/take_census.py``, and neither parameters nor anything else that only a class itself tells. The
census of 1.2.2 is taken from its files as well, so that the last pair compares like with like.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from legacy.replay import label, members, recorded
from perdure.container.sniff import kind
from perdure.graph.limits import Limits
from perdure.legacy.reading import read
from perdure.trust.tables import tables
from tools.take_census import Row, see, text

FIXTURES = Path(__file__).parent.parent / "tests" / "fixtures"
FOLDER = FIXTURES / "census" / "before_1_2"
#: Each release, as the census names it, with the archives of its files.
ARCHIVES = {
    "0.17.1": ("0.17.1-python-2.7",),
    "0.19.2": ("0.19.2",),
    "0.20.4": ("0.20.4-python-2.7", "0.20.4"),
    "0.21.3": ("0.21.3",),
    "0.22.2.post1": ("0.22.2.post1",),
    "0.24.2": ("0.24.2",),
    "1.0.2": ("1.0.2",),
    "1.1.3": ("1.1.3",),
    "1.2.2": ("1.2.2",),
}
#: Modules of which a class in CamelCase is no estimator, as `perdure.legacy.reading` tells releases.
_OTHER = (
    "_loss", "_tree", "tree._tree", "kernels", "_split", "_scorer", "scorer", "dist_metrics", "_dist_metrics", "kd_tree",
    "_kd_tree", "ball_tree", "_ball_tree", "utils", "sgd_fast", "_sgd_fast", "_gb_losses", "_bunch", "link", "loss",
    "binning_", "_metadata_requests",
)  # fmt: skip


def graphs(archive: Path) -> Iterator[Any]:
    """Yield the graph of each file that one file holds whole."""
    files = members(archive)
    for case in recorded(archive)["cases"].values():
        name = f"files/{case['file']}"
        if not any(part.startswith(f"{name}_") for part in files):
            data = files[name]
            yield read(memoryview(data), kind(data[:4096]), Limits()).graph


def word(name: str) -> str:
    """Return what the census calls a type of an old release, of which no class can be asked."""
    way = tables().ways.get(name)
    if way is None:
        return "own"
    module, _, cls = name.partition(":")
    pieces = module.split(".")
    plain = pieces[0] != "sklearn" or any(piece in _OTHER for piece in pieces) or cls.startswith("_")
    return "estimator" if way in ("state", "birch", "isotonic") and not plain else name


def take(release: str, archives: Iterable[Path]) -> dict[str, Any]:
    """Return the census of one release."""
    rows: dict[str, Row] = {}
    for archive in archives:
        for graph in graphs(archive):
            see(graph, rows, word)
    types = {name: {"attributes": rows[name].attributes()} for name in sorted(rows)}
    return {"libraries": {"scikit-learn": release}, "types": types}


def archives_of(release: str) -> list[Path]:
    """Return the archives with the files of one release."""
    return [FIXTURES / "legacy" / f"scikit-learn-{name}.tar.xz" for name in ARCHIVES[release]]


def main() -> int:
    """Write the census of each of them."""
    FOLDER.mkdir(exist_ok=True)
    for release in ARCHIVES:
        paths = archives_of(release)
        census = take(release, paths)
        path = FOLDER / f"scikit-learn-{release}.json"
        path.write_text(text(census), encoding="utf-8")
        sys.stdout.write(f"{path.name}: {len(census['types'])} types of {', '.join(map(label, paths))}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
