"""Which types a predictor knows: a table from the name of a type, as a text, to what predicts in its stead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from ..errors import InvalidError
from .base import Estimator
from .parts import Part

__all__ = ["Maker", "known_types"]

Known = Mapping[str, Callable[[Part, "Maker"], Estimator]]


# A family is imported when the first of its types is met.
def _linear() -> Known:
    from .linear import KNOWN

    return KNOWN


def _discriminant() -> Known:
    from .discriminant import KNOWN

    return KNOWN


def _naive_bayes() -> Known:
    from .naive_bayes import KNOWN

    return KNOWN


def _dummy() -> Known:
    from .dummy import KNOWN

    return KNOWN


def _trees() -> Known:
    from .trees import KNOWN

    return KNOWN


def _ensembles() -> Known:
    from .boosting import KNOWN as boosting
    from .ensembles import KNOWN as ensembles
    from .trees import KNOWN as trees

    return {**trees, **boosting, **ensembles}


def _preprocessing() -> Known:
    from .encoding import KNOWN as encoding
    from .features import KNOWN as features
    from .scaling import KNOWN as scaling

    return {**encoding, **features, **scaling, "sklearn.preprocessing._data:KernelCenterer": _centerer}


def _centerer(part: Part, make: Maker) -> Estimator:
    # Beside the kernels, which no other part of preprocessing needs.
    return _decomposition()[part.type](part, make)


def _imputing() -> Known:
    from .imputing import KNOWN

    return KNOWN


def _selecting() -> Known:
    from .selecting import KNOWN

    return KNOWN


def _decomposition() -> Known:
    from .decomposition import KNOWN

    return KNOWN


def _distances() -> Known:
    from .distances import KNOWN

    return KNOWN


def _mixtures() -> Known:
    from .mixtures import KNOWN

    return KNOWN


def _neural() -> Known:
    from .neural import KNOWN

    return KNOWN


def _support_vectors() -> Known:
    from .linear import KNOWN as linear
    from .support_vectors import KNOWN as vectors

    return {**linear, **vectors}


def _meta() -> Known:
    from .meta import KNOWN

    return KNOWN


def _several() -> Known:
    from .several import KNOWN

    return KNOWN


def _text() -> Known:
    from .text import KNOWN

    return KNOWN


def _compose() -> Known:
    from .compose import KNOWN

    return KNOWN


def _compat() -> Known:
    from .compat import KNOWN

    return KNOWN


_FAMILIES: dict[str, Callable[[], Known]] = {
    "perdure.compat": _compat,
    "sklearn.calibration": _meta,
    "sklearn.cluster": _distances,
    "sklearn.compose": _compose,
    "sklearn.covariance": _mixtures,
    "sklearn.cross_decomposition": _decomposition,
    "sklearn.decomposition": _decomposition,
    "sklearn.discriminant_analysis": _discriminant,
    "sklearn.dummy": _dummy,
    "sklearn.ensemble": _ensembles,
    "sklearn.feature_extraction": _text,
    "sklearn.feature_selection": _selecting,
    "sklearn.frozen": _meta,
    "sklearn.impute": _imputing,
    "sklearn.isotonic": _meta,
    "sklearn.kernel_approximation": _decomposition,
    "sklearn.kernel_ridge": _decomposition,
    "sklearn.linear_model": _linear,
    "sklearn.mixture": _mixtures,
    "sklearn.model_selection": _meta,
    "sklearn.multiclass": _several,
    "sklearn.multioutput": _several,
    "sklearn.naive_bayes": _naive_bayes,
    "sklearn.neighbors": _distances,
    "sklearn.neural_network": _neural,
    "sklearn.pipeline": _compose,
    "sklearn.preprocessing": _preprocessing,
    "sklearn.random_projection": _decomposition,
    "sklearn.semi_supervised": _meta,
    "sklearn.svm": _support_vectors,
    "sklearn.tree": _trees,
}


@cache
def _family(name: str) -> Known:
    make = _FAMILIES.get(name)
    return {} if make is None else make()


def _family_of(kind: str) -> Known:
    return _family(".".join(kind.partition(":")[0].split(".")[:2]))


def known_types() -> list[str]:
    """Return the names of all types that a predictor knows, sorted."""
    return sorted({name for family in _FAMILIES for name in _family(family)})


class Maker:
    """Makes what predicts in the stead of the objects of one model, each once."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Part, Estimator]] = {}

    def __call__(self, part: Any) -> Estimator:
        """Return the estimator for an object of the model.

        Raises
        ------
        UnsupportedError
            For a type that a predictor does not know.
        """
        if not isinstance(part, Part):
            raise InvalidError(f"an estimator was expected, not a {type(part).__name__}", path="model")
        found = self._made.get(id(part))
        if found is None:
            known = _family_of(part.type).get(part.type)
            if known is None:
                raise part.refuse(f"the type {part.type}")
            found = self._made[id(part)] = (part, known(part, self))
        return found[1]

    def all(self, parts: Any) -> list[Estimator]:
        """Return the estimators for a list of objects."""
        return [self(part) for part in parts]
