"""Torch networks as ONNX graphs (door: torch)."""

from __future__ import annotations

import contextlib
import inspect
import io
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import ModelError
from mixassist.runtime.export_recurrence import fold_weights, recurrence_translations
from mixassist.runtime.spec import ModelSpec

if TYPE_CHECKING:
    import onnx_ir as ir
    import torch

OPSET = 18


def export_onnx(
    module: torch.nn.Module, spec: ModelSpec, example_inputs: Sequence[NDArray[np.float32]], path: Path
) -> None:
    """Writes `module` to `path` as one ONNX file with its weights inside.

    Input and output names are the spec's. Axis 0, the batch, and the last axis, time, stay free where the spec leaves
    them free (`None`); then time is any multiple of the spec's `block_multiple`. Every other axis gets the length of
    `example_inputs`, which come in the spec's order; in time they must hold two of those multiples or more.

    Raises:
        ModelError: when torch cannot trace the network, or the spec leaves an axis between batch and time free.
    """
    import torch

    free = _free_axes(spec)
    # An example batch of 1 would be taken for a constant, so a free batch is traced with 2.
    tensors = tuple(
        torch.from_numpy(np.concatenate([array, array]) if 0 in axes and array.shape[0] == 1 else array)
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
                dynamic_shapes=_by_parameter(module, free),
                custom_translation_table=recurrence_translations(),
                verbose=False,
            )
        except (torch.onnx.errors.OnnxExporterError, RuntimeError, ValueError) as error:
            raise ModelError(f"a network of kind {spec.kind} cannot be exported to ONNX: {_reason(error)}") from error
        assert program is not None
        fold_weights(program.model)
        _nest_means(program.model.graph)
        _forget_origin(program.model.graph)
        _declare_lengths(program.model.graph, spec)
        program.save(str(path), external_data=False)


def _free_axes(spec: ModelSpec) -> tuple[dict[int, Any], ...]:
    """For each tensor fed, torch's name of every axis that stays free."""
    import torch

    batch, time = torch.export.Dim("batch"), torch.export.Dim("time")
    length = time if spec.block_multiple == 1 else spec.block_multiple * time
    for tensor in spec.fed:
        if None in tensor.shape[1:-1]:
            raise ModelError(f"tensor {tensor.name!r} leaves more free than batch and time, {tensor.shape}: fix it")
    return tuple(
        {axis: length if axis else batch for axis, size in enumerate(tensor.shape) if size is None}
        for tensor in spec.fed
    )


def _by_parameter(module: torch.nn.Module, free: tuple[dict[int, Any], ...]) -> tuple[Any, ...]:
    """One entry for each parameter of the network, where `*states` is one parameter."""
    kinds = [parameter.kind for parameter in inspect.signature(module.forward).parameters.values()]
    n_named = sum(kind is not inspect.Parameter.VAR_POSITIONAL for kind in kinds)
    return (*free[:n_named], free[n_named:]) if n_named < len(free) else free


def _reason(error: BaseException) -> str:
    """What went wrong at first: the exporter wraps it into advice of its own, in colours."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error).strip().splitlines()[0]


def _forget_origin(graph: ir.Graph) -> None:
    """Takes out the exporter's notes on each node: stack traces with the paths of the machine it ran on."""
    for node in graph:
        node.metadata_props.clear()


def _declare_lengths(graph: ir.Graph, spec: ModelSpec) -> None:
    """Leaves free what the spec leaves free: behind a recurrence torch notes the length it was traced with.

    ONNX Runtime holds bound outputs to the length that is noted.
    """
    import onnx_ir as ir

    if not spec.has_free_length:
        return
    for node in graph:
        for value in node.outputs:
            value.shape = None
    for value, tensor in zip(graph.outputs, spec.returned, strict=True):
        names = ("batch", *(f"{tensor.name}_{axis}" for axis in range(1, len(tensor.shape))))
        value.shape = ir.Shape([name if n is None else n for n, name in zip(tensor.shape, names, strict=True)])


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
