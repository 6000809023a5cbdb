"""Where the classes and functions of scikit-learn stood before 1.2: old module, new module, and the names.

In 0.22 all modules with a public name that held one became private. A class that has another name today, or
another state, besides another home stands with the rules of its release.
"""

from __future__ import annotations

__all__ = [
    "MOVED_0_20",
    "MOVED_0_21",
    "MOVED_0_22",
    "MOVED_0_24",
    "MOVED_1_0",
    "MOVED_1_1",
    "distances",
    "with_older_names",
]

_DISTANCES = (
    "BrayCurtis", "Canberra", "Chebyshev", "Dice", "Euclidean", "Hamming", "Haversine", "Jaccard", "Kulsinski",
    "Mahalanobis", "Manhattan", "Matching", "Minkowski", "PyFunc", "RogersTanimoto", "RussellRao", "SEuclidean",
    "SokalMichener", "SokalSneath", "WMinkowski",
)  # fmt: skip
_LOSSES = (
    "BinomialDeviance ExponentialLoss HuberLossFunction LeastAbsoluteError LeastSquaresError MultinomialDeviance "
    "QuantileLossFunction"
)


def distances(module: str) -> tuple[str, ...]:
    """Return the names of all metrics of a module, as they were before 1.3."""
    return tuple(f"sklearn.{module}:{name}Distance" for name in _DISTANCES)


def _table(text: str) -> dict[str, str]:
    """Return old name → new name."""
    found = {}
    for line in text.strip().splitlines():
        old, new, *names = line.split()
        found.update({f"sklearn.{old}:{name}": f"sklearn.{new}:{name}" for name in names})
    return found


MOVED_0_20 = {
    **_table("""
covariance.outlier_detection covariance.elliptic_envelope EllipticEnvelope
preprocessing.data preprocessing._encoders OneHotEncoder
"""),
    # The base class stood for its heirs.
    "sklearn.neighbors.kd_tree:BinaryTree": "sklearn.neighbors.kd_tree:KDTree",
    "sklearn.neighbors.ball_tree:BinaryTree": "sklearn.neighbors.ball_tree:BallTree",
}
MOVED_0_21 = _table(f"""
ensemble.gradient_boosting ensemble._gb_losses {_LOSSES}
ensemble.voting_classifier ensemble.voting VotingClassifier
impute impute._base MissingIndicator SimpleImputer
""")
MOVED_0_22 = {
    **_table("""
cluster.affinity_propagation_ cluster._affinity_propagation AffinityPropagation
cluster.bicluster cluster._bicluster SpectralBiclustering SpectralCoclustering
cluster.birch cluster._birch Birch
cluster.dbscan_ cluster._dbscan DBSCAN
cluster.hierarchical cluster._agglomerative AgglomerativeClustering FeatureAgglomeration
cluster.k_means_ cluster._kmeans KMeans MiniBatchKMeans _kmeans_single_elkan _kmeans_single_lloyd
cluster.mean_shift_ cluster._mean_shift MeanShift
cluster.optics_ cluster._optics OPTICS
cluster.spectral cluster._spectral SpectralClustering
covariance.elliptic_envelope covariance._elliptic_envelope EllipticEnvelope
covariance.empirical_covariance_ covariance._empirical_covariance EmpiricalCovariance empirical_covariance
covariance.graph_lasso_ covariance._graph_lasso GraphicalLasso GraphicalLassoCV
covariance.robust_covariance covariance._robust_covariance MinCovDet
covariance.shrunk_covariance_ covariance._shrunk_covariance LedoitWolf OAS ShrunkCovariance ledoit_wolf oas
covariance.shrunk_covariance_ covariance._shrunk_covariance shrunk_covariance
cross_decomposition.cca_ cross_decomposition._cca CCA
cross_decomposition.pls_ cross_decomposition._pls PLSCanonical PLSRegression PLSSVD
decomposition.dict_learning decomposition._dict_learning DictionaryLearning MiniBatchDictionaryLearning SparseCoder
decomposition.factor_analysis decomposition._factor_analysis FactorAnalysis
decomposition.fastica_ decomposition._fastica FastICA
decomposition.incremental_pca decomposition._incremental_pca IncrementalPCA
decomposition.kernel_pca decomposition._kernel_pca KernelPCA
decomposition.nmf decomposition._nmf NMF
decomposition.online_lda decomposition._lda LatentDirichletAllocation
decomposition.pca decomposition._pca PCA
decomposition.sparse_pca decomposition._sparse_pca MiniBatchSparsePCA SparsePCA
decomposition.truncated_svd decomposition._truncated_svd TruncatedSVD
ensemble.bagging ensemble._bagging BaggingClassifier BaggingRegressor
ensemble.forest ensemble._forest ExtraTreesClassifier ExtraTreesRegressor RandomForestClassifier RandomForestRegressor
ensemble.forest ensemble._forest RandomTreesEmbedding
ensemble.gradient_boosting ensemble._gb GradientBoostingClassifier GradientBoostingRegressor
ensemble.iforest ensemble._iforest IsolationForest
ensemble.voting ensemble._voting VotingClassifier VotingRegressor
ensemble.weight_boosting ensemble._weight_boosting AdaBoostClassifier AdaBoostRegressor
feature_extraction.dict_vectorizer feature_extraction._dict_vectorizer DictVectorizer
feature_extraction.hashing feature_extraction._hash FeatureHasher
feature_selection.from_model feature_selection._from_model SelectFromModel
feature_selection.mutual_info_ feature_selection._mutual_info mutual_info_classif mutual_info_regression
feature_selection.rfe feature_selection._rfe RFE RFECV
feature_selection.univariate_selection feature_selection._univariate_selection GenericUnivariateSelect SelectFdr
feature_selection.univariate_selection feature_selection._univariate_selection SelectFpr SelectFwe SelectKBest
feature_selection.univariate_selection feature_selection._univariate_selection SelectPercentile chi2 f_classif
feature_selection.univariate_selection feature_selection._univariate_selection f_oneway f_regression
feature_selection.variance_threshold feature_selection._variance_threshold VarianceThreshold
gaussian_process.gpc gaussian_process._gpc GaussianProcessClassifier _BinaryGaussianProcessClassifierLaplace
gaussian_process.gpr gaussian_process._gpr GaussianProcessRegressor
linear_model.base linear_model._base LinearRegression
linear_model.bayes linear_model._bayes ARDRegression BayesianRidge
linear_model.coordinate_descent linear_model._coordinate_descent ElasticNet ElasticNetCV Lasso LassoCV
linear_model.coordinate_descent linear_model._coordinate_descent MultiTaskElasticNet MultiTaskElasticNetCV
linear_model.coordinate_descent linear_model._coordinate_descent MultiTaskLasso MultiTaskLassoCV
linear_model.huber linear_model._huber HuberRegressor
linear_model.least_angle linear_model._least_angle Lars LarsCV LassoLars LassoLarsCV LassoLarsIC
linear_model.logistic linear_model._logistic LogisticRegression LogisticRegressionCV
linear_model.omp linear_model._omp OrthogonalMatchingPursuit OrthogonalMatchingPursuitCV
linear_model.passive_aggressive linear_model._passive_aggressive PassiveAggressiveClassifier
linear_model.passive_aggressive linear_model._passive_aggressive PassiveAggressiveRegressor
linear_model.perceptron linear_model._perceptron Perceptron
linear_model.ransac linear_model._ransac RANSACRegressor
linear_model.ridge linear_model._ridge Ridge RidgeCV RidgeClassifier RidgeClassifierCV
linear_model.sgd_fast linear_model._sgd_fast EpsilonInsensitive Hinge Huber Log ModifiedHuber
linear_model.sgd_fast linear_model._sgd_fast SquaredEpsilonInsensitive SquaredHinge SquaredLoss
linear_model.stochastic_gradient linear_model._stochastic_gradient SGDClassifier SGDRegressor
linear_model.theil_sen linear_model._theil_sen TheilSenRegressor
manifold.isomap manifold._isomap Isomap
manifold.locally_linear manifold._locally_linear LocallyLinearEmbedding
manifold.mds manifold._mds MDS
manifold.spectral_embedding_ manifold._spectral_embedding SpectralEmbedding
manifold.t_sne manifold._t_sne TSNE
metrics.classification metrics._classification accuracy_score balanced_accuracy_score brier_score_loss
metrics.classification metrics._classification classification_report cohen_kappa_score confusion_matrix f1_score
metrics.classification metrics._classification fbeta_score hamming_loss hinge_loss jaccard_score log_loss
metrics.classification metrics._classification matthews_corrcoef multilabel_confusion_matrix
metrics.classification metrics._classification precision_recall_fscore_support precision_score recall_score
metrics.classification metrics._classification zero_one_loss
metrics.cluster.bicluster metrics.cluster._bicluster consensus_score
metrics.cluster.supervised metrics.cluster._supervised adjusted_mutual_info_score adjusted_rand_score
metrics.cluster.supervised metrics.cluster._supervised completeness_score contingency_matrix entropy
metrics.cluster.supervised metrics.cluster._supervised fowlkes_mallows_score homogeneity_completeness_v_measure
metrics.cluster.supervised metrics.cluster._supervised homogeneity_score mutual_info_score
metrics.cluster.supervised metrics.cluster._supervised normalized_mutual_info_score v_measure_score
metrics.cluster.unsupervised metrics.cluster._unsupervised calinski_harabasz_score davies_bouldin_score
metrics.cluster.unsupervised metrics.cluster._unsupervised silhouette_samples silhouette_score
metrics.ranking metrics._ranking auc average_precision_score coverage_error label_ranking_average_precision_score
metrics.ranking metrics._ranking label_ranking_loss precision_recall_curve roc_auc_score roc_curve
metrics.regression metrics._regression explained_variance_score max_error mean_absolute_error mean_squared_error
metrics.regression metrics._regression mean_squared_log_error median_absolute_error r2_score
metrics.scorer metrics._scorer _PredictScorer _ProbaScorer _ThresholdScorer _passthrough_scorer
mixture.bayesian_mixture mixture._bayesian_mixture BayesianGaussianMixture
mixture.gaussian_mixture mixture._gaussian_mixture GaussianMixture
neighbors.ball_tree neighbors._ball_tree BallTree
neighbors.classification neighbors._classification KNeighborsClassifier RadiusNeighborsClassifier
neighbors.kd_tree neighbors._kd_tree KDTree
neighbors.kde neighbors._kde KernelDensity
neighbors.lof neighbors._lof LocalOutlierFactor
neighbors.nca neighbors._nca NeighborhoodComponentsAnalysis
neighbors.nearest_centroid neighbors._nearest_centroid NearestCentroid
neighbors.regression neighbors._regression KNeighborsRegressor RadiusNeighborsRegressor
neighbors.unsupervised neighbors._unsupervised NearestNeighbors
neural_network.multilayer_perceptron neural_network._multilayer_perceptron MLPClassifier MLPRegressor
neural_network.rbm neural_network._rbm BernoulliRBM
preprocessing.data preprocessing._data Binarizer KernelCenterer MaxAbsScaler MinMaxScaler Normalizer PowerTransformer
preprocessing.data preprocessing._data QuantileTransformer RobustScaler StandardScaler add_dummy_feature binarize
preprocessing.data preprocessing._data maxabs_scale minmax_scale normalize power_transform quantile_transform
preprocessing.data preprocessing._data robust_scale scale
preprocessing.data preprocessing._data PolynomialFeatures
preprocessing.label preprocessing._label LabelBinarizer LabelEncoder MultiLabelBinarizer label_binarize
semi_supervised.label_propagation semi_supervised._label_propagation LabelPropagation LabelSpreading
svm.classes svm._classes LinearSVC LinearSVR NuSVC NuSVR OneClassSVM SVC SVR
tree.tree tree._classes DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor
"""),
    **dict(zip(distances("neighbors.dist_metrics"), distances("neighbors._dist_metrics"), strict=True)),
}
MOVED_0_24 = _table("cross_decomposition._cca cross_decomposition._pls CCA")
MOVED_1_0 = {
    **_table("preprocessing._data preprocessing._polynomial PolynomialFeatures"),
    **dict(zip(distances("neighbors._dist_metrics"), distances("metrics._dist_metrics"), strict=True)),
}
MOVED_1_1 = _table("utils utils._bunch Bunch")


def with_older_names(names: list[str]) -> tuple[str, ...]:
    """Return some names, each with all that it was called up to 0.22."""
    steps = {**MOVED_0_20, **MOVED_0_21, **MOVED_0_22}
    homes = {steps.get(name, name) for name in names}
    while (further := homes | {old for old, new in steps.items() if new in homes}) != homes:
        homes = further
    return tuple(dict.fromkeys([*names, *sorted(homes & steps.keys())]))
