"""Sparse matrices of every format, wherever they stand in a model."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

import perdure
from attacks.craft import FORMS, Graph, put
from perdure.errors import InvalidError
from perdure.graph.nodes import Dict, List, Objects, Tuple

MATRIX = sp.random(12, 8, density=0.4, random_state=0, format="csr")


def _shape(*lengths):
    return Tuple(lengths)


COMPRESSED = {
    "index out of range": ("indices", put(0, 99)),
    "index negative": ("indices", put(0, -1)),
    "index as a float": ("indices", lambda a: a.astype(float)),
    "an index less": ("indices", lambda a: a[:-1]),
    "a value less": ("data", lambda a: a[:-1]),
    "rows beyond the values": ("indptr", put(-1, 10**6)),
    "rows that fall": ("indptr", put(2, 10**6)),
    "rows that begin late": ("indptr", put(0, 1)),
    "negative rows": ("indptr", put(1, -4)),
    "a row less": ("indptr", lambda a: a[:-1]),
    "no rows": ("indptr", lambda a: a[:0]),
    "a shape of more rows": ("shape", _shape(10**9, 10**9)),
    "a narrow shape": ("shape", _shape(2, 2)),
    "a negative shape": ("shape", _shape(-12, -8)),
    "a shape beyond memory": ("shape", _shape(2**70, 8)),
    "a shape of three": ("shape", _shape(12, 8, 1)),
    "a shape of words": ("shape", _shape("a", "b")),
    "values that are words": ("data", lambda a: np.array(["x"] * len(a))),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["csr_matrix", "csc_matrix", "csr_array"])
@pytest.mark.parametrize("name", COMPRESSED)
def test_compressed_matrices_with_one_lie_are_refused(name, kind, form):
    attribute, change = COMPRESSED[name]
    # Five of them: a batch, in which one is hostile.
    model = [getattr(sp, kind)(MATRIX.copy()) for _ in range(5)]
    with pytest.raises(InvalidError) as caught:
        perdure.loads(Graph(model).change(f"{kind}/1", attribute, change, index=2).bytes(form))
    assert caught.value.path.startswith("model[2]")


OTHERS = {
    "coo row out of range": ("coo", "coords", lambda n: _with(n, 0, 99)),
    "coo column out of range": ("coo", "coords", lambda n: _with(n, 1, 99)),
    "coo coordinate negative": ("coo", "coords", lambda n: _with(n, 1, -1)),
    "coo of one dimension": ("coo", "coords", lambda n: Tuple(n.items[:1])),
    "coo with a value less": ("coo", "data", lambda a: a[:-1]),
    "bsr out of range": ("bsr", "indices", put(0, 99)),
    "bsr of other blocks": ("bsr", "data", lambda a: a[:, :2]),
    "bsr without blocks": ("bsr", "data", lambda a: a[:, :0]),
    "dia out of range": ("dia", "offsets", put(0, 2**31 - 1)),
    "dia twice": ("dia", "offsets", lambda a: np.zeros_like(a)),
    "dia with an offset less": ("dia", "offsets", lambda a: a[:-1]),
    "lil out of range": ("lil", "rows", lambda n: _row(n, List((99,)))),
    "lil negative": ("lil", "rows", lambda n: _row(n, List((-1,)))),
    "lil with an index more": ("lil", "rows", lambda n: _row(n, List((0, 1, 2, 3, 4, 5, 6, 7)))),
    "lil with a row less": ("lil", "rows", lambda n: Objects((11,), "C", n.items[:11])),
    "lil of a higher shape": ("lil", "shape", _shape(10**9, 8)),
    "dok out of range": ("dok", "items", Dict(((Tuple((99, 0)), 1.0),))),
    "dok of one dimension": ("dok", "items", Dict(((Tuple((1,)), 1.0),))),
}


def _with(node, axis, value):
    graph = CURRENT[0]
    items = list(node.items)
    array = graph.arrays.view(items[axis].index).copy()
    array[0] = value
    items[axis] = graph.array(array)
    return Tuple(tuple(items))


def _row(node, row):
    number = next(
        i
        for i, item in enumerate(node.items)
        if len(item.items) not in (0, len(row.items) if len(row.items) > 1 else 0)
    )
    items = list(node.items)
    items[number] = row if len(row.items) > 1 else List((*row.items, *items[number].items[1:]))
    return Objects(node.shape, node.order, tuple(items))


CURRENT: list[Graph] = []


@pytest.mark.parametrize("name", OTHERS)
def test_other_formats_with_one_lie_are_refused(name):
    format_, attribute, change = OTHERS[name]
    matrix = sp.diags([np.ones(11), np.ones(12)], [1, 0]) if format_ == "dia" else MATRIX.asformat(format_)
    if format_ == "bsr":
        matrix = MATRIX.tobsr(blocksize=(3, 2))
    graph = Graph(matrix)
    CURRENT[:] = [graph]
    (kind,) = {graph.root.type}
    with pytest.raises(InvalidError) as caught:
        perdure.loads(graph.change(kind, attribute, change).bytes("plain"))
    assert caught.value.path.startswith("model")


@pytest.mark.parametrize("format_", ["csr", "csc", "coo", "bsr", "dia", "lil", "dok"])
@pytest.mark.parametrize("shape", [(12, 8), (0, 5), (5, 0), (3, 1)])
def test_healthy_matrices_pass(format_, shape):
    matrix = sp.random(*shape, density=0.5, random_state=0).asformat(format_)
    assert (perdure.loads(perdure.dumps(matrix)) != matrix).nnz == 0


def test_spare_room_behind_the_last_row_is_healthy():
    matrix = MATRIX.copy()
    matrix.data, matrix.indices = np.append(matrix.data, 0.0), np.append(matrix.indices, 3).astype(matrix.indices.dtype)
    assert np.array_equal(perdure.loads(perdure.dumps(matrix)).toarray(), MATRIX.toarray())
