"""Rows of raw arrays: read by themselves, in any way the same as those of the whole."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import Ridge

import perdure
from perdure.arrays.region import read_region, write_region
from perdure.arrays.store import ArrayStore
from perdure.arrays.structural.trees import Trees
from perdure.errors import FormatError
from perdure.graph.limits import Limits

RNG = np.random.default_rng(0)
N = 40_000
TREES = Trees(np.ones(N, np.uint8), np.arange(0, N + 1, 100))
COLUMNS = {
    "few bytes": RNG.integers(-1, 100, N),
    "two bytes": RNG.integers(-300, 300, N),
    "four bytes": RNG.integers(-70_000, 70_000, N),
    "eight bytes": RNG.integers(-(2**60), 2**60, N),
    "unsigned": RNG.integers(0, 2**32, N).astype(np.uint32),
    "small": RNG.integers(0, 2, N).astype(np.uint8),
    "floats": RNG.normal(size=N),
    "many": RNG.normal(size=(N, 1, 3)),
    "columns first": np.asfortranarray(RNG.integers(0, 9, (N, 2))),
    "booleans": RNG.random(N) < 0.5,
    "other bytes": RNG.normal(size=N).astype(">f8"),
}


class Counting:
    """A source that says how much of it was read."""

    in_memory = False

    def __init__(self, data, log=None):
        self.data, self.size = data, len(data)
        self.log = [] if log is None else log

    def read(self, start, stop):
        self.log.append(stop - start)
        return memoryview(self.data[start:stop])

    def read_into(self, start, target):
        self.log.append(len(target))
        target[:] = self.data[start : start + len(target)]

    def part(self, start, stop):
        return Counting(self.data[start:stop], self.log)


def stored(array, name=None):
    """Return the entry of an array in a file, and how much was read of it."""
    store = ArrayStore()
    store.add(array, name)
    region = write_region(store, [(0, 0)], compression=None)
    source = Counting(b"".join(region.chunks()))
    back = read_region(source, [store.spec(0)], region.storage, Limits(), inline={})
    source.log.clear()
    return back, source.log


def filled(entry, array):
    """Return the rows of all parts, one part after the other."""
    out = np.empty((N, array.size // N), array.dtype)
    for part in TREES:
        entry.fill(part, out[part.rows])
    return out


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("looked", [False, True], ids=["unseen", "seen"])
def test_parts_are_those_of_the_whole(name, looked):
    array = COLUMNS[name]
    back, log = stored(array)
    entry = back.entry(0)
    if looked:
        assert back.view(0).tobytes() == array.tobytes()
    assert filled(entry, array).tobytes() == array.reshape(N, -1).tobytes()
    if name in ("floats", "many", "few bytes"):
        # Never read twice, and not as a whole where nobody has looked at it.
        assert sum(log) == array.nbytes
        assert looked or max(log) < array.nbytes
    for _ in range(2):
        assert back.view(0).tobytes() == array.tobytes()
        assert back.array(0).tobytes() == array.tobytes()
        assert filled(entry, array).tobytes() == array.reshape(N, -1).tobytes()
    assert (
        b"".join(entry.chunks())
        == (array.T if name == "columns first" else array).astype(array.dtype.newbyteorder("<")).tobytes()
    )


def test_what_was_validated_is_what_is_built_though_the_file_changes():
    array = COLUMNS["few bytes"]
    store = ArrayStore()
    store.add(array)
    region = write_region(store, [(0, 0)], compression=None)
    data = bytearray(b"".join(region.chunks()))
    source = Counting(data)
    source.part = lambda start, stop: _Part(source, start, stop)
    back = read_region(source, [store.spec(0)], region.storage, Limits(), inline={})
    assert back.view(0).tolist() == array.tolist()
    first = filled(back.entry(0), array)
    data[-8 * N :] = bytes(8 * N)
    assert first.tobytes() == filled(back.entry(0), array).tobytes() == array.tobytes()
    assert back.view(0).tolist() == array.tolist()
    assert back.array(0).tolist() == array.tolist()


class _Part(Counting):
    def __init__(self, whole, start, stop):
        self.whole, self.start, self.size, self.log = whole, start, stop - start, []

    def read_into(self, start, target):
        target[:] = self.whole.data[self.start + start : self.start + start + len(target)]


@pytest.mark.parametrize("name", COLUMNS)
@given(data=st.data())
def test_some_rows_alone(name, data):
    array = COLUMNS[name]
    numbers = np.array(data.draw(st.lists(st.integers(0, N - 1), max_size=6)), np.int64)
    start = data.draw(st.integers(0, N))
    stop = data.draw(st.integers(start, min(start + 50, N)))
    back, log = stored(array)
    assert back.take(0, numbers).tobytes() == array[numbers].tobytes()
    assert back.piece(0, start, stop).tobytes() == array[start:stop].tobytes()
    assert back.piece(0, start, stop).shape == array[start:stop].shape
    if name in ("floats", "many", "few bytes", "four bytes"):
        assert sum(log) < array.nbytes // 4


def test_rows_that_are_not_there():
    back, _ = stored(COLUMNS["floats"])
    with pytest.raises(FormatError):
        back.piece(0, N - 1, N + 1)


def test_one_model_of_many_reads_little(tmp_path):
    X, y = RNG.normal(size=(20, 40)), RNG.normal(size=(2000, 20))
    models = {f"sku-{i}": Ridge().fit(X, some) for i, some in enumerate(y)}
    perdure.dump(models, tmp_path / "many.perdure", probe=False)
    with perdure.open(tmp_path / "many.perdure") as file:
        for key in ("sku-0", "sku-17", "sku-1999"):
            assert file[key].load().coef_.tobytes() == models[key].coef_.tobytes()
        for key in ("sku-2000", "sku", "", "sku-00", "xku-17"):
            with pytest.raises(perdure.UnsupportedError, match="no key"):
                file[key].load()


@pytest.mark.parametrize("compression", ["auto", None])
@pytest.mark.parametrize("mmap", [False, True])
def test_a_forest_larger_than_a_part(tmp_path, compression, mmap):
    X = RNG.normal(size=(6000, 4))
    forest = RandomForestClassifier(12, random_state=0).fit(X, RNG.integers(0, 2, 6000))
    perdure.dump(forest, tmp_path / "forest.perdure", compression=compression, probe=False)
    data = perdure.dumps(forest)
    with perdure.open(tmp_path / "forest.perdure", mmap=mmap) as file:
        for _ in range(2):
            model = file.load()
            assert perdure.dumps(model) == data
            assert model.predict_proba(X).tobytes() == forest.predict_proba(X).tobytes()
    assert perdure.dumps(perdure.load(io.BytesIO((tmp_path / "forest.perdure").read_bytes()))) == data


def flowing_forest(monkeypatch, together=300):
    """Thresholds of a forest, kept as they flow, and the same decoded at once."""
    from perdure.arrays.structural import derived, flowing, trees

    monkeypatch.setattr(trees, "_TOGETHER", together)
    monkeypatch.setattr(derived, "_FRAME", 0)
    monkeypatch.setattr(derived, "LARGE", 0)
    assert flowing.LARGE > 1 << 20
    X = RNG.normal(size=(3000, 4)).astype(np.float32)
    forest = RandomForestClassifier(60, random_state=0).fit(X, RNG.integers(0, 2, 3000))
    return forest, X, perdure.dumps(forest)


def kept_of_splits(file):
    from perdure.arrays.structural.derived import Derived

    store = file.arrays
    found = [store.entry(n) for n in range(len(store)) if isinstance(store.entry(n), Derived)]
    return [entry for entry in found if entry.recipe.codec.name == "splits"]


@pytest.mark.parametrize("together", [1, 300, 1 << 14])
def test_what_flows_is_what_is_decoded_at_once(monkeypatch, together):
    from perdure.arrays.structural.flowing import Flowing

    forest, X, data = flowing_forest(monkeypatch, together)
    with perdure.open(io.BytesIO(data)) as file:
        for entry in kept_of_splits(file):
            kept, trees = entry.kept(), entry.trees
            assert isinstance(kept, Flowing)
            whole = kept.splits
            assert whole.shape == (1, trees.n_splits)
            # In any order, the same part again, and some left out.
            order = [*range(len(trees)), *RNG.integers(0, len(trees), 12).tolist(), *range(0, len(trees), 3)]
            for number in order:
                part = trees[number]
                some = kept.of(part)
                assert some.splits.tobytes() == whole[:, part.splits].tobytes()
                assert some.constant.tobytes() == kept.constant.tobytes()
        for _ in range(2):
            assert perdure.dumps(file.load()) == data
            assert file.load().predict_proba(X).tobytes() == forest.predict_proba(X).tobytes()
        assert file.damaged() == []


def test_threads_have_their_own_places_in_what_flows(monkeypatch):
    from concurrent.futures import ThreadPoolExecutor

    _, _, data = flowing_forest(monkeypatch)
    with perdure.open(io.BytesIO(data)) as file, ThreadPoolExecutor(4) as pool:
        for entry in kept_of_splits(file):
            whole, kept, trees = entry.kept().splits, entry.kept(), entry.trees

            def walk(_, kept=kept, trees=trees, whole=whole):
                return all(kept.of(part).splits.tobytes() == whole[:, part.splits].tobytes() for part in trees)

            assert all(pool.map(walk, range(8)))


def test_a_frame_that_breaks_off_is_damaged_when_it_flows(monkeypatch):
    from perdure.arrays.codecs import chain as codecs

    content = RNG.normal(size=90_000).tobytes()
    for chain in (("zstd",), ("shuffle", "zstd"), ("delta", "shuffle", "zstd")):
        frame = codecs.encode([memoryview(content)], len(content), chain, 8, 3)

        def flow(frame, size=720_000, chain=chain):
            file = io.BytesIO(frame)
            return b"".join(block.tobytes() for block in codecs.flow(file.read, size, chain, 8))

        assert flow(frame) == content
        for wrong, size in ((frame[:-9], len(content)), (frame, len(content) + 8), (frame, len(content) - 8)):
            with pytest.raises(FormatError):
                flow(wrong, size)
