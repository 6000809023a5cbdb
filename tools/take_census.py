"""Take the census of one scikit-learn release: what fitted estimators are made of, seen in the models of ``tests/zoo``.

Run in an environment that has that release, from the root of the repository, and then once, anywhere, the union of all
releases that the package ships::

    PYTHONPATH=tests old/bin/python tools/take_census.py
    python tools/merge_census.py

It writes ``tests/fixtures/census/scikit-learn-1.4.2.json``. For each type of scikit-learn, numpy and scipy that a file
of such a model names:

``attributes``
    Each with the kinds that it was seen as, ``a | b``; with ``?`` before them where a fitted instance may lack it.
    Kinds are ``None``, ``bool``, ``int``, ``float``, ``str`` …; ``f[:,:]`` for an array of floats of two dimensions and
    ``f()`` for one numpy number; ``O[:](str)`` for an array of Python objects; ``list(…)``, ``tuple(…)``,
    ``dict(keys: values)``; ``Bunch(…)``; ``record[:](fields)``; ``estimator``; ``function``, ``class``;
    ``constant``; the name of any other type; ``own`` for the code of a user.
``parameters``
    Of the constructor, with their defaults as ``graph.json`` has them; ``["required"]`` where there is none.
``source``
    Attributes that the source of the class gives its instances, and that no model of the zoo has.
``class``
    Plain attributes of the class itself, which no instance has; those of most classes stand once, at the top.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import json
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import scipy
import sklearn
from sklearn.base import BaseEstimator

from perdure.arrays.dtypes import parse
from perdure.encode import encode
from perdure.errors import UnsupportedError
from perdure.graph import nodes as n
from perdure.graph.scalars import write_atom
from perdure.graph.structure import definitions, resolve, walk
from perdure.trust.tables import tables
from perdure.validate.census import CONSTANTS
from zoo.registry import Case, all_cases

FOLDER = Path(__file__).parent.parent / "tests" / "fixtures" / "census"
#: Values that are what they hold, and where they hold it.
_HOLDING = {"numpy:strided/1": "array", "sklearn.utils._bunch:Bunch": "items"}
#: Whose types are in it.
LIBRARIES = ("sklearn.", "numpy", "scipy")
#: What so many types have in their class stands once, for all.
COMMON = 40


def find(name: str) -> Any:
    """Return the class of that name, None where this release has none."""
    module, _, qualname = name.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for piece in qualname.split("."):
            found = getattr(found, piece)
    except (ImportError, AttributeError):
        return None
    return found


@functools.cache
def word(name: str) -> str:
    """Return what the census calls a type."""
    if name not in tables().ways:
        return "own"
    cls = find(name) if name.startswith("sklearn.") else None
    return "estimator" if isinstance(cls, type) and issubclass(cls, BaseEstimator) else name


def joined(kinds: Iterable[str]) -> str:
    """Return several kinds as one text."""
    return " | ".join(sorted(set(kinds)))


def dimensions(count: int) -> str:
    """Return the brackets of an array of so many dimensions."""
    return f"[{','.join(':' * count)}]"


class Kinds:
    """Says of the nodes of one graph what they are."""

    def __init__(self, graph: n.Graph, arrays: Any, word: Callable[[str], str] = word) -> None:
        self.arrays = arrays
        self.word = word
        self.defined = definitions(graph)

    def of(self, node: Any) -> str:
        """Return the kind of a node, or the kinds of what stands in a column."""
        node = resolve(node, self.defined)
        match node:
            case None | bool() | int() | float() | complex() | str() | bytes():
                return "None" if node is None else type(node).__name__
            case n.Array():
                return self.array(node.index)
            case n.Scalar():
                return f"{parse(node.dtype).kind}()"
            case n.Structured():
                return f"record{dimensions(len(node.shape))}({', '.join(sorted(node.fields))})"
            case n.Objects() | n.ObjectsOf():
                return f"O{dimensions(len(node.shape))}({self.items(node)})"
            case n.List() | n.ListOf() | n.Tuple() | n.TupleOf() | n.Set() | n.FrozenSet():
                return f"{type(node).__name__.lower().removesuffix('of')}({self.items(node)})"
            case n.Dict():
                keys, values = zip(*node.pairs, strict=True) if node.pairs else ((), ())
                return f"dict({joined(map(self.of, keys))}: {joined(map(self.of, values))})"
            case n.DictOf():
                return f"dict({self.of(node.keys)}: {self.of(node.values)})"
            case n.Global():
                way = tables().ways.get(node.name)
                if node.name in CONSTANTS:
                    return "constant"
                return "own" if way is None else "function" if way in ("function", "constant") else "class"
            case n.Object() | n.Batch():
                return self.object(node)
            case n.Each():
                return joined(map(self.of, node.nodes))
        return self.column(node)

    def items(self, node: Any) -> str:
        return joined(map(self.of, node.items)) if isinstance(node.items, tuple) else self.of(node.items)

    def array(self, index: int, columns: int = 0) -> str:
        spec = self.arrays.spec(index)
        return f"{parse(spec.dtype).kind}{dimensions(len(spec.shape) - columns)}"

    def object(self, node: Any) -> str:
        inside = _HOLDING.get(node.type)
        if inside is None:
            return self.word(node.type)
        state = node.state if isinstance(node, n.Object) else {**node.constants, **node.columns}
        held = self.of(state[inside])
        return held if inside == "array" else f"Bunch({held})"

    def column(self, node: Any) -> str:
        match node:
            case n.Numbers():
                return {"i": "int", "f": "float", "b": "bool"}[self.array(node.array)[0]]
            case n.Scalars():
                return f"{self.array(node.array)[0]}()"
            case n.Texts():
                return "str"
            case n.Rows():
                return self.array(node.array)
            case n.Stack():
                return self.array(node.array, 1)
            case n.Fields():
                return f"record[:]({', '.join(sorted(node.fields))})"
            case n.Lists():
                return f"list({self.of(node.items)})"
        return type(node).__name__.lower()


# --- what classes say of themselves -------------------------------------------------------------------------------


def default(value: Any) -> Any:
    """Return the default of a parameter as JSON."""
    if isinstance(value, type) or callable(value):
        return ["global", f"{value.__module__}:{value.__qualname__}"]
    if isinstance(value, tuple):
        return ["tuple", *map(default, value)]
    if isinstance(value, np.generic):
        value = value.item()
    written = write_atom(value)
    return written if isinstance(written, (list, str, int, float)) or written is None else ["object", _type_name(value)]


def _type_name(value: Any) -> str:
    return f"{type(value).__module__}:{type(value).__qualname__}"


def parameters(cls: type) -> dict[str, Any]:
    """Return the parameters of a constructor, with their defaults."""
    if not issubclass(cls, BaseEstimator) and not hasattr(cls, "get_params"):
        return {}
    given = inspect.signature(cls.__init__).parameters.values()
    named = (p for p in given if p.name != "self" and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD))
    return {p.name: ["required"] if p.default is p.empty else default(p.default) for p in named}


@functools.cache
def _module(path: str) -> dict[str, set[str]]:
    """Return the attributes that each class of a source file gives to ``self``."""
    tree = ast.parse(Path(path).read_text(encoding="utf-8"))
    return {node.name: set(_assigned(node)) for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}


def _assigned(cls: ast.ClassDef) -> Iterator[str]:
    for node in ast.walk(cls):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if isinstance(node.value, ast.Name) and node.value.id == "self" and not node.attr.startswith("__"):
                yield node.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setattr":
            target, name = node.args[:2]
            if isinstance(target, ast.Name) and target.id == "self" and isinstance(name, ast.Constant):
                yield str(name.value)


def in_source(cls: type) -> set[str]:
    """Return the attributes that the source of a class and of its bases gives to an instance."""
    found: set[str] = set()
    for base in cls.__mro__:
        file = getattr(sys.modules.get(base.__module__), "__file__", None)
        if base.__module__.startswith("sklearn.") and file is not None and file.endswith(".py"):
            found.update(_module(file).get(base.__name__, ()))
    return found


def _descriptor(value: Any) -> bool:
    return hasattr(type(value), "__get__")


def of_class(cls: type) -> set[str]:
    """Return the plain attributes of a class: those an instance could hide."""
    members = {name: value for base in reversed(cls.__mro__[:-1]) for name, value in vars(base).items()}
    plain = (name for name, value in members.items() if not name.startswith("__") and not _descriptor(value))
    return {name for name in plain if "__metadata_request__" not in name}


# --- the census ---------------------------------------------------------------------------------------------------


class Row:
    """One type as it was seen."""

    def __init__(self) -> None:
        self.kinds: dict[str, set[str]] = {}
        self.present: dict[str, int] = {}
        self.fitted = 0

    def see(self, names: dict[str, str], fitted: bool) -> None:
        self.fitted += fitted
        for name, kind in names.items():
            self.kinds.setdefault(name, set()).update(kind.split(" | ") if "(" not in kind else [kind])
            self.present[name] = self.present.get(name, 0) + fitted

    def attributes(self) -> dict[str, str]:
        """Return each attribute with its kinds, marked where a fitted instance may lack it."""
        sure = {name for name, count in self.present.items() if count == self.fitted}
        return {
            name: ("" if name in sure or not self.fitted else "? ") + joined(kinds)
            for name, kinds in sorted(self.kinds.items())
        }


def look(case: Case, rows: dict[str, Row]) -> None:
    """Add what one model is made of."""
    model, _ = case.make()
    try:
        encoded = encode(model)
    except UnsupportedError:
        return
    see(encoded.graph, rows)


def see(graph: n.Graph, rows: dict[str, Row], word: Callable[[str], str] = word) -> None:
    """Add what one graph is made of; ``word`` says what the census calls a type."""
    kinds = Kinds(graph, graph.arrays, word)
    for _, part in walk(graph):
        if not isinstance(part, (n.Object, n.Batch)):
            continue
        if part.type not in tables().ways or not part.type.startswith(LIBRARIES):
            continue
        state = part.state if isinstance(part, n.Object) else {**part.constants, **part.columns}
        fitted = word(part.type) != "estimator" or any(name.endswith("_") for name in state)
        rows.setdefault(part.type, Row()).see({name: kinds.of(value) for name, value in state.items()}, fitted)


def describe(name: str, row: Row) -> dict[str, Any]:
    """Return what the census says of one type."""
    attributes = row.attributes()
    made: dict[str, Any] = {"attributes": attributes, "class": []}
    cls = find(name) if name.startswith("sklearn.") else None
    if isinstance(cls, type):
        made["estimator"] = word(name) == "estimator"
        made["parameters"] = dict(sorted(parameters(cls).items()))
        made["source"] = sorted(in_source(cls) - attributes.keys())
        made["class"] = sorted(of_class(cls) - attributes.keys() - set(made["source"]))
    return made


def take(cases: Iterable[Case]) -> dict[str, Any]:
    """Return the census of the running release, as far as the cases show it."""
    rows: dict[str, Row] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for case in cases:
            look(case, rows)
        types = {name: describe(name, rows[name]) for name in sorted(rows)}
    count = Counter(name for row in types.values() for name in row["class"])
    common = sorted(name for name in count if count[name] >= COMMON)
    for row in types.values():
        row["class"] = [name for name in row["class"] if name not in common]
    libraries = {"numpy": np, "pandas": pandas, "scikit-learn": sklearn, "scipy": scipy}
    return {
        "libraries": {name: module.__version__ for name, module in libraries.items()},
        "class": common,
        "types": {name: {key: value for key, value in row.items() if value} for name, row in types.items()},
    }


def text(census: dict[str, Any]) -> str:
    """Return a census as the file has it: sorted, an attribute a line, so that a change is a line of a diff."""
    return json.dumps(census, indent=1, sort_keys=True, ensure_ascii=True) + "\n"


def path_of(release: str) -> Path:
    """Return the file of one release."""
    return FOLDER / f"scikit-learn-{release}.json"


def main() -> int:
    """Write the census of the running release."""
    census = take(all_cases())
    path = path_of(sklearn.__version__)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text(census), encoding="utf-8")
    sys.stdout.write(f"{path.name}: {len(census['types'])} types, {path.stat().st_size:,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
