from __future__ import annotations

import numpy as np
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_selector, make_column_transformer
from sklearn.decomposition import NMF, PCA, TruncatedSVD
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    StackingClassifier,
)
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.feature_selection import SelectFromModel, SelectKBest, f_regression
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.kernel_approximation import RBFSampler
from sklearn.linear_model import Lasso, LogisticRegression, Ridge, SGDClassifier
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsTransformer
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline, make_union
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    SplineTransformer,
    StandardScaler,
)
from sklearn.svm import SVC

from zoo import data, own
from zoo.registry import family

add = family("pipelines and column transformers")

NUMBERS, STRINGS = ["age", "income", "visits"], ["city", "plan"]


def _columns(**more: object) -> ColumnTransformer:
    """Imputation and scaling for the numbers, one-hot for the strings."""
    return ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMBERS),
            ("strings", OneHotEncoder(handle_unknown="ignore"), STRINGS),
        ],
        **more,
    )


add(
    "Pipeline-scaled-logistic",
    lambda: make_pipeline(StandardScaler(), LogisticRegression()),
    data.strings,
    "composite string-classes",
)
add(
    "Pipeline-passthrough",
    lambda: Pipeline([("nothing", "passthrough"), ("scale", None), ("model", Ridge())]),
    data.regression,
    "composite",
)
add("Pipeline-transformers-only", lambda: make_pipeline(StandardScaler(), PCA(3)), data.numbers, "composite")
add(
    "Pipeline-polynomial-lasso",
    lambda: make_pipeline(PolynomialFeatures(2), StandardScaler(), Lasso(alpha=0.1)),
    data.regression,
    "composite",
)
add("Pipeline-spline-ridge", lambda: make_pipeline(SplineTransformer(n_knots=4), Ridge()), data.regression, "composite")
add(
    "Pipeline-selection-boosting",
    lambda: make_pipeline(SelectKBest(f_regression, k=3), GradientBoostingRegressor(n_estimators=4, random_state=0)),
    data.regression,
    "composite",
)
add(
    "Pipeline-from-model-svm",
    lambda: make_pipeline(SelectFromModel(LogisticRegression()), SVC(probability=True, random_state=0)),
    data.binary_strings,
    "composite string-classes",
)
add(
    "Pipeline-neighbors-graph",
    lambda: make_pipeline(
        KNeighborsTransformer(n_neighbors=6, mode="distance"), KNeighborsClassifier(n_neighbors=4, metric="precomputed")
    ),
    data.multiclass,
    "composite sparse",
)
add(
    "Pipeline-kernel-approximation",
    lambda: make_pipeline(RBFSampler(n_components=10, random_state=0), SGDClassifier(random_state=0)),
    data.multiclass,
    "composite",
)
add(
    "Pipeline-clusters",
    lambda: make_pipeline(MinMaxScaler(), KMeans(3, n_init=1, random_state=0)),
    data.blobs,
    "composite",
)
add(
    "Pipeline-outliers",
    lambda: make_pipeline(StandardScaler(), IsolationForest(n_estimators=4, random_state=0)),
    data.numbers,
    "composite",
)
add(
    "Pipeline-imputed",
    lambda: make_pipeline(KNNImputer(n_neighbors=2), GaussianNB()),
    data.missing(data.binary),
    "composite missing",
)
add(
    "Pipeline-bins",
    lambda: make_pipeline(KBinsDiscretizer(3, strategy="uniform", subsample=None), LogisticRegression()),
    data.multiclass,
    "composite sparse",
)
add(
    "Pipeline-nested",
    lambda: make_pipeline(make_pipeline(StandardScaler(), PCA(3)), make_pipeline(MinMaxScaler(), Ridge())),
    data.regression,
    "composite",
)
add(
    "Pipeline-pandas-output",
    lambda: make_pipeline(StandardScaler(), PCA(2), LogisticRegression()).set_output(transform="pandas"),
    data.frame(data.strings),
    "composite pandas-output pandas-input",
)
add(
    "Pipeline-global-pandas-output",
    lambda: make_pipeline(StandardScaler(), PCA(2)),
    data.frame(data.numbers),
    "composite pandas-output pandas-input",
    context={"transform_output": "pandas"},
)
add(
    "Pipeline-tfidf-logistic",
    lambda: make_pipeline(TfidfVectorizer(), LogisticRegression()),
    data.texts,
    "composite sparse",
)
add(
    "Pipeline-hashing-bayes",
    lambda: make_pipeline(
        HashingVectorizer(n_features=32, alternate_sign=False), TfidfTransformer(), MultinomialNB(force_alpha=True)
    ),
    data.texts,
    "composite sparse",
)
add(
    "Pipeline-topics",
    lambda: make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), NMF(2, init="nndsvd", random_state=0)),
    data.texts,
    "composite sparse",
)
add(
    "Pipeline-own-steps",
    lambda: Pipeline([("clip", own.Clipper(plan=own.Plan())), ("model", own.NearestMean())]),
    data.strings,
    "composite own-code string-classes",
    trusted=("zoo.own:Bounds", "zoo.own:Clipper", "zoo.own:Mode", "zoo.own:NearestMean", "zoo.own:Plan"),
)
add(
    "Pipeline-ufunc",
    lambda: make_pipeline(FunctionTransformer(np.log1p, feature_names_out="one-to-one"), Ridge()),
    data.nonnegative,
    "composite",
)
add(
    "Pipeline-own-function",
    lambda: make_pipeline(FunctionTransformer(own.add_ratio, kw_args={"first": 1, "second": 2}), Ridge()),
    data.regression,
    "composite own-code",
    trusted=("zoo.own:add_ratio",),
)
add("FeatureUnion", lambda: FeatureUnion([("pca", PCA(2)), ("best", SelectKBest(k=2))]), data.multiclass, "composite")
add(
    "FeatureUnion-weights",
    lambda: FeatureUnion([("pca", PCA(2)), ("gone", "drop"), ("all", "passthrough")], transformer_weights={"pca": 2.0}),
    data.numbers,
    "composite",
)
add(
    "FeatureUnion-text",
    lambda: make_union(TfidfVectorizer(), TfidfVectorizer(analyzer="char", ngram_range=(2, 2))),
    data.texts,
    "composite sparse",
)
add(
    "FeatureUnion-pandas-output",
    lambda: make_union(StandardScaler(), MinMaxScaler()).set_output(transform="pandas"),
    data.frame(data.numbers),
    "composite pandas-input pandas-output",
)

add("ColumnTransformer", _columns, data.mixed_frame, "composite pandas-input categorical missing")
add(
    "ColumnTransformer-remainder",
    lambda: _columns(remainder="passthrough", sparse_threshold=0),
    data.mixed_frame,
    "composite pandas-input categorical missing",
)
add(
    "ColumnTransformer-remainder-model",
    lambda: ColumnTransformer([("age", SimpleImputer(), ["age"]), ("gone", "drop", STRINGS)], remainder=MinMaxScaler()),
    data.mixed_frame,
    "composite pandas-input missing",
)
add(
    "ColumnTransformer-positions",
    lambda: ColumnTransformer(
        [
            ("a", StandardScaler(), [0, -1]),
            ("b", MinMaxScaler(), slice(1, 3)),
            ("c", "passthrough", [False, False, False, True, False]),
        ]
    ),
    data.numbers,
    "composite",
)
add(
    "ColumnTransformer-positions-remainder",
    lambda: ColumnTransformer([("a", StandardScaler(), [0, 1])], remainder="passthrough"),
    data.numbers,
    "composite",
)
add(
    "ColumnTransformer-selectors",
    lambda: make_column_transformer(
        (StandardScaler(), make_column_selector(dtype_include="number")),
        (OneHotEncoder(), make_column_selector(pattern="^pl")),
        remainder="drop",
    ),
    data.mixed_frame,
    "composite pandas-input categorical",
)
add(
    "ColumnTransformer-own-selector",
    lambda: ColumnTransformer([("numbers", SimpleImputer(), own.number_columns)], verbose_feature_names_out=False),
    data.mixed_frame,
    "composite pandas-input own-code",
    trusted=("zoo.own:number_columns",),
)
add(
    "ColumnTransformer-one-column",
    lambda: ColumnTransformer(
        [("text", TfidfVectorizer(analyzer="char"), "plan"), ("log", FunctionTransformer(own.log_income), ["income"])]
    ),
    data.mixed_frame,
    "composite pandas-input own-code sparse",
    trusted=("zoo.own:log_income",),
)
add(
    "ColumnTransformer-pandas-output",
    lambda: _columns(sparse_threshold=0).set_params(strings__sparse_output=False).set_output(transform="pandas"),
    data.mixed_frame,
    "composite pandas-input pandas-output",
)
add(
    "ColumnTransformer-weights",
    lambda: ColumnTransformer(
        [("a", StandardScaler(), [0, 1]), ("b", "passthrough", [2])], transformer_weights={"a": 0.5}
    ),
    data.numbers,
    "composite",
)
add(
    "Pipeline-mixed-boosting",
    lambda: Pipeline(
        [
            ("columns", _columns(sparse_threshold=0)),
            ("model", HistGradientBoostingClassifier(max_iter=4, random_state=0)),
        ]
    ),
    data.mixed_frame_strings,
    "composite pandas-input categorical missing object-strings",
)
add(
    "Pipeline-mixed-forest",
    lambda: Pipeline([("columns", _columns()), ("model", RandomForestClassifier(4, random_state=0))]),
    data.mixed_frame_strings,
    "composite pandas-input categorical missing object-strings",
)
add(
    "Pipeline-mixed-svd",
    lambda: Pipeline(
        [("columns", _columns(sparse_threshold=1.0)), ("svd", TruncatedSVD(3, random_state=0)), ("model", Ridge())]
    ),
    data.mixed_frame_regression,
    "composite pandas-input categorical missing sparse",
)
add(
    "Pipeline-categories-boosting",
    lambda: make_pipeline(
        make_column_transformer(
            (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["plan"]),
            (SimpleImputer(), ["age", "visits"]),
        ),
        HistGradientBoostingRegressor(max_iter=4, categorical_features=[0]),
    ),
    data.mixed_frame_regression,
    "composite pandas-input categorical",
)
add(
    "StackingClassifier-pipelines",
    lambda: StackingClassifier(
        [
            ("scaled", make_pipeline(StandardScaler(), LogisticRegression())),
            ("bayes", make_pipeline(MinMaxScaler(), GaussianNB())),
        ],
        cv=2,
    ),
    data.strings,
    "composite string-classes",
)
add(
    "TransformedTargetRegressor-pipeline",
    lambda: TransformedTargetRegressor(make_pipeline(StandardScaler(), Ridge()), func=np.log, inverse_func=np.exp),
    data.positive_regression,
    "composite",
)
