"""Mutants of arrays that are made from others: what is kept of them, what they are made from, how trees are cut.

Run: python -m fuzz.structural [--mutants N] [--seed S] [--guard [--side start]]. The compiled decoder is used where it was built: run it under an
address sanitizer to see reads that do not crash. Each mutant is read whole; it may raise what perdure promises, and nothing else.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import sys
import time
from typing import Any

import numpy as np

import perdure
from perdure.arrays.codecs.zstd import compress
from perdure.arrays.dtypes import parse
from perdure.arrays.layout import lay_out
from perdure.arrays.native import native, use_native
from perdure.arrays.region import read_region
from perdure.arrays.store import ArrayStore
from perdure.arrays.structural import derived
from perdure.arrays.structural.children import bits_of
from perdure.arrays.structural.derived import Derived
from perdure.arrays.structural.registry import CODECS
from perdure.build.builder import MISFITS
from perdure.build.dtypes import numpy_dtype
from perdure.build.nodes import streamed
from perdure.errors import PerdureError
from perdure.graph.limits import Limits
from perdure.graph.nodes import ArraySpec, Batch
from perdure.graph.structure import parts

from .guard import guard, guarded_blocks, separate_arrays, under_guard

__all__ = ["Mutant", "main", "mutants", "read"]


class Mutant:
    """The arrays of a file, each with what the file says of it, to be changed in place."""

    def __init__(self, model: Any) -> None:
        import io

        with perdure.open(io.BytesIO(perdure.dumps(model))) as file:
            store: ArrayStore = file.arrays
            self.specs = [store.spec(number) for number in range(len(store))]
            self.contents = {number: store.content(number) for number in range(len(store))}
            self.inline = frozenset(file._parsed.inline)
            self.columns = [dict(part.columns) for part in parts(file.graph) if isinstance(part, Batch)]
            self.recipes: dict[int, list[Any]] = {}
            self.kept: dict[int, bytes] = {}
            for key, row in file.manifest.storage.items():
                if isinstance(row, list) and isinstance(row[1], list):
                    entry = store.entry(int(key))
                    assert isinstance(entry, Derived)
                    self.recipes[int(key)] = list(row[1])
                    bits = row[1][0] == "preorder"
                    self.kept[int(key)] = bits_of(entry.trees.leaf) if bits else entry.kept().content()

    def copy(self) -> Mutant:
        """Return one to change."""
        other = object.__new__(Mutant)
        other.specs, other.contents, other.inline = list(self.specs), dict(self.contents), self.inline
        other.recipes = {number: list(how) for number, how in self.recipes.items()}
        other.kept = dict(self.kept)
        other.columns = self.columns
        return other

    def read(self) -> ArrayStore:
        """Return the arrays as a reader has them."""
        frames = {number: compress(kept, 1) for number, kept in self.kept.items() if kept}
        storage: dict[str, Any] = {str(number): [0, how] for number, how in self.recipes.items()}
        for number, frame in frames.items():
            storage[str(number)] = [len(frame), self.recipes[number], "zstd"]
        inline = {n: self.contents[n] for n in self.inline if n not in self.recipes}
        specs = {n: spec for n, spec in enumerate(self.specs) if n not in inline and n not in self.recipes}
        layout = lay_out(specs, {number: len(frame) for number, frame in frames.items()})
        region = bytearray(layout.size)
        region[: len(layout.header)] = layout.header
        for number, (start, end) in layout.places.items():
            region[start:end] = frames[number] if number in frames else self.contents[number]
        return read_region(memoryview(bytes(region)), self.specs, storage, Limits(), inline=inline)


def read(mutant: Mutant, flowing: bool = False) -> str:
    """Read every array, thresholds as those of large forests are; return what was raised, or nothing."""
    derived._FRAME, derived.LARGE = (0, 0) if flowing else (1 << 16, 1 << 22)
    try:
        store = mutant.read()
        for number in range(len(mutant.specs)):
            store.content(number)
            store.view(number)
        filled(mutant.read())
        made = grown(mutant)
        if native.active and hash(made) % 4 == 0:
            use_native(False)
            try:
                again = grown(mutant)
            finally:
                use_native(True)
            assert made == again, "compiled code makes other trees than numpy"
    except PerdureError as error:
        return type(error).__name__
    return ""


def filled(store: ArrayStore) -> None:
    """Make the rows of all trees some trees at a time, as a load does."""
    for number in range(len(store)):
        entry = store.entry(number)
        trees, shape = entry.trees, entry.spec.shape
        if trees is None:
            continue
        for part in trees:
            out = np.empty((len(part), math.prod(shape) // len(trees.leaf)), parse(entry.spec.dtype))
            entry.fill(part, out)


def grown(mutant: Mutant) -> bytes:
    """Return the bytes of all columns of trees, made together as a load does where it can; nothing where it is refused."""
    store, found = mutant.read(), []
    for columns in mutant.columns:
        try:
            made = streamed(store, columns, numpy_dtype)
            # In step, as estimators are built of them.
            for row in zip(*(made[name] for name in sorted(made)), strict=True):
                found += [plain(array[name]) for array in row for name in array.dtype.names or (...,)]
        except (PerdureError, *MISFITS):
            # Of a value that does not fit the builder makes a refusal.
            return b""
    return b"".join(found)


def plain(array: Any) -> bytes:
    """Return the bytes of an array, whatever is no number as one and the same: the signs of those differ between ways to compute."""
    return (np.where(np.isnan(array), np.nan, array) if array.dtype.kind == "f" else array).tobytes()  # type: ignore[no-any-return]


def mutants(first: Mutant, rng: random.Random) -> Any:
    """Yield mutants without end."""
    names = [*CODECS, "wrong"]
    while True:
        made = first.copy()
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            if not made.recipes:
                break
            number = rng.choice(list(made.recipes))
            how, kind = made.recipes[number], rng.randrange(6)
            if kind == 0 and made.kept[number]:
                content = bytearray(made.kept[number])
                for _ in range(rng.choice((1, 2, 50))):
                    content[rng.randrange(len(content))] = rng.choice((0, 1, 255, rng.randrange(256)))
                made.kept[number] = bytes(content)
            elif kind == 1:
                content = made.kept[number]
                size = rng.choice((0, 1, len(content) // 2, len(content) - 1, len(content) + 8, 2 * len(content)))
                made.kept[number] = (content + bytes(max(size, 0)))[: max(size, 0)]
            elif kind == 2:
                how[0] = rng.choice(names)
            elif kind == 3 and len(how) > 1:
                how[rng.randrange(1, len(how))] = rng.randrange(-1, len(made.specs) + 1)
            elif kind == 4 and rng.random() < 0.5:
                how.insert(rng.randrange(1, len(how) + 1), rng.randrange(len(made.specs)))
            elif kind == 4 and len(how) > 1:
                del how[rng.randrange(1, len(how))]
            else:
                at = rng.choice(
                    [n for n, spec in enumerate(made.specs) if spec.dtype in ("<i8", "intp") and n not in made.recipes]
                    or [number]
                )
                values = np.frombuffer(made.contents[at], "<i8").copy()
                values[rng.randrange(len(values))] = rng.choice(
                    (0, 1, -1, 2**31, 2**62, -(2**63), int(values[-1]), rng.randrange(2000))
                )
                made.contents[at] = values.tobytes()
                if rng.random() < 0.2:
                    # An array that was made is what somebody says instead.
                    made.contents[number] = bytes(rng.randbytes(len(made.contents[number])))
                    del made.recipes[number], made.kept[number]
                    made.specs[number] = ArraySpec(made.specs[number].dtype, made.specs[number].shape)
        yield made


def main() -> int:
    """Read mutants; the exit code says whether anything else than what is promised was raised."""
    from sklearn.datasets import make_regression
    from sklearn.ensemble import (
        ExtraTreesClassifier,
        GradientBoostingRegressor,
        HistGradientBoostingRegressor,
        IsolationForest,
        RandomForestClassifier,
        RandomForestRegressor,
    )

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--guard", action="store_true", help="under the allocator with guard pages")
    parser.add_argument("--side", choices=("end", "start"), default="end", help="which side of a block is guarded")
    options = parser.parse_args()
    if options.guard and not os.environ.get("FUZZ_GUARD"):
        return under_guard(sys.argv[1:], "fuzz.structural")
    X, y = make_regression(150, 4, noise=50.0, random_state=0)
    models = [
        RandomForestClassifier(30, random_state=0).fit(X, y > 0),
        ExtraTreesClassifier(20, random_state=0).fit(X, np.digitize(y, [-50, 50])),
        RandomForestRegressor(12, random_state=0).fit(X, y),
        HistGradientBoostingRegressor(max_iter=120, max_leaf_nodes=8, min_samples_leaf=5).fit(X, y),
        HistGradientBoostingRegressor(max_iter=120, max_leaf_nodes=8, min_samples_leaf=5).fit(np.round(X, 1), y),
        IsolationForest(n_estimators=20, random_state=0).fit(X),
        GradientBoostingRegressor(n_estimators=200, random_state=0).fit(X, y),
    ]
    rng = random.Random(options.seed)
    sources = [mutants(Mutant(model), rng) for model in models]
    found: dict[str, int] = {}
    if options.guard:
        separate_arrays()
        guard(options.side)
    begun = time.perf_counter()
    for turn in range(options.mutants):
        mutant = next(sources[turn % len(sources)])
        raised = read(mutant, flowing=turn % 4 > 1)
        found[raised or "read"] = found.get(raised or "read", 0) + 1
    print(f"{options.mutants:,} mutants in {time.perf_counter() - begun:.0f} s, compiled: {native.active}: {found}")
    if options.guard:
        guard(None)
        print("{:,} blocks guarded, {:,} not".format(*guarded_blocks()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
