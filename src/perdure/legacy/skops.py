"""Files of skops: nodes of JSON and arrays in a ZIP, to the same values that the pickle machine leaves."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import FormatError, LimitError
from ..graph.limits import Limits
from .npy import read_npy, reduced_array, reduced_dtype
from .pickle.forms.numpy import ObjectArray
from .pickle.values import Call, Members, Name, Pairs

__all__ = ["SkopsFile"]

# A file of any size may expand to so much; beyond that, to so many times its size.
_ANY, _TIMES = 256 << 20, 200
_SCHEMA = "schema.json"
_NUMBERS = frozenset(f"{kind}{bits}" for kind in ("int", "uint", "float") for bits in (16, 32, 64))
_KEYS: dict[str, Callable[[str], Any]] = {
    "int": int,
    "float": float,
    "bool": lambda key: key.lower() == "true",
    "NoneType": lambda key: None,
}


class SkopsFile:
    """One file.

    Parameters
    ----------
    data : memoryview
    limits : Limits

    Attributes
    ----------
    calls : list of Call
    names : list of Name
    size : int
        Bytes of what has been decompressed.
    """

    def __init__(self, data: memoryview, limits: Limits) -> None:
        self.limits = limits
        self.calls: list[Call] = []
        self.names: list[Name] = []
        self.size = 0
        self.most = _ANY + _TIMES * len(data)
        self.count = 0
        self.seen: dict[int, Any] = {}
        self.members = _Members(data, limits)

    def root(self) -> Any:
        """Return what the file stands for."""
        schema = self.content(_SCHEMA)
        try:
            root = json.loads(bytes(schema))
            return self.value(root)
        except RecursionError:
            raise LimitError("the model nests deeper than this interpreter can follow") from None
        except UnicodeDecodeError:
            raise _damaged("its schema is no text") from None
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
            raise _damaged(f"{type(error).__name__}: {str(error)[:80]}") from None

    def content(self, name: Any) -> memoryview:
        """Return the bytes of a member."""
        data = self.members.read(name, min(self.most - self.size, self.limits.decoded_bytes))
        self.size += len(data)
        return memoryview(data)

    # --- nodes ---

    def value(self, node: Any) -> Any:
        """Return what a node stands for; the same object for the same id."""
        self.count += 1
        self.limits.check("nodes", self.count, "nodes")
        if type(node) is not dict:
            raise _damaged("a node is no object of JSON")
        key = node.get("__id__")
        if type(key) is int and key in self.seen:
            return self.seen[key]
        step = _LOADERS.get(node.get("__loader__"))  # type: ignore[arg-type]
        if step is None:
            raise FormatError(
                f"the file of skops has a node of the kind {str(node.get('__loader__'))[:60]!r}, which is not known",
                fix="load it with skops where it was made, and save it with perdure.dump",
            )
        made = step(self, node)
        if type(key) is int:
            self.seen[key] = made
        return made

    def name(self, node: dict[str, Any]) -> Name:
        """Return the class or function that a node names."""
        module, name = node["__module__"], node["__class__"]
        if type(module) is not str or type(name) is not str:
            raise _damaged("a name is no text")
        made = Name(module, name, 0)
        self.names.append(made)
        return made

    def call(self, func: Name, args: tuple[Any, ...], *, new: bool = False) -> Call:
        made = Call(func, args, 0, new=new)
        self.calls.append(made)
        return made

    def all(self, nodes: Any) -> list[Any]:
        if type(nodes) is not list:
            raise _damaged("items are no list")
        return [self.value(node) for node in nodes]

    # --- containers ---

    def dict_node(self, node: dict[str, Any]) -> Any:
        name = self.name(node)
        content = node["content"]
        kinds = node.get("key_types", {}).get("content", [])
        pairs: list[Any] = []
        for place, (key, item) in enumerate(content.items()):
            kind = kinds[place].get("__class__", "str") if place < len(kinds) else "str"
            pairs += [self.key(key, kind), self.value(item)]
        if str(name) == "builtins:dict":
            return Pairs(pairs)
        made = self.call(name, (), new=True)
        made.pairs = pairs
        return made

    def key(self, key: str, kind: str) -> Any:
        """Return a key of the type that it had before JSON made a text of it."""
        if kind in _KEYS:
            return _KEYS[kind](key)
        if kind == "str_" or kind in _NUMBERS:
            # By way of Python's own number, of which numpy makes its own without rounding.
            number: Any = key if kind == "str_" else float(key) if kind.startswith("float") else int(key)
            made = np.array(number, None if kind == "str_" else kind)
            return self.call(Name("numpy", "scalar", 0), (reduced_dtype(made.dtype, 0), made.tobytes()))
        return key

    def default_dict(self, node: dict[str, Any]) -> Any:
        made = self.call(Name("collections", "defaultdict", 0), (self.value(node["content"]["default_factory"]),))
        made.pairs = _pairs(self.value(node["content"]["main"]))
        return made

    def main_only(self, node: dict[str, Any]) -> Any:
        return self.value(node["content"]["main"])

    def list_node(self, node: dict[str, Any]) -> Any:
        name = self.name(node)
        items = self.all(node["content"])
        if str(name) == "builtins:list":
            return items
        made = self.call(name, (), new=True)
        made.items = items
        return made

    def tuple_node(self, node: dict[str, Any]) -> Any:
        name = self.name(node)
        items = tuple(self.all(node["content"]))
        return items if str(name) == "builtins:tuple" else self.call(name, items, new=True)

    def set_node(self, node: dict[str, Any]) -> Any:
        return Members(self.all(node["content"]), frozen=node["__class__"] == "frozenset")

    # --- values ---

    def json_node(self, node: dict[str, Any]) -> Any:
        found = json.loads(node["content"])
        if found is not None and type(found) not in (bool, int, float, str):
            raise _damaged("a plain value is none")
        return found

    def slice_node(self, node: dict[str, Any]) -> Any:
        parts = [node["content"][key] for key in ("start", "stop", "step")]
        found = tuple(self.value(part) if type(part) is dict else part for part in parts)
        return self.call(Name("builtins", "slice", 0), found)

    def bytes_node(self, node: dict[str, Any]) -> Any:
        return bytes(self.content(node["file"]))

    def bytearray_node(self, node: dict[str, Any]) -> Any:
        return self.call(Name("builtins", "bytearray", 0), (self.content(node["file"]),))

    # --- functions and objects ---

    def function_node(self, node: dict[str, Any]) -> Any:
        content = node.get("content")
        if type(content) is dict and "module_path" in content:
            # Of protocol 0.
            return self.name({"__module__": content["module_path"], "__class__": content["function"]})
        return self.name(node)

    def partial_node(self, node: dict[str, Any]) -> Any:
        made = self.call(Name("functools", "partial", 0), ())
        made.states.append(tuple(self.value(node["content"][key]) for key in ("func", "args", "kwds", "namespace")))
        return made

    def method_node(self, node: dict[str, Any]) -> Any:
        content = node["content"]
        return self.call(Name("builtins", "getattr", 0), (self.value(content["obj"]), content["func"]))

    def operator_node(self, node: dict[str, Any]) -> Any:
        return self.call(Name("operator", self.name(node).name, 0), _tuple(self.value(node["attrs"])))

    def constructed(self, node: dict[str, Any]) -> Any:
        name, args = self.name(node), _tuple(self.value(node["content"]))
        if name.name == "ZoneInfo":
            return self.call(Name("zoneinfo", "ZoneInfo._unpickle", 0), args)
        return self.call(name, args)

    def object_node(self, node: dict[str, Any]) -> Any:
        made = self.call(self.name(node), (), new=True)
        if type(node.get("__id__")) is int:
            self.seen[node["__id__"]] = made
        if node.get("content") is not None:
            made.states.append(self.value(node["content"]))
        return made

    def reduced(self, node: dict[str, Any]) -> Any:
        made = self.call(self.name(node), _tuple(self.value(node["__reduce__"]["args"])))
        if node.get("content") is not None and made.func.name == "Tree":
            made.states.append(self.value(node["content"]))
        return made

    # --- numpy and scipy ---

    def array_node(self, node: dict[str, Any]) -> Any:
        name = self.name(node)
        if node.get("type") == "json":
            shape = _tuple(self.value(node["shape"]))
            return ObjectArray(shape, "C", self.flat(node["content"], len(shape)))
        array, inner = read_npy(self.content(node["file"]))
        if inner is not None:
            raise FormatError("an array of the file of skops holds Python objects")
        if name.name == "ndarray":
            return array
        if array.shape == () and name.name not in ("matrix", "recarray"):
            return self.call(Name("numpy", "scalar", 0), (reduced_dtype(array.dtype, 0), array.tobytes()))
        return reduced_array(array, name, 0)

    def flat(self, nodes: Any, depth: int) -> list[Any]:
        """Return the items of nested lists."""
        if depth <= 1:
            return self.all(nodes) if depth else [self.value(nodes)]
        return [item for node in nodes for item in self.flat(node["content"], depth - 1)]

    def masked_node(self, node: dict[str, Any]) -> Any:
        data, mask = self.value(node["content"]["data"]), self.value(node["content"]["mask"])
        made = self.call(Name("numpy.ma.core", "_mareconstruct", 0), ())
        if isinstance(data, ObjectArray):
            shape: tuple[int, ...] = data.shape
            dtype, values = reduced_dtype(np.dtype(object), 0), data.items
        else:
            shape, dtype, values = data.shape, reduced_dtype(data.dtype, 0), data.tobytes()
        full = np.broadcast_to(mask, shape) if isinstance(mask, np.ndarray) else np.zeros(shape, bool)
        made.states.append((1, shape, dtype, False, values, full.astype(bool).tobytes(), None))
        return made

    def dtype_node(self, node: dict[str, Any]) -> Any:
        found = self.value(node["content"])
        if isinstance(found, ObjectArray):
            return reduced_dtype(np.dtype(object), 0)
        return reduced_dtype(found.dtype, 0)

    def random_state(self, node: dict[str, Any]) -> Any:
        made = self.call(Name("numpy.random", "__RandomState_ctor", 0), ())
        made.states.append(self.value(node["content"]))
        return made

    def generator(self, node: dict[str, Any]) -> Any:
        bits = node["content"]["bit_generator"]
        numbers = self.value(bits) if "__loader__" in bits else _plain(bits)
        seed = None
        if "seed_seq" in node["content"]:
            given = dict(_two(_pairs(self.value(node["content"]["seed_seq"]))))
            order = ("entropy", "n_children_spawned", "pool", "pool_size", "spawn_key")
            key = given.get("spawn_key")
            given["spawn_key"] = tuple(key) if type(key) is list else key
            state = tuple(given.get(part, 0 if part == "n_children_spawned" else None) for part in order)
            cls = Name("numpy.random.bit_generator", "SeedSequence", 0)
            seed = self.call(Name("numpy.random.bit_generator", "__pyx_unpickle_SeedSequence", 0), (cls, 0, state))
        name = dict(_two(numbers.pairs)).get("bit_generator")
        inner = self.call(Name("numpy.random._pickle", "__bit_generator_ctor", 0), (name,))
        inner.states.append((numbers, seed))
        return self.call(Name("numpy.random._pickle", "__generator_ctor", 0), (inner,))

    def sparse_node(self, node: dict[str, Any]) -> Any:
        parts = _Members(self.content(node["file"]), self.limits)
        found: dict[str, Any] = {}
        for member in parts.names:
            data = parts.read(member, min(self.most - self.size, self.limits.decoded_bytes))
            self.size += len(data)
            found[member.removesuffix(".npy")], inner = read_npy(memoryview(data))
            if inner is not None:
                raise FormatError("an array of the file of skops holds Python objects")
        shape = tuple(int(length) for length in found.pop("shape"))
        pairs: list[Any] = ["_shape", shape]
        for key in ("data", "indices", "indptr", "row", "col", "offsets"):
            if key in found:
                pairs += [key, found[key]]
        if "coords" in found:
            pairs += ["coords", tuple(found["coords"])]
        made = self.call(self.name(node), (), new=True)
        made.states.append(Pairs(pairs))
        return made


class _Members:
    """The members of a ZIP archive."""

    def __init__(self, data: memoryview, limits: Limits) -> None:
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(data))
            self.names = self.archive.namelist()
        except (zipfile.BadZipFile, ValueError, OSError, RuntimeError) as error:
            raise _damaged(str(error)[:80]) from None
        if len(set(self.names)) != len(self.names):
            raise _damaged("it has a member twice")
        limits.check("arrays", len(self.names), "members of the archive")

    def read(self, name: Any, most: int) -> bytes:
        """Return the bytes of a member, no more than `most`."""
        if type(name) is not str or name not in self.names:
            raise _damaged(f"it has no member {str(name)[:60]!r}")
        info = self.archive.getinfo(name)
        if info.file_size > most:
            raise LimitError(
                f"{name} of the archive expands to {info.file_size:,} bytes, which is too much for a file of its size"
            )
        try:
            with self.archive.open(info) as file:
                data = file.read(info.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
            raise _damaged(str(error)[:80]) from None
        if len(data) != info.file_size:
            raise _damaged(f"{name} has another length than it says")
        return data


def _damaged(why: str) -> FormatError:
    return FormatError(f"the file of skops is damaged: {why}", fix="get the file again from its origin")


def _pairs(value: Any) -> list[Any]:
    if type(value) is Pairs:
        return value.pairs
    raise _damaged("a dict is none")


def _two(pairs: list[Any]) -> list[tuple[Any, Any]]:
    return list(zip(pairs[::2], pairs[1::2], strict=True))


def _tuple(value: Any) -> tuple[Any, ...]:
    if type(value) is not tuple:
        raise _damaged("arguments are no tuple")
    return value


def _plain(value: Any) -> Any:
    """Return plain JSON, as protocol 0 kept the numbers of a generator."""
    if type(value) is dict:
        return Pairs([part for key, item in value.items() for part in (key, _plain(item))])
    if value is None or type(value) in (bool, int, float, str):
        return value
    raise _damaged("the numbers of a generator are none")


_LOADERS: dict[str, Callable[[SkopsFile, dict[str, Any]], Any]] = {
    "BytearrayNode": SkopsFile.bytearray_node,
    "BytesNode": SkopsFile.bytes_node,
    "ConstructorFromReduceNode": SkopsFile.constructed,
    "DTypeNode": SkopsFile.dtype_node,
    "DefaultDictNode": SkopsFile.default_dict,
    "DictNode": SkopsFile.dict_node,
    "FunctionNode": SkopsFile.function_node,
    "JsonNode": SkopsFile.json_node,
    "ListNode": SkopsFile.list_node,
    "LossNode": SkopsFile.reduced,
    "MaskedArrayNode": SkopsFile.masked_node,
    "MethodNode": SkopsFile.method_node,
    "NdArrayNode": SkopsFile.array_node,
    "ObjectNode": SkopsFile.object_node,
    "OperatorFuncNode": SkopsFile.operator_node,
    "PartialNode": SkopsFile.partial_node,
    "RandomGeneratorNode": SkopsFile.generator,
    "RandomStateNode": SkopsFile.random_state,
    "ReduceNode": SkopsFile.reduced,
    "SGDNode": SkopsFile.reduced,
    "SetNode": SkopsFile.set_node,
    "SliceNode": SkopsFile.slice_node,
    "SparseMatrixNode": SkopsFile.sparse_node,
    "TreeNode": SkopsFile.reduced,
    "TupleNode": SkopsFile.tuple_node,
    "TypeNode": SkopsFile.function_node,
    "_DictWithDeprecatedKeysNode": SkopsFile.main_only,
}
