from __future__ import annotations

import numpy as np
from sklearn import covariance, mixture
from sklearn import gaussian_process as gp
from sklearn.gaussian_process import kernels as k

from zoo import data
from zoo.registry import family

add = family("Gaussian processes, mixtures and covariance")

GPR, GPC = gp.GaussianProcessRegressor, gp.GaussianProcessClassifier
regression, multiclass = data.small(data.regression, 40), data.small(data.multiclass, 40)
add("GaussianProcessRegressor", lambda: GPR(random_state=0), regression)
for name, kernel in {
    "rbf-white": lambda: k.ConstantKernel(2.0) * k.RBF(1.5) + k.WhiteKernel(0.5),
    "anisotropic": lambda: k.RBF(np.array([1.0, 2.0, 0.5, 1.0, 1.0])),
    "matern": lambda: k.Matern(length_scale=1.2, nu=1.5),
    "rational": lambda: k.RationalQuadratic(alpha=0.5),
    "periodic": lambda: k.ExpSineSquared(periodicity=9.0, length_scale_bounds="fixed") + k.WhiteKernel(2.0),
    "dot": lambda: k.DotProduct(sigma_0=0.5) ** 2,
    "pairwise": lambda: k.PairwiseKernel(metric="laplacian"),
}.items():
    add(f"GaussianProcessRegressor-{name}", lambda kernel=kernel: GPR(kernel(), alpha=0.1, optimizer=None), regression)
add(
    "GaussianProcessRegressor-optimised",
    lambda: GPR(k.RBF() + k.WhiteKernel(), n_restarts_optimizer=1, random_state=0),
    regression,
)
add(
    "GaussianProcessRegressor-multi-output",
    lambda: GPR(alpha=0.1),
    data.small(data.multi_regression, 40),
    "multi-output",
)
add(
    "GaussianProcessRegressor-normalised",
    lambda: GPR(k.RBF(), alpha=np.linspace(0.1, 0.4, 40), normalize_y=True, copy_X_train=False),
    regression,
)
add("GaussianProcessClassifier", lambda: GPC(random_state=0), data.small(data.binary_strings, 40), "string-classes")
add("GaussianProcessClassifier-multiclass", lambda: GPC(1.0 * k.RBF(1.0), optimizer=None), multiclass)
add("GaussianProcessClassifier-one-vs-one", lambda: GPC(multi_class="one_vs_one", max_iter_predict=20), multiclass)
add(
    "GaussianProcessClassifier-warm-start",
    lambda: GPC(k.RBF(), warm_start=True),
    data.small(data.binary, 40),
    "warm-start",
)

GM, BGM = mixture.GaussianMixture, mixture.BayesianGaussianMixture
for shape in ("full", "tied", "diag", "spherical"):
    add(f"GaussianMixture-{shape}", lambda shape=shape: GM(3, covariance_type=shape, random_state=0), data.blobs)
add("GaussianMixture-float32", lambda: GM(2, random_state=0), data.float32(data.blobs), "float32")
add(
    "GaussianMixture-warm-start",
    lambda: GM(2, warm_start=True, max_iter=3, init_params="random", random_state=0),
    data.blobs,
    "warm-start",
)
add("GaussianMixture-random-state", lambda: GM(2, random_state=np.random.RandomState(3)), data.blobs, "random-state")
add(
    "GaussianMixture-init",
    lambda: GM(2, weights_init=[0.4, 0.6], means_init=[[-3.0, 0.0], [2.0, 1.0]], random_state=0),
    data.blobs,
)
add("BayesianGaussianMixture", lambda: BGM(n_components=3, max_iter=20, random_state=0), data.blobs)
add(
    "BayesianGaussianMixture-dirichlet",
    lambda: BGM(
        n_components=3,
        weight_concentration_prior_type="dirichlet_distribution",
        covariance_type="diag",
        max_iter=20,
        random_state=0,
    ),
    data.blobs,
)

add("EmpiricalCovariance", covariance.EmpiricalCovariance, data.numbers)
add(
    "EmpiricalCovariance-no-precision",
    lambda: covariance.EmpiricalCovariance(store_precision=False, assume_centered=True),
    data.numbers,
)
add("ShrunkCovariance", covariance.ShrunkCovariance, data.numbers)
add("LedoitWolf", covariance.LedoitWolf, data.frame(data.numbers), "pandas-input")
add("LedoitWolf-centered", lambda: covariance.LedoitWolf(assume_centered=True, store_precision=False), data.numbers)
add("OAS", covariance.OAS, data.numbers)
add("MinCovDet", lambda: covariance.MinCovDet(random_state=0), data.numbers)
add("EllipticEnvelope", lambda: covariance.EllipticEnvelope(random_state=0, contamination=0.2), data.numbers)
add("GraphicalLasso", lambda: covariance.GraphicalLasso(alpha=0.1), data.numbers)
add("GraphicalLasso-lars", lambda: covariance.GraphicalLasso(alpha=0.2, mode="lars"), data.numbers)
add("GraphicalLassoCV", lambda: covariance.GraphicalLassoCV(alphas=2, n_refinements=1, cv=2), data.numbers)
