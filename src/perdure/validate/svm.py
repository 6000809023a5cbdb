"""Support vector machines: libsvm takes every length from another array and reads the rest on trust."""

from __future__ import annotations

from typing import Any

from ..graph.nodes import Global
from .engine import rule
from .members import PARTIAL, Members
from .sparse import is_sparse, sparse_shape

__all__ = ["MACHINES"]

_CLASSIFIERS = ("SVC", "NuSVC")
MACHINES = (*(f"sklearn.svm._classes:{name}" for name in ("NuSVC", "NuSVR", "OneClassSVM", "SVC", "SVR")),)
_KERNELS = ("linear", "poly", "rbf", "sigmoid", "precomputed")
# Functions that give a column for each training row, whatever they are asked.
_FUNCTIONS = frozenset(
    f"sklearn.metrics.pairwise:{name}"
    for name in (
        "additive_chi2_kernel", "chi2_kernel", "cosine_similarity", "laplacian_kernel", "linear_kernel",
        "pairwise_kernels", "polynomial_kernel", "rbf_kernel", "sigmoid_kernel",
    )
)  # fmt: skip


@rule(*MACHINES)
def machines(models: Members) -> None:
    """All shapes of a machine from its classes and its support vectors."""
    for model in models:
        for name in ("_impl", "_sparse_kernels"):
            model.require(name not in model, "that is a part of the class", f".{name}")
        if "support_" in model:
            _fitted(model)


def _fitted(model: Members) -> None:
    classifier = any(name.rpartition(":")[2] in _CLASSIFIERS for name in model.types)
    sparse = model.value("_sparse")
    model.require(isinstance(sparse, bool), "either True or False is expected", "._sparse")
    kernel = model.value("kernel")
    named = isinstance(kernel, str)
    if named:
        model.require(kernel in _KERNELS, "there is no such kernel", ".kernel")
    else:
        _function(model, kernel)
    by_rows = not named or kernel == "precomputed"
    model.require(not (sparse and by_rows), "a kernel of one's own has no sparse form", ".kernel")
    model.integers("degree", -(2**31), 2**31 - 1)

    count = len(model.array("support_", "i", 1, (4,)))
    parts = model.array("_n_support", "i", 1, (4,))
    classes = 2
    if classifier:
        shape = model.shapes("classes_")
        classes = 0 if shape is None or shape.shape[1] != 1 else int(shape[0, 0])
        model.require(classes >= 2, "a machine has two classes or more", ".classes_")
    model.require(len(parts) == classes, "there is not one count for each class", "._n_support")
    if classifier:
        model.require(bool((parts >= 0).all()), "a count of support vectors is negative", "._n_support")
        model.require(
            int(parts.sum(dtype="i8")) == count, "the counts do not sum up to the support vectors", "._n_support"
        )
    pairs = classes * (classes - 1) // 2
    for name in ("intercept_", "_intercept_"):
        found = len(model.array(name, "f", 1, (8,)))
        model.require(found == pairs, "there is not one intercept for each pair of classes", f".{name}")
    _probabilities(model, pairs, sparse)
    for name in ("dual_coef_", "_dual_coef_"):
        _coefficients(model, name, sparse, classes - 1, count)
    _vectors(model, sparse, by_rows, count)


def _probabilities(model: Members, pairs: int, sparse: bool) -> None:
    lengths = [len(model.array(name, "f", 1, (8,))) for name in ("_probA", "_probB")]
    for name, length in zip(("_probA", "_probB"), lengths, strict=True):
        model.require(length in (0, pairs), "there is not one number for each pair of classes", f".{name}")
    # A machine of sparse data copies them whenever it is told that there are probabilities.
    told = model.value("_effective_probability" if "_effective_probability" in model else "probability", False)
    if sparse and told is not False and told != "deprecated":
        model.require(lengths == [pairs, pairs], "probabilities are promised but not there", "._probA")


def _coefficients(model: Members, name: str, sparse: bool, rows: int, count: int) -> None:
    value = model.value(name)
    here = f".{name}"
    if not sparse:
        shape = model.array(name, "f", 2, (8,)).shape
        model.require(shape == (rows, count), "the coefficients are not of these classes and support vectors", here)
        return
    matrix = _csr(model, value, here)
    data = matrix.array("data", "f", 1, (8,))
    # Read as one row after the other, whatever indptr says.
    model.require(len(data) == rows * count, "the coefficients are not of these classes and support vectors", here)
    shape = sparse_shape(model.reader, value)
    model.require(shape == (rows, count) or count == 0, "the coefficients have another shape", here)


def _vectors(model: Members, sparse: bool, by_rows: bool, count: int) -> None:
    shape = [model.reader.integer(item) for item in model.reader.items(model.value("shape_fit_")) or ()]
    model.require(bool(shape) and None not in shape, "a shape is a row of lengths", ".shape_fit_")
    if by_rows:
        support = model.array("support_", "i", 1, (4,))
        inside = not count or (support.min() >= 0 and support.max() < shape[0])
        model.require(bool(inside), "a support vector is none of the training rows", ".support_")
        model.pieces("support_vectors_", "f", 2, (8,))
        rows = model.value("_BaseLibSVM__Xfit", None)
        if rows is not None:
            own = sparse_shape(model.reader, rows) if is_sparse(rows) else model.reader.shape(rows)
            model.require(
                own is not None and own[:1] == (shape[0],), "there are other training rows", "._BaseLibSVM__Xfit"
            )
        return
    width = model.integer("n_features_in_", 1)
    if sparse:
        value = model.value("support_vectors_")
        matrix = _csr(model, value, ".support_vectors_")
        matrix.pieces("data", "f", 1, (8,))
        for name in ("indices", "indptr"):
            matrix.pieces(name, "i", 1, (4,))
        own = sparse_shape(model.reader, value)
    else:
        own = model.array("support_vectors_", "f", 2, (8,)).shape
    model.require(own == (count, width), "the support vectors have another shape", ".support_vectors_")


def _csr(model: Members, value: Any, here: str) -> Members:
    found = model.members(value, here)
    if found is None or not found.type.startswith("scipy.sparse:csr_"):
        model.fail("compressed rows are expected", 0, here)
    return found


def _function(model: Members, kernel: Any) -> None:
    """A function of scikit-learn or numpy has to be one that makes a kernel; the reader's own are the reader's."""
    found = model.members(kernel, ".kernel")
    if found is not None and found.type == PARTIAL:
        model.require(not found.reader.items(found.value("args")), "a kernel's first arguments are the rows", ".kernel")
        kernel, found = found.value("func"), None
    if found is not None:
        model.require(
            found.type.startswith("sklearn.gaussian_process.kernels:") or not _of_library(found.type),
            "that is no kernel",
            ".kernel",
        )
        return
    if not isinstance(kernel, Global):
        model.fail("a kernel is a name or a function", 0, ".kernel")
    model.require(not _of_library(kernel.name) or kernel.name in _FUNCTIONS, "that is no kernel", ".kernel")


def _of_library(name: str) -> bool:
    return name.partition(":")[0].partition(".")[0] in ("builtins", "functools", "numpy", "scipy", "sklearn")
