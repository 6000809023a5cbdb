"""Which class of `perdure.compat` stands for a stock type that predicts as an older release did.

A file never names these classes: it has the stock type and a tag, and so can be read by any release.
"""

from __future__ import annotations

from typing import Any

from ..errors import MigrationError
from ..graph.nodes import Batch, Object
from .rules.common import ADABOOST, GRADIENT_BOOSTING, ISOLATION_FOREST, KERNEL_PCA, LOGISTIC, PLS, TAG
from .state import Mixed, State

__all__ = ["COMPAT", "STOCK", "compat_type"]

_BOOSTING = GRADIENT_BOOSTING[0]

#: The class for a stock type and a tag.
COMPAT = {
    (ADABOOST, "samme.r"): "perdure.compat.adaboost:RealAdaBoostClassifier",
    (ADABOOST, "samme-members"): "perdure.compat.adaboost:MemberAdaBoostClassifier",
    (ADABOOST, "samme-asymmetric"): "perdure.compat.adaboost:AsymmetricAdaBoostClassifier",
    (_BOOSTING, "log-prior"): "perdure.compat.gradient_boosting:LogPriorGradientBoostingClassifier",
    (_BOOSTING, "prior"): "perdure.compat.gradient_boosting:PriorGradientBoostingClassifier",
    (_BOOSTING, "coarse"): "perdure.compat.gradient_boosting:CoarseGradientBoostingClassifier",
    (ISOLATION_FOREST, "early"): "perdure.compat.isolation_forest:EarlyIsolationForest",
    (ISOLATION_FOREST, "threshold"): "perdure.compat.isolation_forest:ThresholdIsolationForest",
    (KERNEL_PCA, "two-gammas"): "perdure.compat.kernel_pca:TwoGammaKernelPCA",
    (PLS[0], "scaled-twice"): "perdure.compat.cross_decomposition:TwiceScaledPLSRegression",
    (PLS[1], "scaled-twice"): "perdure.compat.cross_decomposition:TwiceScaledPLSCanonical",
    (PLS[2], "scaled-twice"): "perdure.compat.cross_decomposition:TwiceScaledCCA",
    (LOGISTIC[0], "one-vs-rest"): "perdure.compat.logistic:OneVsRestLogisticRegression",
    (LOGISTIC[1], "one-vs-rest"): "perdure.compat.logistic:OneVsRestLogisticRegressionCV",
    (LOGISTIC[0], "two-sided"): "perdure.compat.logistic:TwoSidedLogisticRegression",
    (LOGISTIC[1], "two-sided"): "perdure.compat.logistic:TwoSidedLogisticRegressionCV",
    ("sklearn.svm._classes:SVC", "batch-scaled"): "perdure.compat.support_vectors:BatchScaledSVC",
    ("sklearn.svm._classes:NuSVC", "batch-scaled"): "perdure.compat.support_vectors:BatchScaledNuSVC",
    ("sklearn.svm._classes:SVC", "turned"): "perdure.compat.support_vectors:TurnedSVC",
    ("sklearn.svm._classes:NuSVC", "turned"): "perdure.compat.support_vectors:TurnedNuSVC",
    ("sklearn.svm._classes:OneClassSVM", "column"): "perdure.compat.support_vectors:ColumnOneClassSVM",
    (
        "sklearn.multiclass:OneVsOneClassifier",
        "batch-scaled",
    ): "perdure.compat.support_vectors:BatchScaledOneVsOneClassifier",
    (
        "sklearn.discriminant_analysis:LinearDiscriminantAnalysis",
        "sigmoid",
    ): "perdure.compat.early:SigmoidLinearDiscriminantAnalysis",
    (
        "sklearn.decomposition._lda:LatentDirichletAllocation",
        "unscaled",
    ): "perdure.compat.early:UnscaledLatentDirichletAllocation",
    ("sklearn.covariance._elliptic_envelope:EllipticEnvelope", "rooted"): "perdure.compat.early:RootedEllipticEnvelope",
    ("sklearn.decomposition._sparse_pca:SparsePCA", "batch-scaled"): "perdure.compat.early:BatchScaledSparsePCA",
    (
        "sklearn.decomposition._sparse_pca:MiniBatchSparsePCA",
        "batch-scaled",
    ): "perdure.compat.early:BatchScaledMiniBatchSparsePCA",
    ("sklearn.preprocessing._encoders:OneHotEncoder", "some-columns"): "perdure.compat.early:SomeColumnsOneHotEncoder",
}
#: The stock type of each class.
STOCK = {name: stock for (stock, _), name in COMPAT.items()}
_STOCK_TYPES = frozenset(STOCK.values())


def may_be(part: Object | Batch) -> bool:
    """Say whether an object or batch is one for a class of `perdure.compat`."""
    if part.type in STOCK:
        return True
    if part.type not in _STOCK_TYPES:
        return False
    return TAG in (part.state if isinstance(part, Object) else part.constants) or (
        isinstance(part, Batch) and TAG in part.columns
    )


def compat_type(state: State) -> str | None:
    """Return the class for a state with a tag; None for one without.

    Raises
    ------
    MigrationError
        For a tag that this perdure does not know.
    Mixed
        When the objects of a batch have different tags.
    """
    if TAG in state.columns:
        raise Mixed
    tag: Any = state.value(TAG)
    if tag is None:
        return None
    found = COMPAT.get((state.type, tag)) if type(tag) is str else None
    if found is None:
        raise MigrationError(
            f"the model is marked to predict as an older release did ({tag!r:.40}), in a way this perdure does not know",
            fix="pip install -U perdure",
        )
    return found
