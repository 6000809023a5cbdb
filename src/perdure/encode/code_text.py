"""Source found in files, and what it uses: reads text and code objects, and runs neither."""

from __future__ import annotations

import ast
import dis
import functools
import inspect
import linecache
import symtable
import sys
import textwrap
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..graph.structure import Path

__all__ = [
    "Piece",
    "class_source",
    "function_source",
    "lambda_source",
    "functions_of",
    "import_lines",
    "literal",
    "same_code",
    "used_names",
]

# A constant of more text than this belongs into the state of an estimator, not into its code.
_LONGEST = 1 << 14
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Piece:
    """The text of one class or function.

    Attributes
    ----------
    of : str
        What it is, as ``module:qualname``.
    path : Path
        Where the model uses it.
    name : str
        The name that it has in the text.
    text : str
    """

    of: str
    path: Path
    name: str
    text: str


# --- finding text ---


def function_source(value: Any) -> str | None:
    """Return the text of a function, with its decorators; None where it is not to be found."""
    code = getattr(inspect.unwrap(value), "__code__", None)
    if code is None:
        return None
    for node in _nodes(code.co_filename):
        if (
            isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            and node.name == code.co_name
            and _first_line(node) == code.co_firstlineno
        ):
            return _segment(code.co_filename, node)
    return None


def class_source(cls: type) -> str | None:
    """Return the text of a class, with its decorators; None where it is not to be found."""
    name = cls.__name__
    lines = sorted({(f.__code__.co_filename, f.__code__.co_firstlineno) for f in functions_of(cls)})
    for filename, line in lines:
        for node in _nodes(filename):
            if isinstance(node, ast.ClassDef) and node.name == name and node.lineno <= line <= (node.end_lineno or 0):
                return _segment(filename, node)
    # A class without functions of its own: the file of its module has it, once.
    home: Any = getattr(sys.modules.get(cls.__module__), "__file__", None)
    if lines or not isinstance(home, str):
        return None
    found = [node for node in _nodes(home) if isinstance(node, ast.ClassDef) and node.name == name]
    return _segment(home, found[0]) if len(found) == 1 else None


def lambda_source(value: types.FunctionType) -> str | None:
    """Return the text of a lambda; None where it is not to be found."""
    code = value.__code__
    places = set(code.co_positions())
    found = [
        node for node in _nodes(code.co_filename) if isinstance(node, ast.Lambda) and node.lineno == code.co_firstlineno
    ]
    if len(found) > 1:
        # Of several in one line, it is the one whose body stands where its code says.
        found = [node for node in found if _place(node.body) in places]
    segment = ast.get_source_segment(_text(code.co_filename), found[0]) if len(found) == 1 else None
    return f"({segment})" if segment is not None and "\n" in segment else segment


def _place(node: ast.expr) -> tuple[int | None, ...]:
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset


def _text(filename: str) -> str:
    linecache.checkcache(filename)
    return "".join(linecache.getlines(filename))


def _nodes(filename: str) -> Iterator[ast.AST]:
    try:
        yield from ast.walk(ast.parse(_text(filename)))
    except SyntaxError:
        return


def _first_line(node: Any) -> int:
    return int(min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]))


def _segment(filename: str, node: Any) -> str:
    lines = _text(filename).splitlines()
    return textwrap.dedent("\n".join(lines[_first_line(node) - 1 : node.end_lineno]))


# --- comparing code ---


def functions_of(value: Any) -> list[types.FunctionType]:
    """Return the function, or those that the body of a class defines."""
    if not isinstance(value, type):
        value = inspect.unwrap(value)
        return [value] if isinstance(value, types.FunctionType) else []
    found: list[types.FunctionType] = []
    for item in vars(value).values():
        for inner in _inside(item):
            unwrapped = inspect.unwrap(inner) if callable(inner) and not isinstance(inner, type) else inner
            own = isinstance(unwrapped, types.FunctionType) and unwrapped.__module__ == value.__module__
            # What a decorator made up, as dataclass does, has no text.
            if own and linecache.getlines(unwrapped.__code__.co_filename):
                found.append(unwrapped)
    return found


def _inside(item: Any) -> tuple[Any, ...]:
    if isinstance(item, (staticmethod, classmethod)):
        return (item.__func__,)
    if isinstance(item, property):
        return tuple(filter(None, (item.fget, item.fset, item.fdel)))
    if isinstance(item, functools.cached_property):
        return (item.func,)
    return (item,)


def same_code(code: types.CodeType, whole: types.CodeType) -> bool:
    """Say whether a compiled text has the code of a function somewhere in it, lines aside."""
    return any(_equal(code, other) for other in _all_codes(whole) if other.co_name == code.co_name)


def _all_codes(code: types.CodeType) -> Iterator[types.CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from _all_codes(constant)


# How a call is made depends on whether the compiler saw the import of what is called, which the text has elsewhere.
_OF_CALLS = frozenset(("PUSH_NULL", "PRECALL", "CACHE", "RESUME", "NOP"))
_SAME = {"LOAD_METHOD": "LOAD_ATTR"}


def _instructions(code: types.CodeType) -> list[tuple[str, Any]]:
    jumps = {*dis.hasjrel, *dis.hasjabs}
    consts = {*dis.hasconst}
    return [
        (_SAME.get(it.opname, it.opname), None if it.opcode in jumps or it.opcode in consts else it.argval)
        for it in dis.get_instructions(code)
        if it.opname not in _OF_CALLS
    ]


def _equal(left: types.CodeType, right: types.CodeType) -> bool:
    def shape(code: types.CodeType) -> tuple[Any, ...]:
        return (
            code.co_varnames,
            code.co_freevars,
            code.co_cellvars,
            code.co_argcount,
            code.co_kwonlyargcount,
            code.co_posonlyargcount,
            len(code.co_consts),
        )

    return (
        shape(left) == shape(right)
        and all(map(_equal_constants, left.co_consts, right.co_consts))
        and _instructions(left) == _instructions(right)
    )


def _equal_constants(left: Any, right: Any) -> bool:
    if isinstance(left, types.CodeType):
        return isinstance(right, types.CodeType) and _equal(left, right)
    if isinstance(left, str) and isinstance(right, str) and "<locals>" in left + right:
        # The qualified name of a function inside, which says where the outer one is.
        return left.rpartition("<locals>.")[2] == right.rpartition("<locals>.")[2]
    # repr tells -0.0 from 0.0 and 1 from True.
    return type(left) is type(right) and repr(left) == repr(right)


# --- what a text uses ---


class _WithoutAnnotations(ast.NodeTransformer):
    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: Any) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        self.generic_visit(node)
        value = node.value if node.value is not None else ast.Constant(None)
        return ast.copy_location(ast.Assign(targets=[node.target], value=value), node)


def used_names(text: str, *, annotations: bool) -> dict[str, set[tuple[str, ...]]]:
    r"""Return the names of its module that a text uses, each with the attributes that it asks them for.

    Parameters
    ----------
    text : str
        One definition or assignment.
    annotations : bool
        Whether annotations count: not where they stay text.

    Examples
    --------
    >>> from perdure.encode.code_text import used_names
    >>> used_names("def f(x: int):\n    return np.linalg.norm(x) + k", annotations=False)
    {'k': set(), 'np': {('linalg', 'norm')}}
    """
    tree = ast.parse(text)
    if not annotations:
        tree = ast.fix_missing_locations(_WithoutAnnotations().visit(tree))
    names: set[str] = set()
    tables = [symtable.symtable(ast.unparse(tree), "<text>", "exec")]
    for table in tables:
        tables.extend(table.get_children())
        top = table.get_type() == "module"
        for symbol in table.get_symbols():
            assigned = symbol.is_assigned() or symbol.is_imported()
            if (symbol.is_referenced() and (not assigned if top else symbol.is_global())) or (
                not top and symbol.is_declared_global()
            ):
                names.add(symbol.get_name())
    found: dict[str, set[tuple[str, ...]]] = {name: set() for name in sorted(names)}
    for node in ast.walk(tree):
        chain: list[str] = []
        inner: Any = node
        while isinstance(inner, ast.Attribute):
            chain.insert(0, inner.attr)
            inner = inner.value
        if chain and isinstance(inner, ast.Name) and inner.id in found:
            found[inner.id].add(tuple(chain))
    return {
        name: {chain for chain in chains if not any(other[: len(chain)] == chain != other for other in chains)}
        for name, chains in found.items()
    }


def import_lines(name: str, module: types.ModuleType, attributes: set[tuple[str, ...]]) -> list[str]:
    """Return what imports a module under a name, and the modules inside of it that the text asks it for."""
    own = module.__name__
    lines = [f"import {own}" if own == name else f"import {own} as {name}"]
    for chain in sorted(attributes):
        inner = own
        for attribute in chain:
            if f"{inner}.{attribute}" not in sys.modules:
                break
            inner = f"{inner}.{attribute}"
        if inner != own and not (own == name and "." in own):
            lines.append(f"import {inner}" if own == name else f"import {inner} as _{inner.replace('.', '_')}")
    return lines


def literal(value: Any) -> str | None:
    """Return a plain constant as Python would read it; None for anything else."""
    written = repr(value)
    if len(written) > _LONGEST:
        return None
    try:
        read = ast.literal_eval(written)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return written if type(read) is type(value) and read == value else None
