from __future__ import annotations

import numpy as np
from sklearn import cluster
from sklearn.cluster import OPTICS
from sklearn.neighbors import kneighbors_graph

from zoo import data, own
from zoo.registry import family

add = family("clustering")

add("KMeans", lambda: cluster.KMeans(3, n_init=2, random_state=0), data.blobs)
add("KMeans-elkan", lambda: cluster.KMeans(3, n_init=1, algorithm="elkan", random_state=0), data.blobs)
add("KMeans-sparse", lambda: cluster.KMeans(3, n_init=1, random_state=0), data.sparse(data.blobs), "sparse")
add("KMeans-float32", lambda: cluster.KMeans(3, n_init=1, random_state=0), data.float32(data.blobs), "float32")
add("KMeans-init-array", lambda: cluster.KMeans(3, n_init=1, init=np.array([[-3.0, 0], [0, 3], [3, -1]])), data.blobs)
add("KMeans-frame", lambda: cluster.KMeans(3, n_init=1, random_state=0), data.frame(data.blobs), "pandas-input")
add(
    "KMeans-pandas-output",
    lambda: cluster.KMeans(3, n_init=1, random_state=0).set_output(transform="pandas"),
    data.blobs,
    "pandas-output",
)
add(
    "MiniBatchKMeans",
    lambda: cluster.MiniBatchKMeans(3, n_init=1, max_iter=5, batch_size=32, random_state=0),
    data.blobs,
    "partial-fit",
)
add(
    "MiniBatchKMeans-partial",
    lambda: cluster.MiniBatchKMeans(3, n_init=1, random_state=0),
    data.blobs,
    "partial-fit",
    fit=lambda model, rows: model.partial_fit(rows.X[:40]).partial_fit(rows.X[40:]),
)
add("BisectingKMeans", lambda: cluster.BisectingKMeans(4, random_state=0), data.blobs)
add(
    "BisectingKMeans-largest",
    lambda: cluster.BisectingKMeans(5, bisecting_strategy="largest_cluster", random_state=0),
    data.sparse(data.blobs),
    "sparse",
)
add("AffinityPropagation", lambda: cluster.AffinityPropagation(random_state=0), data.blobs)
add(
    "AffinityPropagation-precomputed",
    lambda: cluster.AffinityPropagation(affinity="precomputed", random_state=0),
    data.without_target(data.kernel),
)
add("MeanShift", lambda: cluster.MeanShift(bandwidth=1.5), data.blobs)
add("MeanShift-binned", lambda: cluster.MeanShift(bandwidth=1.5, bin_seeding=True, cluster_all=False), data.blobs)
add("SpectralClustering", lambda: cluster.SpectralClustering(3, random_state=0, n_init=2), data.blobs)
add(
    "SpectralClustering-neighbors",
    lambda: cluster.SpectralClustering(
        3, affinity="nearest_neighbors", n_neighbors=8, random_state=0, assign_labels="cluster_qr"
    ),
    data.blobs,
)
add("SpectralBiclustering", lambda: cluster.SpectralBiclustering(3, random_state=0, n_init=2), data.nonnegative)
add("SpectralCoclustering", lambda: cluster.SpectralCoclustering(2, random_state=0, n_init=2), data.nonnegative)
add(
    "SpectralCoclustering-sparse",
    lambda: cluster.SpectralCoclustering(2, random_state=0, n_init=2),
    data.sparse(data.counts),
    "sparse",
)
AC = cluster.AgglomerativeClustering
add("AgglomerativeClustering", lambda: AC(3), data.blobs)
for linkage in ("complete", "average", "single"):
    add(
        f"AgglomerativeClustering-{linkage}",
        lambda linkage=linkage: AC(3, linkage=linkage, metric="manhattan"),
        data.blobs,
    )
add(
    "AgglomerativeClustering-threshold",
    lambda: AC(n_clusters=None, distance_threshold=2.0, compute_full_tree=True),
    data.blobs,
)
add(
    "AgglomerativeClustering-own-connectivity",
    lambda: AC(3, connectivity=own.near_rows, compute_distances=True),
    data.blobs,
    "own-code",
    trusted=("zoo.own:near_rows",),
)
add(
    "AgglomerativeClustering-sparse-connectivity",
    lambda: AC(3, connectivity=kneighbors_graph(data.blobs().X, 8)),
    data.blobs,
    "sparse",
)
add("FeatureAgglomeration", lambda: cluster.FeatureAgglomeration(3), data.wide)
add("FeatureAgglomeration-max", lambda: cluster.FeatureAgglomeration(4, pooling_func=np.max), data.wide)
add("DBSCAN", lambda: cluster.DBSCAN(eps=0.6), data.blobs)
add(
    "DBSCAN-ball-tree",
    lambda: cluster.DBSCAN(eps=0.8, algorithm="ball_tree", metric="manhattan"),
    data.sparse(data.blobs),
    "sparse",
)
add("HDBSCAN", lambda: cluster.HDBSCAN(min_cluster_size=5), data.blobs, since="1.3")
add(
    "HDBSCAN-leaf",
    lambda: cluster.HDBSCAN(cluster_selection_method="leaf", store_centers="both", algorithm="brute"),
    data.blobs,
    since="1.3",
)
add(
    "HDBSCAN-missing",
    lambda: cluster.HDBSCAN(allow_single_cluster=True, max_cluster_size=60),
    data.missing(data.without_target(data.wide)),
    "missing",
    since="1.3",
)
add("OPTICS", lambda: OPTICS(min_samples=5), data.blobs)
add("OPTICS-dbscan", lambda: OPTICS(min_samples=4, cluster_method="dbscan", eps=0.9, metric="manhattan"), data.blobs)
add("Birch", lambda: cluster.Birch(threshold=0.5), data.blobs, "partial-fit")
add(
    "Birch-branching",
    lambda: cluster.Birch(threshold=0.1, branching_factor=4, n_clusters=None),
    data.blobs,
    "partial-fit",
)
add(
    "Birch-agglomerative",
    lambda: cluster.Birch(threshold=0.3, n_clusters=AC(2)),
    data.sparse(data.blobs),
    "sparse partial-fit",
)
