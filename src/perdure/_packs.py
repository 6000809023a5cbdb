"""Packs of libraries that come from outside of perdure: given, or found by their entry point."""

from __future__ import annotations

from functools import cache

from .build.resolve import entry_point
from .converters import CONVERTERS, Pack
from .errors import UnsupportedError
from .trust.tables import add_pack, tables

__all__ = ["find", "find_named", "register"]

GROUP = "perdure.converters"


def register(pack: Pack) -> None:
    """Make the types of a library known, so that models that hold them can be saved and loaded.

    Loading them takes the reader's word still: ``perdure.load(path, trusted=["mylib"])``.

    Parameters
    ----------
    pack : Pack
        What a package may also offer as an entry point of the group ``perdure.converters``, named as the library.

    Returns
    -------
    None

    Raises
    ------
    UnsupportedError
        When it names types of another library, or takes a way that another converter has.

    Examples
    --------
    >>> import perdure
    >>> perdure.register(perdure.Pack("mylib", types=("mylib.models:Steps",)))
    """
    if not isinstance(pack, Pack):
        raise UnsupportedError(f"register takes a Pack, not a {type(pack).__name__}", fix='perdure.Pack("mylib", …)')
    stood_for = [name for row in pack.forms.values() for name in (*row["stands_for"], row.get("class"))]
    for name in (*pack.types, *pack.forms, *filter(None, stood_for)):
        if name.partition(":")[0].partition(".")[0] != pack.library or ":" not in name:
            raise UnsupportedError(
                f"a pack of {pack.library} cannot have {name!r:.80}", fix=f"{pack.library}.module:Name, of that library"
            )
    ways = {converter.way: converter for converter in pack.converters}
    for way in {str(row["way"]) for row in pack.forms.values()} - ways.keys():
        raise UnsupportedError(f"the pack of {pack.library} has no converter for its way {way!r}")
    for way, converter in ways.items():
        if CONVERTERS.get(way, converter) is not converter:
            raise UnsupportedError(f"the way {way!r} is another converter's", fix=f'call it "{pack.library}-{way}"')
    known = tables()
    taken = [name for name in pack.forms if name in known.ways and known.asked.get(name) != pack.library]
    if taken:
        raise UnsupportedError(f"{taken[0]} is a form that perdure has already")
    CONVERTERS.update(ways)
    add_pack(pack.table)


def find(library: str) -> bool:
    """Look for the pack of a library among the installed packages; say whether there is one now."""
    return library in tables().packs or _found(library)


def find_named(trusted: frozenset[str]) -> frozenset[str]:
    """Return the names of the packs, found only now, of the libraries that a reader names."""
    added: frozenset[str] = frozenset()
    for name in trusted:
        if name.isidentifier() and name not in tables().packs and _found(name):
            added |= tables().packs[name]
    return added


@cache
def _found(library: str) -> bool:
    pack = entry_point(GROUP, library)
    if pack is None:
        return False
    register(pack)
    return True
