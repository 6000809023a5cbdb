"""What is looked at in a model, in the process that made it and in the one that loaded it: the same calls in the same order.

Asking a model changes it (counters in a tree, random states), and the later checks train it further. So each process
goes once through the checks, from the first to the last, and a difference in one may bring others in its train.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from typing import Any

from sklearn.base import clone

from zoo.compare import digest_tree, fitted_state
from zoo.outputs import Raised, models_in, outputs, settled
from zoo.registry import Case, fit, leave_unfitted

#: In the order in which they are made.
CHECKS = ("state", "outputs", "pickle", "clone_fit", "set_params", "partial_fit", "warm_start")


def observe(case: Case, model: Any, checks: tuple[str, ...] = CHECKS) -> dict[str, dict[str, str]]:
    """Digest trees by check. From ``clone_fit`` on: the state after training goes on, and what the model then says."""
    with case.settings():
        query = case.data().query
        seen = {}
        for name in CHECKS:
            if name in checks:
                seen[name] = _CHECKS[name](case, model, query)
    return seen


def _state(case: Case, model: Any, query: dict[str, Any]) -> dict[str, str]:
    return fitted_state(model)


def _outputs(case: Case, model: Any, query: dict[str, Any]) -> dict[str, str]:
    return digest_tree(outputs(model, query), "outputs")


def _pickle(case: Case, model: Any, query: dict[str, Any]) -> dict[str, str]:
    """The model goes through pickle as any other would."""
    copy = settled(lambda: pickle.loads(pickle.dumps(model)))
    return _looked_at(copy, query) if not isinstance(copy, Raised) else digest_tree(copy, "pickle")


def _clone_fit(case: Case, model: Any, query: dict[str, Any]) -> dict[str, str]:
    train = fit if case.fit is leave_unfitted else case.fit
    return _each(model, query, lambda estimator: _fitted(train, clone(estimator), case))


def _set_params(case: Case, model: Any, query: dict[str, Any]) -> dict[str, str]:
    """Each parameter taken out and put back."""
    return _each(model, query, lambda estimator: estimator.set_params(**estimator.get_params()))


def _partial_fit(case: Case, model: Any, query: dict[str, Any]) -> dict[str, str]:
    """A further batch."""
    data = case.data()
    rows = (data.X_new,) if data.y_new is None else (data.X_new, data.y_new)
    return _each(model, query, lambda estimator: estimator.partial_fit(*rows), having="partial_fit")


def _warm_start(case: Case, model: Any, query: dict[str, Any]) -> dict[str, str]:
    """Training goes on from where it ended, with two more of what there can be more of."""

    def further(estimator: Any) -> Any:
        more = {
            name: value + 2
            for name, value in estimator.get_params(deep=False).items()
            if name in ("n_estimators", "max_iter") and isinstance(value, int)
        }
        return _fitted(fit, estimator.set_params(warm_start=True, **more), case)

    return _each(model, query, further, having="warm_start")


_CHECKS: dict[str, Callable[[Case, Any, dict[str, Any]], dict[str, str]]] = {
    "state": _state,
    "outputs": _outputs,
    "pickle": _pickle,
    "clone_fit": _clone_fit,
    "set_params": _set_params,
    "partial_fit": _partial_fit,
    "warm_start": _warm_start,
}


def _fitted(train: Callable[[Any, Any], Any], estimator: Any, case: Case) -> Any:
    train(estimator, case.data())
    return estimator


def _each(model: Any, query: dict[str, Any], step: Callable[[Any], Any], having: str | None = None) -> dict[str, str]:
    """The step with each estimator in the root, each looked at afterwards."""
    seen: dict[str, str] = {}
    for place, estimator in _estimators(model, having):
        result = settled(lambda estimator=estimator: step(estimator))
        seen |= _looked_at(result, query, f"model{place}")
    return seen


def _estimators(model: Any, having: str | None) -> Iterator[tuple[str, Any]]:
    for place, estimator in models_in(model):
        if having is None or hasattr(estimator, having):
            yield place, estimator


def _looked_at(model: Any, query: dict[str, Any], place: str = "model") -> dict[str, str]:
    return digest_tree(model, place) | digest_tree(outputs(model, query), f"{place}.outputs")
