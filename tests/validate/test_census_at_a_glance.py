"""What the census lets through at a glance, it lets through when it looks closely as well."""

from __future__ import annotations

import pytest

import perdure
from perdure._model_file import ModelFile
from perdure.container.file import Container
from perdure.errors import PerdureError
from perdure.graph.nodes import Object
from perdure.graph.structure import Family, Sought, holders
from perdure.validate import census
from perdure.validate.members import Members
from perdure.validate.reading import Reader
from zoo.registry import all_cases

SLOTS = [
    census._PLAIN,
    census._NUMBERS,
    census._ANY,
    frozenset(("function",)),
    frozenset(("estimator",)),
    frozenset(("sklearn.tree._tree", "sklearn.utils._bunch")),
]


def passes(objects: Members, name: str, slot: frozenset[str]) -> bool:
    asked = len(objects.reader.asked)
    try:
        census._Look(objects, name, slot).at(objects.family.part.state[name])
    except PerdureError:
        return False
    return len(objects.reader.asked) == asked


@pytest.mark.parametrize("case", list(all_cases())[7::29], ids=lambda case: case.name)
def test_a_glance_and_a_look(case):
    with ModelFile(Container(perdure.dumps(case.make()[0]))) as file:
        reader = Reader(file.graph, file.arrays)
        specs = file.arrays.spec
        for part in holders(file.graph):
            if not isinstance(part, Object):
                continue
            objects = Members(reader, Family(Sought(file.graph, part), part))
            for name, node in part.state.items():
                for slot in SLOTS:
                    if census._is_fine(node, slot, slot is census._NUMBERS, specs, reader.defined):
                        assert passes(objects, name, slot), (part.type, name, slot)


def test_a_glance_says_no_where_there_is_doubt():
    """It has to refuse what each slot refuses: else the close look never comes."""
    from sklearn.linear_model import LinearRegression
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier().fit([[0.0], [1.0]], [0, 1])
    held = {
        "text": "a",
        "texts": ["a"],
        "function": len,
        "estimator": LinearRegression(),
        "compiled": tree.tree_,
        "dict": {"a": len},
        "numbers": [1, 2.0, None],
    }
    fine = {
        census._PLAIN: {"text", "texts", "numbers"},
        census._NUMBERS: {"numbers"},
        frozenset(("function",)): {"text", "texts", "numbers", "function", "dict"},
        frozenset(("estimator",)): {"text", "texts", "numbers", "estimator"},
        frozenset(("sklearn.tree._tree",)): {"text", "texts", "numbers", "compiled"},
        census._ANY: set(held) - {"compiled"},
    }
    with ModelFile(Container(perdure.dumps(held))) as file:
        nodes = dict(file.graph.root.pairs)
        for slot, names in fine.items():
            found = {
                name
                for name, node in nodes.items()
                if census._is_fine(node, slot, slot is census._NUMBERS, file.arrays.spec, {})
            }
            assert found == names, slot
