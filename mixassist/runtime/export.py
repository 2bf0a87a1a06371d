"""Torch networks as ONNX graphs (door: torch)."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import ModelError
from mixassist.runtime.spec import ModelSpec

if TYPE_CHECKING:
    import onnx_ir as ir
    import torch

OPSET = 18


def export_onnx(
    module: torch.nn.Module, spec: ModelSpec, example_inputs: Sequence[NDArray[np.float32]], path: Path
) -> None:
    """Writes `module` to `path` as one ONNX file with its weights inside.

    Input and output names are the spec's. Axis 0 stays free where the spec leaves it free (`None`); every other axis
    gets the length of `example_inputs`, which come in the spec's order.

    Raises:
        ModelError: when torch cannot trace the network, or the spec leaves an axis other than the batch free.
    """
    import torch

    for tensor in spec.fed:
        if None in tensor.shape[1:]:
            raise ModelError(f"tensor {tensor.name!r} leaves an axis other than the batch free, {tensor.shape}: fix it")

    batch = torch.export.Dim("batch")
    free = tuple({0: batch} if tensor.shape[0] is None else None for tensor in spec.fed)
    # An example batch of 1 would be taken for a constant, so a free batch is traced with 2.
    tensors = tuple(
        torch.from_numpy(np.concatenate([array, array]) if axes and array.shape[0] == 1 else array)
        for array, axes in zip(example_inputs, free, strict=True)
    )
    with _quiet(), torch.inference_mode():
        try:
            program = torch.onnx.export(
                module.eval(),
                tensors,
                dynamo=True,
                opset_version=OPSET,
                input_names=[tensor.name for tensor in spec.fed],
                output_names=[tensor.name for tensor in spec.returned],
                dynamic_shapes=free,
                verbose=False,
            )
        except (torch.onnx.errors.OnnxExporterError, RuntimeError, ValueError) as error:
            reason = str(error).strip().splitlines()[0]
            raise ModelError(f"a network of kind {spec.kind} cannot be exported to ONNX: {reason}") from error
        assert program is not None
        _nest_means(program.model.graph)
        _forget_origin(program.model.graph)
        program.save(str(path), external_data=False)


def _forget_origin(graph: ir.Graph) -> None:
    """Takes out the exporter's notes on each node: stack traces with the paths of the machine it ran on."""
    for node in graph:
        node.metadata_props.clear()


def _nest_means(graph: ir.Graph) -> None:
    """Replaces each mean over several axes by sums over one axis after the other, each divided by its length.

    That is the same number, but engines add up one long row in float32: over the 2.7 million values of a spectrogram
    the deviation came out 1e-4 wrong in ONNX Runtime and 4e-5 in OpenVINO, which would join means again, but not sums
    with divisions between them.
    """
    for node in list(graph):
        if node.op_type != "ReduceMean":
            continue
        value, axes = node.inputs
        if value is None or value.shape is None or axes is None or axes.const_value is None:
            continue
        lengths = {axis % len(value.shape): value.shape[axis] for axis in axes.const_value.numpy().tolist()}
        if len(lengths) > 1 and all(isinstance(length, int) for length in lengths.values()):
            _replace_mean(graph, node, lengths)


def _replace_mean(graph: ir.Graph, node: ir.Node, lengths: Mapping[int, Any]) -> None:
    """Puts a chain of sums and divisions, the last axis first, in the place of a mean over axes of these lengths."""
    import onnx_ir as ir

    def constant(array: NDArray[Any], name: str) -> ir.Value:
        value = ir.Value(name=f"{node.outputs[0].name}_{name}", const_value=ir.tensor(array))
        graph.register_initializer(value)
        return value

    value, chain = node.inputs[0], []
    for axis in sorted(lengths, reverse=True):
        total = ir.node("ReduceSum", [value, constant(np.array([axis]), f"axis_{axis}")], dict(node.attributes))
        length = constant(np.array(lengths[axis], np.float32), f"length_{axis}")
        chain += [total, ir.node("Div", [total.outputs[0], length])]
        value = chain[-1].outputs[0]
    ir.convenience.replace_nodes_and_values(graph, node, [node], chain, node.outputs, [chain[-1].outputs[0]])


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keeps the exporter's progress lines, log messages and deprecation warnings off the terminal."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
