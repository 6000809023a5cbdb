"""Trees for the tests of structural codecs, made and walked the slow way: one node after the other."""

from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st

from perdure.arrays.structural.trees import Trees

TREE = {
    "left_child": "<i8",
    "right_child": "<i8",
    "feature": "<i8",
    "threshold": "<f8",
    "n_node_samples": "<i8",
    "weighted_n_node_samples": "<f8",
    "missing_go_to_left": "|u1",
    "impurity": "<f8",
}


@dataclass
class Forest:
    """What a forest of scikit-learn holds, a node a row."""

    n_classes: int
    rows: dict[str, list] = field(default_factory=lambda: {name: [] for name in TREE} | {"values": []})
    offsets: list[int] = field(default_factory=lambda: [0])

    def grow(self, rng, depth):
        """Add a tree."""
        base = self.offsets[-1]
        self.node(rng, depth, base)
        self.offsets.append(len(self.rows["feature"]))

    def node(self, rng, depth, base):
        """Add a subtree in preorder; return its samples and its weight by class."""
        here = len(self.rows["feature"])
        for column in self.rows.values():
            column.append(None)
        if depth == 0 or rng.random() < 0.2:
            samples, weights = int(rng.integers(1, 300)), rng.integers(0, 9, self.n_classes)
            weights[rng.integers(self.n_classes)] += 1
            row = {"left_child": -1, "right_child": -1, "feature": -2, "threshold": -2.0, "missing_go_to_left": 0}
        else:
            left, weights = self.node(rng, depth - 1, base)
            right_child = len(self.rows["feature"])
            right, more = self.node(rng, depth - 1, base)
            samples, weights = left + right, weights + more
            row = {"left_child": here + 1 - base, "right_child": right_child - base}
            row |= {"feature": int(rng.integers(0, 40)), "threshold": float(np.float32(rng.normal()))}
            row["missing_go_to_left"] = int(left > right)
        total = float(weights.sum())
        squares = 0.0
        for weight in weights:
            squares += float(weight) * float(weight)
        row |= {
            "n_node_samples": samples,
            "weighted_n_node_samples": total,
            "impurity": 1.0 - squares / (total * total),
        }
        row["values"] = [[float(weight) / total for weight in weights]]
        for name, value in row.items():
            self.rows[name][here] = value
        return samples, weights

    def arrays(self):
        """Return the columns, and the offsets."""
        found = {name: np.array(self.rows[name], dtype) for name, dtype in TREE.items()}
        found["values"] = np.array(self.rows["values"], "<f8")
        return found, np.array(self.offsets, np.int64)

    def trees(self):
        """Return the trees as the codecs see them."""
        columns, offsets = self.arrays()
        return Trees((columns["left_child"] == -1).view(np.uint8), offsets)


def forest(seed, n_trees, depth, n_classes=2):
    """Return a forest."""
    rng = np.random.default_rng(seed)
    made = Forest(n_classes)
    for _ in range(n_trees):
        made.grow(rng, int(rng.integers(0, depth + 1)))
    return made


def forests():
    """Forests of a few trees, leaves alone among them."""
    return st.builds(forest, st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(0, 6), st.integers(2, 4))
