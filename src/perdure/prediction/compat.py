"""What predicts as an older scikit-learn did, where today's class computes something else: see `perdure.compat`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .boosting import GradientBoostingClassifier
from .decomposition import KernelPCA
from .discriminant import LinearDiscriminantAnalysis
from .encoding import OneHotEncoder
from .ensembles import AdaBoostClassifier, IsolationForest
from .functions import expit
from .linear import OneVsRestLogisticRegression, TwoSidedLogisticRegression
from .parts import Part
from .rows import Table, count_of
from .several import OneVsOneClassifier
from .sparse import SparseRows
from .support_vectors import SVC, OneClassSVM

if TYPE_CHECKING:
    from .registry import Maker

__all__ = ["KNOWN"]

Matrix = np.ndarray[Any, Any]


# --- AdaBoost -------------------------------------------------------------------------------------


class AsymmetricAdaBoostClassifier(AdaBoostClassifier):
    """Before 1.3: a member votes for its class and not against the others."""

    def vote(self, member: Any, weight: Any, rows: Any) -> Matrix:
        """Return what a member says of each row for each class, times its weight."""
        return np.asarray((member.ask("predict", rows) == self.classes[:, np.newaxis]).T * weight)

    def _rows(self, X: Any) -> Any:
        return self.rows(X, dtypes=None, nan=True, inf=True, sparse=True)

    def decision_function(self, X: Any) -> Matrix:
        rows = self._rows(X)
        pairs = zip(self.members, self.weights, strict=False)
        votes: Any = sum(self.vote(member, weight, rows) for member, weight in pairs)
        votes = votes / self.weights.sum()
        if self.count == 2:
            votes[:, 0] *= -1
            return np.asarray(votes.sum(axis=1))
        return np.asarray(votes)


class RealAdaBoostClassifier(AsymmetricAdaBoostClassifier):
    """SAMME.R, up to 1.5: members vote with their probabilities."""

    def vote(self, member: Any, weight: Any, rows: Any) -> Matrix:
        share = np.array(member.ask("predict_proba", rows))
        np.clip(share, np.finfo(share.dtype).eps, None, out=share)
        log = np.log(share)
        return np.asarray((self.count - 1) * (log - (1.0 / self.count) * log.sum(axis=1)[:, np.newaxis]))


class MemberAdaBoostClassifier(AsymmetricAdaBoostClassifier):
    """Before 0.22: probabilities come from those of the members."""

    def predict_proba(self, X: Any) -> Matrix:
        if self.count == 1:
            return np.ones((count_of(X), 1))
        rows = self._rows(X)
        pairs = zip(self.members, self.weights, strict=False)
        share: Any = sum(member.ask("predict_proba", rows) * weight for member, weight in pairs)
        share = np.exp(share / self.weights.sum() / (self.count - 1))
        return np.asarray(share / share.sum(axis=1, keepdims=True))


# --- gradient boosting ----------------------------------------------------------------------------


class CoarseGradientBoostingClassifier(GradientBoostingClassifier):
    """Before 1.8: the first predictions are cut at the precision of float32."""

    eps = float(np.finfo(np.float32).eps)


class LogPriorGradientBoostingClassifier(CoarseGradientBoostingClassifier):
    """Before 1.4: begins with log probabilities."""

    def link(self, shares: Matrix) -> Matrix:
        return np.log(shares)


class PriorGradientBoostingClassifier(CoarseGradientBoostingClassifier):
    """Before 0.21: begins with the probabilities."""

    def link(self, shares: Matrix) -> Matrix:
        return shares


# --- isolation forests ----------------------------------------------------------------------------


class ThresholdIsolationForest(IsolationForest):
    """Up to 0.21: outliers are below ``threshold_``."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.threshold = part.number("threshold_") if "threshold_" in part else None

    def predict(self, X: Any) -> Matrix:
        if self.threshold is None:
            return super().predict(X)
        return np.where(self.decision_function(X) <= self.threshold, -1, 1)


# --- support vectors and pairs --------------------------------------------------------------------


def _batch_scaled(predictions: Matrix, confidences: Matrix, count: int) -> Matrix:
    """Return the votes for each class, and the sum of confidences scaled by the largest of all rows."""
    votes = np.zeros((len(predictions), count))
    sums = np.zeros_like(votes)
    pair = 0
    for i in range(count):
        for j in range(i + 1, count):
            sums[:, i] -= confidences[:, pair]
            sums[:, j] += confidences[:, pair]
            votes[predictions[:, pair] == 0, i] += 1
            votes[predictions[:, pair] == 1, j] += 1
            pair += 1
    high, low = sums.max(), sums.min()
    if high == low:
        return votes
    return np.asarray(votes + sums * ((0.5 - np.finfo(sums.dtype).eps) / max(abs(high), abs(low))))


class BatchScaledSVC(SVC):
    """Before 0.21: the decision function depends on all rows given."""

    def decision_function(self, X: Any) -> Matrix:
        pairs = self.pairs(X)
        return _batch_scaled(pairs < 0, -pairs, len(self.classes))


class TurnedSVC(SVC):
    """Before 0.18: confidences between equal votes counted the other way."""

    def decision_function(self, X: Any) -> Matrix:
        pairs = self.pairs(X)
        return _batch_scaled(pairs < 0, pairs, len(self.classes))


class ColumnOneClassSVM(OneClassSVM):
    """Before 0.20: the decision function is a column."""

    def decision_function(self, X: Any) -> Matrix:
        return super().decision_function(X).reshape(-1, 1)

    def predict(self, X: Any) -> Matrix:
        return np.where(super().decision_function(X) > 0, 1, -1)


class BatchScaledOneVsOneClassifier(OneVsOneClassifier):
    """Before 0.21: the decision function depends on all rows given."""

    def combined(self, predictions: Matrix, confidences: Matrix) -> Matrix:
        return _batch_scaled(predictions, confidences, len(self.classes))

    def threshold(self) -> float:
        return 0.0


# --- others ---------------------------------------------------------------------------------------


class SigmoidLinearDiscriminantAnalysis(LinearDiscriminantAnalysis):
    """Before 0.21: probabilities of several classes are sigmoids."""

    def predict_proba(self, X: Any) -> Matrix:
        found = expit(self.decision_function(X))
        return np.asarray(found / found.sum(axis=1, keepdims=True))

    def predict_log_proba(self, X: Any) -> Matrix:
        return np.log(self.predict_proba(X))


class SomeColumnsOneHotEncoder(OneHotEncoder):
    """Up to 0.21: some of the columns are encoded and come first, the others follow as they are."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.encoded_columns = np.asarray(part["_encoded_columns"])

    def transform(self, X: Any) -> Any:
        rows = X.to_array() if isinstance(X, Table) else np.asarray(X)
        if rows.ndim != 2:
            raise ValueError(f"rows have two dimensions, not {rows.ndim}")
        chosen = np.zeros(rows.shape[1], bool)
        chosen[self.encoded_columns] = True
        encoded = super().transform(rows[:, chosen])
        rest = rows[:, ~chosen]
        return SparseRows.hstack([encoded, rest]) if isinstance(encoded, SparseRows) else np.hstack([encoded, rest])


KNOWN: dict[str, Any] = {
    "perdure.compat.adaboost:AsymmetricAdaBoostClassifier": AsymmetricAdaBoostClassifier,
    "perdure.compat.adaboost:MemberAdaBoostClassifier": MemberAdaBoostClassifier,
    "perdure.compat.adaboost:RealAdaBoostClassifier": RealAdaBoostClassifier,
    "perdure.compat.early:SigmoidLinearDiscriminantAnalysis": SigmoidLinearDiscriminantAnalysis,
    "perdure.compat.early:SomeColumnsOneHotEncoder": SomeColumnsOneHotEncoder,
    "perdure.compat.gradient_boosting:CoarseGradientBoostingClassifier": CoarseGradientBoostingClassifier,
    "perdure.compat.gradient_boosting:LogPriorGradientBoostingClassifier": LogPriorGradientBoostingClassifier,
    "perdure.compat.gradient_boosting:PriorGradientBoostingClassifier": PriorGradientBoostingClassifier,
    "perdure.compat.isolation_forest:ThresholdIsolationForest": ThresholdIsolationForest,
    # Only its way back is another.
    "perdure.compat.kernel_pca:TwoGammaKernelPCA": KernelPCA,
    "perdure.compat.logistic:OneVsRestLogisticRegression": OneVsRestLogisticRegression,
    "perdure.compat.logistic:OneVsRestLogisticRegressionCV": OneVsRestLogisticRegression,
    "perdure.compat.logistic:TwoSidedLogisticRegression": TwoSidedLogisticRegression,
    "perdure.compat.logistic:TwoSidedLogisticRegressionCV": TwoSidedLogisticRegression,
    "perdure.compat.support_vectors:BatchScaledNuSVC": BatchScaledSVC,
    "perdure.compat.support_vectors:BatchScaledOneVsOneClassifier": BatchScaledOneVsOneClassifier,
    "perdure.compat.support_vectors:BatchScaledSVC": BatchScaledSVC,
    "perdure.compat.support_vectors:ColumnOneClassSVM": ColumnOneClassSVM,
    "perdure.compat.support_vectors:TurnedNuSVC": TurnedSVC,
    "perdure.compat.support_vectors:TurnedSVC": TurnedSVC,
}
