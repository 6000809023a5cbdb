"""What a file of a model is good for here: what made it, whether it loads, whether it would run code, and what to do."""

from __future__ import annotations

import os
import shlex
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._legacy_file import LegacyFile
from ..arrays.progress import Progress
from ..errors import PerdureError, Untrusted, UntrustedError
from .plain import Plain, met, plain
from .scanning import found_in, kind_of

if TYPE_CHECKING:
    from .._model_file import ModelFile

__all__ = ["Checked", "Plain", "check"]

_PICKLES = frozenset(("bzip2", "gzip", "joblib", "joblib-old", "joblib-zlib", "lz4", "lzma", "pickle", "xz"))


@dataclass(frozen=True)
class Checked:
    """What was found out about one file.

    Attributes
    ----------
    file : str
    kind : str
        ``"perdure"``, ``"pickle"``, ``"joblib"``, ``"skops"`` …, told by the content.
    release : str or None
        The release of scikit-learn that made it.
    type : str or None
        Of the model, as ``module:qualname``.
    loads : bool
        Whether `perdure.load` loads it under the running scikit-learn.
    error : PerdureError or None
        Why it does not.
    runs : tuple of (str, int)
        What a pickle would have called or made outside perdure's tables, each with the byte that names it.
    plain : {"same", "wrong", "fails", "breaks", "code", "unknown"} or None
        What the program that wrote it would do here: load the same model; load one without a word that predicts
        otherwise; not load it; load what raises when it is asked; run code that nobody knows. None for a perdure file.
    why : str
        In which way that goes wrong: what the reader of a pickle would not find, or not take, or the output that
        differs.
    migrations : tuple of str
        The rules that perdure applies.
    """

    file: str
    kind: str
    release: str | None = None
    type: str | None = None
    loads: bool = False
    error: PerdureError | None = None
    runs: tuple[tuple[str, int], ...] = ()
    plain: Plain | None = None
    why: str = ""
    migrations: tuple[str, ...] = ()

    @property
    def advice(self) -> str:
        """What to do next, with the exact call."""
        if self.runs:
            return "do not load it with pickle or joblib; if you know its code, load it where it was made and save it with perdure.dump"
        if self.error is not None:
            return self.error.fix or "load it in the release that made it, and save it with perdure.dump"
        if self.kind == "perdure":
            return "nothing: perdure.load(path) loads it"
        return f"perdure convert {shlex.quote(self.file)} {shlex.quote(os.path.splitext(self.file)[0] + '.perdure')}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON data."""
        error = self.error
        return {
            "file": self.file,
            "kind": self.kind,
            "release": self.release,
            "type": self.type,
            "loads": self.loads,
            "error": None if error is None else {"kind": type(error).__name__, "problem": error.problem},
            "runs": [{"name": name, "byte": byte} for name, byte in self.runs],
            "plain": self.plain,
            "why": self.why,
            "migrations": list(self.migrations),
            "what_to_do": self.advice,
        }


def check(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    trusted: Iterable[object] = (),
    progress: Progress | None = None,
) -> list[Checked]:
    """Say of files, and of all models in folders, what made them and what they are good for here.

    Models of which every name is trusted are built, and compared with what pickle would make of them: on rows that
    are derived from their fitted state. Nothing else of a file is run.

    Parameters
    ----------
    paths : path or iterable of paths
        Files and folders.
    trusted : iterable of str or class, default=()
        As in `load`.
    progress : callable, optional
        Called as ``progress("checking", done, total)`` before each file and at the end; done and total are files.

    Returns
    -------
    list of Checked

    Raises
    ------
    OSError
        As with open().

    Examples
    --------
    >>> import os, pickle, perdure, tempfile
    >>> from sklearn.preprocessing import StandardScaler
    >>> path = os.path.join(tempfile.mkdtemp(), "scaler.pkl")
    >>> with open(path, "wb") as file:
    ...     pickle.dump(StandardScaler().fit([[1.0], [3.0]]), file)
    >>> (found,) = perdure.check(path)
    >>> found.kind, found.loads, found.plain
    ('pickle', True, 'same')
    """
    given = [paths] if isinstance(paths, (str, os.PathLike)) else paths
    names = tuple(trusted)
    files = list(found_in([os.fspath(path) for path in given]))
    found = []
    for done, (path, named) in enumerate(files):
        if progress is not None:
            progress("checking", done, len(files))
        found.append(_check(path, named, names))
    if progress is not None:
        progress("checking", len(files), len(files))
    return [item for item in found if item is not None]


def _check(path: str, named: bool, trusted: tuple[object, ...]) -> Checked | None:
    from .._api import open as open_model

    kind = kind_of(path, named)
    if kind is None:
        return None
    try:
        with open_model(path) as file:
            return _of_model(file, path, trusted)
    except PerdureError as error:
        return Checked(path, kind, error=error, plain="unknown" if kind in _PICKLES else None)


def _of_model(file: ModelFile, path: str, trusted: tuple[object, ...]) -> Checked:
    from .scanning import type_of

    facts: dict[str, Any] = {"release": file.libraries.get("scikit-learn"), "type": type_of(file.graph.root)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model, applied = file.build(trusted=trusted)
        except UntrustedError as error:
            runs = _runs(file, error.untrusted)
            return Checked(path, file.kind, error=error, runs=runs, plain="code" if runs else None, **facts)
        except PerdureError as error:
            if isinstance(file, LegacyFile) and file.kind in _PICKLES:
                facts["why"] = met(file)
                facts["plain"] = "fails" if facts["why"] else "unknown"
            return Checked(path, file.kind, error=error, **facts)
        facts["migrations"] = tuple(item.name for item in applied)
        if isinstance(file, LegacyFile) and file.kind in _PICKLES:
            facts["plain"], facts["why"] = plain(file, model, applied, trusted)
    return Checked(path, file.kind, loads=True, **facts)


def _runs(file: ModelFile, untrusted: Iterable[Untrusted]) -> tuple[tuple[str, int], ...]:
    """Return what a pickle would import and call that is not in the tables, with the byte that names it."""
    if not isinstance(file, LegacyFile):
        return ()
    wanted = {item.name.removesuffix("()") for item in untrusted}
    found: dict[str, int] = {}
    for name in file.read.names:
        if str(name) in wanted:
            found.setdefault(str(name), name.at)
    for name_text in sorted(wanted - found.keys()):
        found[name_text] = next((name.at for name in file.read.names if name_text.endswith(f":{name.name}")), 0)
    return tuple(sorted(found.items(), key=lambda item: item[1]))
