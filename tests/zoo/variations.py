"""Further configurations of every class, made of its first case: what the families leave out.

A table of single precision with everything on that belongs to a table (names of the columns, weights of the rows, pandas
out, requests for metadata), sparse rows, gaps, strings for classes, several outputs, weights of classes, a warm start.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import sklearn

from zoo import data
from zoo.data import Data, Source

#: Which take sparse rows beyond those that the families fit so, and the release that brings it where not all have it.
SPARSE = """
    AdaBoostClassifier AdaBoostRegressor AdditiveChi2Sampler AffinityPropagation BaggingClassifier Binarizer
    CalibratedClassifierCV ClassifierChain ComplementNB DecisionTreeRegressor DummyClassifier DummyRegressor ElasticNetCV
    ExtraTreeClassifier ExtraTreeRegressor FixedThresholdClassifier FrozenEstimator FunctionTransformer GammaRegressor
    GaussianRandomProjection GenericUnivariateSelect GradientBoostingRegressor GridSearchCV HDBSCAN HalvingGridSearchCV
    HalvingRandomSearchCV HuberRegressor IncrementalPCA Isomap KNeighborsTransformer KernelPCA
    LabelPropagation LabelSpreading LinearSVR LogisticRegressionCV MLPRegressor MiniBatchKMeans MiniBatchNMF
    MultiOutputClassifier MultiOutputRegressor NearestCentroid NuSVR OneVsOneClassifier OneVsRestClassifier
    OutputCodeClassifier PassiveAggressiveClassifier PassiveAggressiveRegressor PolynomialCountSketch RANSACRegressor
    RBFSampler RFE RFECV RadiusNeighborsClassifier RadiusNeighborsRegressor RadiusNeighborsTransformer
    RandomTreesEmbedding RandomizedSearchCV RegressorChain RidgeCV RidgeClassifier RidgeClassifierCV SGDOneClassSVM
    SelectFdr SelectFpr SelectFromModel SelectFwe SelectPercentile SelfTrainingClassifier SequentialFeatureSelector
    SpectralBiclustering SpectralClustering SpectralEmbedding StackingClassifier StackingRegressor TSNE
    TransformedTargetRegressor TunedThresholdClassifierCV TweedieRegressor VotingClassifier VotingRegressor
"""
MISSING = """
    BaggingClassifier BaggingRegressor ExtraTreeClassifier ExtraTreeRegressor ExtraTreesRegressor IsolationForest
    PowerTransformer RandomForestRegressor RandomTreesEmbedding
"""
STRINGS = """
    BernoulliNB CategoricalNB ComplementNB ExtraTreesClassifier LabelPropagation LabelSpreading
    MultinomialNB OneVsOneClassifier Perceptron QuadraticDiscriminantAnalysis RidgeClassifierCV
"""
MULTI_OUTPUT = """
    ExtraTreeClassifier ExtraTreesClassifier ExtraTreesRegressor RANSACRegressor RadiusNeighborsRegressor
"""
CLASS_WEIGHT = """
    ExtraTreeClassifier ExtraTreesClassifier LogisticRegressionCV NuSVC Perceptron RidgeClassifierCV
"""

#: Whose requests raise in scikit-learn itself, which takes back a parameter that ``fit`` no longer has.
NO_REQUESTS = {"MultiTaskElasticNet", "MultiTaskLasso"}

#: The release from which a variation can be fitted, where that is later than its class.
SINCE = {
    "BaggingClassifier-also-missing": "1.3",
    "BaggingRegressor-also-missing": "1.3",
    "ExtraTreeClassifier-also-missing": "1.6",
    "ExtraTreeRegressor-also-missing": "1.6",
    "ExtraTreesRegressor-also-missing": "1.6",
    "IsolationForest-also-missing": "1.6",
    "KBinsDiscretizer-also-table": "1.7",
    "LabelPropagation-also-sparse": "1.3",
    "LabelPropagation-also-string-classes": "1.3",
    "LabelSpreading-also-sparse": "1.3",
    "LabelSpreading-also-string-classes": "1.3",
    "RandomForestRegressor-also-missing": "1.4",
    "RandomTreesEmbedding-also-missing": "1.6",
    "TSNE-also-sparse": "1.8",
}


#: Where a clone keeps the model that it is a clone of, whose loss may share a constant of its class with the new one.
_CLONED = r"\._metadata_request\..*\.owner\b"


def variations(cases: Iterable[Any]) -> list[Any]:
    """The further cases of the classes whose cases are given, by name."""
    firsts: dict[str, Any] = {}
    tables: dict[str, Any] = {}
    tags: dict[str, set[str]] = {}
    for case in cases:
        if not case.tags & {"own-code", "root", "unfitted"}:
            firsts.setdefault(case.kind, case)
            tags.setdefault(case.kind, set()).update(case.tags)
            if case.kind not in tables and _is_table(case.data().X):
                tables[case.kind] = case
    made = [
        *(_varied(firsts[kind], "sparse", data.sparse) for kind in firsts.keys() & set(SPARSE.split())),
        *(_varied(firsts[kind], "missing", data.missing) for kind in firsts.keys() & set(MISSING.split())),
        *(_varied(firsts[kind], "string-classes", _string_classes) for kind in firsts.keys() & set(STRINGS.split())),
        *(_varied(firsts[kind], "multi-output", _two_targets) for kind in firsts.keys() & set(MULTI_OUTPUT.split())),
        *(
            _set(firsts[kind], "class-weight", class_weight="balanced")
            for kind in firsts.keys() & set(CLASS_WEIGHT.split())
        ),
        *(
            _set(first, "warm-start", warm_start=True)
            for kind, first in firsts.items()
            if "warm-start" not in tags[kind] and "warm_start" in inspect.signature(_class(first)).parameters
        ),
        *(_table(first, tags[kind]) for kind, first in tables.items()),
    ]
    return sorted(
        (replace(case, since=SINCE.get(case.name, case.since)) for case in made if case is not None),
        key=lambda case: case.name,
    )


def _class(case: Any) -> type:
    return type(case.build())


def _varied(case: Any, tag: str, change: Callable[[Source], Source]) -> Any:
    return replace(case, name=f"{case.kind}-also-{tag}", data=change(case.data), tags=case.tags | {tag})


def _set(case: Any, tag: str, **parameters: Any) -> Any:
    return replace(
        case,
        name=f"{case.kind}-also-{tag}",
        build=lambda: case.build().set_params(**parameters),
        tags=case.tags | {tag},
    )


def _string_classes(source: Source) -> Source:
    def changed() -> Data:
        rows = source()
        y, y_new = (np.char.add("class ", np.asarray(y).astype(str)) for y in (rows.y, rows.y_new))
        return replace(rows, y=y, y_new=y_new)

    return changed


def _two_targets(source: Source) -> Source:
    def changed() -> Data:
        rows = source()
        y, y_new = (np.column_stack([y, y[::-1]]) for y in (rows.y, rows.y_new))
        return replace(rows, y=y, y_new=y_new)

    return changed


# A table


def _is_table(rows: Any) -> bool:
    return isinstance(rows, np.ndarray) and rows.ndim == 2 and rows.dtype.kind in "iuf"


def _table(case: Any, tags: set[str]) -> Any:
    """Single precision with everything on that belongs to a table; None where there is nothing in it that is new."""
    kind = _class(case)
    weights = hasattr(kind, "fit") and "sample_weight" in inspect.signature(kind.fit).parameters
    new = {"float32", "pandas-input"}
    new |= {"pandas-output"} if hasattr(kind, "set_output") else set()
    new |= {"metadata-routing"} if _requests(kind) else set()
    new |= {"sample-weight"} if weights else set()
    if new <= tags:
        return None
    source = data.frame(data.float32(case.data))
    return replace(
        case,
        name=f"{case.kind}-also-table",
        build=lambda: _with_all_of_it(case.build()),
        data=_weighted(source) if weights else source,
        tags=case.tags | new,
        unrepeated="|".join(filter(None, (case.unrepeated, _CLONED))),
    )


def _requests(kind: type) -> list[str]:
    found = [name for name in dir(kind) if name.startswith("set_") and name.endswith("_request")]
    return found if kind.__name__ not in NO_REQUESTS else []


def _with_all_of_it(model: Any) -> Any:
    if hasattr(model, "set_output"):
        model.set_output(transform="pandas")
        if "sparse_output" in model.get_params(deep=False):  # pandas takes no sparse rows
            model.set_params(sparse_output=False)
    with sklearn.config_context(enable_metadata_routing=True) if _requests(type(model)) else sklearn.config_context():
        for name in _requests(type(model)):
            request = getattr(model, name)
            known = inspect.signature(request).parameters.keys() - {"self"}
            request(**dict.fromkeys(sorted(known), True))
    return model


def _weighted(source: Source) -> Source:
    """As ``data.weighted``, also where there is no target."""

    def changed() -> Data:
        rows = source()
        return replace(rows, keywords={"sample_weight": np.linspace(0.2, 2.0, len(rows.X))})

    return changed
