"""Names as Python 2 spelled them, which protocols up to 2 use whoever wrote them."""

from __future__ import annotations

from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING

__all__ = ["modern"]


def modern(module: str, name: str) -> tuple[str, str]:
    """Return a module and name as Python 3 has them.

    Examples
    --------
    >>> from perdure.legacy.pickle.python2 import modern
    >>> modern("__builtin__", "unicode")
    ('builtins', 'str')
    """
    found = NAME_MAPPING.get((module, name))
    if found is not None:
        return found
    return IMPORT_MAPPING.get(module, module), name
