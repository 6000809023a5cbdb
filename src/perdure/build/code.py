"""The only place of perdure that runs code of a file: a text whose digest the reader has repeated.

Comes only from ``load(..., run_code="sha256:…")``: the reader names exactly the text that `perdure.open(file).code`
and ``perdure inspect --code`` show.
"""

from __future__ import annotations

import linecache
import sys
import types
from collections.abc import Iterable
from typing import Any

from ..converters.own import CODE_MODULES, CODE_PREFIX
from ..errors import InvalidError

__all__ = ["run"]


def run(text: str, digest: str, names: Iterable[str]) -> dict[str, Any]:
    """Return the classes and functions of a text that the reader has asked to be run.

    Parameters
    ----------
    text : str
    digest : str
        ``sha256:…`` of it, which the caller has compared.
    names : iterable of str
        As ``__main__:qualname``; what the text does not have is left out.

    Raises
    ------
    InvalidError
        When the text cannot be run here, with what it raised.
    """
    module_name = f"{CODE_PREFIX}{digest.removeprefix('sha256:')[:16]}"
    module = sys.modules.get(module_name)
    if module is None or CODE_MODULES.get(module_name) != (digest, text):
        module = _run(text, digest, module_name)
    found: dict[str, Any] = {}
    for name in names:
        value: Any = module
        for piece in name.partition(":")[2].split("."):
            value = getattr(value, piece, None)
        if isinstance(value, (type, types.FunctionType)):
            found[name] = value
    return found


def _run(text: str, digest: str, module_name: str) -> types.ModuleType:
    filename = f"<perdure code {digest}>"
    module = types.ModuleType(module_name, "Code that came with a model, run at its reader's wish.")
    module.__file__ = filename
    # Where tracebacks, inspect and a second dump find the text.
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    sys.modules[module_name] = module
    try:
        exec(compile(text, filename, "exec", dont_inherit=True), vars(module))  # noqa: S102 - see above
    except BaseException as error:
        del sys.modules[module_name]
        if not isinstance(error, Exception):
            raise
        raise InvalidError(
            f"the code of the file cannot be run here ({type(error).__name__}: {error})",
            fix="install what it imports, or give what stands for it: perdure.load(..., replace={...})",
        ) from error
    CODE_MODULES[module_name] = (digest, text)
    return module
