"""Clusters: centres that compiled code reads as wide as the rows, and hierarchies that it follows."""

from __future__ import annotations

from .engine import rule
from .members import Members

__all__: list[str] = []

_MODULE = "sklearn.cluster"
_MATRIX = "numpy:matrix/1"


@rule(
    f"{_MODULE}._kmeans:KMeans",
    f"{_MODULE}._kmeans:MiniBatchKMeans",
    f"{_MODULE}._bisect_k_means:BisectingKMeans",
)
def centres(models: Members) -> None:
    """Centres of all features, and a number of threads that a machine can start."""
    if "_n_threads" in models:
        models.integers("_n_threads", 1, 1024)
    if "cluster_centers_" not in models:
        return
    found = models.pieces("cluster_centers_", "f", 2, (4, 8))
    models.require(
        found.data.shape[1] == models.integers("n_features_in_", 1),
        "the centres are of another number of features",
        ".cluster_centers_",
    )
    models.require(found.lengths >= 1, "there are no centres", ".cluster_centers_")
    # partial_fit counts on in them, a cluster a place.
    if "_counts" in models:
        counts = models.pieces("_counts", "f", 1, (4, 8))
        models.require(counts.lengths == found.lengths, "there is not one count for each centre", "._counts")


@rule(f"{_MODULE}._bisect_k_means:BisectingKMeans")
def bisecting(models: Members) -> None:
    """The centres in the tree."""
    for model in models:
        if "_bisecting_tree" not in model:
            continue
        width = model.integer("n_features_in_", 1)
        if "_X_mean" in model:
            shape = model.shapes("_X_mean")
            if shape is None:
                mean = model.one("_X_mean")
                shape = mean.shapes("array") if mean.type == _MATRIX else None
            ok = shape is not None and tuple(shape[0]) in ((width,), (1, width))
            model.require(ok, "the mean is of another number of features", "._X_mean")
        tree = model.one("_bisecting_tree")
        model.require(tree.type == f"{_MODULE}._bisect_k_means:_BisectingTree", "no tree", "._bisecting_tree")
        reader = model.reader
        for i, group in enumerate(reader.items(tree.value("nodes")) or ()):
            attributes = reader.entry(group, "attributes")
            for j, centre in enumerate(reader.items(reader.entry(attributes, "center")) or ()):
                found = tree.members(centre, "")
                own = (
                    reader.shape(found.value("array"))
                    if found is not None and found.type == _MATRIX
                    else reader.shape(centre)
                )
                tree.require(
                    own in ((width,), (1, width)),
                    "a centre is of another number of features",
                    f".nodes[{i}].center[{j}]",
                )


@rule(f"{_MODULE}._birch:Birch")
def birch(models: Members) -> None:
    """The centres of subclusters, and the norm of each: compiled code reads as many norms as there are centres."""
    if "subcluster_centers_" in models:
        found = models.pieces("subcluster_centers_", "f", 2)
        models.require(
            found.data.shape[1] == models.integers("n_features_in_", 1),
            "the centres are of another number of features",
            ".subcluster_centers_",
        )
        if "_subcluster_norms" in models:
            norms = models.pieces("_subcluster_norms", "f", 1, (4, 8))
            models.require(
                norms.lengths == found.lengths, "there is not one norm for each centre", "._subcluster_norms"
            )


@rule(f"{_MODULE}._hdbscan.hdbscan:HDBSCAN")
def hierarchical(models: Members) -> None:
    """Each merge joins what was there before."""
    for model in models:
        if model.value("_single_linkage_tree_", None) is None:
            continue
        nodes = model.fields(
            "_single_linkage_tree_",
            {
                "left_node": ("i", (4, 8)),
                "right_node": ("i", (4, 8)),
                "value": ("f", (8,)),
                "cluster_size": ("i", (4, 8)),
            },
        )
        count = len(nodes["value"].data)
        for name in ("left_node", "right_node"):
            data = nodes[name].data
            model.require_rows(
                nodes[name],
                (data >= 0) & (data <= 2 * count),
                "a merge joins what does not exist",
                f"._single_linkage_tree_[{name!r}]",
            )


@rule(
    f"{_MODULE}._agglomerative:AgglomerativeClustering",
    f"{_MODULE}._agglomerative:FeatureAgglomeration",
)
def agglomerative(models: Members) -> None:
    """Each merge joins what was there before; labels number the clusters."""
    for model in models:
        if "children_" not in model:
            continue
        merges = model.array("children_", "iu", 2)
        leaves = model.integer("n_leaves_", 1)
        model.require(merges.shape[1] == 2, "a merge joins two", ".children_")
        ok = not len(merges) or (merges.min() >= 0 and merges.max() < leaves + len(merges))
        model.require(bool(ok), "a merge joins what does not exist", ".children_")
        labels = model.array("labels_", "iu", 1)
        clusters = model.integer("n_clusters_", 1)
        ok = len(labels) == leaves and (not len(labels) or (labels.min() >= 0 and labels.max() < clusters))
        model.require(bool(ok), "the labels are not numbers of clusters", ".labels_")
        if model.type.endswith(":FeatureAgglomeration") and "n_features_in_" in model:
            model.integers("n_features_in_", leaves, leaves)
