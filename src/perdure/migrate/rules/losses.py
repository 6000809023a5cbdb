"""The losses of gradient boosting: those of `sklearn.ensemble._gb_losses`, up to 1.3, and those of `sklearn._loss`."""

from __future__ import annotations

from typing import Any

from ...errors import InvalidError
from ...graph.nodes import Node, Object
from ..state import State

__all__ = ["OLD_LOSSES", "glm_loss", "histogram_loss", "new_loss", "old_loss"]

OLD_LOSSES = "sklearn.ensemble._gb_losses"
_LOSSES = "sklearn._loss.loss"


def interval(low: float, high: float, low_inclusive: bool = False, high_inclusive: bool = False) -> Object:
    return Object(
        "sklearn._loss.link:Interval",
        {"high": high, "high_inclusive": high_inclusive, "low": low, "low_inclusive": low_inclusive},
    )


def loss(
    name: str, link: str, y_true: Object, y_pred: Object, classes: int | None = None, *, hessian: bool = False,
    arguments: dict[str, Node] | None = None, more: dict[str, Node] | None = None,
) -> Object:  # fmt: skip
    """Return a loss as 1.4 keeps it in gradient boosting, where no hessian is constant."""
    state: dict[str, Node] = {
        "approx_hessian": hessian,
        "closs": Object(f"sklearn._loss._loss:Cy{name}", arguments or {}),
        "constant_hessian": False,
        "interval_y_pred": y_pred,
        "interval_y_true": y_true,
        "link": Object(f"sklearn._loss.link:{link}", {}),
        "n_classes": classes,
        **(more or {}),
    }
    return Object(f"{_LOSSES}:{name}", {key: state[key] for key in sorted(state)})


_LINE = float("inf")


def new_loss(state: State) -> dict[str, Any]:
    """Return the loss of the newer release that stands for an old one."""
    old = state.value("_loss")
    name = old.type.partition(":")[2]
    anywhere, between, closed = interval(-_LINE, _LINE), interval(0, 1), interval(0, 1, True, True)
    if name == "BinomialDeviance":
        found = loss("HalfBinomialLoss", "LogitLink", closed, between, 2)
    elif name == "MultinomialDeviance":
        classes = old.state["K"]
        if type(classes) is not int:
            raise InvalidError("a loss of several classes says how many")
        found = loss("HalfMultinomialLoss", "MultinomialLogit", interval(0, _LINE, True), between, classes)
    elif name == "ExponentialLoss":
        found = loss("ExponentialLoss", "HalfLogitLink", closed, between, 2)
    elif name == "LeastSquaresError":
        found = loss("HalfSquaredError", "IdentityLink", anywhere, anywhere)
    elif name == "LeastAbsoluteError":
        found = loss("AbsoluteError", "IdentityLink", anywhere, anywhere, hessian=True)
    elif name == "HuberLossFunction":
        gamma = old.state.get("gamma")
        delta = 1.0 if gamma is None else float(getattr(gamma, "value", gamma))
        found = loss(
            "HuberLoss", "IdentityLink", anywhere, anywhere, hessian=True,
            arguments={"delta": delta}, more={"quantile": old.state["alpha"]},
        )  # fmt: skip
    elif name == "QuantileLossFunction":
        found = loss(
            "PinballLoss", "IdentityLink", anywhere, anywhere, hessian=True,
            arguments={"quantile": float(old.state["alpha"])},
        )  # fmt: skip
    else:
        raise InvalidError(f"there is no loss {name} of gradient boosting")
    return {"_loss": found}


def old_loss(state: State) -> dict[str, Any]:
    """Return the loss of the older release that stands for a new one."""
    new = state.value("_loss")
    if not isinstance(new, Object) or not new.type.startswith(f"{_LOSSES}:"):
        return {}
    context = state.context
    closs = context.resolve(new.state["closs"])
    kept: dict[str, Node] = {"K": 1}
    name = new.type.partition(":")[2]
    if name == "HalfMultinomialLoss":
        kept["K"] = new.state["n_classes"]
        found = "MultinomialDeviance"
    elif name == "HuberLoss":
        kept.update(alpha=new.state["quantile"], gamma=closs.state["delta"])
        found = "HuberLossFunction"
    elif name == "PinballLoss":
        quantile = closs.state["quantile"]
        kept.update(alpha=quantile, percentile=quantile * 100)
        found = "QuantileLossFunction"
    else:
        found = {
            "HalfBinomialLoss": "BinomialDeviance",
            "ExponentialLoss": "ExponentialLoss",
            "HalfSquaredError": "LeastSquaresError",
            "AbsoluteError": "LeastAbsoluteError",
        }[name]
    return {"_loss": Object(f"{OLD_LOSSES}:{found}", kept)}


_HISTOGRAM_LOSSES = {
    "BinaryCrossEntropy": "HalfBinomialLoss",
    "CategoricalCrossEntropy": "HalfMultinomialLoss",
    "LeastSquares": "HalfSquaredError",
    "LeastAbsoluteDeviation": "AbsoluteError",
    "Poisson": "HalfPoissonLoss",
}


def histogram_loss(state: State) -> dict[str, Any]:
    """Return the loss of histogram gradient boosting that stands for one of before 1.1."""
    name = _HISTOGRAM_LOSSES.get(state.value("_loss").type.partition(":")[2])
    anywhere, between, closed = interval(-_LINE, _LINE), interval(0, 1), interval(0, 1, True, True)
    positive = interval(0, _LINE)
    if name == "HalfBinomialLoss":
        found = loss(name, "LogitLink", closed, between, 2)
    elif name == "HalfMultinomialLoss":
        classes = state.value("n_trees_per_iteration_")
        if type(classes) is not int:
            raise InvalidError("a loss of several classes needs a tree for each")
        found = loss(name, "MultinomialLogit", interval(0, _LINE, True), between, classes)
    elif name == "HalfSquaredError":
        found = loss(name, "IdentityLink", anywhere, anywhere)
    elif name == "AbsoluteError":
        found = loss(name, "IdentityLink", anywhere, anywhere, hessian=True)
    elif name == "HalfPoissonLoss":
        found = loss(name, "LogLink", interval(0, _LINE, True), positive)
    else:
        raise InvalidError(f"there is no loss {state.value('_loss').type!r:.80} of histogram gradient boosting")
    return {"_loss": found}


def glm_loss(kind: str, power: Any, link: Any) -> Object:
    """Return the loss of a generalized linear model, which says its distribution and its link."""
    positive = interval(0, _LINE)
    if kind == "PoissonRegressor":
        return loss("HalfPoissonLoss", "LogLink", interval(0, _LINE, True), positive)
    if kind == "GammaRegressor":
        return loss("HalfGammaLoss", "LogLink", positive, positive)
    power = getattr(power, "value", power)
    if type(power) not in (int, float):
        raise InvalidError("the power of a Tweedie distribution is a number")
    true = interval(-_LINE, _LINE) if power <= 0 else interval(0, _LINE, power < 2)
    if link == "log" or (link == "auto" and power > 0):
        return loss("HalfTweedieLoss", "LogLink", true, positive, arguments={"power": float(power)})
    predicted = interval(-_LINE, _LINE) if power <= 0 else positive
    return loss("HalfTweedieLossIdentity", "IdentityLink", true, predicted, arguments={"power": float(power)})
