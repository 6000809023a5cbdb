from __future__ import annotations

import numpy as np
from sklearn import neighbors

from zoo import data, own
from zoo.registry import family

add = family("neighbors")

KNC, KNR, NN = neighbors.KNeighborsClassifier, neighbors.KNeighborsRegressor, neighbors.NearestNeighbors
for algorithm in ("kd_tree", "ball_tree", "brute"):
    add(f"KNeighborsClassifier-{algorithm}", lambda a=algorithm: KNC(algorithm=a, leaf_size=8), data.multiclass)
    add(f"NearestNeighbors-{algorithm}", lambda a=algorithm: NN(algorithm=a, leaf_size=5), data.numbers)
    add(
        f"KNeighborsRegressor-{algorithm}-weights",
        lambda a=algorithm: KNR(algorithm=a, weights="distance", p=3),
        data.multi_regression,
        "multi-output",
    )
for metric, more in {
    "manhattan": {},
    "chebyshev": {},
    "minkowski": {"p": 1.5},
    "seuclidean": {"metric_params": {"V": np.array([1.0, 2.0, 0.5, 1.0, 3.0])}},
    "mahalanobis": {"metric_params": {"VI": np.diag([1.0, 2.0, 0.5, 1.0, 3.0])}},
}.items():
    for algorithm in ("ball_tree", "brute"):
        add(
            f"KNeighborsClassifier-{metric}-{algorithm}",
            lambda a=algorithm, m=metric, more=more: KNC(algorithm=a, metric=m, **more),
            data.multiclass,
        )
for metric in ("hamming", "jaccard", "canberra", "braycurtis"):
    add(
        f"NearestNeighbors-{metric}",
        lambda m=metric: NN(algorithm="ball_tree", metric=m, n_neighbors=3, radius=0.4),
        data.bits,
    )
add("NearestNeighbors-haversine", lambda: NN(algorithm="ball_tree", metric="haversine"), data.places)
add("NearestNeighbors-cosine", lambda: NN(metric="cosine"), data.sparse(data.numbers), "sparse")
add("NearestNeighbors-precomputed", lambda: NN(metric="precomputed"), data.without_target(data.distances))
add("NearestNeighbors-float32", lambda: NN(algorithm="kd_tree"), data.float32(data.numbers), "float32")
add(
    "NearestNeighbors-own-metric",
    lambda: NN(algorithm="ball_tree", metric=own.largest_gap),
    data.numbers,
    "own-code",
    trusted=("zoo.own:largest_gap",),
)
add("KNeighborsClassifier-strings", KNC, data.strings, "string-classes")
add("KNeighborsClassifier-sparse", KNC, data.sparse(data.multiclass), "sparse")
add("KNeighborsClassifier-multi-output", KNC, data.string_multi_classes, "multi-output string-classes")
add("KNeighborsClassifier-frame", KNC, data.frame(data.multiclass), "pandas-input")
add("KNeighborsClassifier-precomputed", lambda: KNC(metric="precomputed"), data.distances)
add(
    "KNeighborsClassifier-own-weights",
    lambda: KNC(weights=own.inverse_square),
    data.multiclass,
    "own-code",
    trusted=("zoo.own:inverse_square",),
)
add("KNeighborsRegressor", KNR, data.regression)
add("KNeighborsRegressor-sparse", KNR, data.sparse(data.regression), "sparse")
add(
    "KNeighborsRegressor-missing",
    lambda: KNR(metric="nan_euclidean"),
    data.missing(data.regression),
    "missing",
    since="1.6",
)
add("KNeighborsTransformer", lambda: neighbors.KNeighborsTransformer(n_neighbors=4), data.numbers)
add("KNeighborsTransformer-connectivity", lambda: neighbors.KNeighborsTransformer(mode="connectivity"), data.numbers)
add("RadiusNeighborsClassifier", lambda: neighbors.RadiusNeighborsClassifier(radius=4.0), data.multiclass)
add(
    "RadiusNeighborsClassifier-outliers",
    lambda: neighbors.RadiusNeighborsClassifier(radius=0.8, outlier_label="south", weights="distance"),
    data.strings,
    "string-classes",
)
add(
    "RadiusNeighborsClassifier-multi-output",
    lambda: neighbors.RadiusNeighborsClassifier(4.0),
    data.multi_classes,
    "multi-output",
)
add("RadiusNeighborsRegressor", lambda: neighbors.RadiusNeighborsRegressor(radius=2.0), data.regression)
add(
    "RadiusNeighborsRegressor-ball-tree",
    lambda: neighbors.RadiusNeighborsRegressor(4.0, algorithm="ball_tree"),
    data.multi_regression,
)
add("RadiusNeighborsTransformer", lambda: neighbors.RadiusNeighborsTransformer(radius=2.0), data.numbers)
add("NearestCentroid", neighbors.NearestCentroid, data.multiclass)
add("NearestCentroid-manhattan", lambda: neighbors.NearestCentroid(metric="manhattan"), data.strings, "string-classes")
add("NearestCentroid-shrunk", lambda: neighbors.NearestCentroid(shrink_threshold=0.3), data.multiclass)
add("LocalOutlierFactor", neighbors.LocalOutlierFactor, data.numbers)
add("LocalOutlierFactor-novelty", lambda: neighbors.LocalOutlierFactor(novelty=True, contamination=0.1), data.numbers)
add(
    "LocalOutlierFactor-sparse", lambda: neighbors.LocalOutlierFactor(novelty=True), data.sparse(data.numbers), "sparse"
)
add("KernelDensity", lambda: neighbors.KernelDensity(bandwidth=0.7), data.numbers)
add(
    "KernelDensity-weights",
    lambda: neighbors.KernelDensity(kernel="tophat", bandwidth=2),
    data.weighted(data.multiclass),
    "sample-weight",
)
add(
    "KernelDensity-scott",
    lambda: neighbors.KernelDensity(kernel="epanechnikov", bandwidth="scott", algorithm="ball_tree"),
    data.numbers,
)
add("KernelDensity-haversine", lambda: neighbors.KernelDensity(metric="haversine", algorithm="ball_tree"), data.places)
NCA = neighbors.NeighborhoodComponentsAnalysis
add("NeighborhoodComponentsAnalysis", lambda: NCA(n_components=2, max_iter=5, random_state=0), data.multiclass)
add(
    "NeighborhoodComponentsAnalysis-warm-start",
    lambda: NCA(init="pca", max_iter=3, warm_start=True, random_state=0),
    data.strings,
    "warm-start string-classes",
)
