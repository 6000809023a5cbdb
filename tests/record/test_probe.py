"""The probe: rows from the fitted state, no row of anybody's data, the same answers in a fresh process."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.cluster import DBSCAN, KMeans
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.impute import SimpleImputer
from sklearn.kernel_approximation import AdditiveChi2Sampler
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KernelDensity, KNeighborsClassifier, KNeighborsRegressor, NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MultiLabelBinarizer, OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import perdure
import zoo
from perdure.datasets import load_penguins
from perdure.errors import FormatError, LimitError, PerdureError, PerdureWarning, UntrustedError
from perdure.record.probe import storing
from perdure.record.probe.columns import ROWS, UNSEEN, Column, blank
from perdure.record.probe.comparing import compare_outputs
from perdure.record.probe.making import make_probe
from perdure.record.probe.rows import derived_rows
from perdure.record.reading import samples_of
from perdure.trust.tables import tables
from zoo.registry import sample


def saved(model, **more) -> perdure.ModelFile:
    file = io.BytesIO()
    perdure.dump(model, file, **more)
    return perdure.open(io.BytesIO(file.getvalue()))


def sampled(model, **more) -> storing.Sample:
    file = saved(model, **more)
    (found,) = samples_of(file, file.record)
    return found


def penguins_pipeline():
    data, species = load_penguins(return_X_y=True)
    numbers = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
            (
                "strings",
                make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")),
                ["island", "sex"],
            ),
        ],
        sparse_threshold=0,
    )
    model = make_pipeline(columns, HistGradientBoostingClassifier(max_iter=8, random_state=0))
    return model.fit(data, species)


TEXTS = ["the old tree", "a new leaf of the tree", "leaf and forest", "forest fire", "new fire"] * 3


def text_pipeline():
    return make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(TEXTS, [0, 1, 1, 0, 1] * 3)


# --- the rows -------------------------------------------------------------------------------------------


def test_a_plain_dump_keeps_sixteen_rows_and_every_output(two_classes):
    model = LogisticRegression().fit(*two_classes)
    file = saved(model)
    (found,) = samples_of(file, file.record)
    assert found.rows.shape == (ROWS, 3)
    assert set(found.outputs) == {"predict", "predict_proba", "decision_function"}
    for name, output in found.outputs.items():
        expected = getattr(model, name)(found.rows)
        assert output.dtype == expected.dtype
        assert np.array_equal(output, expected)
    described = file.record.probe.samples[0]
    assert (described.path, described.rows, described.missing) == ("model", ROWS, {})
    assert set(np.unique(found.outputs["predict"])) == {0, 1}


def test_the_same_model_has_the_same_probe(two_classes):
    model = RandomForestClassifier(5, random_state=0).fit(*two_classes)
    first, again = saved(model), saved(model)
    for name in (storing.GRAPH, storing.ARRAYS):
        assert first.section(name) == again.section(name)


def test_rows_fall_to_either_side_of_a_trees_thresholds(two_classes):
    X, y = two_classes
    model = DecisionTreeClassifier(max_depth=2, random_state=0).fit(X, y)
    rows = next(derived_rows(model))
    nodes = model.tree_
    for feature, threshold in zip(nodes.feature, nodes.threshold, strict=True):
        if feature >= 0:
            below = rows[rows[:, feature] <= threshold, feature].max()
            above = rows[rows[:, feature] > threshold, feature].min()
            assert np.float32(below) <= threshold < np.float32(above)
            assert np.nextafter(np.float32(below), np.float32(np.inf)) == np.float32(above)
    assert len(np.unique(model.apply(rows))) >= 3


def test_rows_fall_to_either_side_of_thresholds_of_64_bits(two_classes):
    X, y = two_classes
    model = HistGradientBoostingClassifier(max_iter=1, max_leaf_nodes=2).fit(X, y)
    rows = next(derived_rows(model))
    node = model._predictors[0][0].nodes[0]
    column = rows[:, node["feature_idx"]]
    assert node["num_threshold"] in column
    assert np.nextafter(node["num_threshold"], np.inf) in column
    assert np.isnan(rows).any(axis=0).all()  # it takes missing values
    assert len(np.unique(model.predict_proba(rows)[:, 0])) == 2


def test_a_mixed_table_has_its_names_categories_missing_and_unseen_values():
    model = penguins_pipeline()
    rows = sampled(model).rows
    assert isinstance(rows, pd.DataFrame)
    assert rows.columns.tolist() == model.feature_names_in_.tolist()
    assert {"Biscoe", "Dream", "Torgersen", UNSEEN} <= set(rows["island"])
    assert rows["island"].isna().any()
    assert rows["bill_length_mm"].isna().any()
    # What the trees behind the scaler ask comes back to the measurements: all species are told apart.
    assert set(model.predict(rows)) == {"Adelie", "Chinstrap", "Gentoo"}
    low, high = load_penguins().data["body_mass_g"].agg(["min", "max"])
    assert rows["body_mass_g"].between(low / 2, high * 2).sum() > 8


def test_an_encoder_that_takes_no_unknown_category_gets_none():
    model = OneHotEncoder().fit([["a", 1], ["b", 2]])
    rows = sampled(model).rows
    assert set(rows[:, 0]) == {"a", "b"}
    assert set(rows[:, 1]) == {1, 2}


def test_an_encoder_that_takes_unknown_categories_gets_one():
    model = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).fit([["a"], [np.nan], [None]])
    output = sampled(model).outputs["transform"]
    assert -1 in output


def test_texts_are_made_of_the_vocabulary():
    model = text_pipeline()
    found = sampled(model)
    words = {word for text in found.rows for word in text.split()}
    assert words <= set(model[0].vocabulary_) | set(UNSEEN.split())
    assert "" in found.rows
    assert set(found.outputs["predict"]) == {0, 1}


def test_a_column_of_text_in_a_table():
    frame = pd.DataFrame({"text": TEXTS, "n": np.arange(15.0)})
    model = ColumnTransformer([("words", CountVectorizer(), "text"), ("n", StandardScaler(), ["n"])]).fit(frame)
    rows = sampled(model).rows
    assert rows["text"].str.contains("tree").any()
    assert rows["n"].dtype == np.float64


def test_a_very_wide_model_gets_few_and_sparse_numbers():
    chance = np.random.RandomState(0)
    X = scipy.sparse.random(40, 50_000, density=0.001, random_state=chance, format="csr")
    file = saved(LogisticRegression().fit(X, np.arange(40) % 2))
    (found,) = samples_of(file, file.record)
    assert found.rows.shape == (ROWS, 50_000)
    assert found.rows.nnz <= ROWS * 64
    assert len(file.section(storing.ARRAYS)) < 50_000


def test_what_refuses_negative_numbers_gets_others():
    model = AdditiveChi2Sampler().fit([[1, 0, 2], [0, 3, 1]])
    rows = sampled(model).rows
    assert rows.min() >= 0
    assert rows.shape == (ROWS, 3)


def test_labels_and_sets_of_labels():
    assert set(sampled(MultiLabelBinarizer().fit([("sea", "sky"), ("wood",)])).rows[3]) <= {"sea", "sky", "wood"}


def test_neighbours_are_asked_for_neighbours(two_classes):
    assert set(sampled(NearestNeighbors().fit(two_classes[0])).outputs) == {"kneighbors"}


def test_a_gaussian_process_says_how_sure_it_is(two_classes):
    X, y = two_classes
    output = sampled(GaussianProcessRegressor().fit(X, y)).outputs["predict(return_std=True)"]
    assert len(output) == 2
    assert output[1].shape == (ROWS,)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (LogisticRegression(), "not fitted"),
        (make_pipeline(StandardScaler(), Ridge()), "not fitted"),
        (TfidfVectorizer(), "NotFittedError"),
        (DBSCAN().fit([[0.0], [1.0]]), "no prediction method"),
        (CountVectorizer(input="filename"), "reads files"),
    ],
)
def test_where_nothing_can_be_derived_the_record_says_why(model, said):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (described,) = saved(model).record.probe.samples
    assert described.rows == 0
    assert said in described.missing["rows"]


def test_every_estimator_of_a_dict_is_asked(two_classes):
    X, y = two_classes
    root = {
        "model": LogisticRegression().fit(X, y),
        "scaler": StandardScaler().fit(X),
        "threshold": 0.4,
        "new": Ridge(),
    }
    file = saved(root)
    assert [found.path for found in samples_of(file, file.record)] == ["model['model']", "model['scaler']"]
    assert [described.rows for described in file.record.probe.samples] == [ROWS, ROWS, 0]


def test_a_root_without_an_estimator_has_no_probe():
    file = saved({"threshold": 0.5})
    assert file.record.probe is None
    assert storing.GRAPH not in file.sections


# --- rows that were handed in -----------------------------------------------------------------------------


def test_rows_that_are_given_are_kept(two_classes):
    X, y = two_classes
    file = saved(LogisticRegression().fit(X, y), probe=X[:5])
    (found,) = samples_of(file, file.record)
    assert file.record.probe.origin == "given"
    assert np.array_equal(found.rows, X[:5])


def test_a_table_that_is_given_is_kept_without_its_index():
    model, data = penguins_pipeline(), load_penguins().data[50:60]
    found = sampled(model, probe=data)
    pd.testing.assert_frame_equal(found.rows, data.reset_index(drop=True))
    assert found.rows.index.tolist() == list(range(10))


def test_no_probe_is_kept_where_none_is_wanted(two_classes):
    file = saved(LogisticRegression().fit(*two_classes), probe=False)
    assert file.record.probe is None
    assert file.sections == ("record.json",)


def test_rows_that_the_model_refuses_are_said_and_others_taken(two_classes):
    model = LogisticRegression().fit(*two_classes)
    with pytest.warns(PerdureWarning, match="rows of probe= are not kept: .*2 features"):
        file = saved(model, probe=[[1.0, 2.0]])
    assert file.record.probe.origin == "derived"
    assert file.record.probe.samples[0].rows == ROWS
    with pytest.raises(PerdureError, match="2 features"):
        saved(model, probe=[[1.0, 2.0]], strict=True)


def test_too_many_rows_are_said(two_classes):
    with pytest.warns(PerdureWarning, match="keeps up to 10,000"):
        saved(LogisticRegression().fit(*two_classes), probe=np.zeros((10_001, 3)))


# --- nobody's data ----------------------------------------------------------------------------------------

KEEPS_ROWS = {
    "neighbours": lambda X, y: KNeighborsClassifier().fit(X, y),
    "brute neighbours": lambda X, y: KNeighborsRegressor(algorithm="brute", weights="distance").fit(X, X[:, 0]),
    "one row": lambda X, y: KNeighborsClassifier(1).fit(X[:1], y[:1]),
    "density": lambda X, y: KernelDensity().fit(X),
    "support vectors": lambda X, y: SVC().fit(X, y),
    "gaussian process": lambda X, y: GaussianProcessRegressor(alpha=0.1).fit(X, y),
    "clusters of one": lambda X, y: KMeans(30, n_init=1, random_state=0).fit(X),
    "forest": lambda X, y: RandomForestClassifier(5, random_state=0).fit(X, y),
    "histograms": lambda X, y: HistGradientBoostingClassifier(max_iter=4).fit(X, y),
    "scaled neighbours": lambda X, y: make_pipeline(StandardScaler(), KNeighborsClassifier()).fit(X, y),
    "components": lambda X, y: PCA(2).fit(X),
}


@pytest.mark.parametrize("name", KEEPS_ROWS)
def test_no_number_of_the_training_data_is_in_the_rows(name, two_classes):
    X, y = two_classes
    rows = sampled(KEEPS_ROWS[name](X, y)).rows
    assert rows.shape == (ROWS, 3)
    assert not np.isin(rows, X).any()


# --- the model stays as it was ------------------------------------------------------------------------------


def test_to_save_a_model_does_not_change_it(two_classes):
    X, y = two_classes
    chance = np.random.RandomState(3)
    model = DummyClassifier(strategy="uniform", random_state=chance).fit(X, y)
    scaler = StandardScaler(copy=False).fit(X)
    for saving in (model, scaler, MultiLabelBinarizer().fit([("a",), ("b",)]), text_pipeline()):
        before = perdure.dumps(saving)
        saved(saving)
        assert perdure.dumps(saving) == before


def test_to_save_a_model_does_not_move_global_chance(two_classes):
    model = DummyClassifier(strategy="stratified").fit(*two_classes)
    np.random.seed(5)  # noqa: NPY002
    expected = np.random.rand()  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    saved(model)
    assert np.random.rand() == expected  # noqa: NPY002


def test_rows_are_kept_as_they_were_asked_though_the_model_writes_into_them(two_classes):
    X, _ = two_classes
    scaler = StandardScaler(copy=False).fit(X)
    found = sampled(scaler)
    expected = (found.rows - scaler.mean_) / scaler.scale_
    np.testing.assert_allclose(found.outputs["transform"], expected)


class Slow(LogisticRegression):
    def predict(self, X):
        raise RuntimeError("no\x1b[31m")


def test_a_model_that_fails_is_saved_all_the_same(two_classes):
    summary, sections = make_probe(Slow().fit(*two_classes), None, lambda text: pytest.fail(text))
    assert sections == {}
    assert "RuntimeError: no" in summary.samples[0].missing["rows"]


# --- a fresh process ----------------------------------------------------------------------------------------

CHILD = """
import json, sys, perdure
found = {}
for path, trusted in json.load(sys.stdin):
    report = perdure.verify(path, trusted=trusted)
    found[path] = [report.ok, str(report), [finding.status for finding in report.of("probe")]]
json.dump(found, sys.stdout)
"""


def verified_elsewhere(entries):
    paths = [str(Path(zoo.__file__).parent.parent), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CHILD],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        input=json.dumps(entries),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_probe_gives_the_same_bits_in_a_fresh_process(two_classes, tmp_path):
    X, y = two_classes
    models = {
        "logistic": LogisticRegression().fit(X, y),
        "forest": RandomForestClassifier(5, random_state=0).fit(X, y),
        "penguins": penguins_pipeline(),
        "text": text_pipeline(),
        "neighbours": KNeighborsClassifier().fit(X, y),
        "clusters": KMeans(3, n_init=1, random_state=0).fit(X),
        "components": PCA(2).fit(X),
        "dict": {"model": SVC().fit(X, y), "cut": 0.5},
    }
    entries = []
    for name, model in models.items():
        entries.append((str(tmp_path / f"{name}.perdure"), []))
        perdure.dump(model, entries[-1][0])
    for path, (ok, said, _) in verified_elsewhere(entries).items():
        assert ok, said
        assert "bit for bit" in said, path


def test_the_zoo_is_verified_in_a_fresh_process(tmp_path):
    entries = []
    for number, case in enumerate(sample(40)):
        model, _ = case.make()
        path = str(tmp_path / f"{number}.perdure")
        with case.settings():
            perdure.dump(model, path)
        entries.append((path, list(case.trusted)))
    found = verified_elsewhere(entries)
    assert [said for ok, said, _ in found.values() if not ok] == []
    asked = [status for _, _, statuses in found.values() for status in statuses]
    assert asked.count("ok") > 25


# --- comparing ----------------------------------------------------------------------------------------------


def verdict(then, now, name="predict_proba"):
    (found,) = compare_outputs({name: then}, {name: now}, {})
    return found


def test_bits_bounds_and_differences():
    then = np.array([[1.0, 100.0], [2.0, 200.0]])
    assert verdict(then, then.copy()).verdict == "equal"
    assert verdict(then, then * (1 + 1e-9)).verdict == "close"
    changed = then.copy()
    changed[1, 0] += 1e-5
    worst = verdict(then, changed)
    assert (worst.verdict, worst.row, worst.column, worst.then, worst.now) == ("different", 1, 0, 2.0, changed[1, 0])


def test_single_precision_has_its_own_bound():
    then = np.array([1.0, 2.0], np.float32)
    assert verdict(then, then * np.float32(1 + 1e-6)).verdict == "close"
    assert verdict(then, then * np.float32(1 + 1e-5)).verdict == "different"
    assert verdict(then.astype(float), then.astype(float) * (1 + 1e-6)).verdict == "different"


def test_a_small_number_is_measured_by_its_column():
    then = np.array([[1.0], [1e-17]])
    assert verdict(then, np.array([[1.0], [3e-17]])).verdict == "close"


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (np.array([1.0, np.nan]), np.array([1.0, 2.0])),
        (np.array([1.0, np.inf]), np.array([1.0, -np.inf])),
        (np.array([1, 2]), np.array([1, 3])),
        (np.array(["a", "b"]), np.array(["a", "c"])),
        (np.array(["a", None], object), np.array(["a", 3], object)),
        (np.zeros((2, 2)), np.zeros((2, 3))),
        ([np.zeros(2), np.zeros(2)], [np.zeros(2)]),
        (np.array([True]), np.array([False])),
        (scipy.sparse.csr_matrix(np.eye(3)), scipy.sparse.csr_matrix(2 * np.eye(3))),
        (["a", "b"], ["a", "c"]),
        (np.float64(1.0), np.float64(2.0)),
    ],
)
def test_what_differs_differs(then, now):
    assert verdict(then, then).verdict == "equal"
    assert verdict(then, now).verdict == "different"


def test_another_dtype_with_the_same_values_is_close():
    assert verdict(np.array([1, 2]), np.array([1, 2], np.int32)).verdict == "close"
    assert verdict(np.array(["a"]), np.array(["a"], object)).verdict == "close"


def test_a_label_may_be_either_where_the_scores_were_equal():
    then = {"predict": np.array([0, 1, 1]), "predict_proba": np.array([[0.5, 0.5], [0.2, 0.8], [0.4, 0.6]])}
    now = dict(then, predict=np.array([1, 1, 1]))
    assert {c.output: c.verdict for c in compare_outputs(then, now, {})} == {
        "predict": "close",
        "predict_proba": "equal",
    }
    now = dict(then, predict=np.array([0, 0, 1]))
    (found,) = [c for c in compare_outputs(then, now, {}) if c.output == "predict"]
    assert (found.verdict, found.row) == ("different", 1)


def test_an_output_that_is_gone_differs():
    (found,) = compare_outputs({"predict": np.zeros(2)}, {}, {"predict": "ValueError: no"})
    assert found.verdict == "different"
    assert "ValueError: no" in str(found)


# --- storing ------------------------------------------------------------------------------------------------


def test_tables_texts_missing_values_and_lists_come_back():
    frame = pd.DataFrame(
        {
            "number": [1.5, np.nan],
            "count": [1, 2],
            "text": np.array(["a", None], object),
            "kind": pd.Categorical(["x", None], categories=["y", "x"]),
            "when": pd.to_datetime(["2026-01-31", None]),
            "maybe": pd.array([1, None], dtype="Int64"),
            "flag": [True, False],
        }
    )
    outputs = {
        "predict": np.array(["a", "ü"]),
        "transform": scipy.sparse.csr_matrix(np.eye(2)),
        "kneighbors": [np.zeros(2), np.arange(2)],
    }
    sections, storage = storing.write_samples([storing.Sample("model", frame, outputs)])
    (found,) = storing.read_samples(sections[storing.GRAPH], sections.get(storing.ARRAYS), storage)
    pd.testing.assert_frame_equal(found.rows, frame)
    assert found.outputs["predict"].tolist() == ["a", "ü"]
    assert (found.outputs["transform"] != outputs["transform"]).nnz == 0
    assert [part.tolist() for part in found.outputs["kneighbors"]] == [[0.0, 0.0], [0, 1]]


def test_a_probe_names_plain_values_only(two_classes):
    model = StandardScaler().fit(two_classes[0])
    for rows in (model, [np.log1p], {"a": StandardScaler}):
        with pytest.raises(UntrustedError, match="plain values only"):
            storing.write_samples([storing.Sample("model", rows, {})])
    # The same from a file, which any program may have written.
    assert "sklearn.preprocessing._data:StandardScaler" in tables().ways
    graph = b'{"arrays":[],"root":{"model":{"outputs":{},"rows":["object",0,{"copy":true}]}},"types":["sklearn.preprocessing._data:StandardScaler"]}'
    with pytest.raises(UntrustedError, match="plain values only"):
        storing.read_samples(graph, None, {})


@pytest.mark.parametrize(
    "root",
    [
        "[]",
        '["list"]',
        '{"model":1}',
        '{"model":{"rows":["list"]}}',
        '{"model":{"outputs":1,"rows":["list"]}}',
        '{"model":{"outputs":{"a\\u001b":1},"rows":["list"]}}',
        '{"mo\\ndel":{"outputs":{},"rows":["list"]}}',
        '{"model":{"outputs":{},"rows":5}}',
        '{"model":{"outputs":{},"rows":null}}',
    ],
)
def test_a_probe_of_another_shape_is_refused(root):
    with pytest.raises(FormatError):
        storing.read_samples(f'{{"arrays":[],"root":{root},"types":[]}}'.encode(), None, {})


def test_a_probe_has_limits():
    rows = storing.Sample("model", np.zeros((10_001, 1)), {})
    sections, storage = storing.write_samples([rows])
    with pytest.raises(LimitError, match="10,001 rows"):
        storing.read_samples(sections[storing.GRAPH], sections[storing.ARRAYS], storage)
    with pytest.raises(LimitError, match="no more than"):
        storing.write_samples([storing.Sample("model", np.zeros((3, 3_000_000)), {})])


# --- columns ------------------------------------------------------------------------------------------------


def test_a_range_is_filled_without_its_ends():
    column = Column()
    column.add_range(1.0, 2.0)
    values = column.values(missing=True, unseen=True)
    assert len(values) == len(set(values)) == ROWS
    assert min(values) < 1.0 < 2.0 < max(values)
    assert not {1.0, 1.5, 2.0} & set(values)


def test_a_point_is_not_repeated():
    column = Column()
    column.add_range(3.0, 3.0)
    assert 3.0 not in column.values(missing=False, unseen=False)


def test_what_is_infinite_teaches_nothing():
    column = Column()
    column.add_range(-np.inf, 1.0)
    column.add_threshold(np.inf, single=False)
    column.add_scale(np.nan, 1.0)
    assert column.numbers == []
    assert column.sides == []


def test_a_very_wide_table_is_looked_at_here_and_there():
    columns = blank(100_000)
    assert sum(column.watched for column in columns) == 256
    assert all(column.watched for column in blank(2048))
