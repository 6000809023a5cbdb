"""The fingerprint of training data: the same for the same values, and another for any that differs."""

from __future__ import annotations

import datetime
import struct
from hashlib import sha256

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from perdure.errors import UnsupportedError
from perdure.record.fingerprint import fingerprint
from perdure.record.training import Table

NAN = float("nan")


def column_digest(kind: str, data: bytes) -> str:
    return sha256(b"perdure column 1\n" + kind.encode() + b"\n" + sha256(data).digest()).hexdigest()


def test_it_is_what_the_format_says():
    table = fingerprint(pd.DataFrame({"a": [1.5, NAN], "b": ["x", None]}))
    first = column_digest("number", struct.pack("<d", 1.5) + struct.pack("<Q", 0x7FF8000000000000))
    second = column_digest("text", struct.pack("<q", 1) + b"x" + b"\xff" * 8)
    assert [column.sha256 for column in table.columns] == [first, second]
    rows = struct.pack("<qq", 2, 2)
    assert table.values == sha256(b"perdure values 1\n" + rows + bytes.fromhex(first + second)).hexdigest()
    assert table.schema == sha256(b'perdure schema 1\n[["a","number"],["b","text"]]').hexdigest()
    assert [column.missing for column in table.columns] == [1, 1]
    mask = 2**64 - 1
    hashes = []
    for words in [
        (struct.unpack("<Q", struct.pack("<d", 1.5))[0], int.from_bytes(sha256(b"x").digest()[:8], "little")),
        (0x7FF8000000000000, 0x7FF8000000000000),
    ]:
        row = 0
        for word in words:
            row = (row ^ word) * 0x9E3779B97F4A7C15 & mask
            row ^= row >> 32
        hashes.append(row)
    assert table.unordered == sha256(b"perdure rows 1\n" + struct.pack("<QQ", *sorted(hashes))).hexdigest()
    assert table.blocks == (sha256(struct.pack("<QQ", *hashes)).hexdigest()[:16],)


MOMENT = datetime.datetime(2026, 1, 31, 12, 30, 0, 250)
SAME = {
    "numbers": [
        np.array([1.0, 2.0, -3.0]),
        np.array([1, 2, -3], dtype="i1"),
        np.array([1, 2, -3], dtype=">i8"),
        np.array([1, 2, -3], dtype=">f4"),
        np.array([1, 2, -3], dtype=object),
        np.array([[1], [2], [-3]]),
        [1, 2, -3],
        [1, 2.0, np.float32(-3)],
        pd.Series([1, 2, -3]),
        pd.Series([1, 2, -3], dtype="Int64"),
        pd.Series([1, 2, -3], dtype="category"),
    ],
    "whole numbers with a gap": [
        np.array([1, NAN, 3]),
        np.array([1, None, 3], dtype=object),
        pd.Series([1, None, 3]),
        pd.Series([1, None, 3], dtype="Int32"),
        pd.Series([1, None, 3], dtype="Float64"),
        pd.Series([1, None, 3], dtype="category"),
    ],
    "zeros": [np.array([0.0, -0.0]), np.array([0, 0]), np.array([-0.0, 0.0])],
    "NaN of any bits": [
        np.array([NAN, 1]),
        np.array([0xFFF8000000000001, 0x3FF0000000000000], dtype="u8").view("f8"),
    ],
    "large whole numbers": [
        np.array([2**60, 1]),
        np.array([2**60, 1], dtype="u8"),
        np.array([2**60, 1], dtype=object),
        pd.Series([2**60, 1], dtype="Int64"),
    ],
    "text": [
        np.array(["a", "é"]),
        np.array(["a", "é"], dtype=object),
        ["a", "é"],
        pd.Series(["a", "é"]),
        pd.Series(["a", "é"], dtype="string"),
        pd.Series(["a", "é"], dtype="category"),
    ],
    "text with a gap": [
        np.array(["a", None], dtype=object),
        np.array(["a", NAN], dtype=object),
        pd.Series(["a", None]),
        pd.Series(["a", None], dtype="string"),
        pd.Series(["a", None], dtype="category"),
    ],
    "booleans": [np.array([True, False]), [True, False], pd.Series([True, False], dtype="boolean")],
    "booleans with a gap": [
        np.array([True, None], dtype=object),
        pd.Series([True, None], dtype="boolean"),
        pd.Series([True, None]),
    ],
    "times": [
        np.array([MOMENT], dtype="M8[us]"),
        np.array([MOMENT], dtype="M8[ns]"),
        np.array([MOMENT], dtype=object),
        pd.Series([MOMENT]),
    ],
    "instants": [
        pd.Series(pd.to_datetime([MOMENT]).tz_localize("UTC")),
        pd.Series(pd.to_datetime([MOMENT]).tz_localize("UTC").tz_convert("Asia/Tokyo")),
        np.array([MOMENT.replace(tzinfo=datetime.UTC)], dtype=object),
    ],
    "all missing": [
        np.array([NAN, NAN]),
        np.array([None, None], dtype=object),
        pd.Series([None, None], dtype="string"),
    ],
}


@pytest.mark.parametrize("name", SAME)
def test_the_same_values_have_the_same_digest(name):
    assert len({fingerprint(data).values for data in SAME[name]}) == 1
    assert len({fingerprint(data).unordered for data in SAME[name]}) == 1


def test_other_values_have_another_digest():
    found = [fingerprint(group[0]).values for group in SAME.values()]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1, 2], [2, 1]),
        ([1, 2], ["1", "2"]),
        ([1, 0], [True, False]),
        ([0.1], np.array([0.1], dtype="f4")),
        ([2**53 + 1], [2**53 + 2]),
        ([2**64 - 1], [-1]),
        (["a", "bc"], ["ab", "c"]),
        (["a", None], ["a", "None"]),
        ([[1, 2]], [[1], [2]]),
        (np.array([0], dtype="M8[s]"), np.array([0], dtype="m8[s]")),
        (np.array(["1000-01-01"], dtype="M8[D]"), np.array(["1000-01-02"], dtype="M8[D]")),
    ],
)
def test_a_value_a_kind_and_an_order_count(one, other):
    assert fingerprint(one).values != fingerprint(other).values


def test_names_count_in_the_schema_alone():
    frame = pd.DataFrame({"a": [1, 2], "b": [3, 4]})
    renamed = frame.rename(columns={"b": "c"})
    assert fingerprint(frame).values == fingerprint(renamed).values == fingerprint(frame.to_numpy()).values
    assert fingerprint(frame).schema != fingerprint(renamed).schema
    assert fingerprint(frame.to_numpy()).schema is None
    assert fingerprint(pd.DataFrame([[1]])).schema is None


@pytest.mark.parametrize(
    ("data", "shape"),
    [
        ([[1.0, 2.0]], (1, 2)),
        ([1, 2], (2,)),
        (["ab", "c"], (2,)),
        ([np.ones(3)], (1, 3)),
        (np.ones((2, 1)), (2, 1)),
        ([], (0,)),
    ],
    ids=str,
)
def test_the_shape_of_lists_and_arrays(data, shape):
    assert fingerprint(data).shape == shape


def test_rows_in_another_order():
    values = np.random.default_rng(0).normal(size=(50, 3))
    table, turned = fingerprint(values), fingerprint(values[::-1])
    assert table.unordered == turned.unordered
    assert table.values != turned.values
    assert fingerprint(values[:, ::-1]).unordered != table.unordered
    assert fingerprint(np.vstack([values[:49], values[:1]])).unordered != table.unordered


@pytest.mark.parametrize("rows", [0, 1, 31, 32, 33, 8192, 8193, 40_000])
def test_pieces_do_not_show(rows):
    values = np.arange(rows * 2, dtype="f8").reshape(rows, 2)
    whole = column_digest("number", np.ascontiguousarray(values[:, 1]).tobytes()) if rows else None
    table = fingerprint(values)
    assert rows == 0 or table.columns[1].sha256 == whole
    assert len(table.blocks) <= 512
    assert table.values == fingerprint(np.asfortranarray(values)).values


def test_sparse_matrices():
    dense = np.array([[0, 1.0, 0], [2.0, 0, 0], [0, 0, 0]])
    found = [sparse.csr_matrix(dense), sparse.csc_matrix(dense), sparse.coo_matrix(dense)]
    explicit = sparse.csr_matrix((np.array([1.0, 0.0, 2.0]), np.array([1, 2, 0]), np.array([0, 2, 3, 3])), shape=(3, 3))
    assert len({fingerprint(matrix).values for matrix in [*found, explicit]}) == 1
    assert explicit.nnz == 3
    turned = fingerprint(found[0][[1, 0, 2]])
    assert turned.unordered == fingerprint(found[0]).unordered
    assert turned.values != fingerprint(found[0]).values
    assert fingerprint(sparse.csr_matrix(dense.T)).unordered != turned.unordered


@pytest.mark.parametrize(
    "data",
    [
        np.array([1j]),
        [object()],
        [["a", 1]],
        [b"a"],
        np.zeros((2, 2, 2)),
        np.array([1, True], object),
        [2**70],
        np.array(3),
    ],
    ids=["complex", "object", "list", "bytes", "cube", "mixed", "big", "scalar"],
)
def test_what_has_no_canonical_form_is_said(data):
    with pytest.raises(UnsupportedError):
        fingerprint(pd.DataFrame({"a": data}) if isinstance(data, list) and data == [["a", 1]] else data)


def test_columns_of_polars_and_arrow():
    polars, pyarrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    columns = {
        "number": [1.5, None, -0.0],
        "whole": [1, None, 3],
        "large": [2**60, None, 3],
        "flag": [True, None, False],
        "text": ["a", None, "é"],
        "time": [MOMENT, None, MOMENT],
        "day": [datetime.date(2026, 1, 31), None, datetime.date(1600, 1, 1)],
        "span": [datetime.timedelta(seconds=3), None, datetime.timedelta(days=-3)],
        "instant": [MOMENT.replace(tzinfo=datetime.UTC), None, MOMENT.replace(tzinfo=datetime.UTC)],
    }
    frame = polars.DataFrame(columns)
    arrow = pyarrow.table(columns)
    of_pandas = pd.DataFrame({name: pd.Series(values, dtype=_DTYPES.get(name)) for name, values in columns.items()})
    found = [fingerprint(data) for data in (frame, arrow, frame.to_arrow(), of_pandas)]
    for name, *digests in zip(columns, *([column.sha256 for column in table.columns] for table in found), strict=True):
        assert len(set(digests)) == 1, name
    assert len({table.schema for table in found}) == len({table.unordered for table in found}) == 1
    categories = frame["text"].cast(polars.Enum(["a", "é"]))
    assert fingerprint(categories).values == fingerprint(arrow["text"].dictionary_encode()).values
    assert "é" not in str(fingerprint(categories))


_DTYPES = {"whole": "Int64", "large": "Int64", "flag": "boolean", "day": object, "instant": "datetime64[ns, UTC]"}


def test_a_parquet_file_holds_the_same_values(tmp_path):
    pytest.importorskip("pyarrow")
    from perdure.record.tables import read_training_set

    frame = pd.DataFrame({"a": [1, 2, 3], "b": [0.5, None, -0.0], "c": ["x", None, "y"], "y": [0, 1, 0]})
    frame.to_parquet(tmp_path / "train.parquet")
    read = read_training_set(str(tmp_path / "train.parquet"), features=["a", "b", "c"])
    assert fingerprint(read.X) == fingerprint(frame[["a", "b", "c"]])
    assert fingerprint(read.y).values == fingerprint(frame["y"].to_numpy()).values


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(), st.integers(-(2**53), 2**53)), min_size=1, max_size=40))
def test_numbers_are_the_same_from_any_container(rows):
    array = np.array(rows, dtype="f8").reshape(-1, 2)
    frame = pd.DataFrame({"a": array[:, 0], "b": pd.Series([row[1] for row in rows], dtype="Int64")})
    tables: list[Table] = [fingerprint(data) for data in (array, frame, np.array(rows, dtype=object).reshape(-1, 2))]
    assert len({table.values for table in tables}) == 1
    changed = array.copy()
    changed[-1, 1] += 1024
    assert fingerprint(changed).values != tables[0].values


# --- the promise: equal from any library, and another for any difference ---------------------------------------------

ROWS = 300


def table_of(chance: np.random.RandomState) -> pd.DataFrame:
    texts = np.array([*"abcdé", None], dtype=object)[chance.randint(0, 6, ROWS)]
    return pd.DataFrame(
        {
            "float": np.where(chance.uniform(size=ROWS) < 0.1, NAN, chance.normal(size=ROWS)),
            "whole": chance.randint(-1000, 1000, ROWS),
            "wide": chance.randint(2**60, 2**62, ROWS),
            "flag": chance.uniform(size=ROWS) < 0.5,
            "text": texts,
            "time": np.datetime64("2026-01-31", "us") + chance.randint(0, 10**12, ROWS).astype("m8[us]"),
        }
    )


def by_library(frame: pd.DataFrame, folder) -> dict[str, object]:
    """The same table as each library has it."""
    polars, pyarrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    arrow = pyarrow.Table.from_pandas(frame, preserve_index=False)
    parquet.write_table(arrow, folder / "t.parquet", row_group_size=70)
    return {
        "pandas": frame,
        "pandas, nullable": frame.convert_dtypes(),
        "pandas, categories": frame.assign(text=frame["text"].astype("category")),
        "polars": polars.from_arrow(arrow),
        "polars, categories": polars.from_arrow(arrow).with_columns(polars.col("text").cast(polars.Categorical)),
        "arrow": arrow,
        "arrow, in pieces": pyarrow.concat_tables([arrow.slice(0, 100), arrow.slice(100)]),
        "parquet by arrow": parquet.read_table(folder / "t.parquet"),
        "parquet by pandas": pd.read_parquet(folder / "t.parquet"),
        "parquet by polars": polars.read_parquet(folder / "t.parquet"),
    }


@pytest.mark.parametrize("seed", range(3))
def test_one_table_from_every_library(seed, tmp_path):
    frame = table_of(np.random.RandomState(seed))
    found = {name: fingerprint(data) for name, data in by_library(frame, tmp_path).items()}
    found["numpy"] = fingerprint(frame.to_numpy(dtype=object))
    for part in ("values", "unordered", "blocks"):
        assert len({getattr(table, part) for table in found.values()}) == 1, part
    assert found.pop("numpy").schema is None
    assert len({table.schema for table in found.values()} - {None}) == 1
    numbers = frame[["float", "whole"]]
    assert fingerprint(numbers.to_numpy()).values == fingerprint(numbers).values


CHANGED = {
    "a value": lambda frame: frame.assign(float=frame["float"].where(frame.index != 77, 0.5)),
    "its last bit": lambda frame: frame.assign(float=np.nextafter(frame["float"], 9.0)),
    "a gap": lambda frame: frame.assign(text=frame["text"].where(frame.index != 7, None if frame["text"][7] else "x")),
    "a text": lambda frame: frame.assign(text=frame["text"].where(frame.index != 7, "other")),
    "a kind": lambda frame: frame.assign(whole=frame["whole"].astype(str)),
    "a flag to a number": lambda frame: frame.assign(flag=frame["flag"].astype(int)),
    "rows": lambda frame: frame.iloc[[1, 0, *range(2, ROWS)]],
    "columns": lambda frame: frame[["whole", "float", *frame.columns[2:]]],
    "a row less": lambda frame: frame.iloc[:-1],
    "a column less": lambda frame: frame.iloc[:, :-1],
}


@pytest.mark.parametrize("change", CHANGED)
def test_any_difference_is_one_in_every_library(change, tmp_path):
    frame = table_of(np.random.RandomState(0))
    before = fingerprint(frame)
    (tmp_path / "other").mkdir()
    after = by_library(CHANGED[change](frame).reset_index(drop=True), tmp_path / "other")
    tables = [fingerprint(data) for data in after.values()]
    assert len({table.values for table in tables}) == 1
    assert tables[0].values != before.values
    # Rows in another order are the same rows, and nothing else is.
    assert (tables[0].unordered == before.unordered) is (change == "rows")


def test_a_name_is_one_in_every_library(tmp_path):
    frame = table_of(np.random.RandomState(0))
    renamed = by_library(frame.rename(columns={"whole": "hole"}), tmp_path)
    tables = [fingerprint(data) for data in renamed.values()]
    assert len({table.schema for table in tables}) == 1
    assert tables[0].schema != fingerprint(frame).schema
    assert {table.values for table in tables} == {fingerprint(frame).values}
