"""What parameters and fitted attributes hold of scikit-learn's own, every one of each kind that there is."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import scipy.stats
import sklearn
import sklearn.feature_selection
import sklearn.metrics
import sklearn.metrics.pairwise
import sklearn.model_selection
from sklearn._loss import link, loss
from sklearn.gaussian_process import kernels
from sklearn.metrics import DistanceMetric, get_scorer, get_scorer_names
from sklearn.neighbors import VALID_METRICS, BallTree, KDTree
from sklearn.neural_network import _stochastic_optimizers as optimizers
from sklearn.tree import _classes as trees

import perdure
from zoo.compare import same

X = np.abs(np.random.RandomState(0).normal(size=(20, 3)))


def _splitters():
    more = {
        "LeavePOut": {"p": 2},
        "LeavePGroupsOut": {"n_groups": 2},
        "PredefinedSplit": {"test_fold": np.array([0, 1, -1])},
    }
    for name, kind in vars(sklearn.model_selection).items():
        if isinstance(kind, type) and hasattr(kind, "split") and not name.startswith("Base"):
            seeded = {"random_state": 3} if name in _SEEDED else {}
            yield name, kind(**more.get(name, {}), **seeded)


_SEEDED = {
    "GroupShuffleSplit", "RepeatedKFold", "RepeatedStratifiedKFold", "ShuffleSplit", "StratifiedShuffleSplit",
}  # fmt: skip


def _kernels():
    inner = {
        "CompoundKernel": lambda kind: kind([kernels.RBF(), kernels.WhiteKernel(0.5)]),
        "Exponentiation": lambda kind: kind(kernels.RationalQuadratic(alpha=0.3), 2.0),
        "PairwiseKernel": lambda kind: kind(metric="laplacian", pairwise_kernels_kwargs={}),
        "Product": lambda kind: kind(kernels.ConstantKernel(2.0, "fixed"), kernels.Matern([1.0, 2.0, 3.0], nu=0.5)),
        "Sum": lambda kind: kind(kernels.DotProduct(0.1), kernels.ExpSineSquared()),
    }
    for name, kind in vars(kernels).items():
        if isinstance(kind, type) and issubclass(kind, kernels.Kernel) and not inspect.isabstract(kind):
            yield name, inner.get(name, lambda kind: kind())(kind)


def _metrics():
    needs = {
        "mahalanobis": {"V": np.diag([1.0, 2.0, 3.0])},
        "minkowski": {"p": 3},
        "p": {"p": 3},
        "seuclidean": {"V": np.array([1.0, 2.0, 3.0])},
        "wminkowski": {"p": 3, "w": np.ones(3)},
    }
    for name in sorted({*VALID_METRICS["ball_tree"], *VALID_METRICS["kd_tree"]} - {"pyfunc", "wminkowski"}):
        for dtype in (np.float64, np.float32):
            options = {**needs.get(name, {}), **({"dtype": dtype} if sklearn.__version__ >= "1.3" else {})}
            yield f"{name} {dtype.__name__}", DistanceMetric.get_metric(name, **options)


def _losses():
    more = {
        "PinballLoss": {"quantile": 0.3},
        "HalfTweedieLoss": {"power": 1.3},
        "HalfMultinomialLoss": {"n_classes": 4},
    }
    for name, kind in vars(loss).items():
        if isinstance(kind, type) and issubclass(kind, loss.BaseLoss) and kind is not loss.BaseLoss:
            yield name, kind(**more.get(name, {}))
    for name, kind in vars(link).items():
        if isinstance(kind, type) and issubclass(kind, link.BaseLink) and not inspect.isabstract(kind):
            yield name, kind()


def _criteria():
    for name, kind in {**trees.CRITERIA_CLF, **trees.CRITERIA_REG}.items():
        yield f"criterion {name}", kind(1, np.array([3], np.intp)) if name in trees.CRITERIA_CLF else kind(1, 20)


def _optimizers():
    weights = [np.ones((2, 3)), np.zeros(3)]
    yield "SGDOptimizer", optimizers.SGDOptimizer(weights, 0.1, "adaptive", 0.8, False)
    yield "AdamOptimizer", optimizers.AdamOptimizer(weights, 0.01)


def _functions(module, *endings):
    for name, function in vars(module).items():
        if inspect.isfunction(function) and name.endswith(endings):
            yield name, function


def _distributions():
    """All continuous and discrete distributions of scipy, frozen with the shapes that scipy's own tests take."""
    from scipy.stats._distr_params import distcont, distdiscrete

    for name, shapes in [*distcont, *distdiscrete]:
        if isinstance(name, str) and hasattr(scipy.stats, name):
            yield f"{name}{len(shapes)}", getattr(scipy.stats, name)(*shapes, loc=1)


KINDS = {
    "splitters": dict(_splitters()),
    "kernels": dict(_kernels()),
    "scorers": {name: get_scorer(name) for name in get_scorer_names()},
    "metrics": dict(_metrics()),
    "losses and links": dict(_losses()),
    "criteria": dict(_criteria()),
    "optimizers": dict(_optimizers()),
    "score functions": {
        **dict(_functions(sklearn.feature_selection, "f_classif", "f_regression", "r_regression", "chi2", "f_oneway")),
        **{f"mutual_info {n}": f for n, f in _functions(sklearn.feature_selection, "_classif", "_regression")},
    },
    "metric functions": dict(_functions(sklearn.metrics, "_score", "_error", "_loss", "_similarity", "_index", "_deviance")),
    "pairwise functions": dict(sklearn.metrics.pairwise.PAIRWISE_KERNEL_FUNCTIONS)
    | {f"distance {n}": f for n, f in sklearn.metrics.pairwise.PAIRWISE_DISTANCE_FUNCTIONS.items() if callable(f)},
    "distributions": dict(_distributions()),
    "trees": {
        f"{kind.__name__} {name}": kind(X, metric=name)
        for kind, names in ((KDTree, VALID_METRICS["kd_tree"]), (BallTree, VALID_METRICS["ball_tree"]))
        for name in names
        if name in ("euclidean", "manhattan", "chebyshev", "minkowski", "canberra", "braycurtis", "hamming")
    },
}  # fmt: skip
AT_LEAST = {
    "splitters": 14, "kernels": 12, "scorers": 50, "metrics": 30, "losses and links": 11, "criteria": 6,
    "optimizers": 2, "score functions": 5, "metric functions": 45, "pairwise functions": 15, "distributions": 110,
    "trees": 8,
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", KINDS)
def test_every_one_comes_back_the_same_without_trust(kind):
    assert len(KINDS[kind]) >= AT_LEAST[kind]
    wrong = {}
    for name, value in KINDS[kind].items():
        try:
            data = perdure.dumps({"value": value})
            found = perdure.loads(data)
            words = same({"value": value}, found) or ([] if perdure.dumps(found) == data else ["the bytes differ"])
        except perdure.PerdureError as error:
            words = [str(error)]
        if words:
            wrong[name] = words
    assert wrong == {}
