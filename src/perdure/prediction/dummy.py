"""The dummies: what predicts without a look at the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .base import Classifier, Regressor
from .parts import Part
from .rows import count_of

if TYPE_CHECKING:
    from .registry import Maker

__all__ = ["KNOWN"]

Matrix = np.ndarray[Any, Any]


class DummyClassifier(Classifier):
    """The most frequent class, the prior, a constant, or anything at random."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.strategy = part.word("_strategy")
        self.single = int(part.number("n_outputs_")) == 1
        single = self.single
        self.seed = part.get("random_state")
        if self.strategy in ("stratified", "uniform") and type(self.seed) is not int:
            raise part.refuse("predictions at random without a seed")
        if self.strategy not in ("most_frequent", "prior", "stratified", "uniform", "constant"):
            raise part.refuse(f"the strategy {self.strategy}")
        if part.get("sparse_output_"):
            raise part.refuse("sparse predictions")
        self.tables: list[Any] = [self.classes] if single else list(self.classes)
        prior = part["class_prior_"]
        self.priors: list[Any] = [prior] if single else list(prior)
        constant = part.get("constant")
        self.constant = constant
        if self.strategy == "constant":
            self.constants = [constant] if single else list(np.ravel(constant))
        else:
            self.constants = [None] * len(self.tables)

    def _random(self) -> Any:
        return np.random.RandomState(self.seed)

    def _probas(self, count: int) -> list[Matrix]:
        random = self._random() if self.strategy in ("stratified", "uniform") else None
        found = []
        for classes, prior, constant in zip(self.tables, self.priors, self.constants, strict=True):
            if self.strategy == "most_frequent":
                out = np.zeros((count, len(classes)))
                out[:, prior.argmax()] = 1.0
            elif self.strategy == "prior":
                out = np.ones((count, 1)) * prior
            elif self.strategy == "stratified":
                assert random is not None
                out = random.multinomial(1, prior, size=count).astype(np.float64)
            elif self.strategy == "uniform":
                out = np.ones((count, len(classes)))
                out /= len(classes)
            else:
                out = np.zeros((count, len(classes)))
                out[:, np.where(classes == constant)] = 1.0
            found.append(out)
        return found

    def predict(self, X: Any) -> Matrix:
        count = count_of(X)
        if self.strategy in ("most_frequent", "prior"):
            row = [classes[prior.argmax()] for classes, prior in zip(self.tables, self.priors, strict=True)]
            made = np.tile(row, [count, 1])
        elif self.strategy == "stratified":
            probas = self._probas(count)
            made = np.vstack([c[p.argmax(axis=1)] for c, p in zip(self.tables, probas, strict=True)]).T
        elif self.strategy == "uniform":
            random = self._random()
            made = np.vstack([classes[random.randint(len(classes), size=count)] for classes in self.tables]).T
        else:
            made = np.tile(self.constant, (count, 1))
        return np.ravel(made) if self.single else made

    def predict_proba(self, X: Any) -> Any:
        found = self._probas(count_of(X))
        return found[0] if self.single else found

    def predict_log_proba(self, X: Any) -> Any:
        with np.errstate(divide="ignore"):
            found = [np.log(proba) for proba in self._probas(count_of(X))]
        return found[0] if self.single else found


class DummyRegressor(Regressor):
    """One number."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.single = int(part.number("n_outputs_")) == 1
        self.constant = part.array("constant_")

    def predict(self, X: Any) -> Matrix:
        count = count_of(X)
        made = np.full((count, self.constant.size), self.constant, dtype=self.constant.dtype)
        return np.ravel(made) if self.single else made


KNOWN = {"sklearn.dummy:DummyClassifier": DummyClassifier, "sklearn.dummy:DummyRegressor": DummyRegressor}
