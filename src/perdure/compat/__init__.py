"""Estimators that predict as an older scikit-learn did, where today's class computes something else.

`perdure.load` gives one of these where a model was fitted by a release whose predictions today's class no
longer makes. It is an instance of the stock class and can be used as such. ``clone`` and ``fit`` give the stock
class; saving it again writes the stock class and a tag, so that any release can read the file.
"""

from __future__ import annotations

from .adaboost import AsymmetricAdaBoostClassifier, MemberAdaBoostClassifier, RealAdaBoostClassifier
from .cross_decomposition import TwiceScaledCCA, TwiceScaledPLSCanonical, TwiceScaledPLSRegression
from .early import (
    BatchScaledMiniBatchSparsePCA,
    BatchScaledSparsePCA,
    RootedEllipticEnvelope,
    SigmoidLinearDiscriminantAnalysis,
    SomeColumnsOneHotEncoder,
    UnscaledLatentDirichletAllocation,
)
from .gradient_boosting import (
    CoarseGradientBoostingClassifier,
    LogPriorGradientBoostingClassifier,
    PriorGradientBoostingClassifier,
)
from .isolation_forest import EarlyIsolationForest, ThresholdIsolationForest
from .kernel_pca import TwoGammaKernelPCA
from .logistic import (
    OneVsRestLogisticRegression,
    OneVsRestLogisticRegressionCV,
    TwoSidedLogisticRegression,
    TwoSidedLogisticRegressionCV,
)
from .support_vectors import (
    BatchScaledNuSVC,
    BatchScaledOneVsOneClassifier,
    BatchScaledSVC,
    ColumnOneClassSVM,
    TurnedNuSVC,
    TurnedSVC,
)

__all__ = [
    "AsymmetricAdaBoostClassifier",
    "BatchScaledMiniBatchSparsePCA",
    "BatchScaledNuSVC",
    "BatchScaledOneVsOneClassifier",
    "BatchScaledSVC",
    "BatchScaledSparsePCA",
    "CoarseGradientBoostingClassifier",
    "ColumnOneClassSVM",
    "EarlyIsolationForest",
    "LogPriorGradientBoostingClassifier",
    "MemberAdaBoostClassifier",
    "OneVsRestLogisticRegression",
    "OneVsRestLogisticRegressionCV",
    "PriorGradientBoostingClassifier",
    "RealAdaBoostClassifier",
    "RootedEllipticEnvelope",
    "SigmoidLinearDiscriminantAnalysis",
    "SomeColumnsOneHotEncoder",
    "ThresholdIsolationForest",
    "TurnedNuSVC",
    "TurnedSVC",
    "TwiceScaledCCA",
    "TwiceScaledPLSCanonical",
    "TwiceScaledPLSRegression",
    "TwoGammaKernelPCA",
    "TwoSidedLogisticRegression",
    "TwoSidedLogisticRegressionCV",
    "UnscaledLatentDirichletAllocation",
]
