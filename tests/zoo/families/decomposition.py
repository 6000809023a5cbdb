from __future__ import annotations

import numpy as np
from sklearn import cross_decomposition as cross
from sklearn import decomposition as dc
from sklearn import kernel_approximation as approximation
from sklearn import manifold
from sklearn import random_projection as projection

from zoo import data, own
from zoo.registry import family

add = family("decomposition and embedding")

for solver in ("full", "arpack", "randomized"):
    add(f"PCA-{solver}", lambda s=solver: dc.PCA(3, svd_solver=s, random_state=0), data.wide)
add("PCA-covariance", lambda: dc.PCA(3, svd_solver="covariance_eigh"), data.wide, since="1.5")
add("PCA-variance", lambda: dc.PCA(0.9, whiten=True), data.wide)
add("PCA-mle", lambda: dc.PCA("mle", svd_solver="full"), data.numbers)
add("PCA-float32", lambda: dc.PCA(2), data.float32(data.wide), "float32")
add("PCA-sparse", lambda: dc.PCA(2, svd_solver="arpack", random_state=0), data.sparse(data.wide), "sparse", since="1.4")
add(
    "PCA-pandas-output",
    lambda: dc.PCA(2).set_output(transform="pandas"),
    data.frame(data.numbers),
    "pandas-output pandas-input",
)
add("IncrementalPCA", lambda: dc.IncrementalPCA(3, batch_size=20), data.wide, "partial-fit")
add("KernelPCA", lambda: dc.KernelPCA(3), data.numbers)
add("KernelPCA-rbf-inverse", lambda: dc.KernelPCA(3, kernel="rbf", fit_inverse_transform=True), data.numbers)
add("KernelPCA-arpack", lambda: dc.KernelPCA(2, kernel="poly", eigen_solver="arpack", random_state=0), data.numbers)
add("KernelPCA-precomputed", lambda: dc.KernelPCA(2, kernel="precomputed"), data.without_target(data.kernel))
add("SparsePCA", lambda: dc.SparsePCA(2, max_iter=10, random_state=0), data.wide)
add("MiniBatchSparsePCA", lambda: dc.MiniBatchSparsePCA(2, max_iter=10, batch_size=16, random_state=0), data.wide)
add("TruncatedSVD", lambda: dc.TruncatedSVD(2, random_state=0), data.sparse(data.wide), "sparse")
add("TruncatedSVD-arpack", lambda: dc.TruncatedSVD(2, algorithm="arpack", random_state=0), data.wide)
add("NMF", lambda: dc.NMF(2, init="nndsvd", random_state=0), data.nonnegative)
add(
    "NMF-multiplicative",
    lambda: dc.NMF(2, solver="mu", beta_loss="kullback-leibler", init="random", random_state=0, max_iter=50),
    data.nonnegative,
)
add(
    "NMF-sparse",
    lambda: dc.NMF(2, init="nndsvda", alpha_W=0.01, l1_ratio=0.5, random_state=0),
    data.sparse(data.nonnegative),
    "sparse",
)
add(
    "MiniBatchNMF",
    lambda: dc.MiniBatchNMF(2, init="nndsvd", max_iter=10, batch_size=16, random_state=0),
    data.nonnegative,
    "partial-fit",
)
add("FastICA", lambda: dc.FastICA(2, whiten="unit-variance", random_state=0), data.wide)
add(
    "FastICA-deflation",
    lambda: dc.FastICA(2, whiten="arbitrary-variance", algorithm="deflation", fun="cube", random_state=0),
    data.wide,
)
add(
    "FastICA-own-function",
    lambda: dc.FastICA(2, whiten="unit-variance", fun=own.cubic, random_state=0),
    data.wide,
    "own-code",
    trusted=("zoo.own:cubic",),
)
add("FactorAnalysis", lambda: dc.FactorAnalysis(2, random_state=0), data.wide)
add("FactorAnalysis-varimax", lambda: dc.FactorAnalysis(3, rotation="varimax", svd_method="lapack"), data.wide)
add("DictionaryLearning", lambda: dc.DictionaryLearning(3, max_iter=5, random_state=0), data.wide)
add(
    "DictionaryLearning-cd",
    lambda: dc.DictionaryLearning(
        3, max_iter=5, fit_algorithm="cd", transform_algorithm="lasso_cd", split_sign=True, random_state=0
    ),
    data.wide,
)
add(
    "MiniBatchDictionaryLearning",
    lambda: dc.MiniBatchDictionaryLearning(3, max_iter=5, batch_size=16, random_state=0),
    data.wide,
    "partial-fit",
)
add("SparseCoder", lambda: dc.SparseCoder(np.eye(12)[:4], transform_n_nonzero_coefs=2), data.wide)
add(
    "LatentDirichletAllocation",
    lambda: dc.LatentDirichletAllocation(3, max_iter=3, random_state=0),
    data.without_target(data.counts),
    "partial-fit",
)
add(
    "LatentDirichletAllocation-online",
    lambda: dc.LatentDirichletAllocation(2, max_iter=2, learning_method="online", evaluate_every=1, random_state=0),
    data.sparse(data.without_target(data.counts)),
    "sparse partial-fit",
)

for name in ("CCA", "PLSCanonical", "PLSRegression", "PLSSVD"):
    add(name, lambda name=name: getattr(cross, name)(n_components=2), data.wide_two_views, "multi-output")
add("PLSRegression-one-target", lambda: cross.PLSRegression(2, scale=False), data.regression)
add("PLSCanonical-svd", lambda: cross.PLSCanonical(2, algorithm="svd"), data.wide_two_views, "multi-output")

add("Isomap", lambda: manifold.Isomap(n_neighbors=6), data.numbers)
add(
    "Isomap-radius",
    lambda: manifold.Isomap(n_neighbors=None, radius=3.0, path_method="D", neighbors_algorithm="ball_tree"),
    data.numbers,
)
for method, neighbors in {"standard": 6, "modified": 6, "hessian": 8, "ltsa": 6}.items():
    add(
        f"LocallyLinearEmbedding-{method}",
        lambda m=method, n=neighbors: manifold.LocallyLinearEmbedding(
            n_neighbors=n, method=m, random_state=0, eigen_solver="dense"
        ),
        data.numbers,
    )
add(
    "MDS",
    lambda: manifold.MDS(n_init=1, max_iter=20, normalized_stress="auto", random_state=0),
    data.small(data.numbers),
)
add(
    "MDS-nonmetric",
    lambda: manifold.MDS(metric_mds=False, n_init=1, max_iter=10, init="random", random_state=0),
    data.small(data.numbers),
    since="1.8",
)
add("ClassicalMDS", lambda: manifold.ClassicalMDS(), data.small(data.numbers), since="1.8")
add("SpectralEmbedding", lambda: manifold.SpectralEmbedding(random_state=0), data.numbers)
add(
    "SpectralEmbedding-rbf", lambda: manifold.SpectralEmbedding(affinity="rbf", gamma=0.2, random_state=0), data.numbers
)
TSNE = manifold.TSNE
add("TSNE", lambda: TSNE(perplexity=5, max_iter=250, random_state=0), data.small(data.numbers), since="1.5")
add(
    "TSNE-exact",
    lambda: TSNE(perplexity=5, max_iter=250, method="exact", init="random", random_state=0),
    data.small(data.numbers),
    since="1.5",
)
add("TSNE-n-iter", lambda: TSNE(perplexity=5, n_iter=250, random_state=0), data.small(data.numbers), until="1.6")

add("GaussianRandomProjection", lambda: projection.GaussianRandomProjection(3, random_state=0), data.wide)
add(
    "GaussianRandomProjection-inverse",
    lambda: projection.GaussianRandomProjection(3, compute_inverse_components=True, random_state=0),
    data.wide,
)
add("SparseRandomProjection", lambda: projection.SparseRandomProjection(3, random_state=0), data.wide, "sparse")
add(
    "SparseRandomProjection-dense",
    lambda: projection.SparseRandomProjection(3, dense_output=True, random_state=0),
    data.sparse(data.wide),
    "sparse",
)
add("Nystroem", lambda: approximation.Nystroem(n_components=8, random_state=0), data.numbers)
add(
    "Nystroem-polynomial",
    lambda: approximation.Nystroem(kernel="poly", degree=2, n_components=6, random_state=0),
    data.sparse(data.numbers),
    "sparse",
)
add(
    "Nystroem-own-kernel",
    lambda: approximation.Nystroem(own.decaying_pair, n_components=6, random_state=0),
    data.numbers,
    "own-code",
    trusted=("zoo.own:decaying_pair",),
)
add("RBFSampler", lambda: approximation.RBFSampler(n_components=8, random_state=0), data.numbers)
add(
    "RBFSampler-scale",
    lambda: approximation.RBFSampler(gamma="scale", n_components=8, random_state=0),
    data.float32(data.numbers),
    "float32",
)
add("AdditiveChi2Sampler", approximation.AdditiveChi2Sampler, data.nonnegative)
add("SkewedChi2Sampler", lambda: approximation.SkewedChi2Sampler(n_components=6, random_state=0), data.nonnegative)
add("PolynomialCountSketch", lambda: approximation.PolynomialCountSketch(n_components=8, random_state=0), data.numbers)
