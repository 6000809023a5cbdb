"""What scikit-learn 0.23 changed in all estimators: they know how many columns they were fitted on."""

from __future__ import annotations

from typing import Any

from ...errors import InvalidError
from ...graph.nodes import Array, Node, Object, Objects, ObjectsOf
from ..conditions import Check, Has, Lacks
from ..operations import ABSENT, Transform
from ..state import State, items_of
from .common import HISTOGRAM_BOOSTING, Since, names

__all__ = ["MIGRATIONS"]

since = Since("0.23")

#: What tells the number of columns, in the order in which it is asked: an attribute, and its axis (None: a number).
_TELLS: tuple[tuple[str, int | None], ...] = (
    ("n_features_", None), ("_n_features", None), ("n_input_features_", None), ("x_weights_", 0), ("coefs_", 0),
    ("cluster_centers_", 1), ("centroids_", 1), ("_fit_X", 1), ("X_fit_", 1), ("X_train_", 1), ("X_", 1), ("xbar_", 0),
    ("means_", 1), ("theta_", 1), ("feature_log_prob_", 1), ("category_count_", 0), ("dictionary", 1), ("components_", 1),
    ("random_weights_", 0), ("statistics_", 0), ("_mask_fit_X", 1), ("lambdas_", 0), ("quantiles_", 1), ("data_min_", 0),
    ("max_abs_", 0), ("scale_", 0), ("mean_", 0), ("var_", 0), ("center_", 0), ("location_", 0),
    ("coef_", -1), ("n_bins_", 0), ("categories_", 0), ("scores_", 0), ("variances_", 0),
    ("subcluster_centers_", 1),
)  # fmt: skip
_TYPES = (
    *names(
        "tree._classes", "DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor"
    ),
    *names(
        "ensemble._forest",
        "RandomForestClassifier",
        "RandomForestRegressor",
        "ExtraTreesClassifier",
        "ExtraTreesRegressor",
    ),
    *names("ensemble._forest", "RandomTreesEmbedding"),
    *names("ensemble._bagging", "BaggingClassifier", "BaggingRegressor"),
    *names("ensemble._iforest", "IsolationForest"),
    *names("ensemble._gb", "GradientBoostingClassifier", "GradientBoostingRegressor"),
    *HISTOGRAM_BOOSTING,
    *names("svm._classes", "SVC", "NuSVC", "SVR", "NuSVR", "OneClassSVM", "LinearSVC", "LinearSVR"),
    *names("linear_model._base", "LinearRegression"),
    *names("linear_model._ridge", "Ridge", "RidgeCV", "RidgeClassifier", "RidgeClassifierCV"),
    *names("linear_model._bayes", "BayesianRidge", "ARDRegression"),
    *names("linear_model._coordinate_descent", "Lasso", "LassoCV", "ElasticNet", "ElasticNetCV", "MultiTaskLasso"),
    *names("linear_model._coordinate_descent", "MultiTaskElasticNet", "MultiTaskElasticNetCV", "MultiTaskLassoCV"),
    *names("linear_model._huber", "HuberRegressor"),
    *names("linear_model._least_angle", "Lars", "LarsCV", "LassoLars", "LassoLarsCV", "LassoLarsIC"),
    *names("linear_model._logistic", "LogisticRegression", "LogisticRegressionCV"),
    *names("linear_model._omp", "OrthogonalMatchingPursuit", "OrthogonalMatchingPursuitCV"),
    *names("linear_model._passive_aggressive", "PassiveAggressiveClassifier", "PassiveAggressiveRegressor"),
    *names("linear_model._perceptron", "Perceptron"),
    *names("linear_model._stochastic_gradient", "SGDClassifier", "SGDRegressor"),
    *names("linear_model._theil_sen", "TheilSenRegressor"),
    *names("discriminant_analysis", "LinearDiscriminantAnalysis", "QuadraticDiscriminantAnalysis"),
    *names("neighbors._classification", "KNeighborsClassifier", "RadiusNeighborsClassifier"),
    *names("neighbors._regression", "KNeighborsRegressor", "RadiusNeighborsRegressor"),
    *names("neighbors._unsupervised", "NearestNeighbors"),
    *names("neighbors._graph", "KNeighborsTransformer", "RadiusNeighborsTransformer"),
    *names("neighbors._lof", "LocalOutlierFactor"),
    *names("neighbors._nearest_centroid", "NearestCentroid"),
    *names("neighbors._nca", "NeighborhoodComponentsAnalysis"),
    *names("neighbors._kde", "KernelDensity"),
    *names("naive_bayes", "GaussianNB", "MultinomialNB", "ComplementNB", "BernoulliNB", "CategoricalNB"),
    *names("gaussian_process._gpr", "GaussianProcessRegressor"),
    *names("neural_network._multilayer_perceptron", "MLPClassifier", "MLPRegressor"),
    *names("neural_network._rbm", "BernoulliRBM"),
    *names("cluster._kmeans", "KMeans", "MiniBatchKMeans"),
    *names("cluster._birch", "Birch"),
    *names("cluster._mean_shift", "MeanShift"),
    *names("cluster._affinity_propagation", "AffinityPropagation"),
    *names("mixture._gaussian_mixture", "GaussianMixture"),
    *names("mixture._bayesian_mixture", "BayesianGaussianMixture"),
    *names("covariance._empirical_covariance", "EmpiricalCovariance"),
    *names("covariance._shrunk_covariance", "ShrunkCovariance", "LedoitWolf", "OAS"),
    *names("covariance._robust_covariance", "MinCovDet"),
    *names("covariance._elliptic_envelope", "EllipticEnvelope"),
    *names("covariance._graph_lasso", "GraphicalLasso", "GraphicalLassoCV"),
    *names("cross_decomposition._pls", "PLSRegression", "PLSCanonical", "CCA", "PLSSVD"),
    "sklearn.cross_decomposition._cca:CCA",
    *names("decomposition._pca", "PCA"),
    *names("decomposition._incremental_pca", "IncrementalPCA"),
    *names("decomposition._kernel_pca", "KernelPCA"),
    *names("decomposition._sparse_pca", "SparsePCA", "MiniBatchSparsePCA"),
    *names("decomposition._truncated_svd", "TruncatedSVD"),
    *names("decomposition._factor_analysis", "FactorAnalysis"),
    *names("decomposition._fastica", "FastICA"),
    *names("decomposition._nmf", "NMF"),
    *names("decomposition._lda", "LatentDirichletAllocation"),
    *names("decomposition._dict_learning", "DictionaryLearning", "MiniBatchDictionaryLearning"),
    *names("random_projection", "GaussianRandomProjection", "SparseRandomProjection"),
    *names("kernel_approximation", "Nystroem", "RBFSampler", "SkewedChi2Sampler"),
    *names("kernel_ridge", "KernelRidge"),
    *names("manifold._isomap", "Isomap"),
    *names("semi_supervised._label_propagation", "LabelPropagation", "LabelSpreading"),
    *names("preprocessing._data", "StandardScaler", "MinMaxScaler", "MaxAbsScaler", "RobustScaler", "PowerTransformer"),
    *names("preprocessing._data", "QuantileTransformer"),
    *names("preprocessing._discretization", "KBinsDiscretizer"),
    *names("impute._base", "SimpleImputer"),
    *names("impute._knn", "KNNImputer"),
    *names("feature_selection._univariate_selection", "SelectKBest", "SelectPercentile", "SelectFpr", "SelectFdr"),
    *names("feature_selection._univariate_selection", "SelectFwe", "GenericUnivariateSelect"),
    *names("feature_selection._variance_threshold", "VarianceThreshold"),
    *names("feature_selection._rfe", "RFE", "RFECV"),
)


def shape_of(node: Any, state: State) -> tuple[int, ...] | None:
    """Return the shape of an array, a sparse matrix or a list of arrays."""
    context = state.context
    node = context.resolve(node)
    if isinstance(node, Array):
        return context.arrays.spec(node.index).shape
    if isinstance(node, (Objects, ObjectsOf)):
        return node.shape
    if isinstance(node, Object):
        given: list[Any] | None = items_of(node.state["shape"], context) if "shape" in node.state else None
        return None if given is None else tuple(number(item) for item in given)
    items = items_of(node, context)
    return None if items is None else (len(items),)


def width(state: State) -> int | None:
    """Return the number of columns that an estimator was fitted on, where its state tells it."""
    if "shape_fit_" in state:
        if type(state.value("kernel")) is not str:
            return None  # a kernel that is a function is given whatever fit was given, and columns are not counted
        return number(shape_items(state.value("shape_fit_"), state)[-1])
    if "support_" in state and ("ranking_" in state):
        found = shape_of(state.value("ranking_"), state)
        return None if found is None else found[0]
    if "_tree" in state and state.type.endswith(":Birch"):
        found = shape_of(state.value("subcluster_centers_"), state)
        return None if found is None else found[1]
    if "tree_" in state and state.type.endswith(":KernelDensity"):
        tree: Any = state.value("tree_")
        found = shape_of(tree.state["data"], state)
        return None if found is None else found[1]
    for name, axis in _TELLS:
        if name not in state:
            continue
        value: Any = state.value(name)
        if value is None:
            continue
        if axis is None:
            return number(value)
        if name == "coefs_":
            value = (items_of(value, state.context) or [None])[0]
        found = shape_of(value, state)
        if found:
            return int(found[axis])
    return None


def shape_items(node: Any, state: State) -> list[Any]:
    items = items_of(node, state.context)
    if not items:
        raise InvalidError("a shape is a few numbers")
    return items


def number(value: Any) -> int:
    value = getattr(value, "value", value)
    if type(value) is not int:
        raise InvalidError("a number of columns is a number")
    return value


def is_told(state: State) -> bool:
    return width(state) is not None


# All that it is told by: of an estimator that was never fitted there is nothing.
_TOLD_BY = frozenset(("shape_fit_", "ranking_", "_tree", "tree_", *(name for name, _ in _TELLS)))


def columns(state: State) -> dict[str, Any]:
    found: dict[str, Node] = {"n_features_in_": width(state)}
    return found


MIGRATIONS = (
    since(
        "columns-of-fit",
        _TYPES,
        Transform("n_features_in_ is kept", columns, sets=("n_features_in_",)),
        when=Lacks("n_features_in_")
        & Check("its state tells how many columns it was fitted on", is_told, _TOLD_BY.isdisjoint),
        evidence="base.py, BaseEstimator._check_n_features",
    ),
    since(
        "polynomial-columns-of-fit",
        "sklearn.preprocessing._data:PolynomialFeatures",
        Transform(
            "n_features_in_ is kept",
            lambda state: {"n_features_in_": state.node("n_input_features_")},
            sets=("n_features_in_",),
        ),
        when=Has("n_input_features_") & Lacks("n_features_in_"),
        evidence="preprocessing/_data.py, PolynomialFeatures.fit",
    ),
    Since("1.0")(
        "encoder-columns-of-fit",
        (
            *names("preprocessing._encoders", "OneHotEncoder", "OrdinalEncoder"),
            *names("linear_model._glm.glm", "PoissonRegressor", "GammaRegressor", "TweedieRegressor"),
        ),
        Transform("n_features_in_ is kept", columns, sets=("n_features_in_",)),
        when=Lacks("n_features_in_")
        & Check("its state tells how many columns it was fitted on", is_told, _TOLD_BY.isdisjoint),
        evidence="preprocessing/_encoders.py, _BaseEncoder._check_X",
    ),
    Since("1.0")(
        "dummy-no-columns",
        names("dummy", "DummyClassifier", "DummyRegressor"),
        Transform(
            "the number of columns is not known", lambda state: {"n_features_in_": ABSENT}, drops=("n_features_in_",)
        ),
        when=Has("n_features_in_")
        & Check("n_features_in_ is None", lambda state: state.value("n_features_in_") is None),
        evidence="dummy.py, DummyClassifier.n_features_in_",
    ),
)
