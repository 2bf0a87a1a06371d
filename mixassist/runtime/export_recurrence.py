"""ONNX's own GRU and LSTM for torch's (door: torch, onnxscript).

torch's exporter writes them with lengths worked out in the graph, and an LSTM with the length it was traced with. Here
they are one node between axis swaps, for any length. One layer, one direction, time first: all that a stream can use.

References:
    ONNX operators GRU and LSTM: gates in the order z r n and i o f g, biases of input and state side by side; torch has
    r z n and i f g o.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mixassist.errors import ModelError

if TYPE_CHECKING:
    import onnx_ir as ir

Translations = dict[Callable[..., Any], Callable[..., Any]]


def recurrence_translations() -> Translations:
    """For the exporter: torch's operators to functions that write ONNX's."""
    import torch

    return {torch.ops.aten.gru.input: _gru, torch.ops.aten.lstm.input: _lstm}


def fold_weights(model: ir.Model) -> None:
    """Works out the reordered weights, which the exporter leaves to every run when they are large."""
    from onnxscript import optimizer

    nodes = {producer for node in model.graph if node.op_type in ("GRU", "LSTM") for producer in _weight_nodes(node)}
    if nodes:
        optimizer.fold_constants_ir(model, should_fold=lambda node: node in nodes)


def _weight_nodes(node: ir.Node) -> Iterator[ir.Node]:
    """The nodes that lead from parameters to the weights (inputs 1 to 3) of a recurrent node."""
    waiting = [value for value in node.inputs[1:4] if value is not None]
    while waiting:
        producer = waiting.pop().producer()
        if producer is not None:
            yield producer
            waiting += [value for value in producer.inputs if value is not None]


def _gru(  # noqa: PLR0913 -- the parameters of torch's operator, like those below
    input: Any,  # noqa: A002 -- the exporter passes parameters by torch's names
    hx: Any,
    params: Sequence[Any],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool,
) -> tuple[Any, Any]:
    op = _operators()
    _require_streamable(num_layers, bidirectional, batch_first)
    weights = _reordered(params, gates=(1, 0, 2))
    steps, last = op.GRU(input, *weights, None, hx, hidden_size=_n_cells(params), linear_before_reset=1)
    return op.Squeeze(steps, [1]), last


def _lstm(  # noqa: PLR0913
    input: Any,  # noqa: A002
    hx: Sequence[Any],
    params: Sequence[Any],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool,
) -> tuple[Any, Any, Any]:
    op = _operators()
    _require_streamable(num_layers, bidirectional, batch_first)
    weights = _reordered(params, gates=(0, 3, 1, 2))
    steps, last, cells = op.LSTM(input, *weights, None, *hx, hidden_size=_n_cells(params))
    return op.Squeeze(steps, [1]), last, cells


def _operators() -> Any:
    """ONNX's operators of the opset we export; untyped, for lists given for tensors become constants on the way."""
    from onnxscript import opset18

    return opset18


def _require_streamable(n_layers: int, is_bidirectional: bool, is_batch_first: bool) -> None:
    if n_layers != 1 or is_bidirectional or is_batch_first:
        raise ModelError("only recurrent layers of one layer, forward and time first are exported: use one per layer")


def _n_cells(params: Sequence[Any]) -> int:
    """Width of the state: the second axis of the recurrent weights."""
    return int(params[1].shape[1])


def _reordered(params: Sequence[Any], gates: Sequence[int]) -> list[Any]:
    """Weights of input and state and joined biases, if any: gates in ONNX's order, an axis of directions in front."""
    op, n_cells = _operators(), _n_cells(params)
    rows = np.concatenate([np.arange(n_cells) + gate * n_cells for gate in gates])
    sorted_params = [op.Gather(param, op.Constant(value_ints=rows.tolist()), axis=0) for param in params]
    joined = [*sorted_params[:2], op.Concat(*sorted_params[2:], axis=0)] if len(params) > 2 else [*sorted_params, None]
    return [param if param is None else op.Unsqueeze(param, [0]) for param in joined]
