"""perdure.export to PMML, in a real Java: what is handed over agrees there, and what does not is not handed over."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import warnings
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    AdaBoostRegressor,
    BaggingClassifier,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    ElasticNet,
    Lasso,
    LinearRegression,
    LogisticRegression,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    StandardScaler,
)
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import perdure
from perdure.errors import ExportError, PerdureWarning
from perdure.exporters.pmml import exporting, working
from perdure.rebuilding.environments import copy_package, ready_environment

CHANCE = np.random.RandomState(0)
X = CHANCE.normal(size=(200, 4))
Y = (X[:, 0] + X[:, 1] * X[:, 2] > 0).astype(int)
THREE = np.digitize(X[:, 0] + X[:, 1], [-0.7, 0.7])
TARGET = X @ np.array([2.0, 1.0, 0.0, -1.0]) + X[:, 0] * X[:, 1]
GAPS = np.where(CHANCE.random_sample(X.shape) < 0.2, np.nan, X)
NEW = np.random.RandomState(1).normal(size=(2_000, 4))
NEW_GAPS = np.where(np.random.RandomState(2).random_sample(NEW.shape) < 0.2, np.nan, NEW)
TEXTS = ["the cat sat on the mat", "a big dog, really", "dogs and cats", "the dog", "", "x yz"] * 5
EXTENSION = "{http://www.dmg.org/PMML-4_4}Extension"


@pytest.fixture(scope="module", autouse=True)
def one_java():
    """All tests ask the same process: each takes seconds to start."""
    with working.kept_workers():
        yield


def exported(model, **options):
    file = io.BytesIO()
    report = perdure.export(model, file, format="pmml", rows=200, **options)
    assert report.bytes == len(file.getvalue())
    return file.getvalue(), report


def said(data):
    return {item.get("name"): item.get("value") for item in ET.fromstring(data).iter(EXTENSION)}


def evaluated(data, columns):
    """What the evaluator says of the very bytes that were handed over."""
    with working.worker(isolated=True) as worker:
        path = Path(worker.folder) / "handed.pmml"
        path.write_bytes(data)
        worker.ask("open", file=str(path))
        plain = {name: [None if v is None or v != v else v for v in values] for name, values in columns.items()}
        found = worker.ask("run", file=str(path), columns=plain)
    return {name: np.array(values) for name, values in found["columns"].items()}


def assert_right(model, rows):
    """What was handed over answers rows that no check has seen as the estimator does."""
    data, report = exported(model)
    assert report.ok
    assert (report.format, report.dtype) == ("pmml", "double")
    names = list(rows.columns) if isinstance(rows, pd.DataFrame) else [f"x{k + 1}" for k in range(rows.shape[1])]
    table = {
        name: (rows[name] if isinstance(rows, pd.DataFrame) else rows[:, k]).tolist() for k, name in enumerate(names)
    }
    assert set(report.inputs) <= set(table)
    found = evaluated(data, table)
    expected = model.predict(rows)
    if expected.dtype.kind == "f":
        np.testing.assert_allclose(found["y"], expected, rtol=1e-9, atol=1e-9)
    else:
        assert (found["y"].astype(expected.dtype) == expected).all()
    sure = [name for name, method in report.outputs.items() if method == "predict_proba"]
    if sure:
        got = np.column_stack([found[name] for name in sure])
        np.testing.assert_allclose(got, model.predict_proba(rows), rtol=1e-9, atol=1e-9)


def forest(kind, **more):
    return kind(n_estimators=8, random_state=0, **more)


# --- what exporters get silently wrong -------------------------------------------------------------------------------

SILENT = {
    "imputer with indicator": (make_pipeline(SimpleImputer(add_indicator=True), LogisticRegression()), GAPS, NEW_GAPS),
    "scaler before trees": (make_pipeline(StandardScaler(), forest(RandomForestClassifier)), X, NEW),
    "missing values in boosting": (HistGradientBoostingClassifier(max_iter=10, random_state=0), GAPS, NEW_GAPS),
    "missing values in a tree": (DecisionTreeClassifier(random_state=0), GAPS, NEW_GAPS),
    "missing values in a forest": (forest(RandomForestClassifier), GAPS, NEW_GAPS),
    "missing values in extra trees": (forest(ExtraTreesClassifier), GAPS, NEW_GAPS),
    "missing values that the training had not": (forest(RandomForestClassifier), X, NEW_GAPS),
    "logarithms": (make_pipeline(FunctionTransformer(np.log1p), LogisticRegression()), np.abs(X), np.abs(NEW)),
}


@pytest.mark.parametrize("name", SILENT)
def test_what_others_export_wrong_is_right(name):
    model, rows, new = SILENT[name]
    assert_right(model.fit(rows, Y), new)


def thresholds():
    from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV

    return [
        FixedThresholdClassifier(LogisticRegression(), threshold=0.8),
        TunedThresholdClassifierCV(LogisticRegression(), scoring="f1"),
    ]


# Of the last three, PMML has no form that is right for several classes and far outside: votes that are equal, and
# probabilities that are all too small.
REFUSED = [CalibratedClassifierCV(GaussianNB(), method="isotonic", cv=3), *thresholds()]
REFUSED += [SVC(kernel="linear"), GaussianNB(), OneVsRestClassifier(LogisticRegression())]


@pytest.mark.parametrize("model", REFUSED, ids=lambda model: type(model).__name__)
def test_what_has_no_right_form_is_refused(model):
    with pytest.raises(ExportError, match="disagrees|does not convert it|does not run"):
        exported(model.fit(X, THREE if type(model).__name__ in ("SVC", "GaussianNB", "OneVsRestClassifier") else Y))


# --- models that are known to convert --------------------------------------------------------------------------------

CLASSIFIERS = [
    LogisticRegression(),
    RidgeClassifier(),
    SGDClassifier(loss="log_loss", random_state=0),
    LinearSVC(random_state=0),
    LinearDiscriminantAnalysis(),
    KNeighborsClassifier(),
    DecisionTreeClassifier(random_state=0),
    forest(RandomForestClassifier),
    forest(ExtraTreesClassifier),
    GradientBoostingClassifier(n_estimators=10, random_state=0),
    HistGradientBoostingClassifier(max_iter=10, random_state=0),
    BaggingClassifier(DecisionTreeClassifier(), n_estimators=5, random_state=0),
    VotingClassifier([("a", LogisticRegression()), ("b", DecisionTreeClassifier(max_depth=3))], voting="soft"),
    StackingClassifier([("a", LogisticRegression()), ("b", DecisionTreeClassifier(max_depth=3))], cv=3),
    MLPClassifier((5,), random_state=0, max_iter=30),
    DummyClassifier(),
    make_pipeline(MinMaxScaler(), LogisticRegression()),
    make_pipeline(PCA(2), LogisticRegression()),
    make_pipeline(PolynomialFeatures(2), LogisticRegression()),
    make_pipeline(SelectKBest(k=2), LogisticRegression()),
]
REGRESSORS = [
    LinearRegression(),
    Ridge(),
    Lasso(alpha=0.1),
    ElasticNet(alpha=0.1),
    SVR(),
    DecisionTreeRegressor(random_state=0),
    forest(RandomForestRegressor),
    forest(ExtraTreesRegressor),
    GradientBoostingRegressor(n_estimators=10, random_state=0),
    HistGradientBoostingRegressor(max_iter=10, random_state=0),
    AdaBoostRegressor(n_estimators=5, random_state=0),
    KNeighborsRegressor(),
    MLPRegressor(hidden_layer_sizes=(5,), random_state=0, max_iter=30),
    DummyRegressor(),
]


def named(model):
    return "-".join(type(step).__name__ for _, step in model.steps) if hasattr(model, "steps") else type(model).__name__


@pytest.mark.parametrize("model", CLASSIFIERS, ids=named)
def test_classifiers_of_several_classes(model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert_right(model.fit(X, THREE), NEW[:500])


@pytest.mark.parametrize("model", REGRESSORS, ids=named)
def test_regressors(model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert_right(model.fit(X, TARGET), NEW[:500])


def test_support_vectors_of_two_classes():
    assert_right(SVC().fit(X, Y), NEW[:500])


@pytest.mark.parametrize("model", [KMeans(3, n_init=1, random_state=0), MiniBatchKMeans(3, n_init=1, random_state=0)])
def test_clusters(model):
    data, report = exported(model.fit(X))
    assert report.outputs == {"cluster": "predict"}
    found = evaluated(data, {f"x{k + 1}": NEW[:, k].tolist() for k in range(4)})
    assert (found["cluster"].astype(int) == model.predict(NEW)).all()


def test_outliers():
    model = forest(IsolationForest).fit(X)
    data, report = exported(model)
    assert report.outputs == {"predict(outlier)": "predict", "decisionFunction": "decision_function"}
    found = evaluated(data, {f"x{k + 1}": NEW[:, k].tolist() for k in range(4)})
    np.testing.assert_allclose(found["decisionFunction"], model.decision_function(NEW), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("vectorizer", [CountVectorizer(), TfidfVectorizer()], ids=["counts", "tfidf"])
def test_texts(vectorizer):
    model = make_pipeline(vectorizer, LogisticRegression()).fit(TEXTS, np.arange(len(TEXTS)) % 2)
    data, report = exported(model)
    assert report.inputs == {"x1": "text"}
    new = [*TEXTS, "nothing known here", "THE Cat", "the the the dog"]
    found = evaluated(data, {"x1": new})
    np.testing.assert_allclose(found["probability(1)"], model.predict_proba(new)[:, 1], rtol=1e-9)


# --- tables ----------------------------------------------------------------------------------------------------------


def table(rows=300, seed=0):
    chance = np.random.RandomState(seed)
    frame = pd.DataFrame(
        {
            "age": chance.normal(40, 10, rows),
            "income": chance.lognormal(3, 1, rows),
            "city": chance.choice(["Berlin", "Köln", "Ulm"], rows).astype(object),
            "unused": chance.normal(size=rows),
        }
    )
    frame.loc[chance.random_sample(rows) < 0.1, "age"] = np.nan
    return frame


@pytest.mark.parametrize("last", [LogisticRegression(), forest(RandomForestClassifier)], ids=named)
def test_texts_numbers_missing_values_and_unseen_categories(last):
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["age", "income"]),
            ("texts", OneHotEncoder(handle_unknown="ignore"), ["city"]),
        ]
    )
    frame = table()
    model = make_pipeline(columns, last).fit(frame, np.where(frame["income"] > 20, "yes", "no"))
    new = table(1000, seed=1)
    new.loc[new.index % 7 == 0, "city"] = "Oslo"
    data, report = exported(model)
    assert report.inputs == {"age": "number", "income": "number", "city": "text"}
    assert report.unused == ("unused",)
    assert {"missing values", "unseen categories"} <= set(report.comparison.rows)
    found = evaluated(data, {name: new[name].tolist() for name in report.inputs})
    assert (found["y"] == model.predict(new)).all()
    np.testing.assert_allclose(found["probability(yes)"], model.predict_proba(new)[:, 1], rtol=1e-9)


def test_an_unknown_category_that_the_encoder_refuses_has_no_answer():
    frame = table()[["city"]]
    columns = ColumnTransformer([("texts", OrdinalEncoder(), ["city"])])
    model = make_pipeline(columns, LinearRegression()).fit(frame, np.arange(300.0))
    data, report = exported(model)
    assert report.ok
    found = evaluated(data, {"city": ["Ulm", "Oslo"]})
    np.testing.assert_allclose(found["y"][0], model.predict(frame[frame["city"] == "Ulm"])[0])
    assert found["y"][1] != found["y"][1]


def test_names_of_the_record_stand_in_the_file(tmp_path):
    frame, target = pd.DataFrame(X, columns=["age", "income", "size", "weight"]), pd.Series(Y, name="bought")
    model = LogisticRegression().fit(X, Y)
    perdure.dump(model, tmp_path / "m.perdure", X=frame, y=target)
    report = perdure.export(tmp_path / "m.perdure", tmp_path / "m.pmml", rows=200)
    assert list(report.inputs) == ["age", "income", "size", "weight"]
    assert report.outputs["bought"] == "predict"
    found = said((tmp_path / "m.pmml").read_bytes())
    assert found["perdure.model"] == perdure.open(tmp_path / "m.perdure").digest
    assert json.loads(found["perdure.comparison"]) == json.loads(json.dumps(report.comparison.to_dict()))
    assert found["perdure.exported-by.sklearn2pmml"] == working.pins()["accepted"]["sklearn2pmml"]


# --- refused ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def wrong_scaler(monkeypatch):
    """A converter that is wrong in one step."""

    before = exporting.mended
    monkeypatch.setattr(exporting, "mended", lambda data, *rest, **more: spoiled(before(data, *rest, **more)))


def spoiled(data):
    space = "{http://www.dmg.org/PMML-4_4}"
    root = ET.fromstring(data)
    for field in root.iter(f"{space}DerivedField"):
        if field.get("name", "").startswith("minMaxScaler("):
            for constant in field.iter(f"{space}Constant"):
                constant.text = repr(float(constant.text) + 0.25)
    return ET.tostring(root)


def scaled():
    return make_pipeline(StandardScaler(), MinMaxScaler(), Ridge()).fit(X, TARGET)


def test_a_discrepancy_refuses_the_export_and_names_the_step(tmp_path, wrong_scaler):
    with pytest.raises(ExportError, match=r"y \(predict\) differs in [\d,]+ of") as caught:
        perdure.export(scaled(), tmp_path / "m.pmml")
    assert caught.value.path == "model.steps[1][1] (MinMaxScaler)"
    assert "by the estimator" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_allow_discrepancy_writes_with_a_warning_and_says_so_in_the_file(tmp_path, wrong_scaler):
    with pytest.warns(PerdureWarning, match="in spite of it"):
        report = perdure.export(scaled(), tmp_path / "m.pmml", allow_discrepancy=True)
    assert not report.ok
    assert json.loads(said((tmp_path / "m.pmml").read_bytes())["perdure.comparison"])["agrees"] is False


def test_several_targets_are_refused():
    with pytest.raises(ExportError, match="target|label"):
        exported(DecisionTreeRegressor(max_depth=2).fit(X, X[:, :2]))


class Own(LogisticRegression):
    pass


def test_what_has_no_converter_is_refused_by_name():
    with pytest.raises(ExportError, match="TransformedTargetRegressor"):
        exported(TransformedTargetRegressor(KNeighborsRegressor(), func=np.tanh, inverse_func=np.arctanh).fit(X, Y / 2))


def test_a_class_that_nobody_trusts_is_not_loaded_there():
    with pytest.raises(ExportError, match="Own"):
        exported(Own().fit(X, Y))


# --- roads -----------------------------------------------------------------------------------------------------------


def test_a_release_that_is_refused_goes_the_isolated_road(monkeypatch):
    asked = []
    monkeypatch.setattr(exporting, "has_direct_road", lambda: True)
    ask = working.Worker.ask

    def watched(self, do, **what):
        if do == "convert":
            asked.append(self.isolated)
        return ask(self, do, **what)

    monkeypatch.setattr(working.Worker, "ask", watched)
    _, report = exported(Ridge().fit(X, TARGET))
    assert report.ok
    assert asked == [False, True]


def test_under_a_release_that_is_accepted_no_environment_is_needed(tmp_path):
    interpreter = ready_environment("pmml", working.pins()["requirements"], str(tmp_path))
    script = tmp_path / "script.py"
    script.write_text(
        "import perdure, sklearn\n"
        "from perdure.exporters.pmml.working import Worker, has_direct_road\n"
        "from sklearn.linear_model import Ridge\n"
        "roads = []\n"
        "start = Worker.__init__\n"
        "def watched(self, java, *, isolated):\n"
        "    roads.append(isolated)\n"
        "    start(self, java, isolated=isolated)\n"
        "Worker.__init__ = watched\n"
        "report = perdure.export(Ridge().fit([[0.0], [1.0], [3.0]], [1.0, 2.0, 3.5]), 'm.pmml', rows=100)\n"
        "print(sklearn.__version__, has_direct_road(), roads, report.ok)\n"
    )
    environment = {**os.environ, "PYTHONPATH": copy_package(str(tmp_path / "package"))}
    done = subprocess.run(
        [interpreter, str(script)], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.stdout.split() == ["1.9.0", "True", "[False]", "True"], done.stderr


def test_a_process_ends_with_its_export():
    with working.worker(isolated=True) as kept:
        assert not kept._ended
    one = working.Worker(working.find_java(11), isolated=True)
    folder = one.folder
    one.end()
    assert one._process.returncode is not None
    assert not os.path.exists(folder)


def test_a_process_that_dies_is_said():
    one = working.Worker(working.find_java(11), isolated=True)
    try:
        one._process.kill()
        one._process.wait()
        with pytest.raises(ExportError, match="ended while it was asked to run"):
            one.ask("run", file="x", columns={})
    finally:
        one.end()


def test_no_class_is_there_that_would_send_a_report():
    """sklearn2pmml's own command sends one to its author when a conversion fails."""
    with working.worker(isolated=True) as worker:
        there = worker.ask(
            "classes", names=["org.jpmml.sklearn.SkLearnUnpickler", "org.jpmml.telemetry.TelemetryClient"]
        )
    assert there == [True, False]


def test_the_command(tmp_path):
    perdure.dump(LogisticRegression().fit(X, Y), tmp_path / "m.perdure")
    command = [sys.executable, "-m", "perdure", "export", str(tmp_path / "m.perdure"), str(tmp_path / "m.pmml")]
    done = subprocess.run([*command, "--json", "--rows", "100"], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["format"], found["comparison"]["agrees"]) == ("pmml", True)
    assert found["comparison"]["runtime"].startswith("jpmml-evaluator")


def test_pipelines_of_the_rest():
    model = make_pipeline(KBinsDiscretizer(4, encode="onehot-dense"), LogisticRegression()).fit(X, Y)
    assert_right(model, NEW[:300])
    assert_right(make_pipeline(TruncatedSVD(2), Ridge()).fit(X, TARGET), NEW[:300])
