"""`perdure.view`: a file as one page."""

from __future__ import annotations

from typing import Any

from .._api import open as open_file
from .page import page

__all__ = ["view"]


def view(src: Any, *, signed_by: Any = None) -> str:
    """Return one page of HTML that shows what a file holds: nothing of it is built, and nothing that it names imported.

    The model as a diagram, the size of each part, parameters beside their defaults, fitted attributes, coefficients and
    importances, what the record says, and how it would load here. The page needs nothing else: no script, no font, no
    picture from outside; its policy lets none in. A notebook shows the same of what `open` returns.

    Parameters
    ----------
    src : str, os.PathLike or binary file-like
        As in `load`.
    signed_by : str, os.PathLike or bytes, optional
        A public key, as a path or PEM: refuse what was not signed with it.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    FormatError
        When it is no file that perdure reads, or is damaged.

    Examples
    --------
    >>> import io, perdure
    >>> from sklearn.linear_model import Ridge
    >>> file = io.BytesIO(perdure.dumps(Ridge(alpha=2.0).fit([[0.0], [1.0]], [1.0, 3.0])))
    >>> html = perdure.view(file)
    >>> html[:15], "alpha=2.0" in html, "<script" in html
    ('<!DOCTYPE html>', True, False)
    """
    with open_file(src, signed_by=signed_by) as file:
        return page(file)
