"""Classes that predict as an older release did: clone, fit, pickle and save them again."""

from __future__ import annotations

import importlib
import io
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import sklearn
from sklearn.base import clone

import perdure
import perdure.compat
from migrate.test_fixtures import ARCHIVES, RUNNING, file_of, loaded, outputs_of, release_of, wrong
from perdure.migrate.compat import COMPAT, STOCK

TABLE = Path(perdure.__file__).parent / "trust" / "tables" / "perdure.json"
ROOT = Path(__file__).parent.parent.parent

#: A file that needs it: the release that wrote it, the case, the class, the first release where it is needed.
NEEDED = [
    ((1, 2), "AdaBoostClassifier-samme", "AsymmetricAdaBoostClassifier", (1, 3)),
    ((1, 5), "AdaBoostClassifier-trees", "RealAdaBoostClassifier", (1, 6)),
    ((1, 3), "GradientBoostingClassifier", "LogPriorGradientBoostingClassifier", (1, 4)),
    ((1, 7), "GradientBoostingClassifier-sure-init", "CoarseGradientBoostingClassifier", (1, 8)),
    ((1, 2), "KernelPCA-rbf-inverse", "TwoGammaKernelPCA", (1, 3)),
    ((1, 7), "LogisticRegression-one-vs-rest", "OneVsRestLogisticRegression", (1, 8)),
    ((1, 7), "LogisticRegressionCV-one-vs-rest", "OneVsRestLogisticRegressionCV", (1, 8)),
    ((1, 7), "LogisticRegression-two-sided", "TwoSidedLogisticRegression", (1, 8)),
    ((1, 7), "LogisticRegressionCV-two-sided", "TwoSidedLogisticRegressionCV", (1, 8)),
]
#: Of releases before 1.2, which perdure never ran under: their files are those of tests/legacy.
BEFORE = {
    "BatchScaledMiniBatchSparsePCA",
    "BatchScaledNuSVC",
    "BatchScaledOneVsOneClassifier",
    "BatchScaledSVC",
    "BatchScaledSparsePCA",
    "ColumnOneClassSVM",
    "EarlyIsolationForest",
    "MemberAdaBoostClassifier",
    "PriorGradientBoostingClassifier",
    "RootedEllipticEnvelope",
    "SigmoidLinearDiscriminantAnalysis",
    "SomeColumnsOneHotEncoder",
    "ThresholdIsolationForest",
    "TurnedNuSVC",
    "TurnedSVC",
    "TwiceScaledCCA",
    "TwiceScaledPLSCanonical",
    "TwiceScaledPLSRegression",
    "UnscaledLatentDirichletAllocation",
}
HERE = [(wrote, case, kind) for wrote, case, kind, first in NEEDED if first <= RUNNING]
ids = [kind for _, _, kind in HERE]


def opened(wrote, case):
    archive = next(archive for archive in ARCHIVES if release_of(archive) == wrote)
    model, X = loaded(archive, case)
    return archive, model, X


def test_there_is_a_file_for_each_class():
    known = {kind for _, _, kind, _ in NEEDED} | BEFORE
    assert known == set(perdure.compat.__all__) == {n.partition(":")[2] for n in STOCK}


def test_every_class_is_in_the_table_under_its_stock_class():
    spec = importlib.util.spec_from_file_location("compat_table", ROOT / "tools" / "compat_table.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert json.loads(TABLE.read_text(encoding="utf-8")) == tool.table()


@pytest.mark.parametrize("name", sorted(COMPAT.values()))
def test_every_class_is_documented_and_shows_the_name_of_its_stock_class(name):
    module, _, qualname = name.partition(":")
    kind = getattr(importlib.import_module(module), qualname)
    assert "Instances come from `perdure.load`" in kind.__doc__
    assert STOCK[name] == f"{kind._stock.__module__}:{kind._stock.__name__}"
    assert kind.__name__ == kind._stock.__name__
    assert issubclass(kind, kind._stock)


@pytest.mark.parametrize(("wrote", "case", "kind"), HERE, ids=ids)
def test_it_is_there_where_it_is_needed_and_predicts_as_before(wrote, case, kind):
    archive, model, X = opened(wrote, case)
    assert type(model) is getattr(perdure.compat, kind)
    assert wrong(archive, case, model, X) == {}


@pytest.mark.parametrize(("wrote", "case", "kind"), HERE, ids=ids)
def test_the_stock_class_would_predict_otherwise(wrote, case, kind):
    archive, model, X = opened(wrote, case)
    model.__class__ = type(model)._stock
    assert wrong(archive, case, model, X) != {}


@pytest.mark.parametrize(("wrote", "case", "kind"), HERE, ids=ids)
def test_saved_again_it_is_the_stock_class_with_a_mark(wrote, case, kind):
    archive, model, X = opened(wrote, case)
    again = perdure.dumps(model)
    file = perdure.open(io.BytesIO(again))
    assert not [name for name in file.types if name.startswith("perdure.")]
    assert file.graph.root.type in STOCK.values()
    copy = perdure.loads(again)
    assert type(copy) is type(model)
    assert wrong(archive, case, copy, X) == {}
    assert perdure.dumps(copy) == again


@pytest.mark.parametrize(("wrote", "case", "kind"), HERE, ids=ids)
def test_a_pickle_of_it_comes_back(wrote, case, kind):
    archive, model, X = opened(wrote, case)
    copy = pickle.loads(pickle.dumps(model))
    assert type(copy) is type(model)
    assert wrong(archive, case, copy, X) == {}


@pytest.mark.parametrize(("wrote", "case", "kind"), HERE, ids=ids)
def test_a_clone_is_the_stock_class_with_the_same_parameters(wrote, case, kind):
    _, model, _ = opened(wrote, case)
    made = clone(model)
    assert type(made) is type(model)._stock
    assert made.get_params(deep=False).keys() == model.get_params(deep=False).keys()
    assert repr(made).partition("(")[0] == repr(model).partition("(")[0]
    assert not [name for name in vars(made) if name.endswith("_") or name.startswith("_")]


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize(("wrote", "case", "kind"), HERE, ids=ids)
def test_fitted_again_it_is_the_stock_class(wrote, case, kind):
    _, model, X = opened(wrote, case)
    y = np.arange(len(X)) % len(getattr(model, "classes_", [0]))
    stock = clone(model)
    assert model.fit(X, y) is model
    assert type(model) is type(stock)
    assert "_perdure_compat" not in vars(model)
    assert perdure.dumps(model) == perdure.dumps(stock.fit(X, y))


@pytest.mark.skipif(RUNNING < (1, 3), reason="before 1.3 no class is needed")
def test_a_mark_of_the_file_is_not_a_class_of_the_file():
    """The mark names no class: what it leads to is in a table."""
    _, model, _ = opened((1, 2), "AdaBoostClassifier-samme")
    vars(model)["_perdure_compat"] = "os:system"
    with pytest.raises(perdure.MigrationError, match="os:system"):
        perdure.loads(perdure.dumps(model))


def test_the_release_that_runs_is_one_of_the_fixtures():
    assert RUNNING in {release_of(archive) for archive in ARCHIVES}, sklearn.__version__
    assert all(file_of(archive, name) for archive in ARCHIVES[:1] for name in outputs_of(archive)["cases"])
