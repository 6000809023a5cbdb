"""From what the symbolic machine leaves to the graph: identity kept, reduced forms as perdure's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ...arrays.store import ArrayStore
from ...errors import FormatError, LimitError, shown
from ...graph.limits import Limits
from ...graph.nodes import Dict, FrozenSet, Global, List, Node, Object, Ref, Set, Tuple
from ...graph.structure import ROOT, Path, with_definitions
from .names import form_name, type_name, value_name
from .parts import attribute_name, is_own_method, text_of
from .values import Buffer, Call, Extension, Members, Name, Pairs, Persistent, Text2

__all__ = ["CALLED", "GIVEN_STATE", "Form", "Translator"]

Form = Callable[["Translator", Call, Path], Node]

# The ending of a type that stands for a call: perdure makes none, so no trust lets it through.
CALLED = "()"
# The key of a state that is no dict of attributes; as in perdure.converters.own, which this may not know.
GIVEN_STATE = "(state)"
_VERSION = "_sklearn_version"
# Those that are their own nodes, and all that have no identity.
_PLAIN = frozenset((type(None), bool, int, float, str))
_ATOMS = _PLAIN | {bytes, memoryview, Text2}
# Nodes beyond what the opcodes pay for: values that are written again wherever they are used.
_NODES, _NODES_PER_OPCODE = 100_000, 4
# Arrays of one byte share it, and those of Python 2 become text.
_SLACK = 1 << 20


class Translator:
    """Translates the values of one file.

    Parameters
    ----------
    limits : Limits
    forms : mapping of str to Form
        How the results of known functions, and instances of known classes, become nodes.

    Attributes
    ----------
    arrays : ArrayStore
    types : set of str
        Of the instances in the file.
    """

    def __init__(self, limits: Limits, forms: Mapping[str, Form]) -> None:
        self.limits = limits
        self.forms = forms
        self.python2 = False
        self.arrays = ArrayStore()
        self.release: str | None = None
        self.types: set[str] = set()
        self.decoded = 0
        # Bytes that there are for arrays.
        self.available = _SLACK
        self.by_value = 0
        self.count = 0
        self.most = _NODES
        self.depth = 0
        # id of a value → its key; the values live as long as the machine's result
        self.seen: dict[int, int] = {}
        self.nodes: list[Node] = []
        self.referenced: set[int] = set()
        self.kept: list[Any] = []
        # What many arrays and objects share, read once: dtypes by the id of their reduced form, and forms by name.
        self.dtypes: dict[int, Any] = {}
        self.structured: dict[Any, Any] = {}
        self.found: dict[tuple[str, str, bool], Form] = {}

    def root(self, value: Any, opcodes: int, release: str | None, *, python2: bool = False) -> Node:
        """Return the node of the whole model.

        Parameters
        ----------
        value : object
            What the machine left.
        opcodes : int
            How many the file has.
        release : str or None
            Of scikit-learn, as the outermost estimator states it.
        python2 : bool, default=False
            Whether Python 2 wrote the file.
        """
        self.most = min(self.limits.nodes, _NODES + _NODES_PER_OPCODE * opcodes)
        self.available += opcodes
        self.release, self.python2 = release, python2
        try:
            node = self.value(value, ROOT)
            return self.define_shared(node) if self.referenced else node
        except RecursionError:
            raise LimitError("the model nests deeper than this interpreter can follow") from None

    # --- identity ---

    def tracked(self, value: Any, make: Callable[[], Node]) -> Node:
        """Return the node of a value, or a reference where the value was met before."""
        if self.by_value:
            return make()
        found = self.seen.get(id(value))
        if found is not None:
            self.referenced.add(found)
            return Ref(found)
        key = len(self.seen)
        self.seen[id(value)] = key
        self.nodes.append(None)
        # What a form makes on the way must not be gone before the next id is taken.
        self.kept.append(value)
        node = make()
        self.nodes[key] = node
        return node

    def define_shared(self, root: Node) -> Node:
        return with_definitions(root, {id(self.nodes[key]): key for key in self.referenced})

    # --- values ---

    def value(self, value: Any, path: Path) -> Node:
        """Return the node of any value."""
        kind = type(value)
        self.count += 1
        if self.count > self.most:
            self.limits.check("nodes", self.count, "nodes")
            raise LimitError("the pickle unfolds to far more values than it has opcodes", path=str(path))
        if kind in _PLAIN:
            return value  # type: ignore[no-any-return]
        self.depth += 1
        if self.depth > self.limits.depth:
            self.limits.check("depth", self.depth, "levels of values within one another")
        try:
            step = _KINDS.get(kind)
            if step is not None:
                return step(self, value, path)
            if kind in _OUTSIDE:
                return self.outside(value, path)
            return self.tracked(value, lambda: self.array(value, path))
        finally:
            self.depth -= 1

    def all(self, items: Iterable[Any], path: Path) -> tuple[Node, ...]:
        return tuple([self.value(item, Path(path, f"[{i}]")) for i, item in enumerate(items)])

    def list_node(self, value: list[Any], path: Path) -> Node:
        return self.tracked(value, lambda: List(self.all(value, path)))

    def tuple_node(self, value: tuple[Any, ...], path: Path) -> Node:
        # Whether two equal tuples of plain values are one object is an accident of the interpreter.
        if all(type(item) in _ATOMS for item in value):
            return Tuple(self.all(value, path))
        return self.tracked(value, lambda: Tuple(self.all(value, path)))

    def members_node(self, value: Members, path: Path) -> Node:
        if value.frozen:
            return FrozenSet(self.hashed_all(value.items, path))
        return self.tracked(value, lambda: Set(self.hashed_all(value.items, path)))

    def pairs_node(self, value: Pairs, path: Path) -> Node:
        return self.tracked(value, lambda: self.dict_of(value.pairs, path))

    def dict_of(self, pairs: list[Any], path: Path) -> Dict:
        """Return keys and values in turn as a dict."""
        found: list[tuple[Node, Node]] = []
        places: dict[Any, int] = {}
        for i in range(0, len(pairs), 2):
            key, item = pairs[i], pairs[i + 1]
            name: Node = key if type(key) is str else self.hashed(key, path)
            if type(item) in _PLAIN:
                # Of vocabularies there are hundreds of thousands.
                self.count += 1
                node: Node = item
            else:
                where = shown(name) if isinstance(name, (str, int, float, bytes)) else "…"
                node = self.value(item, Path(path, f"[{where}]"))
            if isinstance(name, (str, bytes)):
                # A key that comes twice keeps its place and gets the later value.
                place = places.setdefault(name, len(found))
                if place < len(found):
                    found[place] = (name, node)
                    continue
            found.append((name, node))
        return Dict(tuple(found))

    def hashed_all(self, items: Iterable[Any], path: Path) -> tuple[Node, ...]:
        return tuple([self.hashed(item, path) for item in items])

    def hashed(self, value: Any, path: Path) -> Node:
        """Return the node of a key or a member of a set: by value, never by identity."""
        self.by_value += 1
        try:
            return self.value(value, path)
        finally:
            self.by_value -= 1

    # --- text and bytes ---

    def text2(self, value: Text2, path: Path) -> Node:
        return text_of(value)

    def text(self, value: Any, what: str) -> str:
        """Return a text, FormatError for what is none."""
        if type(value) is str:
            return value
        if type(value) is Text2:
            return text_of(value)
        raise FormatError(f"{what} of a pickle is no text")

    def bytes(self, value: Any) -> Any:
        """Return bytes, which protocols up to 2 write as text that is to be encoded."""
        kind = type(value)
        if kind is memoryview or kind is bytes or kind is Text2:
            return value
        if (
            kind is Call
            and type(value.func) is Name
            and str(value.func) in ("_codecs:encode", "builtins:bytearray", "builtins:bytes")
        ):
            args = value.args
            if not args:
                return b""
            if len(args) == 2 and type(args[0]) is str:
                try:
                    return args[0].encode("latin-1")
                except UnicodeEncodeError:
                    raise FormatError("bytes of a pickle are no bytes") from None
            if len(args) == 1 and type(args[0]) is not Call:
                return self.bytes(args[0])
            if len(args) == 1:
                return self.bytes(args[0]) if str(args[0].func) == "_codecs:encode" else self._no_bytes()
        return self._no_bytes()

    def _no_bytes(self) -> Any:
        raise FormatError("the values of an array or number in a pickle are no bytes")

    # --- names, calls and what is outside of the file ---

    def name_node(self, value: Name, path: Path) -> Node:
        if value.module == "builtins" and value.name == "Ellipsis":
            return ...
        if value.module.startswith("pandas.") and value.name in ("NA", "NaT"):
            return Global(f"pandas:{value.name}")
        return Global(value_name(value.module, value.name))

    def call_node(self, value: Call, path: Path) -> Node:
        func = value.func
        if type(func) is Call:
            func = value.func = attribute_name(func) or func
        if type(func) is not Name:
            return self.tracked(value, lambda: self.inert("pickle:call", value, path))
        form = self.form_of(func, value.new)
        if getattr(form, "untracked", False):
            return form(self, value, path)
        return self.tracked(value, lambda: form(self, value, path))

    def form_of(self, func: Name, new: bool) -> Form:
        """Return how what a function or class gives becomes a node."""
        key = (func.module, func.name, new)
        known = self.found.get(key)
        if known is None:
            known = self.found[key] = self._form_of(func, new)
        return known

    def _form_of(self, func: Name, new: bool) -> Form:
        found = form_name(func.module, func.name)
        form = self.forms.get(found)
        if form is None and func.module.startswith(("sklearn.", "_loss")):
            from .forms.sklearn import form_of

            form = form_of(func.module, func.name)
        elif form is None and func.module.startswith("pandas"):
            from .forms.pandas import form_of as form_of_pandas

            form = form_of_pandas(func.module, func.name)
        if form is None:
            form = Translator.instance if new else Translator.refused
        return form

    def refused(self, value: Call, path: Path) -> Node:
        """Return the node of a call that is none of the known ones: trust refuses it by its name."""
        return self.inert(str(value.func), value, path)

    def inert(self, name: str, value: Call, path: Path) -> Node:
        self.types.add(name + CALLED)
        parts = {"args": value.args, "items": value.items, "pairs": value.pairs, "states": value.states}
        parts["function"] = value.func if type(value.func) is not Name else None
        state = {key: self.value(part, Path(path, f".{key}")) for key, part in sorted(parts.items()) if part}
        return Object(name + CALLED, state)

    def outside(self, value: Any, path: Path) -> Node:
        """Return the node of what only the writing process had."""
        if type(value) is Persistent:
            return Object(f"pickle:persistent_load{CALLED}", {"id": self.value(value.id, path)})
        if type(value) is Extension:
            return Object(f"copyreg:extension_{value.code}{CALLED}", {})
        raise FormatError(
            f"the pickle keeps an array outside of the file (byte {value.at:,}), so it cannot be read alone",
            path=str(path),
            fix="save the model again, without buffer_callback=",
        )

    def dropped(self, calls: Iterable[Call]) -> list[tuple[str, int]]:
        """Return what the file calls though it is no part of the model, each with its byte."""
        found = []
        for call in calls:
            if id(call) in self.seen:
                continue
            if type(call.func) is not Name:
                found.append(("pickle:call", call.at))
            elif self.form_of(call.func, call.new) is Translator.refused and not _is_part(call.func):
                found.append((str(call.func), call.at))
        return found

    # --- instances ---

    def instance(self, value: Call, path: Path) -> Node:
        """Return the node of an instance by its attributes."""
        name = type_name(value.func.module, value.func.name)
        self.types.add(name)
        attributes, given = self.attributes_of(value, path)
        if given is not None and value.func.module.partition(".")[0] in _LIBRARIES:
            raise FormatError(f"the state of {name} in the pickle is damaged (byte {value.at:,})", path=str(path))
        version = self.version_of(name, attributes)
        for attribute in [key for key, part in attributes.items() if is_own_method(part, value, key)]:
            # The class's own method, put back onto the instance after it was replaced for a while.
            del attributes[attribute]
        state = self.state(attributes, path)
        if given is not None:
            state[GIVEN_STATE] = self.value(given, Path(path, ".__getstate__()"))
        arguments: tuple[Node, ...] | None = None
        if value.args or value.pairs or value.items or value.keywords is not None:
            arguments = self.arguments(value, path)
        return Object(name, dict(sorted(state.items())), arguments, version)

    def arguments(self, value: Call, path: Path) -> tuple[Node, ...]:
        if value.keywords is not None and value.keywords.pairs:
            return (self.inert(f"{value.func}", value, path),)
        if value.pairs and not value.items:
            return (self.dict_of(value.pairs, path), *self.all(value.args, path))
        if value.items and not value.pairs:
            return (List(self.all(value.items, path)), *self.all(value.args, path))
        return self.all(value.args, path)

    def attributes_of(self, value: Call, path: Path) -> tuple[dict[str, Any], Any]:
        """Return the attributes that BUILD gives, and the state where it is no dict of attributes."""
        attributes: dict[str, Any] = {}
        for state in value.states:
            for part in state if type(state) is tuple and len(state) == 2 else (state,):
                if part is None:
                    continue
                if type(part) is not Pairs:
                    return {}, state
                names = part.pairs
                for i in range(0, len(names), 2):
                    key = names[i]
                    if type(key) is Text2:
                        key = text_of(key)
                    if type(key) is not str:
                        return {}, state
                    attributes[key] = names[i + 1]
        return attributes, None

    def version_of(self, name: str, attributes: dict[str, Any]) -> str | None:
        """Take the release of scikit-learn out of the attributes of an estimator."""
        if _VERSION not in attributes:
            return None
        version = attributes.pop(_VERSION)
        if type(version) is Text2:
            version = text_of(version)
        if type(version) is not str or len(version) > 64:
            return None
        return None if version == self.release else version

    def state(self, attributes: Mapping[str, Any], path: Path) -> dict[str, Node]:
        """Return the nodes of attributes, sorted."""
        return {
            name: self.value(attributes[name], Path(path, f".{name}"))
            for name in sorted(attributes)
            if name not in _TRANSIENT
        }

    # --- numpy ---

    def array(self, value: Any, path: Path, intp: frozenset[str] | None = frozenset()) -> Node:
        """Return the node of an array, with what of it is ``intp``: all (None) or some fields."""
        from .forms.numpy import array_node

        return array_node(self, value, path, intp)


# What forms of pandas and joblib take apart themselves.
_PARTS = frozenset(
    ("BlockManager", "SingleBlockManager", "_unpickle_block", "IntIndex", "_UTC", "_p", "_FixedOffset", "tzutc")
)
# Of texts that pyarrow kept; pandas writes some labels twice, of which one is read.
_ARROW = frozenset(("_restore_array", "chunked_array", "py_buffer", "type_for_alias"))


def _is_part(func: Name) -> bool:
    if func.module == "pyarrow.lib":
        return func.name in _ARROW
    return func.name in _PARTS


# Their classes have attributes, or a form of their own.
_LIBRARIES = frozenset(("numpy", "pandas", "scipy", "sklearn"))
_TRANSIENT = frozenset(("_stop_words_id",))


_OUTSIDE = frozenset((Buffer, Extension, Persistent))
_KINDS: dict[type, Callable[[Translator, Any, Path], Node]] = {
    list: Translator.list_node,
    tuple: Translator.tuple_node,
    Pairs: Translator.pairs_node,
    Members: Translator.members_node,
    Name: Translator.name_node,
    Call: Translator.call_node,
    memoryview: lambda t, v, p: bytes(v),
    bytes: lambda t, v, p: v,
    Text2: Translator.text2,
}
