"""Parameters of constructors that came and went before 1.2, where nothing is to be said but the value.

Taken from the signatures of the releases 0.17, 0.19 to 0.22, 0.24 and 1.0 to 1.2. A new parameter has the value that
keeps what the older release did; what became of a parameter that meant something stands with the rules of its release.
"""

from __future__ import annotations

from typing import Any

from ...graph.nodes import Tuple
from ..migration import Migration
from ..operations import AddAttribute, DropAttribute
from .common import Since
from .moved import with_older_names

__all__ = ["PARAMETERS"]

#: Release, classes by module, and the parameters that are new, with their values.
_NEW: tuple[tuple[str, dict[str, str], dict[str, Any]], ...] = (
    ("0.19", {"cluster.k_means_": "KMeans MiniBatchKMeans"}, {"algorithm": "auto"}),
    ("0.19", {"cluster.dbscan_": "DBSCAN"}, {"metric_params": None, "n_jobs": 1}),
    (
        "0.19",
        {
            "cluster.spectral": "SpectralClustering",
            "feature_selection.rfe": "RFECV",
            "manifold.isomap": "Isomap",
            "manifold.locally_linear": "LocallyLinearEmbedding",
            "manifold.spectral_embedding_": "SpectralEmbedding",
            "semi_supervised.label_propagation": "LabelPropagation LabelSpreading",
        },
        {"n_jobs": 1},
    ),
    ("0.19", {"decomposition.kernel_pca": "KernelPCA"}, {"copy_X": True, "n_jobs": 1, "random_state": None}),
    ("0.19", {"decomposition.nmf": "NMF"}, {"beta_loss": "frobenius"}),
    (
        "0.19",
        {"decomposition.pca": "PCA"},
        {"iterated_power": "auto", "random_state": None, "svd_solver": "auto", "tol": 0.0},
    ),
    (
        "0.19",
        {
            "ensemble.forest": "ExtraTreesClassifier ExtraTreesRegressor RandomForestClassifier RandomForestRegressor RandomTreesEmbedding",
            "tree.tree": "DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor",
        },
        {"min_impurity_decrease": 0.0, "min_impurity_split": None},
    ),
    (
        "0.19",
        {"ensemble.gradient_boosting": "GradientBoostingClassifier GradientBoostingRegressor"},
        {"criterion": "friedman_mse", "min_impurity_decrease": 0.0, "min_impurity_split": None},
    ),
    ("0.19", {"ensemble.voting_classifier": "VotingClassifier"}, {"flatten_transform": None, "n_jobs": 1}),
    (
        "0.19",
        {"feature_extraction.hashing": "FeatureHasher", "feature_extraction.text": "HashingVectorizer"},
        {"alternate_sign": True},
    ),
    ("0.19", {"feature_selection.from_model": "SelectFromModel"}, {"norm_order": 1}),
    (
        "0.19",
        {"linear_model.passive_aggressive": "PassiveAggressiveClassifier PassiveAggressiveRegressor"},
        {"average": False, "max_iter": None, "tol": None},
    ),
    (
        "0.19",
        {"linear_model.perceptron": "Perceptron", "linear_model.stochastic_gradient": "SGDClassifier SGDRegressor"},
        {"max_iter": None, "tol": None},
    ),
    ("0.19", {"linear_model.ransac": "RANSACRegressor"}, {"loss": "absolute_loss", "max_skips": float("inf")}),
    ("0.19", {"pipeline": "Pipeline"}, {"memory": None}),
    (
        "0.19",
        {"preprocessing._function_transformer": "FunctionTransformer"},
        {"inv_kw_args": None, "inverse_func": None, "kw_args": None},
    ),
    ("0.19", {"preprocessing.data": "RobustScaler"}, {"quantile_range": Tuple((25.0, 75.0))}),
    (
        "0.20",
        {"decomposition.dict_learning": "DictionaryLearning MiniBatchDictionaryLearning"},
        {"positive_code": False, "positive_dict": False},
    ),
    ("0.20", {"decomposition.dict_learning": "SparseCoder"}, {"positive_code": False}),
    ("0.20", {"decomposition.sparse_pca": "SparsePCA MiniBatchSparsePCA"}, {"normalize_components": False}),
    (
        "0.20",
        {"ensemble.gradient_boosting": "GradientBoostingClassifier GradientBoostingRegressor"},
        {"n_iter_no_change": None, "tol": 0.0001, "validation_fraction": 0.1},
    ),
    ("0.20", {"feature_selection.from_model": "SelectFromModel"}, {"max_features": None}),
    ("0.20", {"feature_selection.rfe": "RFECV"}, {"min_features_to_select": 1}),
    (
        "0.20",
        {
            "linear_model.passive_aggressive": "PassiveAggressiveClassifier PassiveAggressiveRegressor",
            "linear_model.perceptron": "Perceptron",
            "linear_model.stochastic_gradient": "SGDClassifier SGDRegressor",
        },
        {"early_stopping": False, "n_iter_no_change": 5, "validation_fraction": 0.1},
    ),
    ("0.20", {"naive_bayes": "GaussianNB"}, {"var_smoothing": 1e-09}),
    ("0.20", {"neural_network.multilayer_perceptron": "MLPClassifier MLPRegressor"}, {"n_iter_no_change": 10}),
    ("0.20", {"preprocessing._function_transformer": "FunctionTransformer"}, {"check_inverse": True}),
    ("0.21", {"cluster.hierarchical": "AgglomerativeClustering FeatureAgglomeration"}, {"distance_threshold": None}),
    ("0.20", {"neighbors.lof": "LocalOutlierFactor"}, {"novelty": False}),
    (
        "0.21",
        {"compose._column_transformer": "ColumnTransformer", "pipeline": "FeatureUnion Pipeline"},
        {"verbose": False},
    ),
    ("0.21", {"impute": "SimpleImputer"}, {"add_indicator": False}),
    ("0.21", {"linear_model.logistic": "LogisticRegression"}, {"l1_ratio": None}),
    ("0.21", {"linear_model.logistic": "LogisticRegressionCV"}, {"l1_ratios": None}),
    ("0.21", {"preprocessing._encoders": "OneHotEncoder"}, {"drop": None}),
    ("0.21", {"preprocessing.data": "PolynomialFeatures"}, {"order": "C"}),
    ("0.22", {"cluster.mean_shift_": "MeanShift"}, {"max_iter": 300}),
    ("0.22", {"cluster.spectral": "SpectralClustering"}, {"n_components": None}),
    (
        "0.22",
        {"decomposition.dict_learning": "DictionaryLearning MiniBatchDictionaryLearning SparseCoder"},
        {"transform_max_iter": 1000},
    ),
    (
        "0.22",
        {
            "ensemble._hist_gradient_boosting.gradient_boosting": "HistGradientBoostingClassifier HistGradientBoostingRegressor"
        },
        {"warm_start": False},
    ),
    (
        "0.22",
        {"ensemble.forest": "ExtraTreesClassifier ExtraTreesRegressor RandomForestClassifier RandomForestRegressor"},
        {"ccp_alpha": 0.0, "max_samples": None},
    ),
    ("0.22", {"ensemble.forest": "RandomTreesEmbedding"}, {"max_samples": None}),
    (
        "0.22",
        {
            "ensemble.gradient_boosting": "GradientBoostingClassifier GradientBoostingRegressor",
            "tree.tree": "DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor",
        },
        {"ccp_alpha": 0.0},
    ),
    ("0.22", {"impute._iterative": "IterativeImputer"}, {"skip_complete": False}),
    ("0.22", {"linear_model.bayes": "BayesianRidge"}, {"alpha_init": None, "lambda_init": None}),
    ("0.22", {"manifold.isomap": "Isomap"}, {"metric": "minkowski", "metric_params": None, "p": 2}),
    ("0.22", {"manifold.t_sne": "TSNE"}, {"n_jobs": None}),
    ("0.22", {"neural_network.multilayer_perceptron": "MLPClassifier MLPRegressor"}, {"max_fun": 15000}),
    ("0.22", {"svm.classes": "NuSVC SVC"}, {"break_ties": False}),
    ("0.24", {"calibration": "CalibratedClassifierCV"}, {"ensemble": True, "n_jobs": None}),
    ("0.24", {"cluster._agglomerative": "AgglomerativeClustering FeatureAgglomeration"}, {"compute_distances": False}),
    (
        "0.24",
        {"cluster._spectral": "SpectralClustering", "ensemble._voting": "VotingClassifier VotingRegressor"},
        {"verbose": False},
    ),
    ("0.24", {"decomposition._factor_analysis": "FactorAnalysis"}, {"rotation": None}),
    ("0.24", {"discriminant_analysis": "LinearDiscriminantAnalysis"}, {"covariance_estimator": None}),
    (
        "0.24",
        {"ensemble._hist_gradient_boosting.binning": "_BinMapper"},
        {"is_categorical": None, "known_categories": None},
    ),
    (
        "0.24",
        {
            "ensemble._hist_gradient_boosting.gradient_boosting": "HistGradientBoostingClassifier HistGradientBoostingRegressor"
        },
        {"categorical_features": None, "monotonic_cst": None},
    ),
    (
        "0.24",
        {"feature_selection._from_model": "SelectFromModel", "feature_selection._rfe": "RFE RFECV"},
        {"importance_getter": "auto"},
    ),
    ("0.24", {"kernel_approximation": "Nystroem"}, {"n_jobs": None}),
    ("0.24", {"linear_model._base": "LinearRegression"}, {"positive": False}),
    ("0.24", {"linear_model._least_angle": "Lars LarsCV LassoLars"}, {"jitter": None, "random_state": None}),
    ("0.24", {"linear_model._ridge": "RidgeCV RidgeClassifierCV"}, {"alpha_per_target": False}),
    ("0.24", {"naive_bayes": "CategoricalNB"}, {"min_categories": None}),
    ("0.24", {"preprocessing._data": "MinMaxScaler"}, {"clip": False}),
    ("0.24", {"preprocessing._data": "RobustScaler"}, {"unit_variance": False}),
    ("0.24", {"preprocessing._discretization": "KBinsDiscretizer"}, {"dtype": None}),
    ("0.24", {"preprocessing._encoders": "OrdinalEncoder"}, {"handle_unknown": "error", "unknown_value": None}),
    ("1.0", {"cluster._optics": "OPTICS"}, {"memory": None}),
    ("1.0", {"compose._column_transformer": "ColumnTransformer"}, {"verbose_feature_names_out": True}),
    ("1.0", {"decomposition._kernel_pca": "KernelPCA"}, {"iterated_power": "auto"}),
    ("1.0", {"decomposition._nmf": "NMF"}, {"alpha_H": "same"}),
    ("1.0", {"ensemble._hist_gradient_boosting.binning": "_BinMapper"}, {"n_threads": None}),
    ("1.0", {"linear_model._least_angle": "LassoLarsIC"}, {"noise_variance": None}),
    ("1.0", {"linear_model._ridge": "Ridge RidgeClassifier"}, {"positive": False}),
    (
        "1.1",
        {"decomposition._dict_learning": "MiniBatchDictionaryLearning"},
        {"callback": None, "max_iter": None, "max_no_improvement": 10, "tol": 0.001},
    ),
    (
        "1.1",
        {"decomposition._pca": "PCA", "decomposition._truncated_svd": "TruncatedSVD"},
        {"n_oversamples": 10, "power_iteration_normalizer": "auto"},
    ),
    (
        "1.1",
        {"ensemble._hist_gradient_boosting.gradient_boosting": "HistGradientBoostingRegressor"},
        {"quantile": None},
    ),
    ("1.1", {"feature_selection._sequential": "SequentialFeatureSelector"}, {"tol": None}),
    ("1.1", {"manifold._isomap": "Isomap"}, {"radius": None}),
    ("1.1", {"manifold._t_sne": "TSNE"}, {"metric_params": None}),
    ("1.1", {"multiclass": "OneVsRestClassifier"}, {"verbose": 0}),
    ("1.1", {"preprocessing._discretization": "KBinsDiscretizer"}, {"random_state": None, "subsample": "warn"}),
    ("1.1", {"preprocessing._encoders": "OneHotEncoder"}, {"max_categories": None, "min_frequency": None}),
    ("1.1", {"preprocessing._encoders": "OrdinalEncoder"}, {"encoded_missing_value": float("nan")}),
    ("1.1", {"preprocessing._function_transformer": "FunctionTransformer"}, {"feature_names_out": None}),
    (
        "1.1",
        {"random_projection": "GaussianRandomProjection SparseRandomProjection"},
        {"compute_inverse_components": False},
    ),
    ("1.2", {"decomposition._fastica": "FastICA"}, {"whiten_solver": "svd"}),
    (
        "1.2",
        {"decomposition._sparse_pca": "MiniBatchSparsePCA"},
        {"max_iter": None, "max_no_improvement": 10, "tol": 0.001},
    ),
    (
        "1.2",
        {"ensemble._hist_gradient_boosting.gradient_boosting": "HistGradientBoostingClassifier"},
        {"class_weight": None, "interaction_cst": None},
    ),
    (
        "1.2",
        {"ensemble._hist_gradient_boosting.gradient_boosting": "HistGradientBoostingRegressor"},
        {"interaction_cst": None},
    ),
    (
        "1.2",
        {"impute._base": "SimpleImputer", "impute._iterative": "IterativeImputer", "impute._knn": "KNNImputer"},
        {"keep_empty_features": False},
    ),
    ("1.2", {"manifold._mds": "MDS"}, {"normalized_stress": "warn"}),
    ("1.2", {"manifold._spectral_embedding": "SpectralEmbedding"}, {"eigen_tol": "auto"}),
    ("1.2", {"multioutput": "ClassifierChain RegressorChain"}, {"verbose": False}),
    ("1.2", {"naive_bayes": "BernoulliNB CategoricalNB ComplementNB MultinomialNB"}, {"force_alpha": "warn"}),
)
#: Release, classes by module, and the parameters that are gone.
_GONE: tuple[tuple[str, dict[str, str], tuple[str, ...]], ...] = (
    ("0.19", {"cluster.dbscan_": "DBSCAN"}, ("random_state",)),
    ("0.19", {"cluster.hierarchical": "AgglomerativeClustering FeatureAgglomeration"}, ("n_components",)),
    (
        "0.19",
        {"decomposition.nmf": "NMF"},
        (
            "beta",
            "eta",
            "nls_max_iter",
            "sparseness",
        ),
    ),
    ("0.19", {"feature_selection.rfe": "RFE RFECV"}, ("estimator_params",)),
    ("0.19", {"mixture.gmm": "GMM", "mixture.dpgmm": "DPGMM VBGMM"}, ("thresh",)),
    ("0.21", {"model_selection._search": "GridSearchCV RandomizedSearchCV"}, ("fit_params",)),
    ("0.22", {"linear_model.least_angle": "Lars LarsCV"}, ("positive",)),
    ("0.22", {"preprocessing._function_transformer": "FunctionTransformer"}, ("pass_y",)),
    (
        "0.24",
        {
            "ensemble._gb": "GradientBoostingClassifier GradientBoostingRegressor",
            "tree._classes": "DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor",
        },
        ("presort",),
    ),
    ("0.24", {"model_selection._search": "GridSearchCV RandomizedSearchCV"}, ("iid",)),
    ("1.0", {"cluster._bicluster": "SpectralBiclustering SpectralCoclustering"}, ("n_jobs",)),
    (
        "1.0",
        {"cluster._kmeans": "KMeans MiniBatchKMeans"},
        (
            "n_jobs",
            "precompute_distances",
        ),
    ),
    (
        "1.0",
        {
            "ensemble._forest": "ExtraTreesClassifier ExtraTreesRegressor RandomForestClassifier RandomForestRegressor RandomTreesEmbedding",
            "ensemble._gb": "GradientBoostingClassifier GradientBoostingRegressor",
            "tree._classes": "DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor",
        },
        ("min_impurity_split",),
    ),
    ("1.1", {"cluster._kmeans": "MiniBatchKMeans"}, ("algorithm", "copy_x")),
    ("1.1", {"random_projection": "GaussianRandomProjection"}, ("dense_output",)),
    (
        "1.2",
        {
            "linear_model._base": "LinearRegression",
            "linear_model._bayes": "ARDRegression BayesianRidge",
            "linear_model._coordinate_descent": "ElasticNet ElasticNetCV Lasso LassoCV MultiTaskElasticNet MultiTaskElasticNetCV MultiTaskLasso MultiTaskLassoCV",
            "linear_model._ridge": "Ridge RidgeCV RidgeClassifier RidgeClassifierCV",
        },
        ("normalize",),
    ),
)


def _types(release: str, modules: dict[str, str]) -> tuple[str, ...]:
    """Return the names of some classes; up to 0.22 with all that they were called before."""
    found = [f"sklearn.{module}:{name}" for module, names in modules.items() for name in names.split()]
    if release not in ("0.19", "0.20", "0.21", "0.22"):
        return tuple(found)
    return with_older_names(found)


def _named(which: str, release: str, types: tuple[str, ...]) -> str:
    first = types[0].partition(":")[2].strip("_").lower()
    return f"{which}-parameters-{release.replace('.', '-')}-{first}"


def _new(release: str, modules: dict[str, str], values: dict[str, Any]) -> Migration:
    types = _types(release, modules)
    return Since(release)(
        _named("new", release, types),
        types,
        *(AddAttribute(name, value, only_fit=True) for name, value in values.items()),
        evidence=f"{types[0].partition(':')[0].removeprefix('sklearn.').replace('.', '/')}.py, __init__",
    )


def _gone(release: str, modules: dict[str, str], names: tuple[str, ...]) -> Migration:
    types = _types(release, modules)
    return Since(release)(
        _named("old", release, types),
        types,
        *map(DropAttribute, names),
        evidence=f"{types[0].partition(':')[0].removeprefix('sklearn.').replace('.', '/')}.py, __init__",
    )


PARAMETERS = (*(_new(*row) for row in _NEW), *(_gone(*row) for row in _GONE))
