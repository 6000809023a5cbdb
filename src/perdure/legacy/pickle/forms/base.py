"""What the forms share: registering them, and taking arguments apart that a stranger may have written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....errors import FormatError
from ....graph.nodes import Node, Object
from ....graph.structure import Path
from ..translate import Form, Translator
from ..values import Call, Name, Pairs, Text2

__all__ = ["Book", "as_dict", "attributes", "logical", "misfit", "name_of", "only_state", "plain_int"]


class Book:
    """Forms by the name of what they are the form of."""

    def __init__(self) -> None:
        self.forms: dict[str, Form] = {}

    def form(self, *names: str, value: bool = False) -> Callable[[Form], Form]:
        """Register a form.

        Parameters
        ----------
        *names : str
            As `perdure.legacy.pickle.names.form_name` gives them.
        value : bool, default=False
            Whether it is a plain value, of which two that are equal are one.
        """

        def register(form: Form) -> Form:
            if value:
                form.untracked = True  # type: ignore[attr-defined]
            for name in names:
                self.forms[name] = form
            return form

        return register


def misfit(what: str, call: Call, path: Path) -> FormatError:
    """Return the error for a call that no honest file makes so."""
    return FormatError(f"{what} in the pickle is damaged (byte {call.at:,})", path=str(path))


def name_of(value: Any, what: str, call: Call, path: Path) -> Name:
    """Return a name, FormatError for what is none."""
    if type(value) is not Name:
        raise misfit(what, call, path)
    return value


def only_state(call: Call, what: str, path: Path) -> Any:
    """Return the one state that BUILD gave."""
    if len(call.states) != 1:
        raise misfit(what, call, path)
    return call.states[0]


def as_dict(value: Any, what: str, call: Call, path: Path) -> dict[str, Any]:
    """Return a dict with text keys, FormatError for what is none."""
    if type(value) is not Pairs:
        raise misfit(what, call, path)
    found: dict[str, Any] = {}
    for i in range(0, len(value.pairs), 2):
        key = value.pairs[i]
        if type(key) is Text2:
            key = key.decode("latin-1")
        if type(key) is not str:
            raise misfit(what, call, path)
        found[key] = value.pairs[i + 1]
    return found


def attributes(t: Translator, call: Call, what: str, path: Path) -> dict[str, Any]:
    """Return the attributes of a plain instance."""
    found, given = t.attributes_of(call, path)
    if given is not None:
        raise misfit(what, call, path)
    return found


def plain_int(value: Any, what: str, call: Call, path: Path) -> int:
    """Return an integer, FormatError for what is none."""
    if type(value) is not int:
        raise misfit(what, call, path)
    return value


def logical(
    t: Translator, name: str, attributes: dict[str, Any], path: Path, *, nodes: dict[str, Node] | None = None
) -> Object:
    """Return an object of one of perdure's own forms.

    Parameters
    ----------
    t : Translator
    name : str
    attributes : dict of str to value
        What is still to be translated.
    path : Path
    nodes : dict of str to Node, optional
        What is translated already.
    """
    t.types.add(name)
    state = {key: t.value(attributes[key], Path(path, f".{key}")) for key in sorted(attributes)}
    if nodes:
        state.update(nodes)
        state = dict(sorted(state.items()))
    return Object(name, state)
