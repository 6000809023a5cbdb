"""Histogram boosting: _predictor.pyx walks nodes, and looks up categories in bitsets, without a look at their bounds."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays.content import AnyArray
from ..graph.nodes import Global
from .binary import FEW, check_children, check_features, few_depths, splits_of
from .engine import rule
from .links import Link, item_links, list_lengths
from .members import PARTIAL, Members
from .reading import Pieces

__all__ = ["HISTOGRAMS", "PREDICTOR"]

_MODULE = "sklearn.ensemble._hist_gradient_boosting"
PREDICTOR = f"{_MODULE}.predictor:TreePredictor"
MAPPER = f"{_MODULE}.binning:_BinMapper"
HISTOGRAMS = (
    f"{_MODULE}.gradient_boosting:HistGradientBoostingClassifier",
    f"{_MODULE}.gradient_boosting:HistGradientBoostingRegressor",
)
_NODE = {
    "left": ("u", (4,)),
    "right": ("u", (4,)),
    "feature_idx": ("iu", (4, 8)),
    "is_leaf": ("u", (1,)),
    "is_categorical": ("u", (1,)),
    "missing_go_to_left": ("u", (1,)),
    "bin_threshold": ("u", (1,)),
    "bitset_idx": ("u", (4,)),
    "count": ("u", (4,)),
    "depth": ("u", (4,)),
    "value": ("f", (8,)),
    "num_threshold": ("f", (8,)),
    "gain": ("f", (8,)),
}
_FEATURE = "a split uses a feature that does not exist"
_FLAGS = ("is_leaf", "is_categorical", "missing_go_to_left")
# A set of categories is 256 bits: eight numbers of 32.
_BITSET_WIDTH = 8
_ANY = 2**31


@rule(PREDICTOR)
def predictor(predictors: Members) -> None:
    """Children, features and bitsets of predictors."""
    nodes = predictors.fields("nodes", _NODE)
    left, leaf = nodes["left"], nodes["is_leaf"].data == 1
    for name in _FLAGS:
        pieces = nodes[name]
        predictors.require_rows(pieces, pieces.data <= 1, f"{name} is neither 0 nor 1", f".nodes[{name!r}]")
    if not _few(nodes, leaf):
        splits = splits_of(left, leaf)
        check_children(predictors, splits, left, nodes["right"], ("left", "right"), ".nodes")
        # The number of features is known to the model only: here that they are not negative.
        most = np.full(predictors.count, _ANY)
        check_features(predictors, splits, nodes["feature_idx"], most, _FEATURE, ".nodes['feature_idx']")
    rows = np.full(predictors.count, 2**32)
    for name in ("raw_left_cat_bitsets", "binned_left_cat_bitsets"):
        bits = predictors.pieces(name, "u", 2, (4,))
        predictors.require(bits.data.shape[1] == _BITSET_WIDTH, f"{name} has to be eight wide", f".{name}")
        rows = np.minimum(rows, bits.lengths)
    sets = splits_of(left, leaf | (nodes["is_categorical"].data == 0))
    problem = "a split uses a set of categories that does not exist"
    check_features(predictors, sets, nodes["bitset_idx"], rows, problem, ".nodes['bitset_idx']")


def _few(nodes: dict[str, Pieces], leaf: AnyArray) -> bool:
    """Whether the nodes of a few predictors are surely as they have to be."""
    left = nodes["left"]
    if len(left.data) > FEW or left.count != len(left.of):
        return False
    most = [_ANY] * left.count
    return few_depths(left, nodes["right"], (~leaf).tolist(), nodes["feature_idx"], most) is not None


@rule(*HISTOGRAMS)
def histogram_boosting(models: Members) -> None:
    """Predictors against the features, the categories and the number of trees of their model."""
    for model in models:
        if "_predictors" in model:
            _model(model)


def _model(model: Members) -> None:
    model.require(model.value("_in_fit", False) is False, "a fit goes on, the model says", "._in_fit")
    n_features = model.integer("n_features_in_", 1)
    trees = model.integer("n_trees_per_iteration_", 1)
    classes = model.shapes("classes_") if "classes_" in model else None
    many = int(classes[0, 0]) if classes is not None and classes.shape[1] == 1 else 1
    model.require(
        trees == (many if many > 2 else 1),
        "the number of trees in an iteration is not that of the classes",
        ".n_trees_per_iteration_",
    )
    lengths = list_lengths(model.reader, model.value("_predictors"))
    model.require(
        lengths is not None and set(lengths) <= {trees},
        "an iteration has not as many predictors as it should",
        "._predictors",
    )
    told = model.integer("_n_features") if "_n_features" in model else n_features
    model.require(told == n_features, "the model says two numbers of features", "._n_features")

    mapper = model.one("_bin_mapper")
    model.require(mapper.type == MAPPER, f"a {mapper.type} cannot stand there", "._bin_mapper")
    bin_mapper(mapper)
    categorical = mapper.array("is_categorical_", "bu", 1, (1,))
    model.require(
        len(categorical) == n_features, "the bins are of another number of features", "._bin_mapper.is_categorical_"
    )
    found, _ = item_links(model, "_predictors")
    for link in found:
        _features(model, link, categorical)
    _preprocessor(model, n_features)


def _features(model: Members, link: Link, categorical: Any) -> None:
    """Splits use features that exist, and categorical splits categorical ones."""
    child = link.child
    if child.type != PREDICTOR:
        model.fail(f"a {child.type} cannot stand there", 0, "._predictors")
    names = ("feature_idx", "is_leaf", "is_categorical")
    nodes = child.fields("nodes", {name: _NODE[name] for name in names})
    feature = nodes["feature_idx"]
    leaf = nodes["is_leaf"].data == 1
    most = np.full(child.count, len(categorical))
    check_features(child, splits_of(feature, leaf), feature, most, _FEATURE, ".nodes['feature_idx']")
    marked = np.flatnonzero(~leaf & (nodes["is_categorical"].data == 1))
    good = np.ones(len(leaf), np.bool_)
    good[marked] = categorical[feature.data[marked]] == 1
    child.require_rows(feature, good, "a split by categories uses a feature that has none", ".nodes['feature_idx']")


@rule(MAPPER)
def bin_mappers(mappers: Members) -> None:
    """Bins of features."""
    for mapper in mappers:
        if "is_categorical_" in mapper:
            bin_mapper(mapper)


def bin_mapper(mapper: Members) -> None:
    """Raise unless each feature has its row of bins."""
    categorical = mapper.array("is_categorical_", "bu", 1, (1,))
    mapper.require(bool((categorical <= 1).all()), "a mark is neither 0 nor 1", ".is_categorical_")
    bins = mapper.reader.items(mapper.value("bin_thresholds_"))
    mapper.require(
        bins is not None and len(bins) == len(categorical),
        "there is not one row of bins for each feature",
        ".bin_thresholds_",
    )
    for i, item in enumerate(bins or ()):
        values = mapper.reader.array(item)
        ok = values is not None and values.ndim == 1 and values.dtype.kind == "f" and len(values) <= 256
        mapper.require(ok, "bins are a row of at most 256 numbers", f".bin_thresholds_[{i}]")
        if categorical[i] and values is not None:
            mapper.require(
                bool(((values >= 0) & (values <= 255)).all()),
                "a category is not a number from 0 to 255",
                f".bin_thresholds_[{i}]",
            )
    counts = mapper.array("n_bins_non_missing_", "iu", 1)
    mapper.require(len(counts) == len(categorical), "there is not one count for each feature", ".n_bins_non_missing_")
    mapper.integers("missing_values_bin_idx_", 0, 255)


_COLUMNS = "sklearn.compose._column_transformer:ColumnTransformer"
_ORDINAL = "sklearn.preprocessing._encoders:OrdinalEncoder"
_FUNCTION = "sklearn.preprocessing._function_transformer:FunctionTransformer"
_CHECK = "sklearn.utils.validation:check_array"


def _preprocessor(model: Members, n_features: int) -> None:
    """What orders the features before prediction gives as many as it takes: the predictors read that many."""
    if model.value("_preprocessor", None) is None:
        return
    where = "._preprocessor"
    columns = model.one("_preprocessor")
    model.require(columns.type == _COLUMNS, f"a {columns.type} cannot stand there", where)
    model.require(columns.integers("n_features_in_") == n_features, "it is for another number of features", where)
    masks = np.zeros(n_features, np.int64)
    reader = model.reader
    found = columns.value("transformers_", None)
    for i, row in enumerate(reader.items(found) or ()):
        parts = reader.items(row) or []
        here = f".transformers_[{i}]"
        columns.require(len(parts) == 3, "a name, a transformer and columns are expected", here)
        if isinstance(parts[1], str) and parts[1] == "drop":
            continue
        mask = reader.array(parts[2])
        if mask is None or mask.dtype.kind != "b" or mask.shape != (n_features,):
            columns.fail("the columns have to be chosen by a mask of all features", 0, here)
        masks += mask
        inner = columns.members(parts[1], f"{here}[1]")
        if not mask.any():
            continue
        if inner is not None and inner.type == _ORDINAL:
            categories = reader.items(inner.value("categories_"))
            columns.require(
                categories is not None and len(categories) == int(mask.sum()),
                "the encoder has another number of features",
                here,
            )
        else:
            columns.require(
                inner is not None and inner.type == _FUNCTION and _checks_only(inner),
                "no such transformer can stand there",
                here,
            )
    columns.require(bool((masks == 1).all()), "a feature is not taken exactly once", ".transformers_")


def _checks_only(transformer: Members) -> bool:
    """Whether the function of a transformer is the one that histogram boosting uses, which changes no shape."""
    if transformer.value("kw_args", None) is not None:
        return False
    function = transformer.value("func")
    partial = transformer.members(function, ".func")
    if partial is not None and partial.type == PARTIAL:
        function = partial.value("func")
    return isinstance(function, Global) and function.name == _CHECK
