"""A file that another program wrote, open: the same doors, and nothing of it is run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from ._model_file import ModelFile, with_packs
from .arrays.progress import Meter, Progress
from .arrays.select import Steps, parse_path, select
from .arrays.store import ArrayStore
from .container.file import OldFile
from .errors import FormatError, UnsupportedError, Untrusted, UntrustedError, VerificationError
from .graph.digest import model_digest
from .graph.limits import Limits
from .graph.nodes import Graph
from .record.libraries import running_libraries
from .trust.policy import Policy, check

if TYPE_CHECKING:
    from ._model_file import Opened
    from .legacy.reading import Read
    from .migrate import Applied

__all__ = ["LegacyFile"]

_PIECE = 1 << 20


class LegacyFile(ModelFile):
    """A pickle, joblib or skops file, read lazily. Made by `perdure.open`; a context manager.

    Attributes
    ----------
    kind : str
        ``"pickle"``, ``"joblib"``, ``"gzip"``, ``"skops"`` …, told by the content.
    """

    def __init__(self, found: OldFile, limits: Limits, opened: Opened | None = None, folder: str | None = None) -> None:
        self.kind = found.kind
        self.limits = limits
        self._found = found
        self._folder = folder
        self._opened = opened

    @property
    def manifest(self) -> Any:  # type: ignore[override]
        """There is none: `FormatError` says what to do."""
        raise FormatError(
            f"{self.name} {self._found.words}: it says nothing of itself that could be checked",
            fix=f"perdure.convert({self.name!r}, 'model.perdure') makes a file that does",
        )

    container = manifest

    def complete(self) -> None:
        """Do nothing: such a file is always read as a whole."""

    @property
    def name(self) -> str:
        return self._found.name

    @property
    def size(self) -> int:
        """The size of the file."""
        return self._found.source.size

    @property
    def sections(self) -> tuple[str, ...]:
        return ()

    def section(self, name: str) -> Any:
        """Return None: there is nothing beside the model."""
        return None

    @cached_property
    def read(self) -> Read:
        """What the file holds, as data."""
        from .legacy import read

        source = self._found.source
        if source.in_memory:
            data = source.read(0, source.size)
        else:
            # Memory that nobody has to clear first.
            data = memoryview(np.empty(source.size, np.uint8))
            source.read_into(0, data)
        return read(data, self.kind, self.limits, folder=self._folder)

    @property
    def arrays(self) -> ArrayStore:
        return self.read.arrays

    @property
    def graph(self) -> Graph:
        return self.read.graph

    @property
    def libraries(self) -> dict[str, str | None]:
        return dict(self.read.graph.libraries)

    @property
    def sha256(self) -> str:
        """The sha256 of the file."""
        digest, source = sha256(), self._found.source
        for start in range(0, source.size, _PIECE):
            digest.update(source.read(start, min(start + _PIECE, source.size)))
        return digest.hexdigest()

    @cached_property
    def digest(self) -> str:
        """The digest that the model has as a perdure file, ``sha256:…``."""
        from .graph.write import write_graph

        written = write_graph(self.graph)
        return model_digest(written.data, [self.arrays.digest(index) for _, index in written.stored])

    def load(
        self,
        part: str | None = None,
        *,
        trusted: Iterable[object] = (),
        replace: Mapping[str, Any] | None = None,
        run_code: str | None = None,
        signed_by: Any = None,
        allow_newer: bool = False,
        progress: Progress | None = None,
    ) -> Any:
        """Return the model, or a part of it, as `ModelFile.load` does; there is no probe that could be asked."""
        from .migrate import warn_of_loss

        steps = None if part is None else parse_path(part)
        self.check_signed(signed_by)
        policy = Policy.asked(trusted, replace, run_code)
        model, applied = self.build(steps, trusted=policy, allow_newer=allow_newer, progress=progress)
        warn_of_loss(self.name, applied)
        return model

    def build(
        self,
        part: Steps | None = None,
        *,
        trusted: Iterable[object] | Policy = (),
        allow_newer: bool = False,
        progress: Progress | None = None,
    ) -> tuple[Any, list[Applied]]:
        meter = Meter(progress)
        with meter.step("reading"):
            _ = self.read
        with meter.step("building"):
            return self._build(Policy.asked(trusted), part, allow_newer)

    def _build(self, policy: Policy, part: Steps | None, allow_newer: bool) -> tuple[Any, list[Applied]]:
        from .build import build
        from .migrate import migrate
        from .validate import validate

        if policy.run_code is not None:
            raise UnsupportedError(f"a {self.kind} file came without code that could be run", fix="leave run_code out")
        policy = with_packs(policy)
        arrays = self.arrays
        graph, names = self.trusted_graph(policy)
        graph, applied = migrate(graph, arrays, running_libraries(), allow_newer=allow_newer)
        if part is not None:
            graph = select(graph, arrays, part)
        if applied:
            names = check(graph, policy)
        graph = validate(graph, arrays, trusted=policy.trusted)
        return build(graph, arrays, names, provided=policy.provided), applied

    def trusted_graph(self, policy: Policy) -> tuple[Graph, frozenset[str]]:
        """Return the graph as a perdure file would have it, and its names, when all of them are trusted."""
        from .build.adopt import adopt, with_members

        if self.read.dropped:
            raise UntrustedError(self.dropped)
        graph = with_members(self.graph, policy.trusted)
        # Of classes that the reader trusts, such a file does not say what they derive from.
        graph = adopt(graph, check(graph, policy), policy.provided)
        return graph, check(graph, policy)

    @property
    def dropped(self) -> tuple[Untrusted, ...]:
        """What the file calls, though the result is no part of the model: no honest file does."""
        found: dict[str, list[str]] = {}
        for name, at in self.read.dropped:
            found.setdefault(f"{name}()", []).append(f"byte {at:,}")
        return tuple(
            Untrusted(name, tuple(at), "it is called, and its result thrown away") for name, at in found.items()
        )

    @property
    def untrusted(self) -> tuple[str, ...]:
        return (*super().untrusted, *(item.name for item in self.dropped))

    def check_signed(self, key: Any) -> None:
        """Raise VerificationError where a signature is asked for: such a file has none."""
        if key is not None:
            raise VerificationError(
                f"a {self.kind} file has no signature of its own",
                fix="check one beside it: perdure.check_signature(path, key, signature=…), and load it without signed_by",
            )

    def as_stored(self, *, trusted: Iterable[object] = ()) -> Any:
        """Return the model without any migration: what the program that wrote the file would load here."""
        from .build import build
        from .validate import validate

        policy = Policy.of(trusted)
        graph, names = self.trusted_graph(policy)
        return build(validate(graph, self.arrays, trusted=policy.trusted), self.arrays, names)

    def damaged(self, progress: Progress | None = None) -> list[str]:
        """Return nothing: such a file states no digests."""
        return []

    def close(self) -> None:
        self._found.close()
        if self._opened is not None:
            self._opened.close()
