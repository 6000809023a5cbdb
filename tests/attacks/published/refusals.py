"""Every way into a file, and what each has to say to an attack."""

from __future__ import annotations

import io

import pytest

import perdure

WAYS = {
    "loads": lambda path, **options: perdure.loads(path.read_bytes(), **options),
    "load": perdure.load,
    "an open file": lambda path, **options: perdure.load(io.BytesIO(path.read_bytes()), **options),
    "mapped": lambda path, **options: perdure.load(path, mmap=True, **options),
    "open": lambda path, **options: perdure.open(path).load(**options),
    "newer": lambda path, **options: perdure.load(path, allow_newer=True, **options),
}


def refused(folder, data, error, at=None, match=None, **options):
    """Assert that each way in refuses the bytes with this very error at this very place; return the last one.

    Parameters
    ----------
    folder : pathlib.Path
    data : bytes
    error : type or tuple of types
        The class itself, not one that derives from it.
    at : str, optional
        The place in the model; for names, one of the places.
    match : str, optional
        A pattern that the message has to hold.
    """
    kinds = error if isinstance(error, tuple) else (error,)
    path = folder / "attack.perdure"
    path.write_bytes(data)
    for way, read in WAYS.items():
        with pytest.raises(perdure.PerdureError, match=match) as caught:
            read(path, **options)
        found = caught.value
        assert type(found) in kinds, f"{way}: {found!r}"
        if at is not None:
            places = [place for item in getattr(found, "untrusted", ()) for place in item.paths] or [found.path]
            assert at in places, f"{way}: {places}"
    return found
