"""Files of pickle, joblib and skops become files of perdure."""

from __future__ import annotations

from collections.abc import Iterable

from . import _api
from ._legacy_file import LegacyFile
from ._model_file import limits_of
from .arrays.progress import Meter, Progress
from .arrays.region import Compression, check_compression
from .container.writing import write_file
from .errors import UnsupportedError, Untrusted
from .record.libraries import running_libraries
from .trust.policy import Policy, check

__all__ = ["convert"]


def convert(
    old: _api.Origin,
    new: _api.Destination,
    *,
    trusted: Iterable[object] = (),
    compression: Compression = "auto",
    limits: _api.LimitsLike = None,
    progress: Progress | None = None,
) -> list[str]:
    """Make a perdure file of a file of pickle, joblib or skops: nothing of it is run, and nothing of it is lost.

    The model is kept as it was saved, with the release that made it: what is done to bring it to the running
    release is done at each load. The record names the file that it comes from, by its sha256.

    Parameters
    ----------
    old : str, os.PathLike or binary file-like
        Of several files, as joblib wrote them before its release 0.10, the first.
    new : str, os.PathLike or binary file-like
    trusted : iterable of str or class, default=()
        As in `load`. Of classes outside perdure's tables their bases are looked up, so their modules are imported.
    compression : {"auto", None} or int, default="auto"
        As in `dump`.
    limits : Limits or mapping of str to int, optional
        As in `load`.
    progress : callable, optional
        As in `dump`; the steps are "reading", "checking", "compressing" and "writing".

    Returns
    -------
    list of str
        The paths written; empty for a file-like object.

    Raises
    ------
    UntrustedError
        With every name outside perdure's tables, and every call that is no part of a model.
    PerdureError
        When the model could not be loaded from the new file.

    Examples
    --------
    >>> import os, pickle, perdure, tempfile
    >>> from sklearn.preprocessing import StandardScaler
    >>> folder = tempfile.mkdtemp()
    >>> old, new = os.path.join(folder, "scaler.pkl"), os.path.join(folder, "scaler.perdure")
    >>> with open(old, "wb") as file:
    ...     pickle.dump(StandardScaler().fit([[1.0], [3.0]]), file)
    >>> [os.path.basename(path) for path in perdure.convert(old, new)]
    ['scaler.perdure']
    >>> perdure.load(new).transform([[5.0]])
    array([[3.]])
    """
    from ._writing import counted, prepare_graph
    from .migrate import migrate
    from .record.record import RECORD, Ancestor, Record
    from .validate import validate

    policy = Policy.of(trusted)
    with _api.open(old, limits=limits_of(limits)) as file:
        if not isinstance(file, LegacyFile):
            raise UnsupportedError(f"{file.name} is a file of perdure already", fix="copy it")
        meter = Meter(progress)
        with meter.step("reading"):
            graph, _ = file.trusted_graph(policy)
        with meter.step("checking"):
            migrated, applied = migrate(graph, file.arrays, running_libraries())
            if applied:
                check(migrated, policy)
            asked: list[Untrusted] = []
            validate(migrated, file.arrays, trusted=policy.trusted, asked=asked)
        how = check_compression(compression)
        ready = prepare_graph(graph, file.arrays, policy.trusted, compression=how, meter=meter)
        made = {name: version for name, version in graph.libraries.items() if version is not None}
        parent = Ancestor(
            how="converted",
            model=ready.manifest.digest.removeprefix("sha256:"),
            libraries=made,
            file=file.sha256,
            kind=file.kind,
        )
        members = ready.with_sections({RECORD: Record(lineage=(parent,)).to_bytes()})
        with meter.step("writing", sum(member.size for member in members)):
            return write_file(new, counted(members, meter))
