from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn import impute
from sklearn import preprocessing as pp
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.linear_model import BayesianRidge, Ridge

from zoo import data, own
from zoo.registry import family

add = family("preprocessing and imputation")

for name in ("StandardScaler", "MinMaxScaler", "MaxAbsScaler", "RobustScaler"):
    build = getattr(pp, name)
    add(name, build, data.missing(data.numbers), "missing")
    add(f"{name}-float32", build, data.float32(data.numbers), "float32")
    add(
        f"{name}-pandas-output",
        lambda build=build: build().set_output(transform="pandas"),
        data.frame(data.numbers),
        "pandas-input pandas-output",
    )
add(
    "StandardScaler-sparse", lambda: pp.StandardScaler(with_mean=False), data.sparse(data.numbers), "sparse partial-fit"
)
add(
    "StandardScaler-partial",
    pp.StandardScaler,
    data.numbers,
    "partial-fit",
    fit=lambda model, rows: model.partial_fit(rows.X[:50]).partial_fit(rows.X[50:]),
)
add("StandardScaler-weights", pp.StandardScaler, data.weighted(data.binary), "sample-weight")
add("MinMaxScaler-clipped", lambda: pp.MinMaxScaler(feature_range=(-1, 1), clip=True), data.numbers, "partial-fit")
add("MaxAbsScaler-sparse", pp.MaxAbsScaler, data.sparse(data.numbers), "sparse partial-fit")
add(
    "RobustScaler-unit-variance", lambda: pp.RobustScaler(quantile_range=(10.0, 90.0), unit_variance=True), data.numbers
)
add("Normalizer", pp.Normalizer, data.numbers)
add("Normalizer-sparse", lambda: pp.Normalizer(norm="max"), data.sparse(data.numbers), "sparse")
add("Binarizer", lambda: pp.Binarizer(threshold=0.1), data.numbers)
add("KernelCenterer", pp.KernelCenterer, data.without_target(data.kernel))
add(
    "QuantileTransformer",
    lambda: pp.QuantileTransformer(n_quantiles=20, random_state=0),
    data.missing(data.numbers),
    "missing",
)
add(
    "QuantileTransformer-normal",
    lambda: pp.QuantileTransformer(n_quantiles=10, output_distribution="normal", random_state=0),
    data.numbers,
)
add(
    "QuantileTransformer-sparse",
    lambda: pp.QuantileTransformer(n_quantiles=10, ignore_implicit_zeros=True, random_state=0),
    data.sparse(data.nonnegative),
    "sparse",
)
add("PowerTransformer", pp.PowerTransformer, data.numbers)
add("PowerTransformer-box-cox", lambda: pp.PowerTransformer(method="box-cox", standardize=False), data.nonnegative)
add("PolynomialFeatures", lambda: pp.PolynomialFeatures(degree=(2, 3), include_bias=False), data.numbers)
add(
    "PolynomialFeatures-sparse",
    lambda: pp.PolynomialFeatures(interaction_only=True, order="C"),
    data.sparse(data.numbers),
    "sparse",
)
add("SplineTransformer", lambda: pp.SplineTransformer(n_knots=4), data.numbers)
for extrapolation in ("periodic", "linear", "continue", "error"):
    add(
        f"SplineTransformer-{extrapolation}",
        lambda e=extrapolation: pp.SplineTransformer(n_knots=5, degree=2, knots="quantile", extrapolation=e),
        data.numbers,
    )
add(
    "SplineTransformer-sparse-output",
    lambda: pp.SplineTransformer(sparse_output=True),
    data.numbers,
    "sparse",
    since="1.3",
)
add(
    "SplineTransformer-knots",
    lambda: pp.SplineTransformer(knots=np.linspace(-3, 3, 20).reshape(4, 5)),
    data.fortran(data.numbers),
)
for encode in ("onehot", "onehot-dense", "ordinal"):
    add(
        f"KBinsDiscretizer-{encode}",
        lambda e=encode: pp.KBinsDiscretizer(4, encode=e, strategy="uniform", subsample=None),
        data.numbers,
    )
add(
    "KBinsDiscretizer-quantile",
    lambda: pp.KBinsDiscretizer([3, 4, 5, 2, 3], strategy="quantile", encode="ordinal", subsample=None),
    data.numbers,
)
add(
    "KBinsDiscretizer-kmeans",
    lambda: pp.KBinsDiscretizer(3, strategy="kmeans", dtype=np.float32, subsample=None),
    data.numbers,
    "float32",
)
add("FunctionTransformer-ufunc", lambda: pp.FunctionTransformer(np.log1p, inverse_func=np.expm1), data.nonnegative)
add(
    "FunctionTransformer-clip",
    lambda: pp.FunctionTransformer(np.clip, kw_args={"a_min": -1.0, "a_max": 1.0}),
    data.numbers,
)
add("FunctionTransformer-identity", pp.FunctionTransformer, data.frame(data.numbers), "pandas-input")
add(
    "FunctionTransformer-own",
    lambda: pp.FunctionTransformer(
        own.add_ratio, kw_args={"first": 0, "second": 1}, feature_names_out=own.names_with_ratio, validate=True
    ),
    data.numbers,
    "own-code",
    trusted=("zoo.own:add_ratio", "zoo.own:names_with_ratio"),
)

OHE, OE = pp.OneHotEncoder, pp.OrdinalEncoder
add("OneHotEncoder", OHE, data.without_target(data.category_strings), "categorical object-strings")
add(
    "OneHotEncoder-codes",
    lambda: OHE(sparse_output=False, drop="first", dtype=np.float32),
    data.codes,
    "categorical float32",
)
add(
    "OneHotEncoder-missing",
    lambda: OHE(handle_unknown="ignore"),
    data.category_strings_missing,
    "categorical missing object-strings",
)
add("OneHotEncoder-drop-if-binary", lambda: OHE(drop="if_binary", handle_unknown="ignore"), data.bits, "categorical")
add(
    "OneHotEncoder-infrequent",
    lambda: OHE(min_frequency=15, handle_unknown="infrequent_if_exist"),
    data.category_strings,
    "categorical object-strings",
)
add("OneHotEncoder-max-categories", lambda: OHE(max_categories=3, sparse_output=False), data.codes, "categorical")
add(
    "OneHotEncoder-categories",
    lambda: OHE(categories=[["blue", "green", "größer", "red", "violet"]] * 3),
    data.category_strings,
    "categorical",
)
add("OneHotEncoder-drop-array", lambda: OHE(drop=np.array([0, 1, 2])), data.codes, "categorical")
add(
    "OneHotEncoder-own-names",
    lambda: OHE(feature_name_combiner=own.short_name),
    data.category_strings,
    "categorical own-code",
    since="1.3",
    trusted=("zoo.own:short_name",),
)
add(
    "OneHotEncoder-pandas-output",
    lambda: OHE(sparse_output=False).set_output(transform="pandas"),
    lambda: _columns(data.mixed_frame(), ["city", "plan"]),
    "categorical missing pandas-input pandas-output",
)
add("OrdinalEncoder", OE, data.category_strings, "categorical object-strings")
add(
    "OrdinalEncoder-missing", lambda: OE(encoded_missing_value=-2), data.category_strings_missing, "categorical missing"
)
add(
    "OrdinalEncoder-unknown",
    lambda: OE(handle_unknown="use_encoded_value", unknown_value=np.nan, dtype=np.float32),
    data.category_strings,
    "categorical float32",
)
add(
    "OrdinalEncoder-infrequent", lambda: OE(min_frequency=0.2, max_categories=3), data.codes, "categorical", since="1.3"
)
add(
    "OrdinalEncoder-frame",
    lambda: OE(dtype=np.int16),
    lambda: _columns(data.mixed_frame(), ["plan", "member"]),
    "categorical pandas-input",
)
add(
    "TargetEncoder",
    lambda: pp.TargetEncoder(cv=3, random_state=0),
    data.category_regression,
    "categorical",
    since="1.3",
)
add(
    "TargetEncoder-missing",
    lambda: pp.TargetEncoder(cv=3, random_state=0),
    data.category_strings_missing,
    "categorical missing",
    since="1.3",
)
add(
    "TargetEncoder-binary",
    lambda: pp.TargetEncoder(smooth=2.0, cv=3, random_state=0),
    data.codes,
    "categorical",
    since="1.3",
)
add(
    "TargetEncoder-multiclass",
    lambda: pp.TargetEncoder(cv=3, random_state=0),
    data.category_multiclass,
    "categorical string-classes",
    since="1.4",
)
add("LabelEncoder", pp.LabelEncoder, data.labels, "string-classes")
add("LabelEncoder-integers", pp.LabelEncoder, data.integer_labels)
add("LabelBinarizer", pp.LabelBinarizer, data.labels, "string-classes")
add("LabelBinarizer-binary", lambda: pp.LabelBinarizer(neg_label=-1, pos_label=2), data.binary_labels, "string-classes")
add("LabelBinarizer-sparse-output", lambda: pp.LabelBinarizer(sparse_output=True), data.integer_labels, "sparse")
add("MultiLabelBinarizer", pp.MultiLabelBinarizer, data.label_sets, "multi-output")
add(
    "MultiLabelBinarizer-sparse-output",
    lambda: pp.MultiLabelBinarizer(sparse_output=True, classes=["wood", "sky", "sea"]),
    data.label_sets,
    "sparse multi-output",
)

SI = impute.SimpleImputer
add("SimpleImputer", SI, data.missing(data.numbers), "missing")
for strategy in ("median", "most_frequent"):
    add(
        f"SimpleImputer-{strategy}",
        lambda s=strategy: SI(strategy=s, add_indicator=True),
        data.missing(data.numbers),
        "missing",
    )
add(
    "SimpleImputer-constant",
    lambda: SI(strategy="constant", fill_value=-7),
    data.missing(data.float32(data.numbers)),
    "missing",
)
add(
    "SimpleImputer-strings",
    lambda: SI(missing_values=None, strategy="constant", fill_value="fehlt"),
    lambda: _one_missing_value(data.category_strings_missing()),
    "missing object-strings",
)
add("SimpleImputer-sparse", lambda: SI(missing_values=-1), data.sparse(data.numbers), "missing sparse")
add(
    "SimpleImputer-frame",
    lambda: SI(strategy="most_frequent").set_output(transform="pandas"),
    lambda: _columns(data.mixed_frame(), ["age", "visits"]),
    "missing pandas-input pandas-output",
)
add(
    "SimpleImputer-own-statistic",
    lambda: SI(strategy=own.midrange),
    data.missing(data.numbers),
    "missing own-code",
    since="1.5",
    trusted=("zoo.own:midrange",),
)
add("MissingIndicator", impute.MissingIndicator, data.missing(data.numbers), "missing")
add(
    "MissingIndicator-all-sparse",
    lambda: impute.MissingIndicator(features="all", sparse=True),
    data.missing(data.numbers),
    "missing sparse",
)
add("KNNImputer", lambda: impute.KNNImputer(n_neighbors=3, add_indicator=True), data.missing(data.numbers), "missing")
add(
    "KNNImputer-distance",
    lambda: impute.KNNImputer(weights="distance", keep_empty_features=True),
    data.missing(data.numbers),
    "missing",
)
add(
    "IterativeImputer",
    lambda: impute.IterativeImputer(max_iter=2, random_state=0),
    data.missing(data.numbers),
    "missing",
)
add(
    "IterativeImputer-posterior",
    lambda: impute.IterativeImputer(BayesianRidge(), max_iter=2, sample_posterior=True, random_state=0),
    data.missing(data.numbers),
    "missing",
)
add(
    "IterativeImputer-trees",
    lambda: impute.IterativeImputer(
        ExtraTreesRegressor(3, random_state=0),
        max_iter=2,
        n_nearest_features=2,
        imputation_order="random",
        random_state=0,
    ),
    data.missing(data.numbers),
    "missing",
)
add(
    "IterativeImputer-bounds",
    lambda: impute.IterativeImputer(
        Ridge(), max_iter=2, min_value=[-1, -1, -1, -1, -1], max_value=2.0, add_indicator=True, random_state=0
    ),
    data.missing(data.numbers),
    "missing",
)


def _columns(rows: data.Data, names: list[str]) -> data.Data:
    return data.Data(rows.X[names], None, rows.X_new[names], None)


def _one_missing_value(rows: data.Data) -> data.Data:
    """``None`` alone for what is missing."""
    X, X_new = (np.where(pd.isna(part), None, part) for part in (rows.X, rows.X_new))
    return data.Data(X, None, X_new, None)
