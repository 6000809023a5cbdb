"""What pickle and joblib would make of a file here: found out without either, by names, rules and rows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal, TypeAlias

from .._legacy_file import LegacyFile
from ..errors import PerdureError
from ..migrate import Applied

__all__ = ["Plain", "met", "plain"]

Plain: TypeAlias = Literal["same", "wrong", "fails", "breaks", "code", "unknown"]
# Of a root with more estimators, these are asked.
_ESTIMATORS = 8
_TREE = "sklearn.tree._tree:Tree"
# The attribute of which an error speaks.
_ATTRIBUTE = re.compile(r"attribute[ =']+(\w+)")


def plain(file: LegacyFile, model: Any, applied: Iterable[Applied], trusted: tuple[object, ...]) -> tuple[Plain, str]:
    """Return what the program that wrote a file would make of it here, and why.

    Parameters
    ----------
    file : LegacyFile
    model : object
        As perdure loads it.
    applied : iterable of Applied
        The migrations that it took.
    trusted : tuple of str or class

    Returns
    -------
    plain : {"same", "wrong", "fails", "breaks", "unknown"}
        As in `Checked`.
    why : str
    """
    stopped = met(file)
    if stopped:
        return "fails", stopped
    names = [item.name for item in applied]
    if not names:
        return "same", ""
    refused = _tree_refuses(names)
    if refused:
        return "fails", refused
    try:
        stored = file.as_stored(trusted=trusted)
    except PerdureError as error:
        plainly, why = _unlike(names, error.problem)
        # What stands where perdure wants nothing does no harm to a pickle; what is missing is missed.
        return (plainly, why) if " is missing" in error.problem else ("unknown", why)
    return _asked(stored, model)


def met(file: LegacyFile) -> str:
    """Return what would stop the reader of a pickle before it has a model; an empty text where nothing does."""
    from ..build.resolve import absent

    bytes_at = file.read.not_ascii
    for name in file.read.names:
        if bytes_at is not None and name.at > bytes_at:
            break
        missing = absent(name.module, name.name)
        if missing:
            return missing
    if bytes_at is not None:
        return f"Python 2 kept texts and numbers as bytes, which pickle takes for ASCII: those at byte {bytes_at:,} are none"
    return _spline(file)


def _spline(file: LegacyFile) -> str:
    """Return why scipy would not take a B-spline: its state is the attributes, or from 1.18 on a pair."""
    from ..legacy.pickle.values import Name

    for call in file.read.calls:
        func = call.func
        if (
            type(func) is Name
            and func.name == "BSpline"
            and func.module.startswith("scipy.interpolate")
            and call.states
        ):
            import scipy
            from scipy.interpolate import BSpline

            pairs = tuple(
                type(state) is tuple for state in (call.states[-1], BSpline([0.0, 1.0], [1.0], 0).__reduce_ex__(2)[2])
            )
            if pairs[0] != pairs[1]:
                forms = ["its attributes", "a pair"]
                return f"the state of a BSpline is {forms[pairs[0]]}, where scipy {scipy.__version__} takes {forms[pairs[1]]}"
    return ""


def _tree_refuses(names: list[str]) -> str:
    """Return why a tree, which looks at its nodes as it is loaded, would not take these."""
    from ..migrate.operations import AddField, CastArray, DropField
    from ..migrate.rules import MIGRATIONS

    for rule in MIGRATIONS:
        if rule.name in names and _TREE in rule.types:
            for operation in rule.operations:
                if isinstance(operation, (AddField, DropField, CastArray)):
                    return (
                        f"since scikit-learn {rule.since} a tree takes its nodes only with another layout: "
                        f"{operation.describe()}"
                    )
    return ""


def _unlike(names: list[str], problem: str) -> tuple[Plain, str]:
    """Return what comes of a state that today's class does not have so, told by the attribute that perdure stopped at."""
    from ..migrate.rules import MIGRATIONS

    problem = problem.partition(":\n")[0]
    found = _ATTRIBUTE.search(problem)
    attribute = found[1] if found else ""
    if attribute == "n_features_in_":
        return "unknown", "it is without n_features_in_, which some methods ask for, and others do not"
    for rule in MIGRATIONS:
        if attribute and rule.name in names:
            effects = [operation.effect() for operation in rule.operations]
            if any(attribute in effect.sets | effect.drops for effect in effects):
                return "breaks", f"since scikit-learn {rule.since} its state is another: {rule.summary}"
    return "breaks", problem


def _asked(stored: Any, model: Any) -> tuple[Plain, str]:
    """Return how two models differ on rows of their own kind."""
    from ..record.probe.replaying import replay

    samples = _samples(model)
    if not samples:
        return "unknown", "no rows could be derived to compare"
    for found in replay(stored, samples):
        for comparison in found.comparisons:
            if comparison.verdict == "different":
                said = f"{found.path}.{comparison}"
                return ("breaks" if comparison.detail.startswith("no output now") else "wrong"), said
    return "same", ""


def _samples(model: Any) -> list[Any]:
    """Return what the estimators of a model say of rows that are derived from their fitted state."""
    from ..record.estimators import estimators_in
    from ..record.probe.asking import ask, settled, settled_rows
    from ..record.probe.rows import derived_rows
    from ..record.probe.storing import Sample

    found = []
    with settled():
        for path, estimator in estimators_in(model)[:_ESTIMATORS]:
            try:
                for candidate in derived_rows(estimator):
                    rows = settled_rows(candidate)
                    outputs, _ = ask(estimator, rows)
                    if outputs:
                        found.append(Sample(path, rows, outputs))
                        break
            except (PerdureError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError):
                # Of an estimator that tells nothing of its rows nothing is said.
                continue
    return found
