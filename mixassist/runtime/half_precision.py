"""ONNX graphs computed in 16 bits, for engines that take precision from the graph (door: onnx_ir).

The rules are nearly those of torch's autocast. What multiplies matrices is computed in 16 bits; what adds up many
numbers or spreads their range (norms, softmax, sums, powers, exponentials, logarithms, phases) stays an island of
float32; what lies between is computed in 16 bits when all that reaches it is, and in float32 otherwise. Recurrent cells
are islands too: what they remember is rounded again with every sample, and small steps would be lost for good. So is
what is given a constant that 16 bits cannot hold: too large, or so small that it would become zero and be divided by.
Inputs, outputs and states stay float32. Whether the result is near enough is not decided here: the golden pair says so.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import EngineError, ModelError

if TYPE_CHECKING:
    import onnx_ir as ir

CAST_VERSION = 2
"""Part of the key of compiled models; to be raised whenever a graph would come out different."""

REDUCED = {
    "bf16": {"Conv", "Einsum", "Gemm", "MatMul"},
    "fp16": {"Conv", "ConvTranspose", "Einsum", "Gemm", "MatMul"},
}
"""Operators computed in 16 bits whatever reaches them. NVIDIA's compiler has no ConvTranspose in bf16."""

FOLLOWING = {
    "Abs", "Add", "Clip", "Div", "Elu", "Erf", "Gelu", "HardSigmoid", "HardSwish", "LeakyRelu", "Max", "Min", "Mul",
    "Neg", "PRelu", "Relu", "Selu", "Sigmoid", "Sub", "Tanh", "Where",
    "Concat", "DepthToSpace", "Expand", "Flatten", "Gather", "GatherElements", "GatherND", "Identity", "Pad",
    "Reshape", "ScatterElements", "ScatterND", "Slice", "SpaceToDepth", "Split", "Squeeze", "Tile", "Transpose",
    "Unsqueeze",
}  # fmt: skip
"""Operators computed in 16 bits when all their float inputs are in 16 bits or constant. All others are islands."""

RECURRENT = {"GRU", "LSTM", "RNN"}
"""What reaches one is an island too, back to the product that made it: NVIDIA's compiler fails on a cast there."""


def half_graph(precision: str) -> str:
    """The file of an artifact that holds its graph in 16 bits already: devices need not have what casts it."""
    return f"model.{precision}.onnx"


def cast_graph(path: Path, precision: str) -> bytes:
    """The graph in `path` with its weights and inner arithmetic in `precision`, `bf16` or `fp16`, as ONNX.

    Raises:
        EngineError: when ONNX's tools are not installed, or the graph holds a loop or a branch.
        ModelError: when the file is no ONNX graph.
    """
    try:
        import onnx
        import onnx_ir as ir
        from onnx_ir.passes import common as passes
    except ImportError as error:
        raise EngineError(f"{precision} needs the onnx package ({error}): pip install onnxscript") from error
    try:
        model = ir.from_proto(onnx.shape_inference.infer_shapes(onnx.load(path)))
    except import_module("google.protobuf.message").DecodeError as error:
        raise ModelError(f"{path} cannot be read ({error}): fetch or export the model again") from error
    passes.LiftConstantsToInitializersPass(lift_all_constants=True, size_limit=0)(model)
    reduced = {"bf16": ir.DataType.BFLOAT16, "fp16": ir.DataType.FLOAT16}[precision]
    _Caster(model.graph, reduced, precision).run()
    passes.RemoveUnusedNodesPass()(model)
    return ir.to_proto(model).SerializeToString()


class _Caster:
    """Walks a graph once, in its order, and gives each node its inputs in the type it is computed in."""

    def __init__(self, graph: ir.Graph, reduced: ir.DataType, precision: str) -> None:
        import onnx_ir as ir

        self.graph = graph
        self.full = ir.DataType.FLOAT
        self.reduced = reduced
        self.precision = precision
        self._feeders = _feeders(graph)
        self._casts: dict[tuple[ir.Value, ir.DataType], ir.Value] = {}
        self._is_held: dict[tuple[ir.Value, bool], bool] = {}

    def run(self) -> None:
        for node in list(self.graph):
            self._cast_node(node)
        for index, value in enumerate(self.graph.outputs):
            if value.dtype is self.reduced:
                self._restore_output(index, value)

    def _cast_node(self, node: ir.Node) -> None:
        wanted = self._type_of(node)
        for index, value in enumerate(node.inputs):
            if value is not None and value.dtype in (self.full, self.reduced) and value.dtype is not wanted:
                node.replace_input_with(index, self._cast(value, wanted, node))
        for output in node.outputs:
            if output.dtype is self.full:
                output.dtype = wanted

    def _type_of(self, node: ir.Node) -> ir.DataType:
        import onnx_ir as ir

        if any(
            attribute.type in (ir.AttributeType.GRAPH, ir.AttributeType.GRAPHS)
            for attribute in node.attributes.values()
        ):
            raise EngineError(
                f"{self.precision} cannot be had for a graph with {node.op_type}: choose --precision fp32"
            )
        is_product = node.op_type in REDUCED[self.precision]
        if node in self._feeders or not (is_product or node.op_type in FOLLOWING):
            return self.full
        constants = (value for value in node.inputs if value is not None and value.is_initializer())
        if not all(self._holds(value, is_product) for value in constants if value.dtype is self.full):
            return self.full
        if is_product:
            return self.reduced
        inputs = (value for value in node.inputs if value is not None and not value.is_initializer())
        types = {value.dtype for value in inputs if value.dtype in (self.full, self.reduced)}
        return self.reduced if types == {self.reduced} else self.full

    def _cast(self, value: ir.Value, wanted: ir.DataType, user: ir.Node) -> ir.Value:
        """`value` in another type: a constant is converted here and now, anything else by a Cast before its user."""
        import onnx_ir as ir

        if (value, wanted) not in self._casts:
            name = f"{value.name}_{wanted.name.lower()}"
            if value.is_initializer():
                cast = self._convert(value, wanted, name)
            else:
                node = ir.node("Cast", [value], {"to": wanted.value})
                cast = node.outputs[0]
                cast.name, cast.dtype, cast.shape = name, wanted, value.shape
                self.graph.insert_before(user, node)
            self._casts[value, wanted] = cast
        return self._casts[value, wanted]

    def _holds(self, value: ir.Value, is_product: bool) -> bool:
        """Whether 16 bits hold a constant: no value becomes infinite, and none zero; not all, where they are summed."""
        if (value, is_product) not in self._is_held:
            array, converted = self._converted(value, self.reduced)
            found = converted.astype(np.float32)
            lost = (found == 0) & (array != 0)
            is_finite = np.array_equal(np.isfinite(found), np.isfinite(array))
            is_lost = lost.any() and (not is_product or not found.any())
            self._is_held[value, is_product] = is_finite and not is_lost
        return self._is_held[value, is_product]

    def _converted(self, value: ir.Value, wanted: ir.DataType) -> tuple[NDArray[Any], NDArray[Any]]:
        """A constant as it is, and in another type."""
        assert value.const_value is not None
        array = value.const_value.numpy()
        with np.errstate(over="ignore", under="ignore"):
            return array, array.astype(wanted.numpy())

    def _convert(self, value: ir.Value, wanted: ir.DataType, name: str) -> ir.Value:
        import onnx_ir as ir

        tensor = ir.tensor(self._converted(value, wanted)[1], name=name)
        constant = ir.Value(name=name, type=ir.TensorType(wanted), shape=value.shape, const_value=tensor)
        self.graph.register_initializer(constant)
        return constant

    def _restore_output(self, index: int, value: ir.Value) -> None:
        """Makes a float32 output of one in 16 bits, under the name it has."""
        import onnx_ir as ir

        node = ir.node("Cast", [value], {"to": self.full.value})
        node.outputs[0].name, value.name = value.name, f"{value.name}_{self.reduced.name.lower()}"
        node.outputs[0].dtype, node.outputs[0].shape = self.full, value.shape
        self.graph.append(node)
        self.graph.outputs[index] = node.outputs[0]


def _feeders(graph: ir.Graph) -> set[ir.Node]:
    """What leads to recurrent cells, back to the products it comes from."""
    found: set[ir.Node] = set()
    waiting = [node.inputs[0] for node in graph if node.op_type in RECURRENT]
    while waiting:
        value = waiting.pop()
        producer = None if value is None else value.producer()
        if producer is not None and producer not in found:
            found.add(producer)
            waiting += producer.inputs if producer.op_type in FOLLOWING else ()
    return found
