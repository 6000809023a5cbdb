"""Parameters that act later, threads, attributes that act, references that stand for too much."""

from __future__ import annotations

import functools
import warnings

import numpy as np
import pytest
from sklearn.decomposition import NMF, LatentDirichletAllocation, MiniBatchNMF
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import perdure
from attacks import models
from attacks.craft import FORMS, Graph, file_of
from perdure.errors import InvalidError, LimitError, PerdureWarning, UntrustedError
from perdure.graph.nodes import Def, Dict, List, Object, Range, Ref, Scalar, Tuple

# --- asked for ------------------------------------------------------------------------------------

ASKED = {
    "a pattern that doubles with each letter": (
        CountVectorizer(token_pattern=r"(?:[a-z]+)+\d").fit(["abc1"]),
        r"token_pattern=(?:[a-z]+)+\d",
    ),
    "a long pattern": (CountVectorizer(token_pattern="a" * 201).fit(["a" * 201]), "token_pattern=" + "a" * 201),
    "files that are opened": (TfidfVectorizer(input="filename"), "input=filename"),
    "what is read": (CountVectorizer(input="file"), "input=file"),
    "words of any length": (CountVectorizer(ngram_range=(1, 10**9), analyzer="char"), "ngram_range=(1, 1000000000)"),
    "rounds without end": (NMF(max_iter=10**9, tol=0), "max_iter=1000000000"),
    "rounds without a tolerance": (NMF(max_iter=20_000, tol=0), "max_iter=20000"),
    "a tolerance that is not a number": (NMF(max_iter=20_000, tol=float("nan")), "max_iter=20000"),
    "rounds in transform": (MiniBatchNMF(transform_max_iter=10**9), "transform_max_iter=1000000000"),
    "rounds for a document": (
        LatentDirichletAllocation(max_doc_update_iter=2 * 10**9, mean_change_tol=0),
        "max_doc_update_iter=2000000000",
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_what_acts_later_is_saved_and_asked_for(name):
    model, asked = ASKED[name]
    data = perdure.dumps(model)
    with pytest.raises(UntrustedError) as caught:
        perdure.loads(data)
    assert [item.name for item in caught.value.untrusted] == [asked]
    assert all(path.startswith("model.") for item in caught.value.untrusted for path in item.paths)
    assert f"trusted=[{perdure.errors.quoted(asked)}]" in str(caught.value)
    assert type(perdure.loads(data, trusted=[asked])) is type(model)


def test_all_that_is_asked_is_asked_at_once_with_every_place():
    one, two = CountVectorizer(input="file"), CountVectorizer(input="file", token_pattern="(a+)+")
    with pytest.raises(UntrustedError) as caught:
        perdure.loads(perdure.dumps({"one": one, "two": two}))
    found = {item.name: item.paths for item in caught.value.untrusted}
    assert {name: sorted(paths) for name, paths in found.items()} == {
        "input=file": ["model['one'].input", "model['two'].input"],
        "token_pattern=(a+)+": ["model['two'].token_pattern"],
    }


LARGE = {
    "a shape": (FunctionTransformer(np.zeros_like, kw_args={"shape": (10**10,)}), "numpy:zeros_like", "model.kw_args"),
    "a number as a shape": (
        FunctionTransformer(np.ones_like, kw_args={"shape": 10**10}),
        "numpy:ones_like",
        "model.kw_args",
    ),
    "differences of differences": (FunctionTransformer(np.diff, kw_args={"n": 10**9}), "numpy:diff", "model.kw_args"),
    "in a partial": (FunctionTransformer(functools.partial(np.diff, n=10**9)), "numpy:diff", "model.func.keywords"),
    "around a partial": (
        FunctionTransformer(functools.partial(np.diff, axis=0), kw_args={"n": 10**9}),
        "numpy:diff",
        "model.kw_args",
    ),
    "backwards": (
        FunctionTransformer(inverse_func=np.diff, inv_kw_args={"n": 10**9}),
        "numpy:diff",
        "model.inv_kw_args",
    ),
    "an array that is broadcast": (
        FunctionTransformer(functools.partial(np.add, np.zeros((200_000, 1, 1)))),
        "numpy:add",
        "model.func.args",
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_arguments_that_say_how_large_a_result_is_are_asked_for(name):
    model, function, at = LARGE[name]
    with pytest.raises(UntrustedError) as caught:
        perdure.loads(perdure.dumps(model))
    assert [(item.name, item.paths) for item in caught.value.untrusted] == [(f"arguments={function}", (at,))]
    assert perdure.loads(perdure.dumps(model), trusted=[f"arguments={function}"]) is not None


@pytest.mark.parametrize(
    "model",
    [
        FunctionTransformer(np.diff, kw_args={"n": 2, "axis": 1}),
        FunctionTransformer(np.full_like, kw_args={"fill_value": 3.0}),
        FunctionTransformer(np.clip, kw_args={"a_min": 0, "a_max": np.ones(5)}),
        FunctionTransformer(functools.partial(np.add, np.ones(5))),
    ],
)
def test_usual_arguments_pass(model):
    rows = np.ones((4, 5))
    assert np.array_equal(perdure.loads(perdure.dumps(model)).transform(rows), model.transform(rows))


PATTERN = r"(?:[a-z]+)+\d"
ENDLESS = Scalar("<i8", 10**9)
#: What is plain in another dress: numpy's scalars, arrays of one element, numbers of the standard library, …
DRESSED = {
    "a pattern of numpy's": (CountVectorizer(), "token_pattern", Scalar(f"<U{len(PATTERN)}", PATTERN), UntrustedError),
    "a pattern in an array": (CountVectorizer(), "token_pattern", np.array(PATTERN), UntrustedError),
    "a pattern that is compiled": (
        CountVectorizer(),
        "token_pattern",
        Object("re:Pattern/1", {"flags": 0, "pattern": PATTERN}),
        InvalidError,
    ),
    "a pattern of bytes": (CountVectorizer(), "token_pattern", PATTERN.encode(), InvalidError),
    "input of numpy's": (TfidfVectorizer(), "input", Scalar("<U8", "filename"), UntrustedError),
    "input in an array": (TfidfVectorizer(), "input", np.array(["file"]), UntrustedError),
    "input of bytes": (TfidfVectorizer(), "input", b"file", InvalidError),
    "a size of numpy's": (CountVectorizer(), "ngram_range", Tuple((1, ENDLESS)), UntrustedError),
    "a size that is a float": (CountVectorizer(), "ngram_range", Tuple((1, 1e9)), UntrustedError),
    "a size that is no number": (CountVectorizer(), "ngram_range", Tuple((1, float("nan"))), UntrustedError),
    "sizes in an array": (CountVectorizer(), "ngram_range", np.array([1, 10**9]), UntrustedError),
    "sizes in a range": (CountVectorizer(), "ngram_range", Range(1, 10**9 + 1, 10**9 - 1), InvalidError),
    "sizes in a dict": (CountVectorizer(), "ngram_range", Dict(((1, 1), (10**9, 1))), InvalidError),
    "sizes in bytes": (CountVectorizer(), "ngram_range", b"\x01\xff", InvalidError),
    "rounds of numpy's": (NMF(), "max_iter", ENDLESS, UntrustedError),
    "rounds in an array": (NMF(), "max_iter", np.array(10**9), UntrustedError),
    "rounds of a fraction": (
        NMF(),
        "max_iter",
        Object("fractions:Fraction/1", {"denominator": 1, "numerator": 10**9}),
        InvalidError,
    ),
    "threads in an array": (LogisticRegression(), "n_jobs", np.array([5000]), InvalidError),
    "threads of a decimal": (LogisticRegression(), "n_jobs", Object("decimal:Decimal/1", {"text": "5000"}), InvalidError),
    "a multiple of numpy's": (GridSearchCV(Ridge(), {}), "pre_dispatch", Scalar("<U8", "9**9**9"), InvalidError),
    "a multiple in an array": (GridSearchCV(Ridge(), {}), "pre_dispatch", np.array("9**9**9"), InvalidError),
    "a multiple that is an object": (GridSearchCV(Ridge(), {}), "pre_dispatch", Dict(()), InvalidError),
    "columns in an array": (StandardScaler(), "n_features_in_", np.array(2**30), (InvalidError, UntrustedError)),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", DRESSED)
def test_no_dress_hides_a_parameter_that_acts(name, form):
    model, attribute, value, error = DRESSED[name]
    graph = Graph([type(model)(**model.get_params(deep=False)) for _ in range(5)])
    if isinstance(value, np.ndarray):
        value = graph.array(value)
    data = graph.change(f":{type(model).__name__}", attribute, value, index=3).bytes(form)
    with pytest.raises(error) as caught:
        perdure.loads(data)
    at = [path for item in getattr(caught.value, "untrusted", ()) for path in item.paths] or [caught.value.path]
    assert at == [f"model[3].{attribute}"]


@pytest.mark.parametrize("key", [Scalar("<U6", "n_jobs"), "n_jobs"])
@pytest.mark.parametrize("many", [False, True])
def test_threads_are_seen_under_a_name_of_numpy_s(key, many):
    # Keys of numpy's alone stand in a column.
    keys = [Scalar("<U2", f"k{i}") for i in range(60 if many else 1)]
    pairs = (*((k, 1) for k in keys), (key, ENDLESS))
    data = Graph(FunctionTransformer(kw_args={"a": 1})).change("FunctionTransformer", "kw_args", Dict(pairs)).bytes()
    with pytest.raises(InvalidError) as caught:
        perdure.loads(data)
    assert caught.value.path == "model.kw_args['n_jobs']"


@pytest.mark.parametrize(
    "model",
    [
        NMF(max_iter=np.int64(300)),
        CountVectorizer(input=np.str_("content"), ngram_range=[1, 2]),
        CountVectorizer(ngram_range=(np.int32(1), np.int32(3))),
        RandomForestClassifier(n_jobs=np.int64(2)),
        GridSearchCV(RandomForestClassifier(), {"n_jobs": [1, 2], "max_depth": [3]}),
        NMF(max_iter=5000),
        NMF(max_iter=10_000, tol=0),
        LatentDirichletAllocation(max_doc_update_iter=500),
        CountVectorizer(ngram_range=(1, 5), analyzer="char_wb"),
        CountVectorizer(token_pattern=r"[a-zA-Z]{2,}"),
        CountVectorizer(token_pattern=r"(?u)\b[^\W\d_]+(?:'[a-z]+)?\b"),
        CountVectorizer(token_pattern=None, tokenizer=str.split),
    ],
)
def test_usual_parameters_are_not_asked_for(model):
    if model.get_params().get("tokenizer") is not None:
        model.set_params(tokenizer=None)
    assert type(perdure.loads(perdure.dumps(model))) is type(model)


def test_a_pattern_of_thousands_of_letters_is_refused():
    data = Graph(CountVectorizer()).change("CountVectorizer", "token_pattern", "a" * 20_000).bytes()
    with pytest.raises(InvalidError):
        perdure.loads(data)


# --- caches -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 5])
def test_a_cache_is_switched_off_unless_trusted(tmp_path, count):
    places = [str(tmp_path / f"cache{i}") for i in range(count)]
    made = [Pipeline([("s", StandardScaler())], memory=place).fit(models.X) for place in places]
    data = perdure.dumps(made)
    with pytest.warns(PerdureWarning, match="memory") as told:
        loaded = perdure.loads(data)
    assert [model.memory for model in loaded] == [None] * count
    assert len(told) == count
    assert all(np.array_equal(m.transform(models.X), made[0].transform(models.X)) for m in loaded)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loaded = perdure.loads(data, trusted=[f"memory={place}" for place in places])
    assert [model.memory for model in loaded] == places


@pytest.mark.parametrize("form", FORMS)
def test_a_cache_that_is_an_object_is_refused(form):
    made = [make_pipeline(StandardScaler()) for _ in range(5)]
    cache = Object("sklearn.linear_model._ridge:Ridge", {})
    with pytest.raises(InvalidError) as caught:
        perdure.loads(Graph(made).change(":Pipeline", "memory", cache, index=3).bytes(form))
    assert "memory" in caught.value.path
    assert "set_params(memory=None)" in str(caught.value)


# --- threads ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("value", [1025, -1025, 10**9, -(10**12), 1e9, float("inf")])
def test_more_threads_than_a_machine_can_start_are_refused(value, form):
    made = [LogisticRegression(C=i + 1.0) for i in range(5)]
    with pytest.raises(InvalidError) as caught:
        perdure.loads(Graph(made).change("LogisticRegression", "n_jobs", value, index=2).bytes(form))
    assert caught.value.path == "model[2].n_jobs"


def test_threads_among_arguments_are_seen():
    model = FunctionTransformer(kw_args={"n_jobs": 10**9})
    with pytest.raises(InvalidError) as caught:
        perdure.loads(Graph(model).bytes())
    assert caught.value.path == "model.kw_args['n_jobs']"
    many = {f"argument{i}": 1 for i in range(60)} | {"n_jobs": 10**9}
    with pytest.raises(InvalidError):
        perdure.loads(Graph(FunctionTransformer(kw_args=many)).bytes())


@pytest.mark.parametrize("name", ["n_jobs", "_n_jobs"])
def test_more_processes_than_a_machine_has_processors_for_are_asked_for(name):
    data = Graph(RandomForestClassifier()).change("RandomForestClassifier", name, 1024).bytes()
    with pytest.raises(UntrustedError) as caught:
        perdure.loads(data)
    assert [(item.name, item.paths) for item in caught.value.untrusted] == [(f"{name}=1024", (f"model.{name}",))]
    assert getattr(perdure.loads(data, trusted=[f"{name}=1024"]), name) == 1024


@pytest.mark.parametrize("value", [None, -1, 1, 64, -1024])
def test_usual_numbers_of_threads_pass(value):
    assert perdure.loads(perdure.dumps(RandomForestClassifier(n_jobs=value))).n_jobs == value


@pytest.mark.parametrize("value", ["9**9**9*n_jobs", "__import__('os').getpid()", "n_jobs" * 50, "print(n_jobs)"])
def test_what_joblib_would_evaluate_is_a_multiple(value):
    model = GridSearchCV(Ridge(), {"alpha": [1.0]})
    with pytest.raises(InvalidError) as caught:
        perdure.loads(Graph(model).change("GridSearchCV", "pre_dispatch", value).bytes())
    assert caught.value.path == "model.pre_dispatch"


@pytest.mark.parametrize("value", ["2*n_jobs", "n_jobs", "all", "1.5*n_jobs", "3 * n_jobs", 4])
def test_usual_multiples_pass(value):
    assert perdure.loads(perdure.dumps(GridSearchCV(Ridge(), {}, pre_dispatch=value))).pre_dispatch == value


# --- attributes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["__class__", "__dict__", "__reduce__", "__array__", "__sklearn_tags__"])
def test_attributes_that_act_are_refused(name, form):
    made = [Ridge(alpha=i) for i in range(5)]
    graph = Graph(made)
    for i in range(5):
        graph.change(":Ridge", name, 1.0, index=i)
    with pytest.raises(InvalidError) as caught:
        perdure.loads(graph.bytes(form))
    assert name in caught.value.path


# --- references ---------------------------------------------------------------------------------------------


def _doubling(levels, inner):
    """A value that holds itself twice, so many times over."""
    node = Def(levels, inner)
    for level in range(levels - 1, -1, -1):
        node = Def(level, List((node, Ref(level + 1))))
    return node


def _load(root):
    return perdure.loads(file_of(root))


@pytest.mark.parametrize("levels", [27, 100])
def test_references_that_double_are_refused_in_linear_time(levels):
    with pytest.raises(LimitError, match="references"):
        _load(_doubling(levels, Object("sklearn.linear_model._ridge:Ridge", {"alpha": 1.0})))


def test_models_that_hold_each_other_twice_are_refused():
    node = Def(40, Object("sklearn.linear_model._ridge:Ridge", {"alpha": 1.0}))
    for level in range(39, -1, -1):
        estimators = List((Tuple(("a", node)), Tuple(("b", Ref(level + 1)))))
        node = Def(level, Object("sklearn.ensemble._voting:VotingClassifier", {"estimators": estimators}))
    with pytest.raises(LimitError, match="references"):
        _load(node)


def test_sharing_that_people_do_passes():
    shared = Ridge()
    rows = [{"model": shared, "alpha": i} for i in range(3000)]
    loaded = perdure.loads(perdure.dumps(rows))
    assert all(row["model"] is loaded[0]["model"] for row in loaded)
    voting = VotingClassifier([("a", LogisticRegression()), ("b", LogisticRegression())]).fit(models.X, models.Y)
    assert np.array_equal(perdure.loads(perdure.dumps([voting] * 4))[3].predict(models.X), voting.predict(models.X))


def test_a_cycle_is_no_growth():
    value = {"name": "a"}
    value["itself"] = [value, value]
    loaded = perdure.loads(perdure.dumps(value))
    assert loaded["itself"][1] is loaded


def test_a_reference_to_nothing_but_itself_is_refused():
    with pytest.raises(perdure.PerdureError):
        _load(List((Def(0, Ref(0)), Dict(()))))
