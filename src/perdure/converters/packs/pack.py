"""What a package outside of perdure gives, so that models of its library can be saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..base import AttributeConverter, Converter

__all__ = ["Pack"]


@dataclass(frozen=True, slots=True)
class Pack:
    """The types of a library, and how those are taken apart that are more than their attributes.

    A package offers one under the entry-point group ``perdure.converters``, named as the library is imported;
    `perdure.register` takes one directly. Nothing of it loads unless the reader of a file names the library.

    Parameters
    ----------
    library : str
        As it is imported: ``"mylib"``.
    types : sequence of str, default=()
        Classes that are saved by their attributes, as ``module:qualname``.
    forms : mapping of str to mapping, default={}
        Forms of their own with a version, ``"mylib:Model/1"``, each with its ``way`` (the converter's name), the
        classes that it ``stands_for``, and the ``class`` to import.
    converters : sequence of Converter, default=()
        For the ways of the forms.

    Examples
    --------
    >>> from perdure import Pack
    >>> Pack("mylib", types=("mylib.models:Steps",)).table["types"]
    ['mylib.models:Steps']
    """

    library: str
    types: tuple[str, ...] = ()
    forms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    converters: tuple[Converter | AttributeConverter, ...] = ()

    @property
    def table(self) -> dict[str, Any]:
        """The table for trust."""
        return {"library": self.library, "types": list(self.types), "logical": dict(self.forms)}
