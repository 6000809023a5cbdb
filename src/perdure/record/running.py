"""What runs now, as text: the script, or the cells and the notebook, and the changes that git has not."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from ..errors import UnsupportedError
from . import origin
from .origin import ask_git
from .record import LeftOut
from .source import Piece, cleaned, file_piece, text_of

__all__ = ["running_pieces"]

# A notebook with its outputs, which are not kept.
_NOTEBOOK = 1 << 28
# What is code or settings; other files that git knows may be data, and a change in them would be rows.
_CODE = re.compile(r"(?i).*\.(pyi?|pyx|pxd|c|h|cc|[ch]pp|cu|rs|r|jl|sql|(ba)?sh|toml|cfg|ini|ya?ml|mk|cmake)")
_CODE_NAMES = re.compile(r"Makefile|Dockerfile|Pipfile|Snakefile|(?:requirements|constraints)[\w.-]*\.txt")


def running_pieces() -> Iterator[tuple[str, Callable[[], Piece | None]]]:
    """Yield what runs: how each piece is called, and what makes it; None where there is nothing of the kind."""
    script = origin.script_path()
    if script is not None:
        yield "the running script", partial(file_piece, script, kind="script")
    else:
        yield "the running script", partial(_cells_or_nothing, _shell())
        path = notebook_path()
        if path is not None:
            yield "the notebook", partial(notebook_piece, path)
    yield "the changes that are not committed", changes_piece


def _shell() -> Any:
    """Return the shell of IPython that runs here; None outside of one."""
    library = sys.modules.get("IPython")
    return library.get_ipython() if library is not None else None


def notebook_path() -> str | None:
    """Return the file of the notebook that runs here, where its server says it."""
    shell = _shell()
    if shell is None:
        return None
    # VS Code, and the servers of Jupyter from their release 2 on.
    for place in (getattr(shell, "user_ns", {}).get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME")):
        if isinstance(place, str) and place.endswith(".ipynb") and os.path.isfile(place):
            return os.path.realpath(place)
    return None


def _cells_or_nothing(shell: Any) -> Piece:
    cells = getattr(shell, "user_ns", {}).get("In") if shell is not None else None
    texts = [(number, cell) for number, cell in enumerate(cells or ()) if isinstance(cell, str) and cell.strip()]
    if not texts:
        raise UnsupportedError(
            "neither a script nor a notebook runs here", fix='name what made the model: source=["train.py"]'
        )
    written = "\n".join(f"# %% In [{number}]\n{cell.rstrip()}\n" for number, cell in texts)
    text, left = cleaned(written)
    return Piece("cells", "In", "cells.py", text, left)


def notebook_piece(path: str) -> Piece:
    """Return a notebook without its outputs, which may be rows of the data.

    Raises
    ------
    UnsupportedError
        When it is no notebook of the fourth format.
    """
    name = os.path.basename(path)
    try:
        raw = json.loads(text_of(path, _NOTEBOOK))
        cells = [(str(cell["cell_type"]), cell.get("id"), _joined(cell["source"])) for cell in raw["cells"]]
        version = [int(raw["nbformat"]), int(raw["nbformat_minor"])]
        language = str(raw.get("metadata", {}).get("language_info", {}).get("name", "python"))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise UnsupportedError(f"{name} is no notebook of the fourth format") from None
    kept: list[dict[str, Any]] = []
    left: list[LeftOut] = []
    for number, (kind, identity, source) in enumerate(cells, 1):
        text, lost = cleaned(source, code=kind == "code", cell=number)
        left += lost
        cell: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": text.splitlines(keepends=True)}
        if isinstance(identity, str):
            cell["id"] = identity
        kept.append({**cell, "execution_count": None, "outputs": []} if kind == "code" else cell)
    notebook = {
        "cells": kept,
        "metadata": {"language_info": {"name": language}},
        "nbformat": version[0],
        "nbformat_minor": version[1],
    }
    return Piece("notebook", name, name, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", tuple(left))


def _joined(source: Any) -> str:
    return source if isinstance(source, str) else "".join(source)


def changes_piece() -> Piece | None:
    """Return what differs from the last commit in files of code and settings; None where nothing does.

    Other files are named and no more: they may be data.
    """
    root = origin.repository_of_what_runs()
    if root is None or not ask_git(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}", may_fail=True):
        return None
    commit = ask_git(root, "rev-parse", "HEAD").decode("ascii").strip()
    names = ask_git(root, "diff", "--name-only", "--no-renames", "-z", "HEAD").decode("utf-8", "surrogateescape")
    changed = [name for name in names.split("\0") if name]
    code = [name for name in changed if _is_code(name)]
    if not changed:
        return None
    text = "".join(f"# changed, and not shown since it may be data: {name!a}\n" for name in changed if name not in code)
    left: list[LeftOut] = []
    for name in code:
        plain = ("--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--src-prefix=a/", "--dst-prefix=b/")
        said = ask_git(root, "diff", *plain, "HEAD", "--", f":(literal,top){name}")
        piece, lost = cleaned(said.decode("utf-8", "replace"), code=name.endswith((".py", ".pyi", ".pyx")))
        before = text.count("\n")
        left += [LeftOut(line=item.line + before, what=item.what) for item in lost]
        text += piece
    return Piece("diff", f"git diff {commit}", "changes.diff", text, tuple(left))


def _is_code(name: str) -> bool:
    base = name.rpartition("/")[2]
    return _CODE.fullmatch(base) is not None or _CODE_NAMES.fullmatch(base) is not None
