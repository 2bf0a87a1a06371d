"""Which ONNX graphs TensorRT 10.3 parses: the oldest that is still in use, for JetPack 6 stays with it.

Newer versions take all that is allowed here and more. The list is short on purpose: what our networks need, none of it
slow or random. The reason against an operator says what to do instead.

References:
    onnx-tensorrt, docs/operators.md of release 8.4; Mod, Reciprocal and the norms but BatchNormalization came later.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnx_ir as ir

ALLOWED = {
    "Conv", "ConvTranspose", "Einsum", "Gemm", "MatMul", "GRU", "LSTM", "RNN",
    "Abs", "Add", "Ceil", "Clip", "Cos", "Div", "Elu", "Erf", "Exp", "Floor", "HardSigmoid", "LeakyRelu", "Log", "Max",
    "Min", "Mod", "Mul", "Neg", "PRelu", "Pow", "Reciprocal", "Relu", "Round", "Selu", "Sigmoid", "Sign", "Sin",
    "Softplus", "Softsign", "Sqrt", "Sub", "Sum", "Tanh",
    "And", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Not", "Or", "Where",
    "BatchNormalization", "GroupNormalization", "InstanceNormalization", "LayerNormalization", "LogSoftmax", "Softmax",
    "ArgMax", "ArgMin", "CumSum", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean",
    "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare",
    "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "MaxPool",
    "Cast", "Concat", "Constant", "ConstantOfShape", "DepthToSpace", "Expand", "Flatten", "Gather", "GatherElements",
    "GatherND", "Identity", "Pad", "Range", "Reshape", "Resize", "ScatterElements", "ScatterND", "Shape", "Slice",
    "SpaceToDepth", "Split", "Squeeze", "Tile", "Transpose", "Unsqueeze",
}  # fmt: skip

_OUTSIDE = "transform outside the graph, see mixassist.dsp.spectrum, or write it as a Conv with fixed weights"
_NOISE = "its seed is ignored: make noise on the host and pass it in"
_LOOP = "runs step by step, which gains nothing on a GPU: unroll it"

REASONS = {
    "DFT": f"needs a plug-in that 10.3 lacks: {_OUTSIDE}",
    "STFT": f"is not parsed: {_OUTSIDE}",
    "HannWindow": "is not parsed: make the window a constant",
    "MelWeightMatrix": "is not parsed: make the matrix a constant",
    "RandomNormal": _NOISE,
    "RandomNormalLike": _NOISE,
    "RandomUniform": _NOISE,
    "RandomUniformLike": _NOISE,
    "If": "holds a branch, which no engine can plan for: decide on the host",
    "Loop": _LOOP,
    "Scan": _LOOP,
    "NonZero": "gives as many values as the data decide: keep shapes fixed",
    "Unique": "gives as many values as the data decide: keep shapes fixed",
}
"""Why some operators that an exporter may well write are not allowed."""

_CONSTANT_INPUTS = {"Pad": (3,), "CumSum": (1,), "Slice": (3,), "Squeeze": (1,), "Unsqueeze": (1,)}
"""Inputs that TensorRT wants to know while it compiles: axes, all of them."""


def unsupported_ops(path: Path) -> dict[str, str]:
    """Nodes of the ONNX graph at `path` that TensorRT 10.3 does not take, each with the reason and a cure."""
    import onnx_ir as ir

    return {node.name or node.op_type: reason for node in ir.load(path).graph.all_nodes() if (reason := _refusal(node))}


def opset_of(path: Path) -> int:
    """The version of ONNX's operators that the graph at `path` is written in."""
    import onnx_ir as ir

    return ir.load(path).opset_imports[""]


def _refusal(node: ir.Node) -> str | None:
    return next(_refusals(node), None)


def _refusals(node: ir.Node) -> Iterator[str]:
    if node.domain not in ("", "ai.onnx"):
        yield f"{node.domain}.{node.op_type} is of another domain: export without it"
    elif node.op_type not in ALLOWED:
        yield f"{node.op_type} {REASONS.get(node.op_type, 'is not on the list: use operators that are')}"
    for index in _CONSTANT_INPUTS.get(node.op_type, ()):
        if index < len(node.inputs) and not _is_constant(node.inputs[index]):
            yield f"{node.op_type} has axes that are worked out in the graph: make them constants"
    if node.op_type in ("GRU", "LSTM", "RNN") and node.attributes.get_int("layout", 0) != 0:
        yield f"{node.op_type} has the batch first: put time first"
    if node.op_type == "LSTM" and node.attributes.get_int("input_forget", 0) != 0:
        yield "LSTM couples input and forget gates: use a plain one"
    if any(value is not None and value.dtype is not None and "COMPLEX" in value.dtype.name for value in node.outputs):
        yield f"{node.op_type} gives complex numbers: keep real and imaginary parts apart"


def _is_constant(value: ir.Value | None) -> bool:
    if value is None or value.is_initializer():
        return True
    producer = value.producer()
    return producer is not None and producer.op_type == "Constant"
