"""The errors of perdure: what is wrong, where in the model, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "ExportError",
    "FormatError",
    "InvalidError",
    "LimitError",
    "MigrationError",
    "MissingExtraError",
    "PerdureError",
    "PerdureWarning",
    "StorageError",
    "UnsupportedError",
    "Untrusted",
    "UntrustedError",
    "VerificationError",
    "printed",
    "quoted",
    "shown",
]


class PerdureWarning(UserWarning):
    """Something that a person should know, though the work went on."""


class PerdureError(Exception):
    """Base of every error that perdure raises on purpose.

    Parameters
    ----------
    problem : str
        What is wrong, in one sentence.
    path : str or None, default=None
        The place in the model, such as ``model.steps[1][1].tree_``.
    fix : str or None, default=None
        What to do next, with the exact call where there is one.
    """

    def __init__(self, problem: str, *, path: str | None = None, fix: str | None = None) -> None:
        super().__init__(problem, path, fix)
        self.problem = problem
        self.path = path
        self.fix = fix

    def __str__(self) -> str:
        lines = [self.problem]
        if self.path is not None:
            lines.append(f"  where: {self.path}")
        if self.fix is not None:
            lines.append(f"  what to do: {self.fix}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.__dict__.copy(), self.args))


def _rebuild(kind: type[PerdureError], state: dict[str, object], args: tuple[str, ...]) -> PerdureError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class FormatError(PerdureError):
    """The bytes are not a well-formed file of the kind they claim to be."""


class LimitError(PerdureError):
    """The file asks for more than the limits allow."""


@dataclass(frozen=True)
class Untrusted:
    """One name that is not trusted, and where the model uses it.

    Attributes
    ----------
    name : str
        The type or function, as ``module:qualname``.
    paths : tuple of str
        The places in the model.
    reason : str
        Why the name is not accepted.
    library : str or None
        The library whose pack has the name: to trust it is to trust them all.
    """

    name: str
    paths: tuple[str, ...]
    reason: str = "not in perdure's tables"
    library: str | None = None


def quoted(name: str) -> str:
    """Return a name as it stands in Python code, in double quotes where it can.

    Letters beyond ASCII are written out: some look like others, and some hide what stands beside them.
    """
    return ascii(name) if '"' in name or "\\" in name or not (name.isascii() and name.isprintable()) else f'"{name}"'


def shown(value: object, most: int = 60) -> str:
    """Return a value as Python writes it, no longer than some letters, for a message or a place in a model.

    Python writes no number of more than 4,300 digits in base ten; such a one, also inside of something, is ``…``.
    """
    try:
        return repr(value)[:most]
    except ValueError:
        return "…"


def printed(number: float) -> str:
    """Return a number in words of a message; one that Python would not print in base ten, by its size."""
    if isinstance(number, int) and number.bit_length() > 1000:
        return f"a number of {number.bit_length():,} bits"
    return f"{number:,}"


class UntrustedError(PerdureError):
    """The file names types or functions that are not trusted.

    Attributes
    ----------
    untrusted : tuple of Untrusted
        Every refused name of the file.
    """

    def __init__(
        self,
        untrusted: Sequence[Untrusted],
        *,
        call: str = "perdure.load(..., trusted=[{names}])",
        code: bool = False,
        named: Sequence[str] | None = None,
    ) -> None:
        self.untrusted = tuple(untrusted)
        asked = [item.library or item.name for item in self.untrusted] if named is None else named
        names = ", ".join(map(quoted, dict.fromkeys(asked)))
        count = len(self.untrusted)
        lines = [
            f"the model uses {count} name{'s' if count != 1 else ''} that {'are' if count != 1 else 'is'} not trusted; nothing was loaded:"
        ]
        for item in self.untrusted:
            shown = ", ".join(item.paths[:3]) + (
                f" and {len(item.paths) - 3} more places" if len(item.paths) > 3 else ""
            )
            name = item.name if item.name.isascii() and item.name.isprintable() else ascii(item.name)
            lines.append(f"    {name}  ({item.reason})  at {shown}")
        fix = "read what these names are, and if you trust their code: " + call.format(names=names)
        if code:
            fix = (
                "the file has the code of what is of __main__; read it (perdure inspect FILE --code), and if you trust it, run it: "
                + call.format(names=names)
                + '; or give what stands for it: perdure.load(..., replace={"__main__.Name": my_module.Name})'
            )
        if any(item.name.endswith("()") for item in self.untrusted):
            fix = (
                "do not load the file with pickle or joblib: it calls what is no part of a model. If you know its code, "
                "load it where it was made, and save the model with perdure.dump"
            )
        super().__init__("\n".join(lines), fix=fix)


class InvalidError(PerdureError):
    """The file is well formed, but its numbers or attributes cannot belong to such a model."""


class MigrationError(PerdureError):
    """The model's state cannot be brought to the running release."""


class UnsupportedError(PerdureError):
    """The value cannot be saved, or what was asked for is not offered."""


class MissingExtraError(PerdureError, ImportError):
    """An optional library is needed that is not installed."""


class StorageError(PerdureError):
    """A file behind a URL could not be read or written: the store refused, was not reached, or broke off."""


class VerificationError(PerdureError):
    """A check of the file against its record or its signature failed."""


class ExportError(PerdureError):
    """The model cannot be exported, or the exported file disagrees with it."""
