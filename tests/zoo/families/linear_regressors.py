from __future__ import annotations

import numpy as np
import scipy.sparse
from sklearn import isotonic, kernel_ridge
from sklearn import linear_model as lm

from zoo import data, own
from zoo.registry import family

add = family("linear regressors")

for name, build in {
    "LinearRegression": lm.LinearRegression,
    "Ridge": lm.Ridge,
    "Lasso": lambda: lm.Lasso(alpha=0.1),
    "ElasticNet": lambda: lm.ElasticNet(alpha=0.1),
}.items():
    add(name, build, data.regression)
    add(f"{name}-sparse", build, data.sparse(data.regression, scipy.sparse.csc_matrix), "sparse")
    add(f"{name}-multi-output", build, data.multi_regression, "multi-output")
    add(f"{name}-float32", build, data.float32(data.regression), "float32")
    add(f"{name}-weights", build, data.weighted(data.regression), "sample-weight")

add("LinearRegression-positive", lambda: lm.LinearRegression(positive=True), data.regression)
add("LinearRegression-frame", lm.LinearRegression, data.frame(data.regression), "pandas-input")
for solver in ("svd", "cholesky", "lsqr", "sparse_cg", "sag", "saga"):
    add(f"Ridge-{solver}", lambda solver=solver: lm.Ridge(solver=solver, random_state=0), data.regression)
add("Ridge-lbfgs-positive", lambda: lm.Ridge(solver="lbfgs", positive=True), data.regression)
add("Ridge-alphas", lambda: lm.Ridge(alpha=np.array([0.1, 10.0])), data.multi_regression, "multi-output")
add("RidgeCV", lambda: lm.RidgeCV(alphas=(0.1, 1.0, 10.0)), data.regression)
add("RidgeCV-folds", lambda: lm.RidgeCV(alphas=[0.1, 1.0], cv=3, scoring="r2"), data.regression)
add("RidgeCV-stored", lambda: lm.RidgeCV(store_cv_results=True), data.multi_regression, "multi-output", since="1.5")
add("RidgeCV-stored-values", lambda: lm.RidgeCV(store_cv_values=True), data.regression, until="1.6")
add("RidgeCV-alpha-per-target", lambda: lm.RidgeCV(alpha_per_target=True), data.multi_regression, "multi-output")
add("Lasso-random", lambda: lm.Lasso(alpha=0.1, selection="random", random_state=3), data.regression, "random-state")
add("Lasso-warm-start", lambda: lm.Lasso(alpha=0.1, warm_start=True), data.regression, "warm-start")
add("Lasso-precompute", lambda: lm.Lasso(alpha=0.1, precompute=True, positive=True), data.regression)
add("LassoCV", lambda: lm.LassoCV(alphas=[0.01, 0.1], cv=3), data.regression)
add("LassoCV-sparse", lambda: lm.LassoCV(alphas=[0.01, 0.1], cv=3), data.sparse(data.regression), "sparse")
add("ElasticNetCV", lambda: lm.ElasticNetCV(l1_ratio=[0.2, 0.9], alphas=[0.01, 0.1], cv=3), data.regression)
add("MultiTaskLasso", lambda: lm.MultiTaskLasso(alpha=0.1), data.multi_regression, "multi-output")
add("MultiTaskElasticNet", lambda: lm.MultiTaskElasticNet(alpha=0.1), data.multi_regression, "multi-output")
add("MultiTaskLassoCV", lambda: lm.MultiTaskLassoCV(alphas=[0.1, 1], cv=3), data.multi_regression, "multi-output")
add(
    "MultiTaskElasticNetCV",
    lambda: lm.MultiTaskElasticNetCV(alphas=[0.1, 1], cv=3),
    data.multi_regression,
    "multi-output",
)
add("Lars", lm.Lars, data.regression)
add("Lars-multi-output", lambda: lm.Lars(fit_path=True), data.multi_regression, "multi-output")
add("Lars-jitter", lambda: lm.Lars(jitter=1e-4, random_state=0, fit_path=False), data.regression)
add("LarsCV", lambda: lm.LarsCV(cv=3), data.regression)
add("LassoLars", lambda: lm.LassoLars(alpha=0.01), data.regression)
add("LassoLars-multi-output", lambda: lm.LassoLars(alpha=0.01), data.multi_regression, "multi-output")
add("LassoLarsCV", lambda: lm.LassoLarsCV(cv=3, positive=True), data.regression)
add("LassoLarsIC", lm.LassoLarsIC, data.regression)
add("LassoLarsIC-bic", lambda: lm.LassoLarsIC(criterion="bic", noise_variance=0.1), data.regression)
add("OrthogonalMatchingPursuit", lambda: lm.OrthogonalMatchingPursuit(n_nonzero_coefs=3), data.regression)
add(
    "OrthogonalMatchingPursuit-multi-output",
    lambda: lm.OrthogonalMatchingPursuit(tol=1.0),
    data.multi_regression,
    "multi-output",
)
add("OrthogonalMatchingPursuitCV", lambda: lm.OrthogonalMatchingPursuitCV(cv=3), data.regression)
add("BayesianRidge", lm.BayesianRidge, data.regression)
add("BayesianRidge-scores", lambda: lm.BayesianRidge(compute_score=True), data.weighted(data.regression))
add("ARDRegression", lm.ARDRegression, data.regression)
add("ARDRegression-scores", lambda: lm.ARDRegression(compute_score=True, threshold_lambda=10), data.regression)
add("HuberRegressor", lm.HuberRegressor, data.regression)
add("HuberRegressor-warm-start", lambda: lm.HuberRegressor(warm_start=True), data.regression, "warm-start")
add("TheilSenRegressor", lambda: lm.TheilSenRegressor(max_subpopulation=50, random_state=0), data.regression)
add("QuantileRegressor", lambda: lm.QuantileRegressor(quantile=0.8, alpha=0.1, solver="highs"), data.regression)
add("QuantileRegressor-sparse", lambda: lm.QuantileRegressor(solver="highs"), data.sparse(data.regression), "sparse")
add("RANSACRegressor", lambda: lm.RANSACRegressor(random_state=0), data.regression)
add(
    "RANSACRegressor-own-loss",
    lambda: lm.RANSACRegressor(lm.Ridge(), loss=own.capped_loss, random_state=0, min_samples=10),
    data.regression,
    "own-code",
    trusted=("zoo.own:capped_loss",),
)
for kind in ("PoissonRegressor", "GammaRegressor", "TweedieRegressor"):
    add(kind, getattr(lm, kind), data.positive_regression)
    add(
        f"{kind}-newton-weights",
        lambda kind=kind: getattr(lm, kind)(solver="newton-cholesky"),
        data.weighted(data.positive_regression),
        "sample-weight",
    )
add("TweedieRegressor-normal", lambda: lm.TweedieRegressor(power=0, link="log"), data.positive_regression)
add("TweedieRegressor-identity", lambda: lm.TweedieRegressor(power=0, link="identity"), data.regression)
add("TweedieRegressor-compound", lambda: lm.TweedieRegressor(power=1.5, alpha=0.5), data.positive_regression)
add("PoissonRegressor-warm-start", lambda: lm.PoissonRegressor(warm_start=True), data.positive_regression, "warm-start")
add("PoissonRegressor-sparse", lm.PoissonRegressor, data.sparse(data.positive_regression), "sparse")

for loss in ("squared_error", "huber", "epsilon_insensitive", "squared_epsilon_insensitive"):
    add(
        f"SGDRegressor-{loss}",
        lambda loss=loss: lm.SGDRegressor(loss=loss, max_iter=20, random_state=0),
        data.regression,
        "partial-fit",
    )
add(
    "SGDRegressor-averaged",
    lambda: lm.SGDRegressor(average=True, penalty="elasticnet", learning_rate="adaptive", random_state=1),
    data.regression,
    "partial-fit",
)
add(
    "SGDRegressor-early-stopping",
    lambda: lm.SGDRegressor(early_stopping=True, n_iter_no_change=2, random_state=np.random.RandomState(4)),
    data.regression,
    "random-state partial-fit",
)
add("SGDRegressor-sparse", lambda: lm.SGDRegressor(random_state=0), data.sparse(data.regression), "sparse partial-fit")
add(
    "PassiveAggressiveRegressor",
    lambda: lm.PassiveAggressiveRegressor(random_state=0, max_iter=30),
    data.regression,
    "partial-fit",
)
add(
    "PassiveAggressiveRegressor-averaged",
    lambda: lm.PassiveAggressiveRegressor(random_state=0, average=5, loss="squared_epsilon_insensitive"),
    data.regression,
    "partial-fit",
)

add("IsotonicRegression", isotonic.IsotonicRegression, data.one_column)
add(
    "IsotonicRegression-clipped",
    lambda: isotonic.IsotonicRegression(out_of_bounds="clip", y_min=-5, y_max=5, increasing="auto"),
    data.weighted(data.one_column),
    "sample-weight",
)
add("IsotonicRegression-decreasing", lambda: isotonic.IsotonicRegression(increasing=False), data.one_column)
add("KernelRidge", kernel_ridge.KernelRidge, data.regression)
add("KernelRidge-rbf", lambda: kernel_ridge.KernelRidge(kernel="rbf", gamma=0.3), data.multi_regression, "multi-output")
add("KernelRidge-precomputed", lambda: kernel_ridge.KernelRidge(kernel="precomputed"), data.kernel)
add("KernelRidge-sparse", lambda: kernel_ridge.KernelRidge(kernel="poly"), data.sparse(data.regression), "sparse")
add(
    "KernelRidge-own-kernel",
    lambda: kernel_ridge.KernelRidge(kernel=own.decaying_kernel, kernel_params={"scale": 2.0}),
    data.regression,
    "own-code",
    trusted=("zoo.own:decaying_kernel",),
)
