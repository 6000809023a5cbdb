"""Naive Bayes: the joint log likelihood of each class."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph import Tensor
from ..registry import Conversion, Results, converts, labelled
from ..tables import Table

__all__ = ["by_likelihood"]


def by_likelihood(classes: Any, joint: Tensor, c: Conversion) -> Results:
    """Return labels and probabilities of joint log likelihoods."""
    shares = (joint - joint.logsumexp(1, keep=True)).exp()
    return {"predict": labelled(c.graph, classes, joint.argmax(1)), "predict_proba": shares}


@converts("GaussianNB")
def _gaussian(model: Any, table: Table, c: Conversion) -> Results:
    X = table.numbers()
    means, variances = np.asarray(model.theta_), np.asarray(model.var_)
    parts = []
    for k in range(len(model.classes_)):
        gap = X - means[k]
        constant = np.log(model.class_prior_[k]) - 0.5 * np.sum(np.log(2.0 * np.pi * variances[k]))
        parts.append(float(constant) - 0.5 * (gap * gap / variances[k]).sum(1, keep=True))
    return by_likelihood(model.classes_, c.graph.concat(parts), c)


@converts("MultinomialNB")
def _multinomial(model: Any, table: Table, c: Conversion) -> Results:
    joint = table.numbers() @ np.asarray(model.feature_log_prob_).T + np.asarray(model.class_log_prior_)
    return by_likelihood(model.classes_, joint, c)


@converts("ComplementNB")
def _complement(model: Any, table: Table, c: Conversion) -> Results:
    joint = table.numbers() @ np.asarray(model.feature_log_prob_).T
    if len(model.classes_) == 1:
        joint = joint + np.asarray(model.class_log_prior_)
    return by_likelihood(model.classes_, joint, c)


@converts("BernoulliNB")
def _bernoulli(model: Any, table: Table, c: Conversion) -> Results:
    X = table.numbers()
    if model.binarize is not None:
        X = (float(model.binarize) < X).number()
    known = np.asarray(model.feature_log_prob_)
    absent = np.log(1 - np.exp(known))
    joint = X @ (known - absent).T + (np.asarray(model.class_log_prior_) + absent.sum(axis=1))
    return by_likelihood(model.classes_, joint, c)


@converts("CategoricalNB")
def _categorical(model: Any, table: Table, c: Conversion) -> Results:
    joint: Any = None
    for place, known in enumerate(model.feature_log_prob_):
        # Codes are cut to whole numbers.
        code = table.column(place).number().reshape(-1).cast("int64")
        part = c.graph.constant(np.ascontiguousarray(np.asarray(known).T)).take(code.clip(0, known.shape[1] - 1), 0)
        joint = part if joint is None else joint + part
    return by_likelihood(model.classes_, joint + np.asarray(model.class_log_prior_), c)
