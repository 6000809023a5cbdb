"""The losses of gradient boosting: those of `sklearn.ensemble._gb_losses`, up to 1.3, and those of `sklearn._loss`."""

from __future__ import annotations

from typing import Any

from ...errors import InvalidError
from ...graph.nodes import Node, Object
from ..state import State

__all__ = ["OLD_LOSSES", "new_loss", "old_loss"]

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
