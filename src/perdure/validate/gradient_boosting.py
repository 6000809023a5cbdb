"""Gradient boosting: _gradient_boosting.pyx adds tree k of each stage to column k of an array, unchecked.

That array comes from the estimator that makes the first guess, so this one is looked at as well.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .engine import rule
from .links import check_links
from .members import Members
from .trees import FORESTS, TREES, check_tree_links

__all__ = ["BOOSTINGS"]

BOOSTINGS = (
    "sklearn.ensemble._gb:GradientBoostingClassifier",
    "sklearn.ensemble._gb:GradientBoostingRegressor",
)
_MULTINOMIAL = (
    "sklearn._loss.loss:HalfMultinomialLoss",
    "sklearn._loss.loss:HalfMultinomialLossArrayAPI",
    "sklearn.ensemble._gb_losses:MultinomialDeviance",
)
_DUMMIES = ("sklearn.dummy:DummyClassifier", "sklearn.dummy:DummyRegressor")
# Whose predictions have a row for each row, and a column for each class, by rules of their own.
_GUESSERS = (
    *TREES,
    *FORESTS,
    *BOOSTINGS,
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting:HistGradientBoostingClassifier",
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting:HistGradientBoostingRegressor",
    "sklearn.linear_model._base:LinearRegression",
    "sklearn.linear_model._coordinate_descent:ElasticNet",
    "sklearn.linear_model._coordinate_descent:ElasticNetCV",
    "sklearn.linear_model._coordinate_descent:Lasso",
    "sklearn.linear_model._coordinate_descent:LassoCV",
    "sklearn.linear_model._logistic:LogisticRegression",
    "sklearn.linear_model._logistic:LogisticRegressionCV",
    "sklearn.linear_model._ridge:Ridge",
    "sklearn.linear_model._ridge:RidgeCV",
    "sklearn.naive_bayes:GaussianNB",
    "sklearn.neighbors._classification:KNeighborsClassifier",
    "sklearn.neighbors._regression:KNeighborsRegressor",
    "sklearn.svm._classes:NuSVC",
    "sklearn.svm._classes:NuSVR",
    "sklearn.svm._classes:SVC",
    "sklearn.svm._classes:SVR",
)


@rule(*BOOSTINGS)
def boosting(models: Members) -> None:
    """The shape of estimators_ is (stages, K); every tree has one output."""
    if "estimators_" not in models:
        return
    counts, links = check_tree_links(models)
    shapes = models.shapes("estimators_")
    if shapes is None or shapes.shape[1] != 2:
        models.fail("estimators_ has to be an array of two dimensions", 0, ".estimators_")
    models.require(shapes[:, 0] * shapes[:, 1] == counts, "estimators_ has another number of trees", ".estimators_")
    models.require(counts >= 1, "estimators_ has no trees", ".estimators_")
    models.require(
        shapes[:, 1] == _width(models), "estimators_ has not as many columns as a stage has trees", ".estimators_"
    )
    for link in links:
        if "n_outputs_" in link.child:
            own = link.child.integers("n_outputs_")[link.positions]
            check_links(models, link, own == 1, "a tree of boosting has one output", ".estimators_")
    for model in models:
        first_guess(model)


def _width(models: Members) -> Any:
    """Return K: how many trees each stage has."""
    classes = models.shapes("classes_") if "classes_" in models else None
    if classes is None:
        models.require(not any(name.endswith("Classifier") for name in models.types), "classes_ is missing")
        return np.ones(models.count, np.int64)
    models.require(classes.shape[1] == 1, "classes_ has to be an array of one dimension", ".classes_")
    return np.where(classes[:, 0] > 2, classes[:, 0], 1)


def first_guess(model: Members) -> None:
    """The estimator of the first guess gives one column for each tree of a stage."""
    if "n_trees_per_iteration_" in model:
        model.require(
            model.integers("n_trees_per_iteration_") == _width(model),
            "the number of trees in a stage is not that of the classes",
            ".n_trees_per_iteration_",
        )
    width = int(_width(model)[0])
    loss = model.one("_loss")
    model.require(
        (loss.type in _MULTINOMIAL) == (width > 1) and "is_multiclass" not in loss,
        "the loss is not one for so many classes",
        "._loss",
    )
    if "K" in loss:
        model.require(loss.integers("K") == width, "the loss is not one for so many classes", "._loss.K")
    if model.value("init_", None) == "zero":
        return
    init = model.one("init_")
    if init.type.startswith("sklearn.") and init.type not in _GUESSERS and init.type not in _DUMMIES:
        # What combines others can give any number of rows and columns: somebody has to vouch for it.
        model.ask(f"init_={init.type}", "the outputs of the first guess cannot be checked", ".init_")
    if "n_features_in_" in init:
        model.require(
            init.integers("n_features_in_") == model.integers("n_features_in_"),
            "the estimator of the first guess has another number of features",
            ".init_",
        )
    if width == 1:
        if "n_outputs_" in init:
            model.require(init.integers("n_outputs_") == 1, "the first guess has more than one output", ".init_")
        return
    classes = init.shapes("classes_")
    model.require(
        classes is not None and classes.shape[1] == 1 and classes[0, 0] == width,
        "the estimator of the first guess has other classes",
        ".init_.classes_",
    )


@rule("sklearn.dummy:DummyClassifier")
def dummy_classifier(models: Members) -> None:
    """The numbers of classes and the prior agree with the classes."""
    for model in models:
        if "class_prior_" not in model:
            continue
        outputs = model.integer("n_outputs_", 1)
        parts = [model.value(name) for name in ("n_classes_", "classes_", "class_prior_")]
        if outputs > 1:
            lists = [model.reader.items(part) for part in parts]
            model.require(
                all(found is not None and len(found) == outputs for found in lists),
                "there are not as many priors as outputs",
                ".class_prior_",
            )
            rows = list(zip(*lists, strict=True))
        else:
            rows = [tuple(parts)]
        for number, classes, prior in rows:
            shape, own = model.reader.shape(classes), model.reader.integer(number)
            model.require(
                own is not None and own >= 1 and shape == (own,) == model.reader.shape(prior),
                "the prior is not one for the classes",
                ".class_prior_",
            )


@rule("sklearn.dummy:DummyRegressor")
def dummy_regressor(models: Members) -> None:
    """The constant has one column for each output."""
    if "constant_" in models:
        shapes = models.shapes("constant_")
        outputs = models.integers("n_outputs_", 1)
        if shapes is None or shapes.shape[1] != 2:
            models.fail("constant_ has to be one row", 0, ".constant_")
        good = (shapes[:, 0] == 1) & (shapes[:, 1] == outputs)
        models.require(good, "constant_ has to be one row, with a column for each output", ".constant_")
