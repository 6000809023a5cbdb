"""An estimator becomes an ONNX model: inputs, graph, outputs, and what the file says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ...errors import ExportError
from ..rows import Feature
from . import converters  # noqa: F401 - the converters register themselves
from .graph import ML, Body, Graph, Kind, Node, Tensor
from .registry import METHODS, Conversion, Place, Results
from .tables import Block, Table

__all__ = ["Dtype", "Made", "Output", "make"]

Dtype: TypeAlias = Literal["float32", "double"]

OPSETS = {"": 21, ML: 5, "com.microsoft": 1}
_IR_VERSION = 10
_KINDS: dict[Kind, int] = {
    "float64": TensorProto.DOUBLE,
    "float32": TensorProto.FLOAT,
    "int64": TensorProto.INT64,
    "bool": TensorProto.BOOL,
    "text": TensorProto.STRING,
}
# What comes out of an estimator that predicts nothing: the first of these that it has.
_ALONE: tuple[str, ...] = ("transform", "score_samples", "decision_function")
_MOST_BYTES = 2_000_000_000


@dataclass(frozen=True)
class Output:
    """An output of the exported model.

    Attributes
    ----------
    name : str
    method : str
        What of the estimator it is.
    part : int or None
        Which of several outputs of the estimator, or which columns of a transformer.
    columns : tuple of int or None
        The columns of the method's table that it holds.
    """

    name: str
    method: str
    part: int | None = None
    columns: tuple[int, int] | None = None


@dataclass(eq=False)
class Made:
    """An estimator that was converted, before it is bytes.

    Attributes
    ----------
    graph : Graph
    places : list of Place
    features : tuple of Feature
        What goes in.
    outputs : tuple of Output
    results : Results
        What the whole says, in 64 bits.
    tensors : dict of str to Tensor
        The outputs by name.
    dtype : {"float32", "double"}
    unused : tuple of str
        Columns that the estimator knows and does not look at.
    together : bool
        Whether the answer to a row depends on the rows beside it.
    unsettled : tuple of Tensor
        For each row, whether its answer is an accident of rounding.
    """

    graph: Graph
    places: list[Place]
    features: tuple[Feature, ...]
    outputs: tuple[Output, ...]
    results: Results
    tensors: dict[str, Tensor]
    dtype: Dtype
    unused: tuple[str, ...] = ()
    together: bool = False
    unsettled: tuple[Tensor, ...] = ()

    def to_bytes(
        self, metadata: Mapping[str, str] | None = None, shapes: Mapping[str, Sequence[int]] | None = None
    ) -> bytes:
        """Return the file; the shapes of its outputs behind the rows are known when it has run once."""
        return _serialized(self, self.tensors, metadata or {}, shapes)

    def to_bytes_with(self, tensors: Mapping[str, Tensor]) -> bytes:
        """Return a file whose outputs are any tensors of the graph, in their own kinds."""
        return _serialized(self, tensors, {}, None)


def make(estimator: Any, features: Sequence[Feature], *, dtype: Dtype, methods: Sequence[str] | None) -> Made:
    """Convert a fitted estimator.

    Parameters
    ----------
    estimator : object
    features : sequence of Feature
        What the rows are made of.
    dtype : {"float32", "double"}
        Of the numbers that go in and come out.
    methods : sequence of str or None
        Which methods become outputs; by default what it predicts, and how sure it is.

    Raises
    ------
    ExportError
        When a part of it has no converter, with its place.
    """
    graph = Graph()
    blocks = []
    for feature in features:
        kind: Kind = "text" if feature.kind == "text" else "float64"
        tensor = Tensor(graph, feature.name, kind)
        if kind != "text" and dtype == "float32":
            tensor = Tensor(graph, feature.name, "float32").cast("float64")
        blocks.append(Block(tensor.reshape(-1, 1) if feature.flat and kind != "text" else tensor, feature.width))
    conversion = Conversion(graph)
    results = conversion(estimator, Table(tuple(blocks)))
    tensors: dict[str, Tensor] = {}
    outputs: list[Output] = []
    taken = {feature.name for feature in features}
    for method in _chosen(estimator, results, methods):
        for output, tensor in _outputs(estimator, method, results[method]):
            name = output.name
            while name in taken:
                name += "_"
            taken.add(name)
            narrow = tensor.kind == "float64" and dtype == "float32"
            tensors[name] = tensor.cast("float32") if narrow else tensor
            outputs.append(Output(name, output.method, output.part, output.columns))
    nodes = _needed(graph.nodes, [tensor.name for tensor in tensors.values()])
    read = {name for node in nodes for name in _read(node)} | {tensor.name for tensor in tensors.values()}
    used = tuple(feature for feature in features if feature.name in read)
    unused = tuple(feature.name for feature in features if feature.name not in read)
    if not used:
        # Something has to say how many rows there are.
        used, unused = tuple(features[:1]), unused[1:]
    return Made(
        graph,
        conversion.places,
        used,
        tuple(outputs),
        results,
        tensors,
        dtype,
        unused,
        conversion.together,
        tuple(conversion.unsettled),
    )


def _chosen(estimator: Any, results: Results, methods: Sequence[str] | None) -> list[str]:
    there = [name for name in METHODS if _has(estimator, name)]
    if methods is not None:
        for name in methods:
            if name not in there:
                raise ExportError(f"{type(estimator).__name__} has no method {name}", path="model")
            if name not in results:
                raise ExportError(f"its {name} has no converter", path="model")
        return list(methods)
    if "predict" in there:
        sure = next((name for name in ("predict_proba", "decision_function") if name in there), None)
        chosen: list[str] = ["predict", *([sure] if sure else [])]
    else:
        chosen = [name for name in _ALONE if name in there][:1]
    missing = [name for name in chosen if name not in results]
    if missing or not chosen:
        able = [name for name in METHODS if name in results and name in there]
        raise ExportError(
            f"its {' and '.join(missing)} has no converter" if missing else "it has no method that can be exported",
            path="model",
            fix=f"perdure.export(..., methods={able}) exports the rest" if able else None,
        )
    return chosen


def _has(estimator: Any, name: str) -> bool:
    try:
        return callable(getattr(estimator, name, None))
    except Exception:  # noqa: BLE001 - a condition over odd attributes may raise anything: it has no such method
        return False


def _outputs(estimator: Any, method: str, result: Any) -> Iterable[tuple[Output, Tensor]]:
    """Yield the outputs of one method, named as ONNX's converters name them."""
    from sklearn.base import is_regressor

    name = {"predict_proba": "probabilities", "decision_function": "scores", "score_samples": "score_samples"}.get(
        method
    )
    if method == "predict":
        name = "variable" if is_regressor(estimator) or not _labels(result) else "label"
    elif method == "transform":
        name = "transformed" if _has(estimator, "predict") else "variable"
    assert name is not None
    if isinstance(result, Table):
        numeric = all(block.tensor.kind != "text" for block in result.blocks)
        if numeric or len(result.blocks) == 1:
            tensor = result.numbers() if numeric and result.width else result.blocks[0].tensor
            if not result.width:
                raise ExportError("nothing comes out of it", path="model")
            yield Output(name, method), tensor
            return
        start = 0
        for place, block in enumerate(result.blocks):
            yield Output(f"{name}_{place}", method, None, (start, start + block.width)), block.tensor
            start += block.width
    elif isinstance(result, list):
        for place, tensor in enumerate(result):
            yield Output(f"{name}_{place}", method, place), tensor
    else:
        yield Output(name, method), result


def _labels(result: Any) -> bool:
    return isinstance(result, Tensor) and result.kind in ("int64", "text", "bool")


# --- nodes that are needed ------------------------------------------------------------------------------


def _read(node: Node) -> Iterable[str]:
    yield from node.inputs
    if node.body is not None:
        own = {tensor.name for tensor in node.body.inputs}
        own |= {name for inner in node.body.nodes for name in inner.outputs}
        yield from (name for inner in node.body.nodes for name in _read(inner) if name not in own)


def _needed(nodes: Sequence[Node], outputs: Iterable[str]) -> list[Node]:
    wanted, kept = set(outputs), []
    for node in reversed(nodes):
        if any(name in wanted for name in node.outputs):
            kept.append(node)
            wanted.update(_read(node))
    return kept[::-1]


# --- bytes ------------------------------------------------------------------------------------------------


def _proto(node: Node) -> Any:
    attributes: dict[str, Any] = {}
    for key, value in node.attributes.items():
        if key == "to":
            value = _KINDS[value]
        elif isinstance(value, np.ndarray):
            value = numpy_helper.from_array(value, key)
        attributes[key] = value
    if node.body is not None:
        attributes["body"] = _body(node.body)
    return helper.make_node(node.op, node.inputs, node.outputs, domain=node.domain, **attributes)


def _body(body: Body) -> Any:
    turn, going, *state = body.inputs
    inputs = [
        helper.make_tensor_value_info(turn.name, TensorProto.INT64, []),
        helper.make_tensor_value_info(going.name, TensorProto.BOOL, []),
        *(helper.make_tensor_value_info(item.name, _KINDS[item.kind], None) for item in state),
    ]
    outputs = [helper.make_tensor_value_info(item.name, _KINDS[item.kind], None) for item in body.outputs]
    nodes = _needed(body.nodes, [item.name for item in body.outputs])
    return helper.make_graph([_proto(node) for node in nodes], "body", inputs, outputs)


def _initializer(name: str, array: np.ndarray[Any, Any]) -> Any:
    if array.dtype == object:
        words = [str(item).encode("utf-8") for item in array.ravel().tolist()]
        return helper.make_tensor(name, TensorProto.STRING, array.shape, words)
    return numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name)


def _serialized(
    made: Made,
    tensors: Mapping[str, Tensor],
    metadata: Mapping[str, str],
    shapes: Mapping[str, Sequence[int]] | None,
) -> bytes:
    nodes = _needed(made.graph.nodes, [tensor.name for tensor in tensors.values()])
    protos = [_proto(node) for node in nodes]
    read = {name for node in nodes for name in _read(node)}
    for name, tensor in tensors.items():
        # The outputs have names of their own, also where a result is an input or stands for two.
        protos.append(helper.make_node("Identity", [tensor.name], [name]))
        read.add(tensor.name)
    number = TensorProto.FLOAT if made.dtype == "float32" else TensorProto.DOUBLE
    inputs = [
        helper.make_tensor_value_info(
            feature.name,
            TensorProto.STRING if feature.kind == "text" else number,
            [None] if feature.flat else [None, feature.width],
        )
        for feature in made.features
    ]
    outputs = [
        helper.make_tensor_value_info(name, _KINDS[tensor.kind], None if shapes is None else [None, *shapes[name]])
        for name, tensor in tensors.items()
    ]
    constants = [_initializer(name, array) for name, array in made.graph.constants.items() if name in read]
    graph = helper.make_graph(protos, "perdure", inputs, outputs, constants)
    domains = {"", *(node.domain for node in nodes)}
    opsets = [helper.make_opsetid(domain, OPSETS[domain]) for domain in sorted(domains)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="perdure")
    if metadata:
        helper.set_model_props(model, dict(metadata))
    if model.ByteSize() > _MOST_BYTES:
        raise ExportError(f"the graph has {model.ByteSize():,} bytes; a file of ONNX holds 2 GB")
    if shapes is not None and "com.microsoft" not in domains and not any(node.body for node in nodes):
        onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data
