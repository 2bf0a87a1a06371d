"""ONNX graphs whose constants take half the room (door: onnx_ir).

Weights that were rounded to 16 bits are stored in 16 bits, and a Cast in the graph gives them back in float32: the very
same numbers, which engines work out once, when they load the graph. What is computed, and in what precision, stays as
it was.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import onnx_ir as ir

MIN_SIZE = 64
"""Smaller constants are left: a Cast takes as much room."""


def store_in_half(path: Path) -> None:
    """Rewrites the graph in `path`: float32 constants that 16 bits hold exactly are stored so, each with its Cast."""
    import onnx_ir as ir

    model = ir.load(path)
    values = [value for value in model.graph.initializers.values() if _fits(value)]
    casts = [_cast_of(model.graph, value) for value in values]
    model.graph.insert_before(model.graph[0], casts)
    ir.save(model, path)


def _fits(value: ir.Value) -> bool:
    tensor = value.const_value
    if tensor is None or tensor.dtype.name != "FLOAT" or tensor.size < MIN_SIZE:
        return False
    array = tensor.numpy()
    with np.errstate(over="ignore"):
        return np.array_equal(array.astype(np.float16).astype(np.float32), array)


def _cast_of(graph: ir.Graph, value: ir.Value) -> ir.Node:
    """The Cast that gives a constant back, from a new constant in 16 bits that takes its place."""
    import onnx_ir as ir

    assert value.const_value is not None
    assert value.name is not None
    name = f"{value.name}_half"
    tensor = ir.tensor(value.const_value.numpy().astype(np.float16), name=name)
    half = ir.Value(name=name, type=ir.TensorType(ir.DataType.FLOAT16), shape=value.shape, const_value=tensor)
    node = ir.node("Cast", [half], {"to": ir.DataType.FLOAT.value})
    node.outputs[0].dtype, node.outputs[0].shape = ir.DataType.FLOAT, value.shape
    value.replace_all_uses_with(node.outputs[0])
    del graph.initializers[value.name]
    node.outputs[0].name = value.name
    graph.register_initializer(half)
    return node
