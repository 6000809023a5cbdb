"""Names to classes and functions: the only place of perdure that imports by name.

Only names that trust has passed come here; what a table knows is looked up as the table says it.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import sys
import types
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from ..converters import shadows
from ..converters.own import FINE_BASES
from ..errors import InvalidError, MigrationError, MissingExtraError, Untrusted, UntrustedError
from ..graph.structure import Path
from ..trust.tables import GLOBAL_WAYS, tables

__all__ = ["NO_SUCCESSOR", "Resolver", "absent", "entry_point"]

NO_SUCCESSOR = ", and no migration is known that replaces it"


class Resolver:
    """Finds the classes and functions of one graph.

    Parameters
    ----------
    allowed : frozenset of str
        The names that trust passed, after migration.
    bases : mapping of str to tuple of str
        What the file claims of types that perdure does not know.
    provided : mapping of str to object, optional
        What the reader gives for names, which are not imported then.
    """

    def __init__(self, allowed: frozenset[str], bases: Any, provided: Mapping[str, Any] | None = None) -> None:
        self.allowed = allowed
        self.bases = bases
        self.found: dict[str, Any] = {}
        if provided:
            self.found.update(provided)
            self.allowed = allowed.union(
                f"{it.__module__}:{it.__qualname__}" for it in provided.values() if isinstance(it, type)
            )

    def class_of(self, name: str, path: Path) -> tuple[Any, str]:
        """Return the class of that name and the way its instances are built; None where the way needs no class."""
        known = tables()
        way = known.ways.get(name, "own")
        if way in GLOBAL_WAYS:
            raise InvalidError(f"{name} is not the type of an object", path=str(path))
        imported = known.classes.get(name, name)
        if imported is None:
            self.check_allowed(name)
            return None, way
        value = self.value(name)
        if not isinstance(value, type):
            raise InvalidError(f"{name} is not a class", path=str(path))
        if way == "own":
            self.check_bases(name, value, path)
        return value, way

    def check_bases(self, name: str, cls: type, path: Path) -> None:
        """Raise unless the file says what a class derives from, whose rules of validation it then met."""
        known = tables()
        told = self.bases.get(name, ())
        names = {f"{base.__module__}:{base.__qualname__}": base for base in cls.__mro__}
        for base_name in told:
            if base_name not in names:
                raise InvalidError(
                    f"the file says that {name} derives from {base_name}, but it does not", path=str(path)
                )
        nearest: list[type] = []
        for base_name, base in names.items():
            way = known.ways.get(known.logical.get(base_name, base_name), "class")
            if base is cls or base in FINE_BASES or way in GLOBAL_WAYS or any(issubclass(b, base) for b in nearest):
                continue
            nearest.append(base)
            if base_name not in told:
                raise InvalidError(
                    f"{name} derives from {base_name}, but the file does not say so",
                    path=str(path),
                    fix="save the model again; if the class got another base since, load it with the code of its time",
                )

    def check_allowed(self, name: str) -> None:
        """Raise for a name that trust did not pass."""
        if name not in self.allowed:
            raise UntrustedError([Untrusted(name, (), "it was not there when the names were checked")])

    def value(self, name: str) -> Any:
        """Return the class or function of that name."""
        found = self.found.get(name)
        if found is None:
            self.check_allowed(name)
            known = tables()
            look = _import_known if name in known.ways else _import
            found = self.found[name] = look(known.classes.get(name) or name, known.ways.get(name) == "constant")
        return found

    def harmless(self, cls: type) -> set[str]:
        """Return the attributes that are known not to hide a part of a class."""
        return _harmless(cls)

    def check_attributes(self, name: str, cls: type, attributes: Collection[str], path: Path) -> None:
        """Raise when an attribute from the file would hide a method, property or slot of the class."""
        harmless = self.harmless(cls)
        if harmless.issuperset(attributes):
            return
        for attribute in attributes:
            if shadows(cls, attribute):
                raise InvalidError(
                    f"the state of {name} has an attribute {attribute!r} that hides a part of the class",
                    path=f"{path}.{attribute}",
                    fix="do not use this file: no fitted model looks like this",
                )
        if len(harmless) < _REMEMBERED:
            harmless.update(attributes)


# A stranger's files may have any attributes: not all of them are worth remembering.
_REMEMBERED = 1000


@lru_cache(maxsize=1 << 10)
def _harmless(cls: type) -> set[str]:
    """Return the attributes that are known not to hide a part of the class."""
    return set()


def entry_point(group: str, name: str) -> Any:
    """Return what an installed package offers under an entry point; None where none does.

    Comes after the reader has named the library, or at dump, where its values are in memory already.
    """
    from importlib.metadata import entry_points

    found = list(entry_points(group=group, name=name))
    return found[0].load() if found else None


#: The libraries whose modules and names a pickle of a model gives; what they are called where people talk of them.
_LIBRARIES = {"joblib": "joblib", "numpy": "numpy", "pandas": "pandas", "scipy": "scipy", "sklearn": "scikit-learn"}


def absent(module: str, name: str) -> str:
    """Say what of a module and a name in it is not here; an empty text where nothing is known to be missing.

    Nothing is imported: a module is looked for in the folders of its library, a name in a module that is there already.

    Examples
    --------
    >>> from perdure.build.resolve import absent
    >>> absent("sklearn.svm.classes", "SVC").partition(" has ")[2]
    'no module sklearn.svm.classes'
    >>> absent("sklearn.svm._classes", "SVC"), absent("my_module", "Model")
    ('', '')
    """
    library, *inner = module.split(".")
    if library not in _LIBRARIES:
        # The only module of its own that a pickle of scikit-learn names, by mistake: 1.5 to 1.8 did.
        return "nothing here is called _loss, as the module of the loss was then" if module == "_loss" else ""
    root = sys.modules.get(library)
    if root is None:
        return "" if importlib.util.find_spec(library) else f"{_LIBRARIES[library]} is not installed"
    here = f"{_LIBRARIES[library]} {getattr(root, '__version__', 'as installed')}"
    path, where = library, getattr(root, "__path__", None)
    for piece in inner:
        path = f"{path}.{piece}"
        if path not in sys.modules:
            spec = None if where is None else importlib.machinery.PathFinder.find_spec(path, where)
            if spec is None:
                return f"{here} has no module {path}"
            where = spec.submodule_search_locations
        else:
            where = getattr(sys.modules[path], "__path__", None)
    value: Any = sys.modules.get(module)
    if value is None:
        return ""
    for piece in name.split("."):
        value = getattr(value, piece, None)
        if value is None:
            return f"the module {module} of {here} has no {name}"
    return ""


def _import(name: str, constant: bool) -> Any:
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
    if not constant and not isinstance(value, type) and not callable(value):
        raise InvalidError(f"{name} is neither a class nor a function")
    return value


# What the tables name stays what it is; modules of the reader's own may be reloaded.
_import_known = lru_cache(maxsize=1 << 12)(_import)


def _not_there(name: str, library: str) -> MigrationError:
    version = getattr(importlib.import_module(library), "__version__", "as installed")
    return MigrationError(
        f"{library} {version} has no {name}{NO_SUCCESSOR}",
        fix="perdure.open(file).libraries says which releases the model was made with: load it there",
    )
