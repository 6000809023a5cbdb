"""How a file stands here and now: trust, migrations, members, signature, exports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._legacy_file import LegacyFile
from ..container.sections import SIGNATURES
from ..errors import PerdureError
from ..reporting.text import size_text
from ..trust.policy import Policy, untrusted
from .markup import Markup, code, joined, tag
from .origin import facts, table

if TYPE_CHECKING:
    from .._model_file import ModelFile

__all__ = ["held", "loading", "trust"]

_NAMES = 60
_PLACES = 5
_TYPES = 400
_EXPORTS = "exports/"


def trust(file: ModelFile) -> Markup:
    """Return which names of the file `load` would refuse, and all that it names."""
    refused = [*untrusted(file.graph, Policy()), *(file.dropped if isinstance(file, LegacyFile) else ())]
    if refused:
        lines = [
            [
                code(item.name, 200),
                item.reason,
                joined(
                    code(", ".join(item.paths[:_PLACES])),
                    f" and {len(item.paths) - _PLACES:,} more" if len(item.paths) > _PLACES else None,
                ),
            ]
            for item in refused[:_NAMES]
        ]
        count = f"{len(refused):,} name{'s are' if len(refused) > 1 else ' is'} not trusted"
        said = joined(
            tag(
                "p", tag("strong", count, class_="pd-bad"), ": load refuses the file until somebody trusts their code."
            ),
            table(("name", "why", "where"), lines, len(refused) - len(lines)),
        )
    else:
        said = tag(
            "p",
            tag("strong", "Every name is in perdure’s tables", class_="pd-good"),
            ": the file loads without trusting anything else.",
        )
    names = [tag("li", code(name, 200)) for name in file.types[:_TYPES]]
    more = len(file.types) - len(names)
    if more > 0:
        names.append(tag("li", f"… {more:,} more", class_="pd-more"))
    return joined(
        said,
        tag(
            "details",
            tag("summary", f"All {len(file.types):,} names that it uses"),
            tag("ul", *names, class_="pd-names"),
        ),
    )


def loading(file: ModelFile) -> Markup:
    """Return what `load` would change to bring the model to the libraries that run here."""
    from ..record.libraries import running_libraries

    now, then = running_libraries(), file.libraries
    lines = [
        [code(name, 60), code(release or "unknown", 40), code(now.get(name) or "not installed", 40)]
        for name, release in list(then.items())[:_NAMES]
    ]
    parts: list[Markup] = [table(("library", "made with", "here"), lines)] if lines else []
    try:
        applied = file.migrations
    except PerdureError as error:
        parts.append(
            tag("p", tag("strong", "It cannot be brought to the libraries here: ", class_="pd-bad"), str(error))
        )
        return joined(*parts)
    if not applied:
        parts.append(tag("p", "Nothing has to be changed for the libraries here."))
        return joined(*parts)
    steps = [
        [
            code(item.name, 80),
            tag("span", item.fidelity, class_="pd-bad" if item.fidelity == "lossy" else "pd-good"),
            item.description,
            joined(
                code(item.paths[0], 120) if item.paths else "",
                f" and {len(item.paths) - 1:,} more" if len(item.paths) > 1 else None,
            ),
        ]
        for item in applied[:_NAMES]
    ]
    parts.append(table(("migration", "fidelity", "what is done", "where"), steps, len(applied) - len(steps)))
    return joined(*parts)


def held(file: ModelFile) -> Markup:
    """Return the members of the file, its signature and its exports."""
    if isinstance(file, LegacyFile):
        rows = [("kind", f"{file.kind}: written by another program, read as data"), ("size", size_text(file.size))]
        return joined(facts(rows), tag("p", "It says nothing of itself that could be checked, and has no signature."))
    archive, stated = file.container.archive, file.manifest.members
    members = [
        [code(name, 120), size_text(archive.size(name)), code(stated[name][1]) if name in stated else ""]
        for name in archive.names[:_TYPES]
    ]
    exports = [name for name in file.sections if name.startswith(_EXPORTS)]
    form = ".".join(map(str, file.manifest.format))
    rows = [
        ("format", f"{form}, written by perdure {file.manifest.producer}"),
        ("size", size_text(archive.source.size)),
        ("digest of the model", code(file.digest)),
        ("signature", _signature(file)),
        (
            "exports",
            joined(*(joined(", " if i else None, code(name, 100)) for i, name in enumerate(exports[:_NAMES])))
            or "none",
        ),
    ]
    return joined(
        facts(rows), table(("member", "bytes", "sha256 as stated"), members, len(archive.names) - len(members))
    )


def _signature(file: ModelFile) -> Markup | str:
    if file.signature is not None:
        said = tag("strong", "good", class_="pd-good")
        return joined(said, ", by the key ", code(file.signature.key), ", as ", code(file.signature.name, 120))
    count = sum(name.startswith(SIGNATURES) for name in file.sections)
    if not count:
        return "none in the file"
    return f"{count:,} in the file, not checked: perdure view FILE --signed-by KEY.pem checks"
