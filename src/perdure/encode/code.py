"""The text of classes and functions that no reader can import: those of ``__main__``, of notebooks, and lambdas.

They become one Python module as text, with what they use of the module that they are of. The text is compiled here,
and compared with the code that runs: what would not be the same code is refused. Nothing of it is run.
"""

from __future__ import annotations

import builtins
import sys
import types
from typing import Any

from ..converters.own import CODE_MODULES, code_text
from ..errors import UnsupportedError
from ..graph.structure import Path
from .code_text import (
    Piece,
    class_source,
    function_source,
    functions_of,
    import_lines,
    lambda_source,
    literal,
    same_code,
    used_names,
)

__all__ = ["OwnCode"]

_MAIN = "__main__"
_FUTURE = "from __future__ import annotations"
_HELP = "move it to a module that readers can import"


class OwnCode:
    """Collects the source of what lives in no module that a reader can import.

    Examples
    --------
    >>> from perdure.encode.code import OwnCode
    >>> from perdure.graph.structure import ROOT
    >>> code = OwnCode()
    >>> code.text is None
    True
    """

    def __init__(self) -> None:
        self.imports: list[str] = []
        self.lines: list[str] = []
        self.pieces: list[tuple[Piece, Any]] = []
        # The names of the text, with what each stands for.
        self.bound: dict[str, Any] = {}
        self.names: dict[int, tuple[str, Any]] = {}
        self.lambdas = 0
        self.future: bool | None = None
        self.again: set[str] = set()

    def name(self, value: Any, path: Path) -> str:
        """Return the name that a class or function has in the text, which it joins.

        Raises
        ------
        UnsupportedError
            When its text is not to be had, is not that of the code that runs, or uses what cannot be written down.
        """
        found = self.names.get(id(value))
        if found is None:
            module = value.__module__
            if module in CODE_MODULES:
                self.again.add(module)
                name = _known_name(value, sys.modules[module])
            else:
                self.again.add("")
                name = self._take(value, path)
            found = self.names[id(value)] = (f"{_MAIN}:{name}", value)
        return found[0]

    @property
    def text(self) -> str | None:
        """The module; None where nothing was collected."""
        if not self.names:
            return None
        if "" not in self.again and len(self.again) == 1:
            # All of it came out of one file: it goes on as it was read.
            return code_text(next(iter(self.again)))
        if len(self.again) > 1:
            raise UnsupportedError(
                "parts of the model use code that came with files, and code that did not",
                fix="save them to files of their own, or move the code to a module that readers can import",
            )
        head = ([_FUTURE] if self.future else []) + sorted(self.imports)
        text = "\n".join(head) + "\n\n\n" * bool(head) + "\n\n\n".join(self.lines) + "\n"
        compiled = compile(text, "<code of the model>", "exec", dont_inherit=True)
        for piece, value in self.pieces:
            for function in functions_of(value):
                if not same_code(function.__code__, compiled):
                    raise UnsupportedError(
                        f"the text of {piece.of} is not that of the code that runs",
                        path=str(piece.path),
                        fix="run the file or the cell again that defines it, fit and save again; or " + _HELP,
                    )
        return text

    # --- pieces ---

    def _take(self, value: Any, path: Path) -> str:
        """Write a class or function, and what it uses, into the text."""
        qualname = value.__qualname__
        of = f"{value.__module__}:{qualname}"
        known = _globals_of(value)
        self._same_future(known, of, path)
        if isinstance(value, types.FunctionType) and value.__name__ == "<lambda>":
            while (name := f"lambda_{self.lambdas + 1}") in known or name in self.bound:
                self.lambdas += 1
            self.lambdas += 1
            segment = lambda_source(value)
            if segment is None:
                raise _no_text(f"a lambda (of {value.__module__})", path)
            self._write(Piece(of, path, name, f"{name} = {segment}"), value, known)
            return name
        inner = qualname.rpartition("<locals>.")[2]
        top, _, rest = inner.partition(".")
        if "<locals>" not in qualname:
            owner, found = known.get(top), known.get(top)
            for part in filter(None, rest.split(".")):
                found = getattr(found, part, None)
            if found is not value:
                raise UnsupportedError(
                    f"{of} is not what its module has under that name", path=str(path), fix="save what the name says"
                )
        elif rest:
            raise UnsupportedError(f"{of} is a part of a local class, whose text cannot be taken out", path=str(path))
        else:
            owner = value
        self._write_named(top, owner, known, of, path)
        return str(inner)

    def _write_named(self, name: str, value: Any, known: dict[str, Any], of: str, path: Path) -> None:
        if self._is_bound(name, value, path):
            return
        text = class_source(value) if isinstance(value, type) else function_source(value)
        if text is None:
            raise _no_text(of, path)
        self._write(Piece(of, path, name, text), value, known)

    def _write(self, piece: Piece, value: Any, known: dict[str, Any]) -> None:
        closed = next((code.co_freevars for code in _codes(value) if set(code.co_freevars) - {"__class__"}), ())
        if closed:
            raise UnsupportedError(
                f"{piece.of} uses {', '.join(closed)} of the function around it, whose value no text says",
                path=str(piece.path),
                fix="use functools.partial with a function of the top level, or make it a parameter of a class",
            )
        self.bound[piece.name] = value
        for used, attributes in used_names(piece.text, annotations=not self.future).items():
            if used != piece.name and (used in known or not hasattr(builtins, used)):
                self._use(used, attributes, known, piece)
        self.lines.append(piece.text)
        self.pieces.append((piece, value))

    def _use(self, name: str, attributes: set[tuple[str, ...]], known: dict[str, Any], piece: Piece) -> None:
        """Write down what a name of the module stands for."""
        if name not in known:
            # Neither of the module nor of Python: it would fail here as well.
            return
        value = known[name]
        if isinstance(value, types.ModuleType):
            for line in import_lines(name, value, attributes):
                if line not in self.imports:
                    self.imports.append(line)
            self._is_bound(name, value, piece.path)
            self.bound[name] = value
            return
        if isinstance(value, (type, types.FunctionType)) and _has_no_home(value):
            self.name(value, piece.path)
            own = self.names[id(value)][0].partition(":")[2]
            if own != name and not self._is_bound(name, value, piece.path):
                self.bound[name] = value
                self.lines.append(f"{name} = {own}")
            return
        if self._is_bound(name, value, piece.path):
            return
        home = _home(name, value)
        written = literal(value) if home is None else None
        if home is not None:
            self.imports.append(f"from {home[0]} import {home[1]}" + ("" if home[1] == name else f" as {name}"))
        elif written is not None:
            self.lines.append(f"{name} = {written}")
        else:
            raise UnsupportedError(
                f"{piece.of} uses {name}, a {type(value).__name__} of the running program, which no text says",
                path=str(piece.path),
                fix=f"make {name} a parameter of the class or function, or make it inside of it; or {_HELP}",
            )
        self.bound[name] = value

    def _is_bound(self, name: str, value: Any, path: Path) -> bool:
        """Say whether the text has the name already, for the same thing."""
        if name not in self.bound:
            return False
        other = self.bound[name]
        if other is value or (type(other) is type(value) and literal(value) is not None and other == value):
            return True
        raise UnsupportedError(
            f"the model's own code has two meanings for the name {name!r}", path=str(path), fix="rename one of them"
        )

    def _same_future(self, known: dict[str, Any], of: str, path: Path) -> None:
        feature = known.get("annotations")
        future = type(feature).__name__ == "_Feature" and type(feature).__module__ == "__future__"
        if self.future is None:
            self.future = future
        elif self.future != future:
            raise UnsupportedError(
                f"{of} is of a module that says `{_FUTURE}`, and other code of the model is not, or the reverse",
                path=str(path),
                fix=_HELP,
            )


def _known_name(value: Any, module: types.ModuleType) -> str:
    """Return the name under which a module made of a file has a value."""
    found: Any = module
    for piece in value.__qualname__.split("."):
        found = getattr(found, piece, None)
    if found is value:
        return str(value.__qualname__)
    return next(name for name, other in vars(module).items() if other is value)


def _globals_of(value: Any) -> dict[str, Any]:
    if isinstance(value, types.FunctionType):
        return value.__globals__
    return vars(sys.modules[value.__module__]) if value.__module__ in sys.modules else {}


def _codes(value: Any) -> list[types.CodeType]:
    return [function.__code__ for function in functions_of(value)]


def _has_no_home(value: Any) -> bool:
    """Say whether a class or function is one that a fresh process cannot import."""
    from .names import importable_name

    try:
        importable_name(value, Path(None, "model"))
    except UnsupportedError:
        return True
    return value.__module__ in CODE_MODULES


def _home(name: str, value: Any) -> tuple[str, str] | None:
    """Return the module that has a value under a name, and that name."""
    own = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    modules = [getattr(value, "__module__", None), type(value).__module__, "numpy", "typing"]
    for module in modules:
        for found in (own, name):
            if not isinstance(module, str) or not isinstance(found, str) or not found.isidentifier():
                continue
            if module not in (_MAIN, "__mp_main__") and getattr(sys.modules.get(module), found, None) is value:
                return module, found
    return None


def _no_text(of: str, path: Path) -> UnsupportedError:
    return UnsupportedError(
        f"the source of {of} is not to be found (it was typed into a shell, or made by a program)",
        path=str(path),
        fix="write it in a file or a notebook; or " + _HELP,
    )
