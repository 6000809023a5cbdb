"""The record: what a file knows about its origin, typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated

from ..container.sections import RECORD
from ..errors import FormatError, LimitError
from ..graph import canonical
from .parts import Part, from_json, to_json
from .training import Data, Scores
from .words import Commit, FileName, Hex, Line, Time, Word

__all__ = [
    "RECORD",
    "Ancestor",
    "Distribution",
    "Environment",
    "EstimatorSummary",
    "Git",
    "LeftOut",
    "ProbeSample",
    "ProbeSummary",
    "Record",
    "Script",
    "Source",
    "SourceText",
    "Stamp",
    "ThreadPool",
]

MAX_BYTES = 1 << 22


@dataclass(frozen=True, kw_only=True)
class Stamp(Part):
    """When something was written, and by which perdure.

    Attributes
    ----------
    at : str
        The time in UTC: ``2026-01-31T12:00:00Z``.
    perdure : str
        The release of perdure.
    """

    at: Time
    perdure: Word


@dataclass(frozen=True, kw_only=True)
class Distribution(Part):
    """An installed distribution.

    Attributes
    ----------
    name, version : str
    direct_url : str or None
        Where it came from, when not from an index: ``git+https://…@commit``; of a local folder its name only.
    """

    name: Word
    version: Word
    direct_url: Line | None = None


@dataclass(frozen=True, kw_only=True)
class ThreadPool(Part):
    """A BLAS or OpenMP library in use, as threadpoolctl says it.

    Attributes
    ----------
    user_api, internal_api : str
        ``blas`` or ``openmp``; the library itself.
    num_threads : int
    version, architecture, threading_layer : str or None
    """

    user_api: Word
    internal_api: Word
    num_threads: int
    version: Word | None = None
    architecture: Word | None = None
    threading_layer: Word | None = None


@dataclass(frozen=True, kw_only=True)
class Environment(Part):
    """Where the model was saved.

    Attributes
    ----------
    python, implementation : str
        The release, and ``CPython`` or another.
    system, release : str
        The operating system and its release.
    machine : str
        The architecture.
    byteorder : str
        ``little`` or ``big``.
    bits : int
        Of an address.
    distributions : tuple of Distribution
        Those whose modules the model needs, and all that they require.
    installed : mapping of str to str
        The release of every other one that is installed.
    threadpools : tuple of ThreadPool
    """

    python: Word
    implementation: Word
    system: Word
    release: Word | None = None
    machine: Word
    byteorder: Annotated[str, re.compile("little|big")]
    bits: int
    distributions: tuple[Distribution, ...] = ()
    installed: Mapping[str, Word] = field(default_factory=dict)
    threadpools: tuple[ThreadPool, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EstimatorSummary(Part):
    """An estimator that the file holds: the root itself, or one in the root dict, list or tuple.

    Attributes
    ----------
    path : str
        ``model``, or ``model['name']``.
    type : str
        As ``module:qualname``.
    n_features_in : int or None
    feature_names : tuple of str
    classes : tuple of str, int, float or bool
    """

    path: Line
    type: Line
    n_features_in: int | None = None
    feature_names: tuple[str, ...] = ()
    classes: tuple[str | int | float | bool, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Git(Part):
    """The state of the repository that the running script lies in.

    Attributes
    ----------
    commit : str or None
        None before the first commit.
    branch : str or None
        None when no branch is checked out.
    dirty : bool
        Whether tracked files differ from the commit.
    remote : str or None
        Where ``origin`` is, without credentials; a home folder stands as ``~``.
    """

    commit: Commit | None = None
    branch: Line | None = None
    dirty: bool
    remote: Line | None = None


@dataclass(frozen=True, kw_only=True)
class Script(Part):
    """The script that was running.

    Attributes
    ----------
    name : str
        Its path in the repository, or its file name.
    sha256 : str
    """

    name: Line
    sha256: Hex


@dataclass(frozen=True, kw_only=True)
class LeftOut(Part):
    """What stood in a text and was left out of the record.

    Attributes
    ----------
    line : int
        From 1 on; of a notebook, in its cell.
    what : str
        Such as ``password``; ``home folder`` where ``~`` stands now.
    cell : int or None
        Of a notebook, from 1 on.
    """

    line: int
    what: Word
    cell: int | None = None


@dataclass(frozen=True, kw_only=True)
class SourceText(Part):
    """A piece of source that the file holds as ``record/source/<name>``.

    Attributes
    ----------
    name : str
    kind : str
        ``file``, ``function``, ``class``, ``module``, ``script``, ``cells``, ``notebook`` or ``diff``.
    of : str
        The file's name, or the object's ``module:qualname``.
    size : int
        In bytes.
    sha256 : str
        Of the text as it is kept.
    left_out : tuple of LeftOut
        What looked like a secret, and the home folder.
    """

    name: FileName
    kind: Word
    of: Line
    size: int
    sha256: Hex
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Source(Part):
    """The Python that made the model.

    Attributes
    ----------
    git : Git or None
    script : Script or None
        Of a notebook that could be found, its file.
    texts : tuple of SourceText
    """

    git: Git | None = None
    script: Script | None = None
    texts: tuple[SourceText, ...] = ()

    @property
    def digest(self) -> str | None:
        """One sha256 of all texts, by which somebody says that they have read them; None where there are none."""
        if not self.texts:
            return None
        named = sorted([text.name, text.sha256] for text in self.texts)
        return sha256(b"perdure source 1\n" + canonical.dumps(named)).hexdigest()


@dataclass(frozen=True, kw_only=True)
class ProbeSample(Part):
    """The probe of one estimator.

    Attributes
    ----------
    path : str
        The estimator's place.
    rows : int
        How many rows it was asked about; 0 when there are none.
    outputs : tuple of str
        The methods whose outputs are kept.
    missing : mapping of str to str
        What is not kept, and why: a method, or ``rows``.
    """

    path: Line
    rows: int
    outputs: tuple[Line, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ProbeSummary(Part):
    """Sample rows with the outputs seen at save time; the values stand in ``record/probe.json`` and ``probe.safetensors``.

    Attributes
    ----------
    origin : str
        ``derived`` from the fitted state, or ``given`` by the person who saved the model.
    samples : tuple of ProbeSample
        One an estimator.
    storage : mapping
        How the arrays lie in ``probe.safetensors``, in the words of the manifest's ``storage``.
    """

    origin: Annotated[str, re.compile("derived|given")]
    samples: tuple[ProbeSample, ...] = ()
    storage: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Ancestor(Part):
    """The model that this one was made of.

    Attributes
    ----------
    how : str
        ``rebuilt``: fitted anew; ``run``: its script was run anew; ``converted``: the same model from a file that
        another program wrote.
    model : str
        The sha256 of the digest of that model.
    libraries : mapping of str to str
        The releases that it was made with.
    file : str or None
        The sha256 of the file, of one that was converted.
    kind : str or None
        What that file was: ``pickle``, ``joblib`` …
    """

    how: Word
    model: Hex
    libraries: Mapping[str, Word] = field(default_factory=dict)
    file: Hex | None = None
    kind: Word | None = None


@dataclass(frozen=True, kw_only=True)
class Record(Part):
    """What a file knows about its origin.

    Attributes
    ----------
    saved : Stamp or None
        When the model was saved; None when the file had no record at first.
    annotated : tuple of Stamp
        When `perdure.annotate` added to it.
    environment : Environment or None
    estimators : tuple of EstimatorSummary
    source : Source or None
    data : Data or None
    scores : Scores or None
    probe : ProbeSummary or None
    author, license, notes : str or None
    lineage : tuple of Ancestor
        The model that this one was rebuilt or converted from, that one's own, and so on.

    Examples
    --------
    >>> import io, perdure
    >>> from sklearn.linear_model import LinearRegression
    >>> file = io.BytesIO()
    >>> model = LinearRegression().fit([[0.0], [1.0]], [1.0, 3.0])
    >>> perdure.dump(model, file, notes="the first one")
    []
    >>> record = perdure.open(io.BytesIO(file.getvalue())).record
    >>> record.notes, record.estimators[0].n_features_in, record.probe.samples[0].outputs
    ('the first one', 1, ('predict',))
    """

    saved: Stamp | None = None
    annotated: tuple[Stamp, ...] = ()
    environment: Environment | None = None
    estimators: tuple[EstimatorSummary, ...] = ()
    source: Source | None = None
    data: Data | None = None
    scores: Scores | None = None
    probe: ProbeSummary | None = None
    author: Line | None = None
    license: Line | None = None
    notes: str | None = None
    lineage: tuple[Ancestor, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the record as canonical JSON.

        Raises
        ------
        LimitError
            When it is larger than a record may be.
        """
        data = canonical.dumps(to_json(self), sort_keys=True)
        if len(data) > MAX_BYTES:
            raise LimitError(f"the record has {len(data):,} bytes; no more than {MAX_BYTES:,} are allowed")
        return data

    @classmethod
    def parse(cls, data: bytes) -> Record:
        """Return the record of canonical JSON.

        Raises
        ------
        FormatError
            When it is not a record as perdure writes it.
        LimitError
            When it is larger than a record may be.
        """
        if len(data) > MAX_BYTES:
            raise LimitError(f"{RECORD} has {len(data):,} bytes; no more than {MAX_BYTES:,} are allowed")
        record = from_json(cls, canonical.loads(data, RECORD), "record")
        try:
            again = record.to_bytes()
        except RecursionError:
            raise LimitError(f"{RECORD} nests too deep") from None
        if again != data:
            raise FormatError(f"{RECORD} is not as perdure writes it: keys out of order, empty ones, or null")
        return record
