"""Both gradient boostings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidError
from .base import Classifier, Estimator, Regressor
from .functions import expit, softmax
from .parts import Part
from .trees import tree_rows, walk_of
from .walking import Walk

if TYPE_CHECKING:
    from .registry import Maker

__all__ = ["KNOWN"]

Matrix = np.ndarray[Any, Any]


# --- gradient boosting ----------------------------------------------------------------------------


class _GradientBoosting(Estimator):
    # How near to 0 and 1 the probabilities of the start may come.
    eps = float(np.finfo(np.float64).eps)

    def prepare(self, part: Part, make: Maker) -> None:
        members = part["estimators_"]
        if not isinstance(members, np.ndarray) or members.ndim != 2 or not members.size or self.n_features is None:
            raise InvalidError("a boosting has rows of trees", path=f"{part.path}.estimators_")
        self.outputs = members.shape[1]
        trees = [member.part("tree_") for member in members.ravel()]
        rate = float(part.number("learning_rate"))
        columns = np.tile(np.arange(self.outputs), members.shape[0])
        self.walk = walk_of(trees, self.n_features, scale=rate, columns=columns.tolist(), outputs=self.outputs)
        self.loss = part.part("_loss").name
        initial = part["init_"]
        self.initial = None if isinstance(initial, str) and initial == "zero" else make(initial)

    def start(self, rows: Matrix) -> Matrix:
        if self.initial is None:
            return np.zeros((len(rows), self.outputs))
        if self.kind == "regressor":
            return np.asarray(self.initial.ask("predict", rows)).astype(np.float64).reshape(-1, 1)
        found = self.initial.ask("predict_proba", rows)
        if self.loss != "HalfMultinomialLoss":
            found = found[:, 1]
        raw = self.link(np.clip(found, self.eps, 1 - self.eps, dtype=np.float64))
        return raw.reshape(-1, 1) if raw.ndim == 1 else raw

    def link(self, shares: Matrix) -> Matrix:
        """Return the scores of probabilities."""
        if self.loss == "HalfMultinomialLoss":
            mean = np.exp(np.mean(np.log(shares), axis=1))
            return np.asarray(np.log(shares / mean[:, np.newaxis]))
        odds = np.log(shares / (1 - shares))
        return np.asarray(0.5 * odds if self.loss == "ExponentialLoss" else odds)

    def raw(self, X: Any) -> Matrix:
        """Return the scores before any link."""
        rows = tree_rows(self, X, False)
        start = np.ascontiguousarray(self.start(rows), np.float64)
        if start.shape != (len(rows), self.outputs):
            raise InvalidError("the start of a boosting has another number of classes", path=f"{self.part.path}.init_")
        return self.walk.add(rows, start)


class GradientBoostingClassifier(_GradientBoosting, Classifier):
    """Trees on the log odds."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.prepare(part, make)
        if self.loss not in ("HalfBinomialLoss", "HalfMultinomialLoss", "ExponentialLoss"):
            raise part.refuse(f"the loss {self.loss}")

    def decision_function(self, X: Any) -> Matrix:
        raw = self.raw(X)
        return raw.ravel() if raw.shape[1] == 1 else raw

    def predict(self, X: Any) -> Matrix:
        raw = self.decision_function(X)
        return self.labels((raw >= 0).astype(int) if raw.ndim == 1 else np.argmax(raw, axis=1))

    def predict_proba(self, X: Any) -> Matrix:
        raw = self.decision_function(X)
        if raw.ndim > 1:
            return softmax(raw)
        return _two_sided(expit(2 * raw if self.loss == "ExponentialLoss" else raw))

    def predict_log_proba(self, X: Any) -> Matrix:
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))


def _two_sided(second: Matrix) -> Matrix:
    made = np.empty((len(second), 2), second.dtype)
    made[:, 1] = second
    made[:, 0] = 1 - made[:, 1]
    return made


class GradientBoostingRegressor(_GradientBoosting, Regressor):
    """Trees on what is left."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.prepare(part, make)

    def predict(self, X: Any) -> Matrix:
        return self.raw(X).ravel()


# --- boosting on histograms -----------------------------------------------------------------------


_FIELDS = (
    *("left", "right", "feature_idx", "num_threshold", "value"),
    *("is_leaf", "missing_go_to_left", "is_categorical", "bitset_idx"),
)


def _bitset(values: Matrix) -> Matrix:
    """Return a set of categories as 256 bits."""
    made = np.zeros(8, np.uint32)
    for value in values.astype(np.int64).tolist():
        made[value // 32] |= np.uint32(1 << (value % 32))
    return made


class _Histograms(Estimator):
    def prepare(self, part: Part, make: Maker) -> None:
        if self.n_features is None:
            raise part.refuse("a boosting without the number of its features")
        rounds = part.items("_predictors")
        self.outputs = int(part.number("n_trees_per_iteration_"))
        members = [member for one in rounds for member in one]
        self.baseline = part.array("_baseline_prediction").reshape(1, -1)
        order = part.get("_preprocessor")
        self.order = None if order is None else make(order)
        self.loss = part.part("_loss").name
        self.walk = self._walk(part, members, [k for one in rounds for k in range(len(one))]) if members else None

    def _walk(self, part: Part, members: list[Part], columns: list[int]) -> Walk:
        nodes = [member["nodes"] for member in members]
        field = {name: np.concatenate([record[name] for record in nodes]) for name in _FIELDS}
        counts = [len(record["left"]) for record in nodes]
        sets = [np.asarray(member["raw_left_cat_bitsets"]).reshape(-1, 8) for member in members]
        starts = np.cumsum([0, *map(len, sets)])
        mapper = part.part("_bin_mapper")
        categorical = mapper.array("is_categorical_").astype(bool)
        thresholds = mapper.items("bin_thresholds_")
        known = [_bitset(np.asarray(thresholds[i])) for i in np.flatnonzero(categorical)]
        places = np.zeros(len(categorical), np.int64)
        places[categorical] = np.arange(len(known))
        feature = field["feature_idx"].astype(np.int64)
        leaf = field["is_leaf"] == 1
        return Walk(
            counts,
            field["left"].astype(np.int64),
            field["right"].astype(np.int64),
            feature,
            field["num_threshold"],
            leaf,
            field["missing_go_to_left"],
            int(self.n_features or 0),
            values=field["value"].reshape(-1, 1),
            columns=columns,
            outputs=self.outputs,
            bitsets=np.concatenate([*sets, np.asarray(known, np.uint32).reshape(-1, 8)]),
            categorical=field["is_categorical"] == 1,
            bitset=field["bitset_idx"].astype(np.int64) + np.repeat(starts[:-1], np.asarray(counts, np.intp)),
            known=places[np.where(leaf, 0, feature)] + starts[-1],
        )

    def raw(self, X: Any) -> Matrix:
        """Return the scores before any link."""
        if self.order is None:
            rows = self.rows(X, dtypes=(np.dtype(np.float64),), nan=True, inf=True)
        else:
            rows = self.order.ask("transform", X)
        start = np.zeros((len(rows), self.outputs))
        start += self.baseline
        return start if self.walk is None else self.walk.add(rows, start)


class HistGradientBoostingClassifier(_Histograms, Classifier):
    """Trees on the log odds."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.prepare(part, make)
        if self.loss not in ("HalfBinomialLoss", "HalfMultinomialLoss"):
            raise part.refuse(f"the loss {self.loss}")

    def decision_function(self, X: Any) -> Matrix:
        raw = self.raw(X)
        return raw.ravel() if raw.shape[1] == 1 else raw

    def predict(self, X: Any) -> Matrix:
        raw = self.decision_function(X)
        return self.labels((raw > 0).astype(int) if raw.ndim == 1 else np.argmax(raw, axis=1))

    def predict_proba(self, X: Any) -> Matrix:
        raw = self.decision_function(X)
        return softmax(raw) if raw.ndim > 1 else _two_sided(expit(raw))


class HistGradientBoostingRegressor(_Histograms, Regressor):
    """Trees on what is left, some losses on a logarithm."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.prepare(part, make)
        link = part.part("_loss").part("link").name
        if link not in ("IdentityLink", "LogLink"):
            raise part.refuse(f"the link {link}")
        self.exponential = link == "LogLink"

    def predict(self, X: Any) -> Matrix:
        raw = self.raw(X).ravel()
        return np.exp(raw) if self.exponential else raw


_HISTOGRAMS = "sklearn.ensemble._hist_gradient_boosting.gradient_boosting"
KNOWN: dict[str, Any] = {
    "sklearn.ensemble._gb:GradientBoostingClassifier": GradientBoostingClassifier,
    "sklearn.ensemble._gb:GradientBoostingRegressor": GradientBoostingRegressor,
    f"{_HISTOGRAMS}:HistGradientBoostingClassifier": HistGradientBoostingClassifier,
    f"{_HISTOGRAMS}:HistGradientBoostingRegressor": HistGradientBoostingRegressor,
}
