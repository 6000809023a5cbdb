"""`perdure view`: what the page shows of real models, and that it is the same in a notebook."""

from __future__ import annotations

import hashlib
import io
import pickle
import re
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import perdure
from cli.running import run
from perdure.reporting.text import clean, short_name
from perdure.viewing.looking import View
from perdure.viewing.sizes import Rectangle, squarified
from perdure.viewing.source import highlighted
from perdure.viewing.weights import importances
from viewing.making import opened, ordinary
from viewing.reading import read, words
from zoo.registry import all_cases

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 5))
Y = (X[:, 1] + 0.5 * X[:, 3] > 0).astype(int) + (X[:, 0] > 1)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return ordinary(tmp_path_factory.mktemp("page") / "penguins.perdure")


def sections(html: str) -> list[str]:
    return re.findall(r"<section.*?</section>", html, flags=re.DOTALL)


def test_the_page_says_what_the_file_holds(path):
    html = perdure.view(path)
    said = words(read(html))
    with perdure.open(path) as file:
        record = file.record
        assert file.digest in said
        assert f"sha256:{record.source.digest}" in said
        assert record.data.X.values in said
    score = record.scores.metrics["test_accuracy"]
    assert f"{score.mean:.4g} ± {score.std:.2g}" in said
    assert html.count("<circle") == 10
    for text in (
        "Palmer station.",
        "A. Person",
        "apache-2.0",
        "bill_depth_mm",
        "n_estimators=25",
        "StratifiedKFold",
        "predict_proba",
    ):
        assert text in said
    for word in ("def", "return", "import"):
        assert f'<b class="pd-keyword">{word}</b>' in html
    assert '<i class="pd-comment"># Fitted on &lt;penguins&gt;.</i>' in html
    titles = re.findall(r'<h2 id="[a-z-]+">(.*?)</h2>', html)
    assert titles == [
        "The model",
        "What it is made of",
        "Parameters and what it has learned",
        "Cross-validation",
        "Training data",
        "Where it was saved",
        "What made it",
        "Probe",
        "Trust",
        "Loading it here",
        "The file",
        "Everything in it",
    ]


def test_a_notebook_shows_the_same_as_the_page(path):
    html = perdure.view(path)
    with perdure.open(path) as file:
        shown = file._repr_html_()
    assert len(sections(shown)) == len(sections(html)) == 12
    for one, other in zip(sections(shown), sections(html), strict=True):
        assert one == re.sub(r'^<section id="pd-[a-z]+"', "<section", other)
    read(shown)


def test_the_policy_of_the_page_knows_its_own_styles_and_nothing_else(path):
    reader = read(perdure.view(path))
    policy = next(
        attrs["content"] for tag, attrs in reader.tags if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    digest = b64encode(hashlib.sha256(reader.styles[0].encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "url(" not in reader.styles[0]
    assert "@import" not in reader.styles[0]


def test_every_link_leads_to_a_section_and_every_id_is_one(path):
    reader = read(perdure.view(path))
    ids = [attrs["id"] for _, attrs in reader.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    links = [attrs["href"].removeprefix("#") for tag, attrs in reader.tags if tag == "a"]
    assert len(links) == 13
    assert set(links) <= set(ids)
    labels = {attrs["aria-labelledby"] for _, attrs in reader.tags if "aria-labelledby" in attrs}
    assert labels <= set(ids)


def test_the_same_file_gives_the_same_page(path):
    assert perdure.view(path) == perdure.view(path)


def test_nothing_is_imported_that_the_file_names(path):
    code = (
        "import sys, perdure; html = perdure.view(sys.argv[1]); assert 'RandomForestClassifier' in html;"
        "print([name for name in ('sklearn', 'pandas', 'joblib', 'click', 'rich') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


# --- every kind of model ---


@pytest.mark.parametrize("case", all_cases()[5::25], ids=lambda case: case.name)
def test_every_kind_of_model_has_a_page(case):
    with opened(case.make()[0]) as file:
        html = file._repr_html_()
        read(html)
        assert len(html) < 1_500_000
        assert all(name in html for name in map(short_name, file.types) if name.isascii())


# --- the diagram ---


def test_the_diagram_has_steps_columns_and_what_stands_within(path):
    html = perdure.view(path)
    diagram = re.search(r'<div class="pd-diagram">.*?</section>', html, flags=re.DOTALL)[0]
    assert diagram.count("<ol") == 2
    assert diagram.count('class="pd-beside"') == 1
    names = re.findall(r"<strong>(\w+)</strong>", diagram)
    assert names == [
        "Pipeline",
        "ColumnTransformer",
        "Pipeline",
        "SimpleImputer",
        "StandardScaler",
        "OneHotEncoder",
        "RandomForestClassifier",
        "DecisionTreeClassifier",
    ]
    assert "25 ×" in diagram
    assert "[&#x27;island&#x27;, &#x27;sex&#x27;]" in diagram


def test_a_search_shows_its_best_estimator_and_a_stack_its_last():
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=3).fit(X, Y)
    stack = StackingClassifier([("a", DecisionTreeClassifier()), ("b", Ridge())], LogisticRegression(C=3.0), cv=3)
    said = words(read(opened({"search": search, "stack": stack})._repr_html_()))
    assert "best_estimator_ LogisticRegression" in said
    assert "['search'] GridSearchCV" in said
    assert "a DecisionTreeClassifier" in said


def test_what_is_no_estimator_has_a_page_too():
    for value in ({"threshold": 0.5}, [1, 2], None, "text", np.arange(3)):
        assert "There is no estimator in it" in words(read(opened(value)._repr_html_()))


# --- parameters, attributes, weights ---


def test_parameters_stand_beside_their_defaults():
    html = opened(Ridge(alpha=2.5).fit(X, Y))._repr_html_()
    row = re.search(r'<tr class="pd-changed-row">.*?</tr>', html)[0]
    cells = re.findall(r"<(?:th|td)[^>]*>(.*?)</(?:th|td)>", row)
    assert cells[:3] == ["<code>alpha</code>", "<code>2.5</code>", "<code>1.0</code>"]
    assert "Parameters: 1 of" in html


def test_fitted_attributes_have_kind_shape_and_first_values():
    scaler = StandardScaler().fit(X)
    html = opened(scaler)._repr_html_()
    row = next(row for row in re.findall(r"<tr>.*?</tr>", html) if "<code>mean_</code>" in row)
    assert "<code>float64</code>" in row
    assert "(5,)" in row
    assert f"{scaler.mean_[0]:.6g}" in row


@pytest.mark.parametrize(
    "model",
    [
        DecisionTreeClassifier(max_depth=3),
        DecisionTreeRegressor(),
        RandomForestClassifier(4, random_state=0),
        RandomForestClassifier(60, random_state=0, max_depth=4),
        RandomForestRegressor(40, random_state=0, max_features=1),
        ExtraTreesRegressor(12, random_state=0, max_depth=2),
        GradientBoostingClassifier(n_estimators=8, random_state=0),
        GradientBoostingRegressor(n_estimators=30, random_state=0, max_depth=1),
        DecisionTreeClassifier(min_samples_leaf=70),
    ],
    ids=lambda model: f"{type(model).__name__}-{getattr(model, 'n_estimators', 1)}-{model.max_depth}",
)
def test_importances_are_those_of_scikit_learn(model):
    model.fit(X, Y)
    with opened(model) as file:
        found = importances(file.outline, View(file, file.outline))
        html = file._repr_html_()
    np.testing.assert_allclose(found, model.feature_importances_, rtol=0, atol=1e-14)
    best = f"x{np.argmax(found)}" if found.any() else "x0"
    bars = re.search(r'<table class="pd-bars">.*?</table>', html)[0]
    assert re.findall(r'<th scope="row"><code>(.*?)</code>', bars)[0] == best


def test_coefficients_are_signed_and_by_class():
    model = LogisticRegression().fit(X, Y)
    html = opened(model)._repr_html_()
    tables = re.findall(r'<table class="pd-bars">.*?</table>', html)
    assert len(tables) == len(model.classes_) == 3
    for row, table in zip(model.coef_, tables, strict=True):
        order = np.argsort(-np.abs(row))
        assert re.findall(r"<code>x(\d)</code>", table) == [str(i) for i in order]
        assert re.findall(r'<td class="pd-number">(.*?)</td>', table) == [f"{row[i]:.4g}" for i in order]
        assert table.count("pd-minus") == (row < 0).sum()


# --- the treemap ---


@given(
    st.lists(st.floats(1.0, 1e9), min_size=1, max_size=40).map(lambda sizes: sorted(sizes, reverse=True)),
    st.floats(1.0, 2000.0),
    st.floats(1.0, 2000.0),
)
def test_the_map_gives_each_part_the_area_of_its_size(sizes, width, height):
    found = squarified(sizes, Rectangle(3.0, 4.0, width, height))
    assert len(found) == len(sizes)
    scale = width * height / sum(sizes)
    # A thousandth of a pixel is nothing.
    for size, rect in zip(sizes, found, strict=True):
        assert rect.width * rect.height == pytest.approx(size * scale, rel=1e-3, abs=1e-3)
        assert rect.x >= 3.0 - 1e-3
        assert rect.y >= 4.0 - 1e-3
        assert rect.x + rect.width <= 3.0 + width + 1e-3
        assert rect.y + rect.height <= 4.0 + height + 1e-3
    # No two lie over one another: a point in the middle of each is in no other.
    for i, rect in enumerate(found):
        x, y = rect.x + rect.width / 2, rect.y + rect.height / 2
        inside = [
            j
            for j, other in enumerate(found)
            if other.x < x < other.x + other.width and other.y < y < other.y + other.height
        ]
        assert inside in ([i], [])


def test_the_map_and_its_table_have_the_largest_parts():
    html = opened({"large": np.zeros(10_000), "small": np.zeros(1000)})._repr_html_()
    said = words(read(html))
    assert "model[&#x27;large&#x27;]: 80.0 kB" in html
    assert "90.9 %" in said
    assert "9.1 %" in said


# --- source ---


@given(st.text(max_size=300))
def test_colours_change_nothing_of_a_source(source):
    lines = source.expandtabs(4).split("\n")
    written = [re.sub(r"</?(?:b|i|span)(?: class=\"pd-[a-z]+\")?>", "", line) for line in highlighted(source)]
    from html import unescape

    assert [unescape(line) for line in written] == [clean(line) for line in lines]


@pytest.mark.parametrize("piece", ["'''", '"', "\\", "#", "a" * 10, "'\\", "@a.", "0x", "rb'", "\t\t"])
def test_a_long_source_is_one_pass(piece):
    # A reader that goes back for each letter would take hours for it.
    assert len(highlighted(piece * (300_000 // len(piece)))) == 1


# --- old files, the command ---


class Runs:
    def __reduce__(self):
        import os

        return os.mkdir, ("ran",)


def test_an_old_file_has_a_page_and_nothing_of_it_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.pkl").write_bytes(pickle.dumps({"model": Ridge().fit(X, Y), "more": Runs()}))
    said = words(read(perdure.view("old.pkl")))
    assert "Ridge" in said
    assert "not trusted" in said
    assert "mkdir" in said
    assert not Path("ran").exists()


def test_the_command_writes_the_page_prints_it_or_puts_it_here(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    html = perdure.view(path)
    result = run("view", path)
    assert result.exit_code == 0
    assert "penguins.perdure.html" in result.stdout
    assert Path("penguins.perdure.html").read_text(encoding="utf-8") == html
    assert run("view", path, "-o", "page.html").exit_code == 0
    assert Path("page.html").read_bytes() == html.encode()
    assert run("view", path, "-o", "-").stdout == html
    assert sorted(item.name for item in tmp_path.iterdir()) == ["page.html", "penguins.perdure.html"]


def test_the_command_ends_as_others_do(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("damaged.perdure").write_bytes(Path(path).read_bytes()[:-100])
    assert run("view", "missing.perdure").exit_code == 2
    assert run("view", "damaged.perdure").exit_code == 3
    assert list(tmp_path.glob("*.html")) == []


def test_a_signature_is_said_and_checked_with_its_key(tmp_path):
    from cryptography.hazmat.primitives.asymmetric import ec

    key, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    path = tmp_path / "m.perdure"
    perdure.dump(Ridge().fit(X, Y), path)
    assert "none in the file" in perdure.view(path)
    perdure.sign(path, key)
    assert "1 in the file, not checked" in perdure.view(path)
    assert '<strong class="pd-good">good</strong>, by the key' in perdure.view(path, signed_by=key.public_key())
    with pytest.raises(perdure.VerificationError):
        perdure.view(path, signed_by=other.public_key())


def test_the_bytes_of_dumps_say_that_there_is_no_record():
    assert "does not say when, where or by what it was made" in perdure.view(io.BytesIO(perdure.dumps(Ridge())))
