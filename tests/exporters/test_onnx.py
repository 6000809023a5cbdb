"""perdure.export to ONNX: what is handed over agrees in onnxruntime, and what does not agree is not handed over."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import warnings

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import NMF, PCA, FastICA
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingClassifier,
)
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    SplineTransformer,
    StandardScaler,
)
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import perdure
from perdure.errors import ExportError, MissingExtraError, PerdureWarning, UnsupportedError, UntrustedError
from perdure.exporters.onnx.converters import preprocessing

RELEASE = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
CHANCE = np.random.RandomState(0)
X = CHANCE.normal(size=(200, 4)).astype(np.float32).astype(np.float64)
Y = (X[:, 0] + X[:, 1] * X[:, 2] > 0).astype(int)
TARGET = X @ np.array([2.0, 1.0, 0.0, -1.0]) + X[:, 0] * X[:, 1]
GAPS = np.where(CHANCE.random_sample(X.shape) < 0.2, np.nan, X)
NEW = np.random.RandomState(1).normal(size=(10_000, 4)).astype(np.float32).astype(np.float64)
NEW_GAPS = np.where(np.random.RandomState(2).random_sample(NEW.shape) < 0.2, np.nan, NEW)


def exported(model, **options):
    """The file, its session and the report."""
    file = io.BytesIO()
    report = perdure.export(model, file, format="onnx", rows=300, **options)
    session = onnxruntime.InferenceSession(file.getvalue(), providers=["CPUExecutionProvider"])
    return session, report, file.getvalue()


def run(session, rows, dtype="float32"):
    kind = np.float32 if dtype == "float32" else np.float64
    if isinstance(rows, pd.DataFrame):
        inputs = {}
        for item in session.get_inputs():
            column = rows[item.name]
            if item.type == "tensor(string)":
                inputs[item.name] = column.where(column.notna(), "nan").to_numpy(object).reshape(-1, 1)
            else:
                inputs[item.name] = column.to_numpy(kind).reshape(-1, 1)
    elif isinstance(rows, list):
        inputs = {"X": np.array(rows, object)}
    else:
        inputs = {"X": rows.astype(kind) if rows.dtype.kind != "O" else rows}
    return dict(zip([item.name for item in session.get_outputs()], session.run(None, inputs), strict=True))


def assert_same(model, rows, dtype="float32", **options):
    session, report, _ = exported(model, dtype=dtype, **options)
    assert report.ok
    found = run(session, rows, dtype)
    for name, method in report.outputs.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = getattr(model, method)(rows)
        expected = expected.toarray() if hasattr(expected, "toarray") else np.asarray(expected)
        got = found[name].reshape(expected.shape)
        if expected.dtype.kind == "f":
            limit = 1e-5 if dtype == "float32" else 1e-9
            np.testing.assert_allclose(got, expected, rtol=limit, atol=limit)
        else:
            assert (got == expected).all(), name


def forest(kind, **more):
    return kind(n_estimators=10, random_state=0, **more)


def table(rows=300, seed=0):
    chance = np.random.RandomState(seed)
    frame = pd.DataFrame(
        {
            "age": chance.normal(40, 10, rows).astype(np.float32).astype(float),
            "income": chance.lognormal(3, 1, rows).astype(np.float32).astype(float),
            "city": chance.choice(["Berlin", "Köln", "Ulm"], rows),
            "plan": chance.choice(["a", "b"], rows),
        }
    )
    frame["city"] = frame["city"].astype(object)
    frame["plan"] = frame["plan"].astype(object)
    frame.loc[chance.random_sample(rows) < 0.1, "age"] = np.nan
    frame.loc[chance.random_sample(rows) < 0.1, "city"] = np.nan
    return frame


def mixed(last, **imputer):
    return make_pipeline(
        ColumnTransformer(
            [
                ("numbers", make_pipeline(SimpleImputer(**imputer), StandardScaler()), ["age", "income"]),
                (
                    "texts",
                    make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")),
                    ["city", "plan"],
                ),
            ]
        ),
        last,
    )


# --- what the exporters of others get silently wrong ---------------------------------------------------------

SILENT = {
    "imputer with indicator": (make_pipeline(SimpleImputer(add_indicator=True), LogisticRegression()), GAPS, NEW_GAPS),
    "isotonic calibration": (CalibratedClassifierCV(GaussianNB(), method="isotonic", cv=3), X, NEW),
    "scaler before trees": (make_pipeline(StandardScaler(), forest(RandomForestClassifier)), X, NEW),
    "missing values in boosting": (HistGradientBoostingClassifier(max_iter=20, random_state=0), GAPS, NEW_GAPS),
}
if RELEASE >= (1, 4):
    SILENT["missing values in a tree"] = (DecisionTreeClassifier(random_state=0), GAPS, NEW_GAPS)
    SILENT["missing values in a forest"] = (forest(RandomForestClassifier), GAPS, NEW_GAPS)
if RELEASE >= (1, 6):
    SILENT["missing values in extra trees"] = (forest(ExtraTreesClassifier), GAPS, NEW_GAPS)
if RELEASE >= (1, 5):
    from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV

    SILENT["fixed threshold"] = (FixedThresholdClassifier(LogisticRegression(), threshold=0.8), X, NEW)
    SILENT["tuned threshold"] = (TunedThresholdClassifierCV(LogisticRegression(), scoring="f1"), X, NEW)


@pytest.mark.parametrize("dtype", ["float32", "double"])
@pytest.mark.parametrize("name", SILENT)
def test_what_others_export_wrong_is_right(name, dtype):
    model, rows, new = SILENT[name]
    assert_same(model.fit(rows, Y), new, dtype)


# --- what others have nothing for ------------------------------------------------------------------------------

OTHERS = {
    "dummy classifier": (DummyClassifier(), X, NEW),
    "dummy regressor": (DummyRegressor(strategy="median"), X, NEW),
    "bins": (make_pipeline(KBinsDiscretizer(4), LogisticRegression()), X, NEW),
    "flattened votes": (
        VotingClassifier([("a", LogisticRegression()), ("b", GaussianNB())], voting="soft", flatten_transform=True),
        X,
        NEW,
    ),
    "splines": (make_pipeline(SplineTransformer(extrapolation="linear"), LogisticRegression()), X, NEW),
    "nystroem": (make_pipeline(Nystroem(n_components=10, random_state=0), LogisticRegression()), X, NEW),
    "independent components": (FastICA(2, random_state=0, whiten="unit-variance"), X, NEW),
    "isolation forest": (forest(IsolationForest), X, NEW),
    "gradient boosting": (GradientBoostingClassifier(n_estimators=20, random_state=0), X, NEW),
    "support vectors, three classes": (SVC(probability=False), X, NEW),
    "neighbors": (KNeighborsClassifier(), X, NEW),
    "ufunc": (make_pipeline(FunctionTransformer(np.exp), StandardScaler()), X, NEW),
}


@pytest.mark.parametrize("dtype", ["float32", "double"])
@pytest.mark.parametrize("name", OTHERS)
def test_what_others_have_nothing_for(name, dtype):
    model, rows, new = OTHERS[name]
    classes = np.digitize(TARGET, [-1.0, 1.0]) if "three" in name else Y
    model.fit(rows, classes)
    # Dummies of older releases do not count the columns, and take any.
    assert_same(model, new[:, : getattr(model, "n_features_in_", 1)], dtype)


def test_a_transformed_target():
    model = TransformedTargetRegressor(Ridge(), func=np.log1p, inverse_func=np.expm1).fit(X, np.exp(TARGET / 4))
    assert_same(model, NEW)


def test_nonnegative_factors():
    assert_same(NMF(2, init="nndsvd", random_state=0, tol=1e-6).fit(np.abs(X)), np.abs(NEW[:500]), "double")


def test_forests_are_exact_to_the_last_digits_of_64_bits():
    model = RandomForestRegressor(n_estimators=30, random_state=0).fit(X, TARGET)
    session, _, _ = exported(model, dtype="double")
    np.testing.assert_allclose(run(session, NEW, "double")["variable"], model.predict(NEW), rtol=1e-14, atol=1e-14)


def test_thresholds_and_one_step_beside_fall_to_the_same_side():
    model = DecisionTreeRegressor(random_state=0).fit(X, TARGET)
    session, _, _ = exported(model)
    tree = model.tree_
    rows = []
    for feature, threshold in zip(tree.feature, tree.threshold, strict=True):
        if feature >= 0:
            for value in (np.float32(threshold), np.nextafter(np.float32(threshold), np.float32(np.inf))):
                row = X[len(rows) % len(X)].copy()
                row[feature] = value
                rows.append(row)
    rows = np.array(rows)
    np.testing.assert_allclose(run(session, rows)["variable"].ravel(), model.predict(rows), rtol=1e-6)


# --- tables --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "double"])
@pytest.mark.parametrize("last", [LogisticRegression(), forest(RandomForestClassifier)], ids=["linear", "forest"])
def test_texts_numbers_missing_values_and_unseen_categories(last, dtype):
    frame = table()
    target = np.where(frame["income"] > 20, "yes", "no")
    model = mixed(last, add_indicator=True).fit(frame, target)
    new = table(5000, seed=1)
    new.loc[new.index % 7 == 0, "city"] = "Oslo"
    new.loc[new.index % 11 == 0, "plan"] = ""
    assert_same(model, new, dtype)
    _, report, _ = exported(model, dtype=dtype)
    assert report.inputs == {"age": "number", "income": "number", "city": "text", "plan": "text"}
    assert {"missing values", "unseen categories", "empty texts"} <= set(report.comparison.rows)


@pytest.mark.skipif(RELEASE < (1, 4), reason="categorical dtypes are encoded since 1.4")
def test_boosting_of_categories():
    frame = table()[["age", "city"]]
    frame["city"] = pd.Categorical(frame["city"], categories=["Berlin", "Köln", "Ulm"])
    model = HistGradientBoostingRegressor(max_iter=20, categorical_features=["city"], random_state=0)
    model.fit(frame, np.random.RandomState(3).normal(size=len(frame)) + (frame["city"] == "Ulm"))
    new = table(2000, seed=1)[["age", "city"]]
    session, report, _ = exported(model)
    shown = new.copy()
    shown["city"] = pd.Categorical(new["city"], categories=["Berlin", "Köln", "Ulm"])
    np.testing.assert_allclose(run(session, new)["variable"].ravel(), model.predict(shown), rtol=1e-5)
    assert report.ok


@pytest.mark.skipif(RELEASE < (1, 4), reason="several classes since 1.4")
def test_target_encoder_of_several_classes():
    from sklearn.preprocessing import TargetEncoder

    frame = table()[["city", "plan"]].fillna("none")
    classes = np.random.RandomState(5).choice(["x", "y", "z"], len(frame))
    model = TargetEncoder(random_state=0).fit(frame, classes)
    new = table(1000, seed=1)[["city", "plan"]].fillna("none")
    new.loc[new.index % 5 == 0, "city"] = "Oslo"
    assert_same(model, new)


TEXTS = [
    "the cat sat on the mat",
    "Ein Größer Hund, wirklich",
    "dogs and cats",
    "naïve café cat",
    "the dog",
    "",
    "x yz",
] * 5


@pytest.mark.parametrize(
    "vectorizer", [CountVectorizer(), TfidfVectorizer(ngram_range=(1, 2)), TfidfVectorizer(min_df=2)]
)
def test_texts(vectorizer):
    model = make_pipeline(vectorizer, LogisticRegression()).fit(TEXTS, np.arange(len(TEXTS)) % 2)
    assert_same(model, [*TEXTS, "UNKNOWN words cat-dog", "GRÖSSER größer Café", "the the the cat\n sat", "a b c"])


# --- refused ---------------------------------------------------------------------------------------------------------


def test_what_has_no_converter_is_named_with_its_place():
    model = make_pipeline(StandardScaler(), FunctionTransformer(np.unwrap), Ridge()).fit(X, TARGET)
    with pytest.raises(ExportError, match="unwrap") as caught:
        perdure.export(model, io.BytesIO(), format="onnx")
    assert caught.value.path == "model.steps[1][1]"


class Doubled(LogisticRegression):
    def predict_proba(self, X):
        return super().predict_proba(X)[:, ::-1]


def test_a_subclass_with_a_prediction_of_its_own_is_refused():
    with pytest.raises(ExportError, match="its own predict_proba"):
        perdure.export(Doubled().fit(X, Y), io.BytesIO(), format="onnx")


@pytest.fixture
def wrong_exponential(monkeypatch):
    """A converter that is wrong where numbers are large, as one may be that nobody looked at."""
    monkeypatch.setitem(preprocessing.UFUNCS, "exp", lambda x: x.exp() + (x > 1.0).number() * 0.01)


def test_a_discrepancy_refuses_the_export_and_names_the_part(tmp_path, wrong_exponential):
    model = make_pipeline(StandardScaler(), FunctionTransformer(np.exp), PCA(2), Ridge()).fit(X, TARGET)
    path = tmp_path / "model.onnx"
    with pytest.raises(ExportError, match=r"variable \(predict\) differs in [\d,]+ of") as caught:
        perdure.export(model, path)
    assert caught.value.path == "model.steps[1][1] (FunctionTransformer)"
    assert "by the estimator" in str(caught.value)
    assert "ordinary rows" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_an_old_file_stays_whole_when_the_export_is_refused(tmp_path, wrong_exponential):
    path = tmp_path / "model.onnx"
    path.write_bytes(b"before")
    with pytest.raises(ExportError):
        perdure.export(make_pipeline(FunctionTransformer(np.exp), Ridge()).fit(X, TARGET), path)
    assert path.read_bytes() == b"before"


def test_allow_discrepancy_writes_with_a_warning_and_says_so_in_the_file(tmp_path, wrong_exponential):
    path = tmp_path / "model.onnx"
    model = make_pipeline(FunctionTransformer(np.exp), Ridge()).fit(X, TARGET)
    with pytest.warns(PerdureWarning, match="in spite of it"):
        report = perdure.export(model, path, allow_discrepancy=True)
    assert not report.ok
    said = {item.key: item.value for item in onnx.load(path).metadata_props}
    assert json.loads(said["perdure.comparison"])["agrees"] is False


def test_a_tolerance_is_the_users_to_choose(wrong_exponential):
    model = make_pipeline(FunctionTransformer(np.exp), StandardScaler()).fit(X)
    with pytest.raises(ExportError):
        perdure.export(model, io.BytesIO(), format="onnx")
    assert perdure.export(model, io.BytesIO(), format="onnx", tolerance=0.5).ok


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"dest": "model.bin"}, "format"),
        ({"dest": "m.onnx", "dtype": "float16"}, "dtype"),
        ({"dest": "m.onnx", "tolerance": -1.0}, "tolerance"),
        ({"dest": "m.onnx", "rows": 1}, "rows"),
        ({"dest": "m.onnx", "format": "h5"}, "h5"),
    ],
)
def test_arguments_that_mean_nothing(arguments, said):
    with pytest.raises(UnsupportedError, match=said):
        perdure.export(Ridge().fit(X, TARGET), **arguments)


def test_a_dict_of_models_has_no_graph(tmp_path):
    perdure.dump({"model": Ridge().fit(X, TARGET)}, tmp_path / "m.perdure")
    with pytest.raises(UnsupportedError, match="dict"):
        perdure.export(tmp_path / "m.perdure", tmp_path / "m.onnx")


def test_without_onnx_the_extra_is_named(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("perdure.exporters.onnx")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match=r"perdure\[onnx\]"):
        perdure.export(Ridge().fit(X, TARGET), io.BytesIO(), format="onnx")


# --- files, metadata, the command -------------------------------------------------------------------------------------


def test_a_file_is_exported_and_the_comparison_stands_in_it(tmp_path):
    model = LogisticRegression().fit(X, Y)
    perdure.dump(model, tmp_path / "m.perdure")
    report = perdure.export(tmp_path / "m.perdure", tmp_path / "m.onnx", rows=200)
    said = {item.key: item.value for item in onnx.load(tmp_path / "m.onnx").metadata_props}
    assert said["perdure.model"] == perdure.open(tmp_path / "m.perdure").digest
    assert json.loads(said["perdure.comparison"]) == json.loads(json.dumps(report.comparison.to_dict()))
    assert json.loads(said["perdure.outputs"]) == {"label": "predict", "probabilities": "predict_proba"}
    assert report.bytes == (tmp_path / "m.onnx").stat().st_size


def test_the_model_is_left_as_it_was():
    model = mixed(forest(RandomForestClassifier)).fit(table(), np.arange(300) % 2)
    before = perdure.dumps(model)
    exported(model)
    assert perdure.dumps(model) == before


def test_an_untrusted_file_is_not_loaded(tmp_path):
    perdure.dump(Doubled().fit(X, Y), tmp_path / "m.perdure")
    with pytest.raises(UntrustedError):
        perdure.export(tmp_path / "m.perdure", tmp_path / "m.onnx")
    with pytest.raises(ExportError, match="its own"):
        perdure.export(tmp_path / "m.perdure", tmp_path / "m.onnx", trusted=[Doubled])


def test_methods_are_chosen():
    session, report, _ = exported(LogisticRegression().fit(X, Y), methods=["decision_function"])
    assert report.outputs == {"scores": "decision_function"}
    np.testing.assert_allclose(
        run(session, NEW)["scores"], LogisticRegression().fit(X, Y).decision_function(NEW), rtol=1e-5
    )


def test_rows_of_ones_own_are_compared_as_well():
    report = exported(Ridge().fit(X, TARGET), X=NEW[:50])[1]
    assert report.comparison.rows["rows given"] == 50


def test_columns_that_no_step_looks_at_are_no_inputs():
    model = make_pipeline(ColumnTransformer([("a", StandardScaler(), ["age"])]), LinearRegression())
    frame = table()[["age", "city"]].fillna({"age": 0.0})
    report = exported(model.fit(frame, np.arange(300.0)))[1]
    assert (report.inputs, report.unused) == ({"age": "number"}, ("city",))


def test_the_command(tmp_path):
    perdure.dump(LogisticRegression().fit(X, Y), tmp_path / "m.perdure")
    command = [sys.executable, "-m", "perdure", "export", str(tmp_path / "m.perdure"), str(tmp_path / "m.onnx")]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["schema"], said["comparison"]["agrees"]) == ("perdure.export/1", True)
    done = subprocess.run([*command, "--dtype", "double"], capture_output=True, text=True, timeout=300)
    assert "agrees with the model" in done.stdout
    done = subprocess.run([*command[:-1], str(tmp_path / "m.txt")], capture_output=True, text=True, timeout=300)
    assert (done.returncode, 'format="onnx"' in done.stderr) == (6, True)


def test_a_frame_for_a_model_without_names_is_taken_by_position():
    report = exported(Ridge().fit(X, TARGET), X=pd.DataFrame(NEW[:20], columns=list("abcd")))[1]
    assert report.comparison.rows["rows given"] == 20


def test_what_takes_no_table_says_so():
    from sklearn.preprocessing import MultiLabelBinarizer

    with pytest.raises(ExportError, match="neither a table nor texts"):
        perdure.export(MultiLabelBinarizer().fit([("a", "b"), ("b",)]), io.BytesIO(), format="onnx")
