"""perdure: fitted scikit-learn models that last."""

from typing import TYPE_CHECKING, Any

from ._compatibility import check_pair
from ._version import __version__ as __version__

if TYPE_CHECKING:
    from ._public import *  # noqa: F403 - what a type checker sees of the names below

check_pair()


def __getattr__(name: str) -> Any:
    """Import the public names when the first of them is asked for: a program that saves no model pays for none."""
    if name.startswith("_") and name != "__all__":
        # A module of the package is asked for in this way before it is imported, while the public names are being imported.
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    known = globals()
    if name == "Predictor":
        # By itself: what only predicts imports nothing of the rest.
        from .prediction.predictor import Predictor

        return known.setdefault(name, Predictor)
    try:
        from ._public import __all__ as names
    except ModuleNotFoundError as error:
        if error.name != f"{__name__}._public":
            raise
        return _of_runtime(name)

    if "__all__" not in known:
        from . import _public

        known.update({each: getattr(_public, each) for each in names})
        known["__all__"] = names
    if name in known:
        return known[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _of_runtime(name: str) -> Any:
    """Return a name where perdure-runtime alone is installed."""
    from . import errors
    from .graph.limits import Limits

    if name == "Limits":
        return Limits
    if name in errors.__all__:
        return getattr(errors, name)
    raise AttributeError(f"perdure-runtime predicts only, and has no {name}: pip install perdure")


def __dir__() -> list[str]:
    from ._public import __all__ as names

    return sorted({*globals(), *names})
