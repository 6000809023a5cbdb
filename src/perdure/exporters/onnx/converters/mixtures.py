"""Mixtures of normal distributions."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..registry import Conversion, Results, converts
from ..tables import Table

__all__: list[str] = []


@converts("GaussianMixture", "BayesianGaussianMixture")
def _mixture(model: Any, table: Table, c: Conversion) -> Results:
    graph, X = c.graph, table.numbers()
    means = np.asarray(model.means_, np.float64)
    roots = np.asarray(model.precisions_cholesky_, np.float64)
    count, width = means.shape
    kind = model.covariance_type
    parts = []
    for k in range(count):
        gap = X - means[k]
        if kind == "full":
            turned, log_det = gap @ roots[k], float(np.log(np.diag(roots[k])).sum())
        elif kind == "tied":
            turned, log_det = gap @ roots, float(np.log(np.diag(roots)).sum())
        elif kind == "diag":
            turned, log_det = gap * roots[k], float(np.log(roots[k]).sum())
        else:
            turned, log_det = gap * float(roots[k]), width * float(np.log(roots[k]))
        parts.append((turned * turned).sum(1, keep=True) * -0.5 + (log_det - 0.5 * width * float(np.log(2 * np.pi))))
    constant = np.asarray(model._estimate_log_weights(), np.float64)
    if type(model).__name__ == "BayesianGaussianMixture":
        from scipy.special import digamma

        freedom = np.asarray(model.degrees_of_freedom_)
        lam = width * np.log(2.0) + np.sum(digamma(0.5 * (freedom - np.arange(width)[:, np.newaxis])), 0)
        constant = constant - 0.5 * width * np.log(freedom) + 0.5 * (lam - width / np.asarray(model.mean_precision_))
    joint = graph.concat(parts) + constant
    total = joint.logsumexp(1, keep=True)
    return {
        "predict": joint.argmax(1),
        "predict_proba": (joint - total).exp(),
        "score_samples": total.reshape(-1),
    }
