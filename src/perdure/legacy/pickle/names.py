"""Names as perdure spells them: the same class or function under the names of all releases of its library.

What scikit-learn has moved is left to migrations, which know the releases.
"""

from __future__ import annotations

import re

__all__ = ["form_name", "type_name", "value_name"]

_NUMPY = re.compile(r"numpy(\._?core(\.\w+)?|\.lib(\.\w+)?|\.matrixlib(\.\w+)?|\.rec|\.dtypes)?")
_NUMPY_VALUES = re.compile(r"numpy(\._?core(\.\w+)?|\.lib(\.\w+)?)?")
_SPARSE = re.compile(r"scipy\.sparse(\.\w+)?")
_HOMES = (
    (re.compile(r"numpy\.linalg(\.\w+)?"), "numpy.linalg"),
    (re.compile(r"scipy\.special(\.\w+)?"), "scipy.special"),
    (re.compile(r"scipy\.stats(\.\w+)?"), "scipy.stats"),
    (re.compile(r"scipy\.spatial\.distance"), "scipy.spatial.distance"),
    (re.compile(r"pandas(\.core(\.\w+)*)?"), "pandas"),
)
_UFUNCS = frozenset(("abs", "absolute", "cbrt", "cos", "exp", "exp2", "expm1", "log", "log10", "log1p", "log2", "sin", "sqrt", "square", "tan", "tanh"))  # fmt: skip
# numpy's scalar types by other names.
_SCALARS = {"bool": "bool_", "unicode_": "str_", "string_": "bytes_", "float_": "float64", "int_": "int64"}
# What stands in another module than the one that says so.
_MOVED = {
    "builtins:unicode": "builtins:str",
    "builtins:long": "builtins:int",
    "builtins:basestring": "builtins:str",
}


def form_name(module: str, name: str) -> str:
    """Return the name under which a form is found: without the private modules of numpy and scipy.sparse.

    Examples
    --------
    >>> from perdure.legacy.pickle.names import form_name
    >>> form_name("numpy.core.multiarray", "_reconstruct"), form_name("scipy.sparse.csr", "csr_matrix")
    ('numpy:_reconstruct', 'scipy.sparse:csr_matrix')
    """
    if module.startswith("numpy"):
        if _NUMPY.fullmatch(module):
            return f"numpy:{name}"
        if module == "numpy.ma.core":
            return f"numpy.ma:{name}"
    elif _SPARSE.fullmatch(module):
        return f"scipy.sparse:{name}"
    return f"{module}:{name}"


def type_name(module: str, name: str) -> str:
    """Return the name of a class of which there is an instance."""
    return f"{module}:{name}"


def value_name(module: str, name: str) -> str:
    """Return the name of a class or function that stands for itself: by its public home, where it has one.

    Examples
    --------
    >>> from perdure.legacy.pickle.names import value_name
    >>> value_name("numpy.core._multiarray_umath", "log1p"), value_name("os", "system")
    ('numpy:log1p', 'os:system')
    """
    found = f"{module}:{name}"
    if name.startswith("_"):
        return found
    if _NUMPY_VALUES.fullmatch(module):
        return f"numpy:{_SCALARS.get(name, name)}"
    for pattern, home in _HOMES:
        if pattern.fullmatch(module):
            # Python 2 named a ufunc of numpy by whatever module had it.
            return f"{'numpy' if name in _UFUNCS else home}:{name}"
    return _MOVED.get(found, found)
