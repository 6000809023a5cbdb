"""The probe as sections of a file: a graph of plain data, and its arrays.

It speaks the language of the model's own graph, so tables, missing values and sparse matrices need no second
one; what it may name is far less: values of numpy, scipy and pandas, and neither estimators nor functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...arrays.region import read_region, write_region
from ...arrays.store import ArrayStore
from ...build import build
from ...encode import encode
from ...errors import FormatError, LimitError, Untrusted, UntrustedError
from ...graph.audit import audit
from ...graph.limits import Limits
from ...graph.nodes import Batch, Global, Graph, Object
from ...graph.read import read_graph
from ...graph.structure import walk
from ...graph.write import write_graph
from ...trust.tables import tables

__all__ = ["ARRAYS", "GRAPH", "LIMITS", "MAX_ROWS", "Sample", "count_rows", "read_samples", "write_samples"]

GRAPH = "record/probe.json"
ARRAYS = "probe.safetensors"
LIMITS = Limits(
    nodes=200_000, depth=32, arrays=4096, decoded_bytes=1 << 26, string_bytes=1 << 22, strings_bytes=1 << 24
)
MAX_ROWS = 10_000
_LIBRARIES = ("numpy", "scipy", "pandas")


@dataclass(frozen=True)
class Sample:
    """The probe of one estimator.

    Attributes
    ----------
    path : str
        The estimator's place in the model.
    rows : object
        An array, sparse matrix, DataFrame or list.
    outputs : mapping of str to object
        What it said of the rows, by method.
    """

    path: str
    rows: Any
    outputs: Mapping[str, Any]

    @property
    def count(self) -> int:
        """How many rows there are."""
        return count_rows(self.rows)


def count_rows(rows: Any) -> int:
    """Return how many rows there are.

    Raises
    ------
    FormatError
        When it is nothing that has rows.
    """
    shape = getattr(rows, "shape", None)
    if isinstance(shape, tuple) and shape and isinstance(shape[0], int):
        return shape[0]
    if isinstance(rows, (list, tuple)):
        return len(rows)
    raise FormatError(f"a probe has rows, and not a single {type(rows).__name__}")


def write_samples(samples: Iterable[Sample]) -> tuple[dict[str, bytes], Mapping[str, object]]:
    """Return the sections of a probe, and how the arrays lie in theirs.

    Raises
    ------
    UnsupportedError
        When rows or outputs are of a type that a file cannot hold.
    LimitError
        When it is larger than a probe may be.
    """
    plain = {sample.path: {"outputs": dict(sample.outputs), "rows": sample.rows} for sample in samples}
    encoded = encode(plain)
    _check_names(encoded.graph)
    total = sum(encoded.arrays.nbytes(index) for index in range(len(encoded.arrays)))
    if total > LIMITS.decoded_bytes:
        raise LimitError(
            f"the probe has {total:,} bytes; no more than {LIMITS.decoded_bytes:,} are kept",
            fix="give fewer rows: perdure.dump(..., probe=X_test[:100])",
        )
    written = write_graph(encoded.graph)
    # The same limits hold for those who read it.
    read_graph(written.data, LIMITS)
    region = write_region(encoded.arrays, written.stored, compression="auto")
    sections = {GRAPH: written.data}
    if written.stored:
        sections[ARRAYS] = b"".join(region.chunks())
    return sections, region.storage


def read_samples(graph: bytes, region: bytes | None, storage: Mapping[str, object]) -> tuple[Sample, ...]:
    """Return the samples of a probe.

    Raises
    ------
    FormatError
        When they are not as `write_samples` writes them.
    LimitError
        When they are larger than a probe may be.
    UntrustedError
        When they name anything but plain values.
    """
    parsed = read_graph(graph, LIMITS)
    arrays = read_region(
        None if region is None else memoryview(region), parsed.specs, storage, LIMITS, inline=parsed.inline
    )
    audit(parsed, LIMITS)
    whole = Graph(parsed.root, arrays, parsed.bases)
    plain = _built(whole, arrays, _check_names(whole))
    if not isinstance(plain, dict):
        raise FormatError(f"{GRAPH} does not hold samples by the path of their estimator")
    samples = []
    for path, item in plain.items():
        if not _is_label(path) or not isinstance(item, dict) or list(item) != ["outputs", "rows"]:
            raise FormatError(f"{GRAPH} holds something else than rows and outputs")
        outputs = item["outputs"]
        if not isinstance(outputs, dict) or not all(map(_is_label, outputs)):
            raise FormatError(f"{GRAPH} does not hold outputs by the name of their method")
        sample = Sample(path, item["rows"], outputs)
        if sample.count > MAX_ROWS:
            raise LimitError(f"{GRAPH} holds {sample.count:,} rows; no more than {MAX_ROWS:,} are allowed")
        samples.append(sample)
    return tuple(samples)


def _is_label(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 4096 and value.isprintable()


def _check_names(graph: Graph) -> frozenset[str]:
    """Return the names of a probe's graph; UntrustedError unless all of them are forms of plain values."""
    ways = tables().ways
    names = set()
    refused = []
    for path, node in walk(graph):
        if isinstance(node, (Object, Batch)):
            name, plain = node.type, "/" in node.type
        elif isinstance(node, Global):
            name, plain = node.name, False
        else:
            continue
        if plain and name in ways and name.partition(":")[0].partition(".")[0] in _LIBRARIES:
            names.add(name)
        else:
            refused.append(Untrusted(name, (str(path),), "a probe holds plain values only"))
    if refused or graph.bases:
        raise UntrustedError(
            refused or [Untrusted(name, (), "a probe has no types of its own") for name in graph.bases]
        )
    return frozenset(names)


def _built(graph: Graph, arrays: ArrayStore, names: frozenset[str]) -> Any:
    from ...validate import validate

    return build(validate(graph, arrays, trusted=frozenset()), arrays, names)
