"""The list of cases: which model, fitted how, on which data."""

from __future__ import annotations

import functools
import importlib
import pkgutil
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sklearn
from sklearn.experimental import enable_halving_search_cv, enable_iterative_imputer  # noqa: F401 - enables them
from threadpoolctl import threadpool_limits

import zoo.families
from zoo.data import Data, Source
from zoo.outputs import models_in
from zoo.variations import variations

#: What makes the state of a model differ, besides its class.
TAGS = frozenset(
    {
        "categorical",
        "class-weight",
        "composite",
        "float32",
        "metadata-routing",
        "missing",
        "multi-output",
        "object-strings",
        "own-code",
        "pandas-input",
        "pandas-output",
        "partial-fit",
        "random-state",
        "root",
        "sample-weight",
        "search",
        "sparse",
        "string-classes",
        "unfitted",
        "warm-start",
    }
)

#: What never stands alone, and a case that holds it. Every estimator class of scikit-learn 1.2 to 1.9 is the root of
#: cases of its own; a class that a later release brings and that cannot be fitted alone has its row here.
COVERED_INSIDE = {
    "numpy:matrix": "BisectingKMeans-largest",
    "scipy.interpolate._bsplines:BSpline": "SplineTransformer",
    "sklearn._loss.loss:HalfMultinomialLoss": "HistGradientBoostingClassifier",
    "sklearn.calibration:_CalibratedClassifier": "CalibratedClassifierCV-sigmoid-folds",
    "sklearn.calibration:_SigmoidCalibration": "CalibratedClassifierCV-sigmoid-folds",
    "sklearn.cluster._birch:_CFNode": "Birch",
    "sklearn.cluster._birch:_CFSubcluster": "Birch",
    "sklearn.cluster._bisect_k_means:_BisectingTree": "BisectingKMeans",
    "sklearn.ensemble._hist_gradient_boosting.binning:_BinMapper": "HistGradientBoostingClassifier",
    "sklearn.ensemble._hist_gradient_boosting.predictor:TreePredictor": "HistGradientBoostingClassifier",
    "sklearn.gaussian_process._gpc:_BinaryGaussianProcessClassifierLaplace": "GaussianProcessClassifier",
    "sklearn.gaussian_process.kernels:Product": "GaussianProcessRegressor-rbf-white",
    "sklearn.impute._iterative:_ImputerTriplet": "IterativeImputer",
    "sklearn.multiclass:_ConstantPredictor": "OneVsRestClassifier-constant-label",
    "sklearn.neighbors._ball_tree:BallTree": "KNeighborsClassifier-ball_tree",
    "sklearn.neighbors._kd_tree:KDTree": "KNeighborsClassifier-kd_tree",
    "sklearn.neural_network._stochastic_optimizers:AdamOptimizer": "MLPClassifier-adam",
    "sklearn.neural_network._stochastic_optimizers:SGDOptimizer": "MLPClassifier-sgd",
    "sklearn.tree._tree:Tree": "DecisionTreeClassifier",
}

#: What a second fit gives anew: durations, and the memory under the mask of parameters that a candidate has not.
UNREPEATED = r"\.refit_time_$|\['(mean|std)_(fit|score)_time'\]$|\.cv_results_\['param_[^']*'\]\.data"

Fit = Callable[[Any, Data], Any]


def fit(model: Any, data: Data) -> None:
    """Fit the model, or each of the models in a dict, list or tuple."""
    for _, estimator in models_in(model):
        estimator.fit(*data.arguments, **data.keywords)


def leave_unfitted(model: Any, data: Data) -> None:
    """Leave the model as its constructor made it."""


@dataclass(frozen=True)
class Case:
    """One model of the zoo.

    ``name`` is the class of the model, then what is particular: ``Ridge-sparse``. ``context`` are arguments of
    ``sklearn.config_context`` under which it lives, ``trusted`` the names in it that are the user's own code. ``unrepeated`` is a pattern for
    further places that a second fit does not give again.
    """

    name: str
    family: str
    build: Callable[[], Any]
    data: Source
    tags: frozenset[str] = frozenset()
    fit: Fit = fit
    since: str = "1.2"
    until: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    trusted: tuple[str, ...] = ()
    unrepeated: str | None = None

    @property
    def kind(self) -> str:
        """The name of the model's class."""
        return self.name.split("-")[0]

    @property
    def offered(self) -> bool:
        """Whether the scikit-learn that runs has all that the case needs; ``until`` is the last release that has it."""
        last = _release(self.until) if self.until else (10**6,)
        running = _release(sklearn.__version__)
        return _release(self.since) <= running and running[: len(last)] <= last

    @property
    def unrepeated_places(self) -> re.Pattern[str]:
        """Matches the places of a digest tree that a second fit does not give again."""
        return re.compile("|".join(filter(None, (UNREPEATED, self.unrepeated))))

    def make(self) -> tuple[Any, dict[str, Any]]:
        """The fitted model and the query: ``X`` and ``y`` of rows that it has not seen."""
        with self.settings():
            model, data = self.build(), self.data()
            self.fit(model, data)
        return model, data.query

    def settings(self) -> Any:
        """The context in which the model is fitted and asked: one thread, global randomness set, no warnings."""
        return _Settings(self.context)


class _Settings:
    def __init__(self, context: Mapping[str, Any]) -> None:
        self._contexts = (warnings.catch_warnings(), sklearn.config_context(**context))

    def __enter__(self) -> None:
        _use_one_thread()
        for context in self._contexts:
            context.__enter__()
        warnings.simplefilter("ignore")
        np.random.seed(0)  # noqa: NPY002 - random_state=None reads this one

    def __exit__(self, *error: object) -> None:
        for context in reversed(self._contexts):
            context.__exit__(*error)  # type: ignore[arg-type]


@functools.cache
def _use_one_thread() -> None:
    """Sums over several threads come in any order; kept for the life of the process."""
    threadpool_limits(limits=1)


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.match(r"\d+(\.\d+)*", version).group().split("."))  # type: ignore[union-attr]


_CASES: dict[str, Case] = {}


def family(name: str) -> Callable[..., None]:
    """A function that adds cases to a family: ``add("Ridge-sparse", lambda: Ridge(), sparse(regression), "sparse")``."""

    def add(case_name: str, build: Callable[[], Any], data: Source, tags: str = "", **more: Any) -> None:
        if case_name in _CASES:
            raise ValueError(f"two cases are named {case_name}")
        if unknown := set(tags.split()) - TAGS:
            raise ValueError(f"{case_name} has tags that are not in TAGS: {sorted(unknown)}")
        _CASES[case_name] = Case(case_name, name, build, data, frozenset(tags.split()), **more)

    return add


@functools.cache
def _load() -> None:
    for module in pkgutil.iter_modules(zoo.families.__path__):
        importlib.import_module(f"zoo.families.{module.name}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        further = variations([case for case in _CASES.values() if case.offered])
    _CASES.update((case.name, case) for case in further)


def all_cases() -> list[Case]:
    """Every case that the running scikit-learn offers, in order."""
    _load()
    return [case for case in _CASES.values() if case.offered]


def case(name: str) -> Case:
    _load()
    return _CASES[name]


def sample(at_most: int = 40) -> list[Case]:
    """A few cases of every family that carry every tag between them, the same ones in each process."""
    left = {(case.family, tag) for case in all_cases() for tag in case.tags | {""}}
    chosen: list[Case] = []
    for wanted in (lambda part: part[1] == "", lambda part: True):
        for case in sorted(all_cases(), key=lambda case: -len(case.tags)):
            parts = {(case.family, tag) for tag in case.tags | {""}} & left
            if len(chosen) < at_most and any(wanted(part) for part in parts):
                chosen.append(case)
                left -= parts
    return chosen
