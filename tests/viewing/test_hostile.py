"""Every text of a page comes from a file that nobody has vouched for: none is anything but text."""

from __future__ import annotations

import io
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import BaggingRegressor
from sklearn.linear_model import Lasso, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import perdure
from cli.crafted import save
from perdure.arrays.store import ArrayStore
from perdure.graph.nodes import Array, Def, DType, List, Object, Ref, Structured, Tuple
from perdure.reporting.text import clean
from perdure.viewing.markup import Markup, tag, text
from viewing.making import ATTACKS, crafted, hostile, opened
from viewing.reading import read, words


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    return {
        name: perdure.view(make(folder / f"{name}.perdure"))
        for name, make in (("hostile", hostile), ("crafted", crafted))
    }


@pytest.mark.parametrize("name", ["hostile", "crafted"])
def test_a_hostile_file_gives_a_page_of_text(pages, name):
    said = words(read(pages[name]))
    for attack in ATTACKS:
        assert clean(attack)[:20] in said


def test_marks_that_nobody_sees_are_seen(pages):
    said = words(read(pages["hostile"]))
    for escape in (
        "\\u202e",
        "\\u2066",
        "\\u200b",
        "\\ufeff",
        "\\xad",
        "\\u115f",
        "\\u3164",
        "\\x00",
        "\\x1b",
        "\\x9b",
        "\\u2028",
    ):
        assert escape in said


@pytest.mark.parametrize("name", ["hostile", "crafted"])
def test_texts_of_a_megabyte_make_no_large_page(pages, name):
    assert len(pages[name]) < 3_000_000
    assert "A" * 5000 not in pages[name]


def test_the_page_of_a_file_that_names_strangers_says_so(pages):
    assert "not trusted" in pages["crafted"]
    assert "os:system" in pages["crafted"]
    diagram = re.search(r'<div class="pd-diagram">.*?</section>', pages["crafted"], flags=re.DOTALL)[0]
    assert diagram.count("not trusted") == 4


LETTERS = st.text(st.characters() | st.sampled_from("<>&\"'/=`\u202e\x00"), min_size=1, max_size=30)


@settings(max_examples=20)
@given(st.lists(LETTERS, min_size=2, max_size=5, unique=True), LETTERS, LETTERS)
def test_any_text_is_text(names, label, key):
    frame = pd.DataFrame(np.arange(4.0 * len(names)).reshape(4, -1) % 5, columns=names)
    model = LogisticRegression().fit(frame, np.array([label, label + "x"] * 2, object))
    with opened({key: model, "own": FunctionTransformer(kw_args={label: key})}) as file:
        said = words(read(file._repr_html_()))
    assert clean(names[0]) in said
    assert clean(repr(label))[1:-1] in said


@given(st.text(), st.text())
def test_an_element_is_its_own_whatever_is_in_it(inside, value):
    from html import unescape

    written = tag("p", inside, class_=value)
    assert type(written) is Markup
    assert written.count("<") == written.count(">") == 2
    assert written.count('"') == 2
    assert unescape(written[len('<p class="') :].partition('"')[0]) == clean(value, 300)
    assert unescape(written.partition(">")[2].removesuffix("</p>")) == clean(inside, 300)


def test_a_link_leads_out_of_no_page():
    for address in ("javascript:hit()", "http://host/", "//host", "#A b", "#x\n", "data:text/html,x"):
        with pytest.raises(ValueError, match="leads nowhere"):
            tag("a", "x", href=address)
    assert text("<b>") == "&lt;b&gt;"


# --- limits ---


def test_a_huge_file_gives_a_bounded_page_that_says_what_is_left_out():
    many = {f"key {i}": make_pipeline(Ridge()) if i % 2 else Lasso() for i in range(600)}
    wide = pd.DataFrame(np.zeros((3, 3000)), columns=[f"column {i} " + "x" * 200 for i in range(3000)])
    file = io.BytesIO()
    model = {
        "many": many,
        "list": [[i] * 3 for i in range(5000)],
        "text": ["y" * 3000] * 2000,
        "wide": Ridge().fit(wide, [0, 1, 2]),
    }
    perdure.dump(model, file, X=wide.iloc[:, :1500], notes="word " * 100_000, source=None)
    html = perdure.view(io.BytesIO(file.getvalue()))
    said = words(read(html))
    assert len(html) < 2_500_000
    assert "more estimators, not shown one by one" in said
    assert "… 1,300 more" in said
    assert "the notes go on" in said


def test_a_model_of_many_shares_and_much_nesting_is_bounded():
    nested: object = Ridge()
    for _ in range(20):
        nested = BaggingRegressor(nested)
    html = opened(nested)._repr_html_()
    read(html)
    assert len(html) < 1_000_000


def test_what_holds_itself_has_a_page(tmp_path):
    """Lists and pipelines that refer to themselves, many times over."""
    inside = Object("sklearn.pipeline:Pipeline", {"steps": List(tuple(Tuple((f"s{i}", Ref(1))) for i in range(50)))})
    loop = Def(0, List((Ref(0),) * 50 + (Def(1, inside), Ref(1))))
    union = Object("sklearn.pipeline:FeatureUnion", {"transformer_list": List((Tuple(("a", Ref(1))),) * 50)})
    root = Object(
        "sklearn.ensemble._bagging:BaggingClassifier", {"estimators_": loop, "n_jobs": Ref(0), "union_": union}
    )
    html = perdure.view(save(tmp_path / "loop.perdure", root))
    read(html)
    assert len(html) < 1_000_000


@pytest.mark.parametrize("count", [300_000, 5_000_000])
def test_many_coefficients_are_the_largest_of_them(tmp_path, count):
    arrays = ArrayStore()
    values = np.zeros(count, np.float32)
    values[[7, count - 1]] = 2.0, -3.0
    file = save(
        tmp_path / "c.perdure",
        Object("sklearn.linear_model._ridge:Ridge", {"coef_": Array(arrays.add(values))}),
        arrays,
    )
    said = words(read(perdure.view(file)))
    if count < 1_000_000:
        assert f"feature {count - 1}-3" in said
        assert f"{count - 30:,} more features" in said
    else:
        assert "more than a page" in said


def tree_file(path, **changes):
    """A decision tree whose nodes say what no tree says."""
    fields = {
        "left_child": np.array([1, -1, -1]),
        "right_child": np.array([2, -1, -1]),
        "feature": np.array([0, -2, -2]),
        "impurity": np.array([0.5, 0.0, 0.0]),
        "weighted_n_node_samples": np.array([4.0, 2.0, 2.0]),
    }
    features = changes.pop("features", 2)
    fields |= changes
    arrays = ArrayStore()
    held = {name: Array(arrays.add(values)) for name, values in sorted(fields.items())}
    kinds = tuple((name, DType(arrays.spec(held[name].index).dtype), (), 8 * i) for i, name in enumerate(fields))
    nodes = Structured(DType("", kinds, 8 * len(kinds), False), (len(fields["feature"]),), "C", held)
    tree = Object("sklearn.tree._tree:Tree", {"nodes": nodes})
    return save(
        path,
        Object("sklearn.tree._classes:DecisionTreeClassifier", {"n_features_in_": features, "tree_": tree}),
        arrays,
    )


def test_a_tree_of_three_nodes_has_its_importances(tmp_path):
    html = perdure.view(tree_file(tmp_path / "t.perdure"))
    assert "What it has learned of each feature" in html


@pytest.mark.parametrize(
    "changes",
    [
        {"left_child": np.array([3, -1, -1])},
        {"right_child": np.array([-2, -1, -1])},
        {"right_child": np.array([2**62, -1, -1])},
        {"feature": np.array([2, -2, -2])},
        {"feature": np.array([-1, -2, -2])},
        {"feature": np.array([2**63 - 1, -2, -2])},
        {"left_child": np.array([1.0, -1.0, -1.0])},
        {"impurity": np.array([np.nan, 0.0, 0.0])},
        {"weighted_n_node_samples": np.array([np.inf, 1.0, 1.0])},
        {"features": 10**9},
        {"features": -1},
        {"features": 2**70},
    ],
    ids=str,
)
def test_a_tree_that_lies_has_no_importances_and_a_page(tmp_path, changes):
    html = perdure.view(tree_file(tmp_path / "t.perdure", **changes))
    read(html)
    assert "What it has learned of each feature" not in html


def test_numbers_at_their_ends_have_a_page(tmp_path):
    arrays = ArrayStore()
    ends = Array(
        arrays.add(np.array([np.finfo(float).max, -np.finfo(float).max, np.inf, -np.inf, np.nan, 5e-324, -0.0]))
    )
    root = Object("sklearn.linear_model._ridge:Ridge", {"coef_": ends, "alpha": 10**400, "n_features_in_": 7})
    read(perdure.view(save(tmp_path / "e.perdure", root, arrays)))


def test_scores_at_their_ends_have_a_page():
    file = io.BytesIO()
    worst = {"test_a": np.array([1.7e308, -1.7e308]), "test_b": np.array([0.0, 0.0]), "test_c": np.array([5e-324, 0.0])}
    with pytest.warns(perdure.PerdureWarning, match="the scores"):
        perdure.dump(Ridge(), file, scores=worst)
    file = io.BytesIO()
    worst["test_a"] /= 1e160
    perdure.dump(Ridge(), file, scores=worst)
    assert "<circle" in perdure.view(io.BytesIO(file.getvalue()))
    with perdure.open(io.BytesIO(file.getvalue())) as opened_file:
        assert len(opened_file.record.scores.metrics) == 3
