"""The names of features behind transformers, as scikit-learn's `get_feature_names_out` has them."""

from __future__ import annotations

import re
from html import unescape

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector, make_column_transformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler

from perdure.viewing.looking import View, node_of
from viewing.making import opened

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "age": RNG.normal(size=60),
        "income": RNG.normal(size=60),
        "city": pd.Series(RNG.choice(["Ulm", "Köln", "<b>Bonn</b>"], 60), dtype=object),
        "level": RNG.integers(0, 3, 60),
        "sex": pd.Series(RNG.choice(["f", "m"], 60), dtype=object),
    }
)
TEXTS = [f"the {a} sat on a {b}" for a in ("cat", "dog", "bird") for b in ("mat", "hat", "chair", "mat")] * 5
Y = (FRAME["age"] + (FRAME["city"] == "Ulm") > 0.2).astype(int)
NUMBERS, WORDS = ["age", "income"], ["city", "sex"]


def columns(**more):
    return ColumnTransformer([("n", StandardScaler(), NUMBERS), ("w", OneHotEncoder(), WORDS)], **more)


PIPELINES = {
    "columns": lambda: columns(),
    "plain names": lambda: columns(verbose_feature_names_out=False),
    "the rest passes": lambda: columns(remainder="passthrough"),
    "the rest is scaled": lambda: make_column_transformer((OneHotEncoder(), WORDS), remainder=MinMaxScaler()),
    "one category dropped": lambda: make_column_transformer((OneHotEncoder(drop="first"), WORDS)),
    "of two one dropped": lambda: make_column_transformer((OneHotEncoder(drop="if_binary"), WORDS)),
    "columns by number": lambda: make_column_transformer((MinMaxScaler(), [1, 0]), (OneHotEncoder(), [2])),
    "columns by slice": lambda: make_column_transformer((MinMaxScaler(), slice(0, 2)), (OneHotEncoder(), [2, 4])),
    "columns by mask": lambda: make_column_transformer((MinMaxScaler(), [True, False, False, True, False])),
    "columns by kind": lambda: make_column_transformer(
        (StandardScaler(), make_column_selector(dtype_include="number"))
    ),
    "pipelines within": lambda: ColumnTransformer(
        [
            ("n", make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS),
            ("w", make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder()), WORDS),
            ("o", OrdinalEncoder(), ["level"]),
            ("drop", "drop", ["level"]),
        ]
    ),
    "a union": lambda: make_pipeline(
        columns(), FeatureUnion([("s", StandardScaler()), ("p", PCA(2)), ("x", "passthrough"), ("d", "drop")])
    ),
    "a function": lambda: make_pipeline(columns(), FunctionTransformer(feature_names_out="one-to-one"), "passthrough"),
    "components": lambda: make_pipeline(columns(), TruncatedSVD(3)),
}


def check(model, wanted):
    """Hold what is found for the last step, and what stands on the page."""
    last = model.steps[-1][1]
    with opened(model) as file:
        view = View(file, file.outline)
        node = node_of(node_of(node_of(file.graph.root).state["steps"]).items[-1])
        found = view.features.get(id(node_of(node.items[1])))
        html = file._repr_html_()
    assert found == list(wanted)
    bars = re.search(r'<table class="pd-bars">.*?</table>', html)[0]
    names = [unescape(name) for name in re.findall(r'<th scope="row"><code[^>]*>(.*?)</code>', bars)]
    weights = np.ravel(last.coef_) if hasattr(last, "coef_") else last.feature_importances_
    order = np.argsort(-np.abs(weights), kind="stable")[:30]
    assert names == [wanted[i] for i in order]


@pytest.mark.parametrize("name", PIPELINES)
def test_names_come_through_the_transformers(name):
    model = make_pipeline(PIPELINES[name](), LogisticRegression()).fit(FRAME, Y)
    check(model, model[:-1].get_feature_names_out())


@pytest.mark.parametrize("vectorizer", [CountVectorizer(), TfidfVectorizer(ngram_range=(1, 2))], ids=["count", "tfidf"])
def test_words_are_names(vectorizer):
    model = make_pipeline(vectorizer, RandomForestClassifier(5, random_state=0)).fit(TEXTS, Y)
    check(model, model[0].get_feature_names_out())


def test_arrays_have_numbers_for_names():
    X = FRAME[NUMBERS].to_numpy()
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
    check(model, model[:-1].get_feature_names_out())


def test_a_search_within_is_followed():
    search = GridSearchCV(Pipeline([("c", columns()), ("m", LogisticRegression())]), {"m__C": [0.1, 1.0]}, cv=3).fit(
        FRAME, Y
    )
    html = opened({"search": search})._repr_html_()
    assert "w__city_&lt;b&gt;Bonn&lt;/b&gt;" in html
    assert "w__city_Köln" in html


@pytest.mark.parametrize(
    "unknown",
    [
        lambda: SelectKBest(k=2),
        lambda: OneHotEncoder(max_categories=2, handle_unknown="infrequent_if_exist"),
        lambda: SimpleImputer(add_indicator=True),
        lambda: FunctionTransformer(np.abs),
    ],
    ids=["selected", "rare", "indicators", "a function"],
)
def test_where_names_cannot_be_known_there_are_numbers(unknown):
    X = FRAME[["age", "level"]].copy()
    X.loc[3, "age"] = np.nan
    X = X.fillna(0.0) if isinstance(unknown(), SelectKBest | OneHotEncoder) else X
    X = X.round() if isinstance(unknown(), OneHotEncoder) else X
    first = make_pipeline(SimpleImputer(), unknown()) if isinstance(unknown(), FunctionTransformer) else unknown()
    model = make_pipeline(first, LogisticRegression()).fit(X, Y)
    width = model[-1].coef_.shape[1]
    html = opened(model)._repr_html_()
    bars = re.search(r'<table class="pd-bars">.*?</table>', html)[0]
    assert sorted(re.findall(r"<code>((?:x|feature )\d+)</code>", bars)) in (
        sorted(f"x{i}" for i in range(width)),
        sorted(f"feature {i}" for i in range(width)),
    )
