"""An ONNX graph in the making: tensors that are computed with as with arrays of numpy.

All numbers are 64 bits wide. What goes in and comes out may be narrower (`model.py`), the arithmetic between never is:
a value that a scaler got wrong in its last bit falls to the other side of a tree's threshold.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from ...errors import ExportError

__all__ = ["ML", "Graph", "Kind", "Node", "Tensor"]

Kind = Literal["float64", "float32", "int64", "bool", "text"]
ML = "ai.onnx.ml"
_ORDER: tuple[Kind, ...] = ("bool", "int64", "float32", "float64")
_DTYPES: dict[str, Any] = {"float64": np.float64, "float32": np.float32, "int64": np.int64, "bool": np.bool_}


@dataclass(eq=False)
class Node:
    """One operation.

    Attributes
    ----------
    op, domain : str
    inputs, outputs : list of str
    attributes : dict
    body : Body or None
        What a Loop does.
    """

    op: str
    domain: str
    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, Any] = field(default_factory=dict)
    body: Body | None = None


@dataclass(eq=False)
class Body:
    """The graph inside a Loop."""

    inputs: list[Tensor]
    outputs: list[Tensor]
    nodes: list[Node]


class Tensor:
    """A value in the graph."""

    __slots__ = ("graph", "kind", "name")
    # numpy leaves the operators between an array and a tensor to the tensor.
    __array_ufunc__ = None

    def __init__(self, graph: Graph, name: str, kind: Kind) -> None:
        self.graph, self.name, self.kind = graph, name, kind

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name}>"

    def __add__(self, other: Any) -> Tensor:
        return self.graph.arithmetic("Add", self, other)

    def __radd__(self, other: Any) -> Tensor:
        return self.graph.arithmetic("Add", other, self)

    def __sub__(self, other: Any) -> Tensor:
        return self.graph.arithmetic("Sub", self, other)

    def __rsub__(self, other: Any) -> Tensor:
        return self.graph.arithmetic("Sub", other, self)

    def __mul__(self, other: Any) -> Tensor:
        return self.graph.arithmetic("Mul", self, other)

    def __rmul__(self, other: Any) -> Tensor:
        return self.graph.arithmetic("Mul", other, self)

    def __truediv__(self, other: Any) -> Tensor:
        return self.graph.arithmetic("Div", self.number(), other)

    def __rtruediv__(self, other: Any) -> Tensor:
        return self.graph.arithmetic("Div", other, self.number())

    def __matmul__(self, other: Any) -> Tensor:
        return self.graph.arithmetic("MatMul", self.number(), other)

    def __rmatmul__(self, other: Any) -> Tensor:
        return self.graph.arithmetic("MatMul", other, self.number())

    def __pow__(self, other: Any) -> Tensor:
        if isinstance(other, int) and other == 2:
            return self * self
        return self.graph.arithmetic("Pow", self.number(), other)

    def __rpow__(self, other: Any) -> Tensor:
        return self.graph.arithmetic("Pow", other, self.number())

    def __neg__(self) -> Tensor:
        return self.graph.add("Neg", [self], self.kind)

    def __abs__(self) -> Tensor:
        return self.graph.add("Abs", [self], self.kind)

    def __lt__(self, other: Any) -> Tensor:
        return self.graph.compared("Less", self, other)

    def __le__(self, other: Any) -> Tensor:
        return self.graph.compared("LessOrEqual", self, other)

    def __gt__(self, other: Any) -> Tensor:
        return self.graph.compared("Greater", self, other)

    def __ge__(self, other: Any) -> Tensor:
        return self.graph.compared("GreaterOrEqual", self, other)

    def equals(self, other: Any) -> Tensor:
        """Return where both are the same."""
        return self.graph.compared("Equal", self, other)

    def __and__(self, other: Any) -> Tensor:
        return self.graph.add("And", [self, self.graph.tensor(other, "bool")], "bool")

    def __or__(self, other: Any) -> Tensor:
        return self.graph.add("Or", [self, self.graph.tensor(other, "bool")], "bool")

    def __invert__(self) -> Tensor:
        return self.graph.add("Not", [self], "bool")

    # --- of each value ---

    def cast(self, kind: Kind) -> Tensor:
        """Return the values in another kind."""
        return self if kind == self.kind else self.graph.cast(self, kind)

    def number(self) -> Tensor:
        """Return the values as numbers of 64 bits."""
        return self.cast("float64")

    def exp(self) -> Tensor:
        return self.graph.add("Exp", [self.number()], "float64")

    def log(self) -> Tensor:
        return self.graph.add("Log", [self.number()], "float64")

    def sqrt(self) -> Tensor:
        return self.graph.add("Sqrt", [self.number()], "float64")

    def sin(self) -> Tensor:
        return self.graph.add("Sin", [self.number()], "float64")

    def cos(self) -> Tensor:
        return self.graph.add("Cos", [self.number()], "float64")

    def tanh(self) -> Tensor:
        return self.graph.add("Tanh", [self.number()], "float64")

    def floor(self) -> Tensor:
        return self.graph.add("Floor", [self.number()], "float64")

    def sign(self) -> Tensor:
        return self.graph.add("Sign", [self.number()], "float64")

    def isnan(self) -> Tensor:
        return self.graph.add("IsNaN", [self.number()], "bool")

    def sigmoid(self) -> Tensor:
        """Return 1 / (1 + exp(-x)), as exact as the exponential is."""
        return 1.0 / (1.0 + (-self).exp())

    def log1p(self) -> Tensor:
        """Return log(1 + x), exact for small x too."""
        shifted = 1.0 + self
        step = shifted - 1.0
        return self.graph.where(step.equals(0.0), self, shifted.log() * (self / step))

    def expm1(self) -> Tensor:
        """Return exp(x) - 1, exact for small x too."""
        grown = self.exp()
        exact = (grown - 1.0) * (self / grown.log())
        plain = (grown - 1.0).equals(-1.0) | (self > 700.0)
        return self.graph.where(grown.equals(1.0), self, self.graph.where(plain, grown - 1.0, exact))

    def clip(self, low: Any = None, high: Any = None) -> Tensor:
        """Return the values, none beyond an end."""
        found = self
        if low is not None:
            found = found.graph.arithmetic("Max", found, low)
        if high is not None:
            found = found.graph.arithmetic("Min", found, high)
        return found

    # --- along an axis ---

    def _reduced(self, op: str, axis: int | Sequence[int], keep: bool) -> Tensor:
        axes = self.graph.constant(np.array([axis] if isinstance(axis, int) else list(axis), np.int64))
        value = self.cast("int64") if self.kind == "bool" else self
        return self.graph.add(op, [value, axes], value.kind, keepdims=int(keep))

    def sum(self, axis: int | Sequence[int] = 1, keep: bool = False) -> Tensor:
        return self._reduced("ReduceSum", axis, keep)

    def mean(self, axis: int = 1, keep: bool = False) -> Tensor:
        return self.number()._reduced("ReduceMean", axis, keep)

    def max(self, axis: int | Sequence[int] = 1, keep: bool = False) -> Tensor:
        return self._reduced("ReduceMax", axis, keep)

    def min(self, axis: int | Sequence[int] = 1, keep: bool = False) -> Tensor:
        return self._reduced("ReduceMin", axis, keep)

    def prod(self, axis: int = 1, keep: bool = False) -> Tensor:
        return self._reduced("ReduceProd", axis, keep)

    def argmax(self, axis: int = 1) -> Tensor:
        """Return where the largest stands, the first of several."""
        value = self.cast("int64") if self.kind == "bool" else self
        return self.graph.add("ArgMax", [value], "int64", axis=axis, keepdims=0)

    def argmin(self, axis: int = 1) -> Tensor:
        return self.graph.add("ArgMin", [self], "int64", axis=axis, keepdims=0)

    def cumsum(self, axis: int = 1) -> Tensor:
        return self.graph.add("CumSum", [self, self.graph.constant(np.int64(axis))], self.kind)

    def softmax(self) -> Tensor:
        """Return exp(x) in shares of their sum along the last axis."""
        grown = (self - self.max(-1, keep=True)).exp()
        return grown / grown.sum(-1, keep=True)

    def logsumexp(self, axis: int = 1, keep: bool = False) -> Tensor:
        top = self.max(axis, keep=True)
        # All at minus infinity: the difference would be no number.
        top = self.graph.where(top.equals(-np.inf), 0.0, top)
        total = (self - top).exp().sum(axis, keep=True).log() + top
        return total if keep else total.squeezed(axis)

    # --- shape ---

    def reshape(self, *shape: int) -> Tensor:
        return self.graph.add("Reshape", [self, self.graph.constant(np.array(shape, np.int64))], self.kind)

    def transposed(self, *order: int) -> Tensor:
        return self.graph.add("Transpose", [self], self.kind, perm=list(order or (1, 0)))

    def unsqueezed(self, *axes: int) -> Tensor:
        return self.graph.add("Unsqueeze", [self, self.graph.constant(np.array(axes, np.int64))], self.kind)

    def squeezed(self, *axes: int) -> Tensor:
        return self.graph.add("Squeeze", [self, self.graph.constant(np.array(axes, np.int64))], self.kind)

    def take(self, places: Any, axis: int = 1) -> Tensor:
        """Return what stands at places along an axis: an array of them, or a tensor."""
        index = places if isinstance(places, Tensor) else self.graph.constant(np.asarray(places, np.int64))
        return self.graph.add("Gather", [self, index], self.kind, axis=axis)

    def take_along(self, places: Tensor, axis: int = 1) -> Tensor:
        return self.graph.add("GatherElements", [self, places], self.kind, axis=axis)

    def column(self, place: int) -> Tensor:
        """Return one column, as a column."""
        return self.take([place])

    def flat(self) -> Tensor:
        """Return all values in one dimension."""
        return self.reshape(-1)

    def rows(self) -> Tensor:
        """Return the number of rows, in one dimension."""
        return self.graph.add("Shape", [self], "int64", start=0, end=1)


class Graph:
    """The operations so far, and the constants that they use."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.constants: dict[str, np.ndarray[Any, Any]] = {}
        self._names: dict[Any, str] = {}
        self._count = 0

    def name(self, stem: str) -> str:
        self._count += 1
        # No column of a table is called like this.
        return f"perdure/{stem}_{self._count}"

    # --- constants ---

    def constant(self, value: Any, kind: Kind | None = None) -> Tensor:
        """Return an array as a tensor, the same one for the same values."""
        array = np.asarray(value)
        if kind is not None and kind != "text":
            array = array.astype(_DTYPES[kind])
        elif array.dtype.kind in "US" or kind == "text":
            array, kind = array.astype(object), "text"
        elif array.dtype.kind == "O" and all(isinstance(item, str) for item in array.ravel()):
            kind = "text"
        elif array.dtype.kind == "b":
            kind = "bool"
        elif array.dtype.kind in "iu":
            array, kind = array.astype(np.int64), "int64"
        elif array.dtype.kind == "f":
            array, kind = array.astype(np.float64), "float64"
        else:
            raise ExportError(f"values of {array.dtype} have no kind in ONNX")
        assert kind is not None
        array = np.ascontiguousarray(array).reshape(array.shape)
        if kind == "text":
            key: Any = (kind, array.shape, tuple(array.ravel().tolist()))
        else:
            key = (kind, array.shape, hashlib.sha256(array.tobytes()).digest())
        if key not in self._names:
            self._names[key] = self.name("constant")
            self.constants[self._names[key]] = array
        return Tensor(self, self._names[key], kind)

    def tensor(self, value: Any, kind: Kind | None = None) -> Tensor:
        """Return a tensor as it is, and anything else as a constant."""
        if isinstance(value, Tensor):
            return value if kind is None else value.cast(kind)
        return self.constant(value, kind)

    # --- operations ---

    def add_all(
        self, op: str, inputs: Sequence[Tensor], kinds: Sequence[Kind], domain: str = "", **attributes: Any
    ) -> list[Tensor]:
        """Add an operation and return its outputs."""
        outputs = [Tensor(self, self.name(op.lower()), kind) for kind in kinds]
        self.nodes.append(Node(op, domain, [item.name for item in inputs], [item.name for item in outputs], attributes))
        return outputs

    def add(self, op: str, inputs: Sequence[Tensor], kind: Kind, domain: str = "", **attributes: Any) -> Tensor:
        """Add an operation with one output."""
        return self.add_all(op, inputs, [kind], domain, **attributes)[0]

    def cast(self, value: Tensor, kind: Kind) -> Tensor:
        if kind == "float64" and value.kind == "text":
            raise ExportError("text stands where a number is needed")
        return self.add("Cast", [value], kind, to=kind)

    def _alike(self, one: Any, other: Any) -> tuple[Tensor, Tensor]:
        """Return both in the wider kind of the two."""
        first, second = self.tensor(one), self.tensor(other)
        if first.kind == second.kind:
            return first, second
        if "text" in (first.kind, second.kind):
            raise ExportError("text stands where a number is needed")
        kind = max(first.kind, second.kind, key=_ORDER.index)
        return self.tensor(one, kind), self.tensor(other, kind)

    def arithmetic(self, op: str, one: Any, other: Any) -> Tensor:
        first, second = self._alike(one, other)
        if first.kind == "bool":
            first, second = first.cast("int64"), second.cast("int64")
        return self.add(op, [first, second], first.kind)

    def compared(self, op: str, one: Any, other: Any) -> Tensor:
        first, second = self._alike(one, other)
        if first.kind == "bool" and op != "Equal":
            first, second = first.cast("int64"), second.cast("int64")
        return self.add(op, [first, second], "bool")

    def where(self, condition: Tensor, one: Any, other: Any) -> Tensor:
        first, second = self._alike(one, other)
        if first.kind == "bool":
            return (condition & first) | (~condition & second)
        return self.add("Where", [condition, first, second], first.kind)

    def concat(self, parts: Sequence[Tensor], axis: int = 1) -> Tensor:
        if len(parts) == 1:
            return parts[0]
        kinds = {part.kind for part in parts}
        if len(kinds) > 1:
            if "text" in kinds:
                raise ExportError("text and numbers cannot stand in one table")
            kind = max(kinds, key=_ORDER.index)
            parts = [part.cast(kind) for part in parts]
        return self.add("Concat", parts, parts[0].kind, axis=axis)

    def stack(self, parts: Sequence[Tensor], axis: int = 1) -> Tensor:
        """Join along a new axis."""
        return self.concat([part.unsqueezed(axis) for part in parts], axis)

    def repeated(self, value: Any, like: Tensor) -> Tensor:
        """Return a row, or one value, once for each row of another tensor."""
        row = self.tensor(value)
        shape = np.asarray(value).shape if not isinstance(value, Tensor) else ()
        width = self.constant(np.array(shape, np.int64))
        count = self.add("Concat", [like.rows(), width], "int64", axis=0) if shape else like.rows()
        return self.add("Expand", [row, count], row.kind)

    def smallest(self, value: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """Return the smallest values of each row in order, and their places."""
        k = self.constant(np.array([count], np.int64))
        found = self.add_all("TopK", [value, k], [value.kind, "int64"], axis=-1, largest=0, sorted=1)
        return found[0], found[1]

    def loop(
        self,
        most: int,
        state: Sequence[Tensor],
        step: Callable[[Sequence[Tensor]], tuple[Tensor, Sequence[Tensor]]],
    ) -> list[Tensor]:
        """Repeat a step until it says stop, at most so many times.

        Parameters
        ----------
        most : int
        state : sequence of Tensor
            What the first step gets.
        step : callable
            Of the state: whether to go on, and the next state.
        """
        outer, self.nodes = self.nodes, []
        turn = Tensor(self, self.name("turn"), "int64")
        going = Tensor(self, self.name("going"), "bool")
        inside = [Tensor(self, self.name("state"), item.kind) for item in state]
        on, following = step(inside)
        # An output of a body has to be made in it.
        results = [on, *(self.add("Identity", [item], item.kind) for item in following)]
        body = Body([turn, going, *inside], results, self.nodes)
        self.nodes = outer
        outputs = [Tensor(self, self.name("loop"), item.kind) for item in state]
        inputs = [self.constant(np.int64(most)).name, self.constant(np.bool_(True)).name]
        self.nodes.append(
            Node("Loop", "", inputs + [item.name for item in state], [item.name for item in outputs], {}, body)
        )
        return outputs
