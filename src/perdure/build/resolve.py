"""Names to classes and functions: the only place of perdure that imports by name.

Only names that trust has passed come here; what a table knows is looked up as the table says it.
"""

from __future__ import annotations

import importlib
import types
from functools import lru_cache
from typing import Any

from ..errors import InvalidError, MigrationError, MissingExtraError, UntrustedError, Untrusted
from ..graph.structure import Path
from ..trust.tables import GLOBAL_WAYS, tables

__all__ = ["Resolver"]


class Resolver:
    """Finds the classes and functions of one graph.

    Parameters
    ----------
    allowed : frozenset of str
        The names that trust passed, after migration.
    bases : mapping of str to tuple of str
        What the file claims of types that perdure does not know.
    """

    def __init__(self, allowed: frozenset[str], bases: Any) -> None:
        self.allowed = allowed
        self.bases = bases
        self.found: dict[str, Any] = {}

    def type(self, name: str) -> tuple[type, str]:
        """Return the class of that name and the way its instances are built."""
        way = tables().ways.get(name, "own")
        if way in GLOBAL_WAYS:
            raise InvalidError(f"{name} is not the type of an object")
        value = self.value(name)
        if not isinstance(value, type):
            raise InvalidError(f"{name} is not a class")
        if way == "own":
            names = {f"{base.__module__}:{base.__qualname__}" for base in value.__mro__}
            for base in self.bases.get(name, ()):
                if base not in names:
                    raise InvalidError(f"the file says that {name} derives from {base}, but it does not")
        return value, way

    def value(self, name: str) -> Any:
        """Return the class or function of that name."""
        found = self.found.get(name)
        if found is None:
            if name not in self.allowed:
                raise UntrustedError([Untrusted(name, (), "it was not there when the names were checked")])
            found = self.found[name] = _import(name)
        return found

    def check_attribute(self, name: str, cls: type, attribute: str, path: Path) -> None:
        """Raise when an attribute from the file would hide a method, property or slot of the class."""
        if _shadows(cls, attribute):
            raise InvalidError(
                f"the state of {name} has an attribute {attribute!r} that hides a part of the class",
                path=f"{path}.{attribute}",
                fix="do not use this file: no fitted model looks like this",
            )


@lru_cache(maxsize=1 << 14)
def _shadows(cls: type, attribute: str) -> bool:
    if attribute.startswith("__") and attribute.endswith("__"):
        return True
    for base in cls.__mro__:
        if attribute in vars(base):
            # Functions, properties, slots and conditional methods are all descriptors; plain defaults are not.
            return hasattr(type(vars(base)[attribute]), "__get__")
    return False


def _import(name: str) -> Any:
    module_name, _, qualname = name.partition(":")
    qualname = qualname.partition("/")[0]
    library = module_name.partition(".")[0]
    try:
        value: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name == library:
            raise MissingExtraError(
                f"the model needs {library}, which is not installed", fix=f"pip install {library}"
            ) from None
        raise _not_there(name, library) from None
    for piece in qualname.split("."):
        try:
            value = getattr(value, piece)
        except AttributeError:
            raise _not_there(name, library) from None
        if isinstance(value, types.ModuleType):
            raise InvalidError(f"{name} leads through another module")
    if not isinstance(value, type) and not callable(value):
        raise InvalidError(f"{name} is neither a class nor a function")
    return value


def _not_there(name: str, library: str) -> MigrationError:
    version = getattr(importlib.import_module(library), "__version__", "as installed")
    return MigrationError(
        f"{library} {version} has no {name}, and no migration is known that replaces it",
        fix="perdure.open(file).libraries says which releases the model was made with: load it there",
    )
