"""From a file to the parts of a model: the doors of `load`, and in place of build plain values."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any

from ..arrays.region import read_region
from ..arrays.select import parse_path, select
from ..container.file import Container, OldFile
from ..errors import FormatError, UnsupportedError, Untrusted, quoted
from ..graph.audit import audit
from ..graph.limits import Limits
from ..graph.nodes import Graph
from ..graph.read import read_graph
from ..migrate import migrate
from ..migrate.releases import minor, release
from ..migrate.rulebook import known as known_rules
from ..trust.policy import Policy, check
from ..validate import validate
from .parts import Reader

__all__ = ["opened_part", "public_key"]

# What would act in a prediction too.
_ACTING = ("input=", "ngram_range=", "token_pattern=")


def _newest(graph: Graph) -> dict[str, str | None]:
    """Return the libraries to bring a model to: the newest known scikit-learn, whose layout predictors read."""
    newest = known_rules().newest
    stored = graph.libraries.get("scikit-learn")
    found = release(stored)
    same = found is not None and minor(found) == newest
    return {**graph.libraries, "scikit-learn": stored if same else f"{newest[0]}.{newest[1]}.0"}


def public_key(key: Any) -> Any:
    """Return the public key of a path or a PEM, before any file is opened."""
    from ..signing.keys import public_key

    return public_key(key)


@contextmanager
def opened_part(
    src: str | os.PathLike[str] | IO[bytes] | bytes,
    limits: Limits | Mapping[str, int] | None = None,
    part: str | None = None,
    key: Any = None,
) -> Iterator[Any]:
    """Yield the model of a file as plain values, after trust, migration and validation.

    Its arrays are read while the file is open, and what was not asked for by then never is.

    Parameters
    ----------
    src : path, bytes or binary file-like
    limits : Limits or mapping, optional
    part : str, optional
        The place of the part that is wanted.
    key : public key, optional
        The one that has to have signed the file.

    Yields
    ------
    Part
        Or what else the file holds.
    """
    steps = None if part is None else parse_path(part)
    known = limits if isinstance(limits, Limits) else Limits().with_changes(**(limits or {}))
    try:
        # What is checked against a signature is read into memory first, so that nobody changes it meanwhile.
        container = Container(src, limits=known, private=key is not None)
    except OldFile as old:
        if old.finish is not None:
            old.finish()
        raise FormatError(
            f"a predictor reads files of perdure, and this is one of {old.kind}",
            fix="convert it where scikit-learn is installed: perdure.convert(old, new)",
        ) from None
    try:
        if key is not None:
            from ..signing.signing import check_container

            check_container(container, key)
        parsed = read_graph(container.graph(), known)
        arrays = read_region(
            container.arrays(), parsed.specs, container.manifest.storage, known, inline=parsed.inline, mapped=False
        )
        audit(parsed, known)
        graph = Graph(parsed.root, arrays, parsed.bases, container.manifest.libraries, (parsed.root, parsed.names))
        check(graph, Policy())
        graph, changed = migrate(graph, arrays, _newest(graph))
        if changed:
            check(graph, Policy())
        if steps is not None:
            graph = select(graph, arrays, steps)
        # Parameters that would act when a model is used, such as a cache on disk, never act here.
        acting: list[Untrusted] = []
        graph = validate(graph, arrays, asked=acting)
        for item in acting:
            if item.name.startswith(_ACTING):
                raise UnsupportedError(
                    f"a predictor takes nobody's word for {item.name:.100}: it {item.reason}",
                    path=item.paths[0],
                    fix=f"load the model: perdure.load(..., trusted=[{quoted(item.name)}])",
                )
        reader = Reader(graph, arrays)
        yield reader.root()
        reader.close()
    finally:
        container.close()
