"""Support vector machines of libsvm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..graph import Tensor
from ..registry import Conversion, Results, converts, labelled
from ..tables import Table
from .kernels import kernel_matrix
from .outliers import inside

__all__: list[str] = []


def _kernel(model: Any, table: Table, c: Conversion) -> Tensor:
    if callable(model.kernel):
        raise c.refuse("a kernel of one's own has no converter")
    if model.kernel == "precomputed":
        return table.numbers().take(np.asarray(model.support_).tolist())
    vectors = model.support_vectors_
    arguments = {"gamma": model._gamma, "coef0": model.coef0, "degree": model.degree}
    return kernel_matrix(model.kernel, table.numbers(), vectors, arguments, c)


def _dense(value: Any) -> np.ndarray[Any, Any]:
    return np.asarray(value.toarray() if hasattr(value, "toarray") else value, np.float64)


@converts("SVR", "NuSVR")
def _regressor(model: Any, table: Table, c: Conversion) -> Results:
    value = _kernel(model, table, c) @ _dense(model._dual_coef_).T + float(model._intercept_[0])
    return {"predict": value.reshape(-1)}


@converts("OneClassSVM")
def _one_class(model: Any, table: Table, c: Conversion) -> Results:
    value = (_kernel(model, table, c) @ _dense(model._dual_coef_).T).reshape(-1)
    decision = value + float(model._intercept_[0])
    return {
        "predict": inside(decision, c),
        "decision_function": decision,
        "score_samples": decision + float(np.ravel(model.offset_)[0]),
    }


def _pair_coefficients(model: Any) -> np.ndarray[Any, Any]:
    """Return the weight of each support vector in the decision between each pair of classes: vectors × pairs."""
    dual = _dense(model._dual_coef_)
    counts = np.asarray(model._n_support)
    starts = np.cumsum([0, *counts])
    count = len(counts)
    columns = []
    for i in range(count):
        for j in range(i + 1, count):
            column = np.zeros(dual.shape[1])
            column[starts[i] : starts[i + 1]] = dual[j - 1, starts[i] : starts[i + 1]]
            column[starts[j] : starts[j + 1]] = dual[i, starts[j] : starts[j + 1]]
            columns.append(column)
    return np.array(columns).T


@converts("SVC", "NuSVC")
def _classifier(model: Any, table: Table, c: Conversion) -> Results:
    graph, count = c.graph, len(model.classes_)
    K = _kernel(model, table, c)
    if count == 2:
        # libsvm's own sign is of the first class, scikit-learn's of the second.
        flat = (K @ _dense(model._dual_coef_).T + float(model._intercept_[0])).reshape(-1)
        results: Results = {
            "predict": labelled(graph, model.classes_, (flat <= 0.0).cast("int64")),
            "decision_function": -flat,
        }
    else:
        pairs = K @ _pair_coefficients(model) + np.asarray(model._intercept_, np.float64)
        results = _by_pairs(model, pairs, count, c)
        flat = pairs
    if _has_shares(model):
        results["predict_proba"] = _coupled(model, flat, count, c)
    return results


def _by_pairs(model: Any, pairs: Tensor, count: int, c: Conversion) -> Results:
    graph = c.graph
    first = np.zeros((count * (count - 1) // 2, count))
    second = np.zeros_like(first)
    k = 0
    for i in range(count):
        for j in range(i + 1, count):
            first[k, i], second[k, j] = 1.0, 1.0
            k += 1
    wins = (pairs > 0.0).number()
    votes = wins @ first + (1.0 - wins) @ second
    loses = (pairs < 0.0).number()
    # As sklearn.utils.multiclass: a vote for the second class where the decision is negative.
    ballots = (1.0 - loses) @ first + loses @ second
    total = pairs @ (first - second)
    shaped = ballots + total / (3.0 * (abs(total) + 1.0))
    best = shaped if model.break_ties and model.decision_function_shape == "ovr" else votes
    return {
        "predict": labelled(graph, model.classes_, best.argmax(1)),
        "decision_function": shaped if model.decision_function_shape == "ovr" else pairs,
        "margin": abs(pairs).min(1),
    }


def _has_shares(model: Any) -> bool:
    return (
        bool(getattr(model, "_effective_probability", getattr(model, "probability", False))) and len(model._probA) > 0
    )


def _coupled(model: Any, pairs: Tensor, count: int, c: Conversion) -> Tensor:
    """Return libsvm's probabilities: a sigmoid for each pair, brought together by its own iteration."""
    graph = c.graph
    tiny = 1e-7
    a, b = np.asarray(model._probA, np.float64), np.asarray(model._probB, np.float64)
    shares = (-(pairs.reshape(-1, len(a)) * a + b)).sigmoid().clip(tiny, 1 - tiny)
    r: dict[tuple[int, int], Tensor] = {}
    k = 0
    for i in range(count):
        for j in range(i + 1, count):
            r[i, j] = shares.column(k)
            r[j, i] = 1.0 - r[i, j]
            k += 1
    Q = {(t, j): -(r[j, t] * r[t, j]) for t in range(count) for j in range(count) if j != t}
    for t in range(count):
        total: Any = None
        for j in range(count):
            if j != t:
                total = r[j, t] * r[j, t] if total is None else total + r[j, t] * r[j, t]
        Q[t, t] = total
    zero = shares.column(0) * 0.0
    start = graph.concat([zero + 1.0 / count] * count)
    close = 0.005 / count

    def step(state: Sequence[Tensor]) -> tuple[Tensor, Sequence[Tensor]]:
        whole, done = state
        p = [whole.column(t) for t in range(count)]
        Qp = [_sum([Q[t, j] * p[j] for j in range(count)]) for t in range(count)]
        pQp = _sum([p[t] * Qp[t] for t in range(count)])
        error: Any = None
        for t in range(count):
            gap = abs(Qp[t] - pQp)
            error = gap if error is None else graph.arithmetic("Max", error, gap)
        # A row stays as it is once it is close enough.
        finished = graph.where((done > 0.0) | (error < close), 1.0, 0.0)
        for t in range(count):
            change = (pQp - Qp[t]) / Q[t, t]
            p[t] = p[t] + change
            grown = 1.0 + change
            pQp = (pQp + change * (change * Q[t, t] + 2.0 * Qp[t])) / grown / grown
            for j in range(count):
                Qp[j] = (Qp[j] + change * Q[t, j]) / grown
                p[j] = p[j] / grown
        following = graph.where(finished > 0.0, whole, graph.concat(p))
        return finished.min((0, 1)) < 1.0, [following, finished]

    return graph.loop(max(100, count), [start, zero], step)[0]


def _sum(parts: Sequence[Tensor]) -> Tensor:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total
