"""Decision trees: sklearn/tree/_tree.pyx walks children and features without a look at their bounds."""

from __future__ import annotations

import numpy as np

from ..arrays.content import AnyArray
from ..arrays.native import native
from ..arrays.structural.known import is_made, largest_of_splits, whole_trees
from ..arrays.structural.trees import Trees
from ..graph.nodes import Object, Structured
from .binary import FEW, Splits, check_children, check_features, depths, few_depths, splits_of, walked
from .engine import rule, surely
from .links import Link, check_links, check_type, item_links, links
from .members import Members
from .reading import Pieces, Reader

__all__ = ["FORESTS", "TREES", "TREE_TYPE", "check_tree_links"]

TREE_TYPE = "sklearn.tree._tree:Tree"
TREES = (
    "sklearn.tree._classes:DecisionTreeClassifier",
    "sklearn.tree._classes:DecisionTreeRegressor",
    "sklearn.tree._classes:ExtraTreeClassifier",
    "sklearn.tree._classes:ExtraTreeRegressor",
)
FORESTS = (
    "sklearn.ensemble._forest:RandomForestClassifier",
    "sklearn.ensemble._forest:RandomForestRegressor",
    "sklearn.ensemble._forest:ExtraTreesClassifier",
    "sklearn.ensemble._forest:ExtraTreesRegressor",
    "sklearn.ensemble._forest:RandomTreesEmbedding",
)

_LEAF = -1
_FEATURES = "a split uses a feature that does not exist"
_DEPTH = "max_depth is not the depth of the tree"
_INDEX = ("i", (4, 8))
_REAL = ("f", (8,))
_NODE = {
    "left_child": _INDEX,
    "right_child": _INDEX,
    "feature": _INDEX,
    "n_node_samples": _INDEX,
    "threshold": _REAL,
    "impurity": _REAL,
    "weighted_n_node_samples": _REAL,
}
# What nearly every file has there.
_EXACTLY = {name: "<i8" if kind == "i" else "<f8" for name, (kind, _) in _NODE.items()} | {"missing_go_to_left": "|u1"}


@rule(TREE_TYPE)
def tree(trees: Members) -> None:
    """Children, features, counts, depth and values of decision trees."""
    n_outputs = trees.integers("n_outputs", 1)
    n_features = trees.integers("n_features", 1)
    classes = trees.pieces("n_classes", "i", 1, (4, 8))
    trees.require(classes.lengths == n_outputs, "there is not one number of classes for each output", ".n_classes")
    trees.require_rows(classes, classes.data >= 1, "a number of classes is below 1", ".n_classes")

    wanted = dict(_NODE)
    if trees.has_field("nodes", "missing_go_to_left"):
        wanted["missing_go_to_left"] = ("u", (1,))
    nodes = trees.fields("nodes", wanted)
    left = nodes["left_child"]
    told = trees.integers("max_depth")
    arrays, field = trees.reader.arrays, trees.field
    known = whole_trees(arrays, field("nodes", "left_child"), field("nodes", "right_child"))
    if known is not None:
        _known(trees, known, nodes, n_features, told)
    elif not _few(nodes, n_features, told):
        _nodes(trees, nodes, n_features, told)

    values = trees.pieces("values", "f", 3, (8,))
    good = (values.lengths == left.lengths) & (values.shape[1] == n_outputs)
    good &= values.shape[2] == classes.each(np.maximum)
    trees.require(good, "the values do not have the shape (nodes, outputs, classes)", ".values")


@surely(tree)
def _is_tree(reader: Reader, part: Object) -> bool:
    """Whether one tree is surely as it has to be, by compiled code: what `tree` asks, without its other cases."""
    state, resolve = part.state, reader.resolve
    outputs, features, told = state["n_outputs"], state["n_features"], state["max_depth"]
    classes, values = reader.array(state["n_classes"]), reader.array(state["values"])
    nodes = resolve(state["nodes"])
    if type(outputs) is not int or type(features) is not int or type(told) is not int or features < 1:
        return False
    if classes is None or values is None or type(nodes) is not Structured or len(nodes.shape) != 1 or not native.active:
        return False
    count = nodes.shape[0]
    found: dict[str, AnyArray] = {}
    for name, node in nodes.fields.items():
        field = reader.array(node)
        if field is None or field.shape != (count,) or field.dtype.str != _EXACTLY.get(name):
            return False
        found[name] = field
    if not found.keys() >= _NODE.keys():
        return False
    if classes.dtype.str != "<i8" or classes.shape != (outputs,) or classes.min(initial=1) < 1 or not outputs:
        return False
    if values.dtype.str != "<f8" or values.shape != (count, outputs, int(classes.max())):
        return False
    if "missing_go_to_left" in found and found["missing_go_to_left"].max(initial=0) > 1:
        return False
    left, feature, depth = found["left_child"], found["feature"], np.zeros(1, np.int64)
    cuts = np.array((0, count), np.int64)
    if not native.walk(left, found["right_child"], cuts, depth) or depth[0] != told:
        return False
    used = feature[left != _LEAF]
    return not len(used) or bool(used.min() >= 0 and used.max() < features)


def _few(nodes: dict[str, Pieces], n_features: AnyArray, told: AnyArray) -> bool:
    """Whether the nodes of a few trees are surely as they have to be."""
    left, right = nodes["left_child"], nodes["right_child"]
    if left.shape[0] > FEW or left.count != len(told):
        return False
    if "missing_go_to_left" in nodes and nodes["missing_go_to_left"].data.max(initial=0) > 1:
        return False
    splits = (left.data != _LEAF).tolist()
    # Every split has a right child: then as many without one as leaves says that no leaf has one.
    if splits.count(False) != np.count_nonzero(right.data == _LEAF):
        return False
    found = few_depths(left, right, splits, nodes["feature"], n_features.tolist())
    return found is not None and found == told.tolist()


def _nodes(trees: Members, nodes: dict[str, Pieces], n_features: AnyArray, told: AnyArray) -> None:
    left, right, feature = nodes["left_child"], nodes["right_child"], nodes["feature"]
    depth = walked(left, right, feature, n_features)
    if depth is None:
        leaf = left.data == _LEAF
        splits = splits_of(left, leaf)
        depth = _depths(trees, left, right, leaf, splits)
        check_features(trees, splits, feature, n_features, _FEATURES, ".nodes['feature']")
    _missing(trees, nodes)
    trees.require(told == depth[left.of], _DEPTH, ".max_depth")


def _depths(trees: Members, left: Pieces, right: Pieces, leaf: AnyArray, splits: Splits) -> AnyArray:
    """Check the children of all nodes; return how deep each tree is."""
    # A leaf has no right child either: then there are as many right children as left ones.
    if np.count_nonzero(right.data == _LEAF) != np.count_nonzero(leaf):
        good = ~leaf | (right.data == _LEAF)
        trees.require_rows(right, good, "a node has a right child and no left one", ".nodes['right_child']")
    children = check_children(trees, splits, left, right, ("left_child", "right_child"), ".nodes")
    return depths(splits, *children)


def _missing(trees: Members, nodes: dict[str, Pieces]) -> None:
    missing = nodes.get("missing_go_to_left")
    if missing is not None and missing.data.max() > 1:
        trees.require_rows(missing, missing.data <= 1, "a direction is neither 0 nor 1", ".nodes['missing_go_to_left']")


def _known(trees: Members, known: Trees, nodes: dict[str, Pieces], n_features: AnyArray, told: AnyArray) -> None:
    """Check what does not hold by the way the nodes are made, without making them."""
    arrays = trees.reader.arrays
    largest = largest_of_splits(arrays, trees.field("nodes", "feature"), known)
    if largest is None or largest >= n_features.min():
        splits = splits_of(nodes["left_child"], known.leaf != 0)
        check_features(trees, splits, nodes["feature"], n_features, _FEATURES, ".nodes['feature']")
    if not is_made(arrays, trees.field("nodes", "missing_go_to_left"), "majority", known):
        _missing(trees, nodes)
    trees.require(told == known.depths, _DEPTH, ".max_depth")


@rule(*TREES)
def decision_tree(estimators: Members) -> None:
    """A tree against its estimator: features, outputs and classes."""
    if "tree_" not in estimators:
        return
    n_features = estimators.integers("n_features_in_", 1)
    n_outputs = estimators.integers("n_outputs_", 1)
    for link in links(estimators, "tree_"):
        check_type(estimators, link, (TREE_TYPE,), ".tree_")
        own = link.child.integers("n_features")[link.positions]
        check_links(
            estimators, link, own == n_features[link.owners], "the tree has another number of features", ".tree_"
        )
        own = link.child.integers("n_outputs")[link.positions]
        check_links(estimators, link, own == n_outputs[link.owners], "the tree has another number of outputs", ".tree_")
        if "n_classes_" in estimators:
            _classes(estimators, link, n_outputs)


@surely(decision_tree)
def _agrees(reader: Reader, part: Object) -> bool:
    """Whether one estimator surely has its own tree: in plain integers, without numpy's cost of a look at one number."""
    state = part.state
    if "tree_" not in state:
        return True
    tree = reader.resolve(state["tree_"])
    if type(tree) is not Object or tree.type != TREE_TYPE:
        return False
    for name, own in (("n_features_in_", "n_features"), ("n_outputs_", "n_outputs")):
        number = state.get(name)
        if type(number) is not int or number < 1 or number != tree.state.get(own):
            return False
    if "n_classes_" not in state:
        return True
    told, own_classes = reader.integer(state["n_classes_"]), reader.array(tree.state.get("n_classes"))
    return told is not None and own_classes is not None and own_classes.tolist() == [told]


def _classes(estimators: Members, link: Link, n_outputs: np.ndarray) -> None:
    """The numbers of classes of estimator and tree, one number or one for each output."""
    classes = link.child.pieces("n_classes", "i", 1, (4, 8))
    problem = "the tree has another number of classes"
    if (n_outputs == 1).all() and estimators.shapes("n_classes_") is None:
        own = classes.each(np.maximum)[link.positions]
        check_links(estimators, link, own == estimators.integers("n_classes_", 1)[link.owners], problem, ".tree_")
        return
    told = estimators.pieces("n_classes_", "iu", 1)
    for owner, position in zip(link.owners, link.positions, strict=True):
        a, b = told.piece(told.of[owner]), classes.piece(classes.of[position])
        if not np.array_equal(a, b):
            estimators.fail(problem, int(owner), ".tree_")


@rule(*FORESTS)
def forest(forests: Members) -> None:
    """The trees of a forest are decision trees of its features."""
    if "estimators_" in forests:
        check_tree_links(forests)


def check_tree_links(ensembles: Members) -> tuple[np.ndarray, list[Link]]:
    """Check the trees of ensembles against their features; return how many there are, and the links to them."""
    n_features = ensembles.integers("n_features_in_", 1)
    found, counts = item_links(ensembles, "estimators_")
    for link in found:
        check_type(ensembles, link, TREES, ".estimators_")
        own = link.child.integers("n_features_in_")[link.positions]
        check_links(
            ensembles, link, own == n_features[link.owners], "a tree has another number of features", ".estimators_"
        )
        if "n_outputs_" in ensembles and "n_outputs_" in link.child:
            own = link.child.integers("n_outputs_")[link.positions]
            told = ensembles.integers("n_outputs_", 1)
            check_links(
                ensembles, link, own == told[link.owners], "a tree has another number of outputs", ".estimators_"
            )
    return counts, found
