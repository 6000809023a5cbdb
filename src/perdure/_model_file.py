"""A file that is open: what it holds can be asked for without building anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from .arrays.progress import QUIET, Meter, Progress
from .arrays.region import read_region
from .arrays.select import Steps, parse_path, select
from .arrays.store import ArrayStore
from .container.file import Container
from .container.sections import CODE, RECORD
from .errors import FormatError, UnsupportedError, UntrustedError, VerificationError, shown
from .graph.audit import audit
from .graph.digest import model_digest
from .graph.limits import Limits
from .graph.nodes import Def, Graph, Object
from .graph.read import Parsed, read_graph
from .record.libraries import running_libraries
from .trust.policy import Policy, check, names_used, untrusted

if TYPE_CHECKING:
    from .migrate import Applied
    from .record.record import Record
    from .reporting.parts import Part
    from .signing.signing import Signed

__all__ = ["Code", "ModelFile", "ModelPart", "Opened", "limits_of", "with_packs"]

_LIMITS = Limits()


@cache
def _doors() -> tuple[Any, Any, Any]:
    """Return what a model goes through, imported when the first one does."""
    from .build import build
    from .migrate import migrate
    from .validate import validate

    return migrate, validate, build


def with_packs(policy: Policy) -> Policy:
    """Return the policy with what the packs say of the libraries that it names."""
    if not policy.trusted:
        return policy
    from ._packs import find_named

    added = find_named(policy.trusted)
    return policy.trusting(added) if added else policy


def limits_of(limits: Limits | Mapping[str, int] | None) -> Limits:
    """Return the limits that the argument ``limits`` of load means."""
    if limits is None:
        return _LIMITS
    return limits if isinstance(limits, Limits) else Limits().with_changes(**limits)


@dataclass(frozen=True, slots=True)
class Code:
    """The text of classes and functions that a file came with; nothing of it runs unless `load` is told so.

    Attributes
    ----------
    text : str
        One Python module.
    digest : str
        ``sha256:…`` of its UTF-8, which ``load(..., run_code=…)`` asks for.
    """

    text: str
    digest: str


class Opened(Protocol):
    """What was opened on the way to a file behind a URL, and has to be closed after it.

    Attributes
    ----------
    whole : bool
        Set where all of the file is going to be read.
    """

    whole: bool

    def close(self) -> None: ...


class ModelFile:
    """A perdure file, read lazily. Made by `perdure.open`; a context manager.

    Attributes
    ----------
    manifest : Manifest
        What the file says of itself.
    signature : Signed or None
        The one that ``signed_by`` asked for, when it was found to be good.
    """

    kind = "perdure"
    signature: Signed | None = None

    def __init__(self, container: Container, opened: Opened | None = None) -> None:
        self.container = container
        self.manifest = container.manifest
        self._opened = opened
        self._meter = QUIET

    # --- what is in it ---

    @property
    def digest(self) -> str:
        """The digest of the model, ``sha256:…``, as the file says it; `verify` computes it again."""
        return self.manifest.digest

    @property
    def libraries(self) -> dict[str, str | None]:
        """The releases that the model was made with."""
        return dict(self.manifest.libraries)

    @property
    def name(self) -> str:
        """What to call the file in a message."""
        return self.container.name

    @property
    def sections(self) -> tuple[str, ...]:
        """The names of what the file holds beside the model."""
        return self.container.sections

    def section(self, name: str) -> bytes | None:
        """Return the bytes of a section such as ``record.json``; None where the file has none."""
        return self.container.section(name) if name in self.container.sections else None

    @cached_property
    def _graph_bytes(self) -> bytes:
        return self.container.graph()

    @cached_property
    def _parsed(self) -> Parsed:
        return read_graph(self._graph_bytes, self.container.limits)

    @cached_property
    def arrays(self) -> ArrayStore:
        """The arrays of the model, decoded when they are asked for."""
        parsed, container, meter = self._parsed, self.container, self._meter
        if meter.quiet:
            region = container.arrays()
        else:
            with meter.step("reading", container.size):
                region = container.arrays(meter.add)
        store = read_region(
            region,
            parsed.specs,
            self.manifest.storage,
            container.limits,
            inline=parsed.inline,
            sizes=parsed.sizes,
            mapped=container.mapped,
            ranged=container.ranged,
        )
        audit(parsed, container.limits)
        return store

    @cached_property
    def graph(self) -> Graph:
        """The model as data."""
        arrays, parsed = self.arrays, self._parsed
        return Graph(parsed.root, arrays, parsed.bases, self.manifest.libraries, (parsed.root, parsed.names))

    @cached_property
    def types(self) -> tuple[str, ...]:
        """The names of all types and functions that the model uses, sorted."""
        return tuple(sorted(names_used(self.graph)))

    @property
    def untrusted(self) -> tuple[str, ...]:
        """The names that `load` would refuse without ``trusted=[…]``."""
        return tuple(item.name for item in untrusted(self.graph, Policy()))

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of the estimator, as nodes: its attributes without an underscore at either end."""
        root = self.graph.root
        while isinstance(root, Def):
            root = root.node
        if not isinstance(root, Object):
            return {}
        return {name: node for name, node in root.state.items() if not name.startswith("_") and not name.endswith("_")}

    @cached_property
    def record(self) -> Record | None:
        """What the file knows about its origin; None for the bytes of `perdure.dumps`."""
        from .record.reading import read_record

        return read_record(self.section)

    @cached_property
    def code(self) -> Code | None:
        """The text of classes and functions that `perdure.dump` kept with ``code=True``; None without."""
        data = self.section(CODE)
        if data is None:
            return None
        try:
            return Code(data.decode("utf-8"), f"sha256:{sha256(data).hexdigest()}")
        except UnicodeDecodeError:
            raise FormatError(f"{CODE} of {self.name} is not text in UTF-8") from None

    # --- what it can do ---

    def complete(self) -> None:
        """Bring all of a file behind a URL here, and check it: to look at it, parts are enough."""
        if self._opened is not None and self.container.ranged:
            self._opened.whole = True
            self.container.ranged = False
            for name in ("arrays", "graph"):
                self.__dict__.pop(name, None)

    def check_signed(self, key: Any) -> None:
        """Raise VerificationError unless the file was signed with a key; nothing is asked without one."""
        if key is not None:
            from .signing.signing import check_container

            if self.container.mapped or not self.container.archive.source.in_memory:
                raise UnsupportedError(
                    f"{self.name} could change after its signature was checked: it is not in memory",
                    fix="perdure.open(path, signed_by=…), without mmap",
                )
            self.signature = check_container(self.container, key)

    def __getitem__(self, key: str | int) -> ModelPart:
        """Return a part of the model, such as one model of a saved dict: nothing is read yet."""
        return ModelPart(self, ((key,),))

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
        """Return the model, or a part of it, through trust, migration, validation and building.

        Parameters
        ----------
        part : str, optional
            The place of the part that is wanted, as in Python: ``"steps[-1][1]"``, ``"estimators_[3]"``.
            Only that part is validated and built.
        trusted : iterable of str or class, default=()
            Names outside perdure's tables whose code you trust.
        replace : mapping of str to class or function, optional
            What to use for names that cannot be imported here.
        run_code : str, optional
            The digest of the `code` of the file: run it.
        signed_by : str, os.PathLike or bytes, optional
            A public key, as a path or PEM: refuse what was not signed with it, before the graph is read.
        allow_newer : bool, default=False
            Try to load a file of a release newer than perdure knows.
        progress : callable, optional
            As in `load`.

        Raises
        ------
        PerdureError
            When the file is damaged, not trusted or cannot be brought to the running release.
        UnsupportedError
            When the model has no such part.
        """
        if signed_by is not None:
            self.check_signed(signed_by)
        policy = Policy.asked(trusted, replace, run_code)
        steps = None if part is None else parse_path(part)
        model, applied = self._through(policy, steps, allow_newer, QUIET if progress is None else Meter(progress))
        if applied:
            from .migrate import warn_of_loss

            warn_of_loss(self.name, applied)
        if steps is None and RECORD in self.container.archive:
            from .record.reading import replay_if_needed

            replay_if_needed(self, model, applied, trusted=policy.trusted)
        return model

    def build(
        self,
        part: Steps | None = None,
        *,
        trusted: Iterable[object] | Policy = (),
        allow_newer: bool = False,
        progress: Progress | None = None,
    ) -> tuple[Any, list[Applied]]:
        """Return the model and the migrations that were applied; what `load` does before it asks the probe."""
        return self._through(Policy.asked(trusted), part, allow_newer, Meter(progress))

    def build_unfitted(self, *, trusted: Iterable[object] | Policy = ()) -> Any:
        """Return the estimator of the file without what it has learned: its parameters alone go through the doors."""
        from .rebuilding.unfitted import unfitted

        return self._built(Policy.asked(trusted), None, False, unfitted(self.graph))[0]

    def _through(
        self, policy: Policy, part: Steps | None, allow_newer: bool, meter: Meter
    ) -> tuple[Any, list[Applied]]:
        if part is None:
            self.complete()
        if meter.quiet:
            return self._built(policy, part, allow_newer)
        self._meter = meter
        arrays = self.arrays
        try:
            with meter.step("building", arrays.measured(meter)):
                return self._built(policy, part, allow_newer)
        finally:
            self._meter = QUIET
            arrays.measured(QUIET)

    def _built(
        self, policy: Policy, part: Steps | None, allow_newer: bool, whole: Graph | None = None
    ) -> tuple[Any, list[Applied]]:
        migrate, validate, build = _doors()
        graph, arrays = self.graph if whole is None else whole, self.arrays
        if policy.run_code is not None:
            policy = self._running(policy)
        if policy.trusted:
            policy = with_packs(policy)
        try:
            names = check(graph, policy)
        except UntrustedError as error:
            raise self._with_code(error) from None
        # On the whole: what an estimator is, its owner may have to say.
        graph, applied = migrate(graph, arrays, running_libraries(), allow_newer=allow_newer)
        if part is not None:
            graph = select(graph, arrays, part)
        if applied:
            names = check(graph, policy)
        graph = validate(graph, arrays, trusted=policy.trusted)
        return build(graph, arrays, names, provided=policy.provided), applied

    def _running(self, policy: Policy) -> Policy:
        """Return the policy with what the code of the file defines, which its reader has asked for by its digest."""
        code = self.code
        if code is None:
            raise UnsupportedError(f"{self.name} came without code that could be run", fix="leave run_code out")
        if code.digest != policy.run_code:
            raise VerificationError(
                f"the code of {self.name} is not the one that you asked for: it has the digest {code.digest}",
                fix="read it (perdure inspect FILE --code) before you give this digest",
            )
        from .build.code import run

        own = {name for name in names_used(self.graph) if name.startswith("__main__:")} - policy.provided.keys()
        return policy.providing(run(code.text, code.digest, sorted(own))) if own else policy

    def _with_code(self, error: UntrustedError) -> UntrustedError:
        """Return the error; where the file has the code of what is refused, with the call that runs it."""
        own = [item for item in error.untrusted if item.name.startswith("__main__:")]
        if not own or self.code is None:
            return error
        others = [item.name for item in error.untrusted if item not in own]
        call = f'perdure.load(..., run_code="{self.code.digest}"' + (", trusted=[{names}])" if others else ")")
        return UntrustedError(error.untrusted, call=call, code=True, named=others)

    @property
    def migrations(self) -> list[Applied]:
        """What `load` would change to bring the model to the running releases."""
        from .migrate import migrate

        return migrate(self.graph, self.arrays, running_libraries())[1]

    @cached_property
    def outline(self) -> Part:
        """The model as parts within parts, with their sizes."""
        from .reporting.outline import outline

        return outline(self.graph, self.arrays, refused=self.untrusted)

    @property
    def sizes(self) -> dict[str, int]:
        """The bytes of decoded arrays in each part of the model, by its path, largest first.

        Examples
        --------
        >>> import io, perdure
        >>> from sklearn.linear_model import Ridge
        >>> data = perdure.dumps(Ridge().fit([[0.0, 1.0], [1.0, 0.0]], [0.0, 1.0]))
        >>> perdure.open(io.BytesIO(data)).sizes
        {'model': 16, 'model.coef_': 16}
        """
        found: dict[str, int] = {}

        def visit(part: Part) -> None:
            if part.bytes and part.name != "":
                found[part.path] = part.bytes
            for inner in part.parts:
                visit(inner)

        whole = self.outline
        visit(whole)
        return {whole.path: whole.bytes} | dict(sorted(found.items(), key=lambda item: -item[1]))

    def _repr_html_(self) -> str:
        """Return what a notebook shows of the file."""
        from .viewing.page import model_html

        return model_html(self)

    def damaged(self, progress: Progress | None = None) -> list[str]:
        """Return what does not have the digest that the file states, computed anew: members, and ``model``."""
        self.complete()
        wrong = self.container.damaged()
        arrays, inline = self.arrays, self._parsed.inline
        numbers = [number for number in range(len(self._parsed.specs)) if number not in inline]
        meter = Meter(progress)

        def stored() -> Iterator[bytes]:
            for number in numbers:
                yield arrays.digest(number)
                meter.add(arrays.nbytes(number))

        with meter.step("checking digests", sum(map(arrays.nbytes, numbers))):
            if model_digest(self._graph_bytes, stored()) != self.digest:
                wrong.append("model")
        return wrong

    def close(self) -> None:
        """Let go of the file; what was loaded from it stays."""
        self.container.close()
        if self._opened is not None:
            self._opened.close()

    def __enter__(self) -> ModelFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class ModelPart:
    """A part of a model in a file that is open: nothing of it is read before `load`.

    Made by ``perdure.open(path)["key"]``.
    """

    def __init__(self, file: ModelFile, steps: Steps) -> None:
        self._file = file
        self._steps = steps

    def __getitem__(self, key: str | int) -> ModelPart:
        """Return a part of the part."""
        return ModelPart(self._file, (*self._steps, (key,)))

    def __repr__(self) -> str:
        place = "".join(f".{step}" if isinstance(step, str) else f"[{shown(step[0])}]" for step in self._steps)
        return f"<model{place} of {self._file.name}>"

    def load(
        self,
        *,
        trusted: Iterable[object] = (),
        replace: Mapping[str, Any] | None = None,
        run_code: str | None = None,
        allow_newer: bool = False,
    ) -> Any:
        """Return the part, as `ModelFile.load` does; the file has to be open still."""
        policy = Policy.asked(trusted, replace, run_code)
        return self._file.build(self._steps, trusted=policy, allow_newer=allow_newer)[0]
