"""Recurrent cells that walk along time and remember where they stopped.

TensorRT unrolls neither: it runs one kernel launch per frame. So either a block is one frame (behind a convolution that
steps over the block), or the engine is a CPU.
"""

from __future__ import annotations

from torch import Tensor, nn

from mixassist.runtime.layers.layer import StreamLayer
from mixassist.runtime.spec import TensorSpec


class StreamGRU(StreamLayer):
    """A GRU of `n_cells` along time, [B, n_in, T] to [B, n_cells, T]; its state is the last output."""

    def __init__(self, n_in: int, n_cells: int) -> None:
        super().__init__()
        self.cells = nn.GRU(n_in, n_cells)

    def states(self) -> tuple[TensorSpec, ...]:
        return (TensorSpec("hidden", (None, self.cells.hidden_size)),)

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        (hidden,) = states
        steps, last = self.cells(x.permute(2, 0, 1), hidden.unsqueeze(0))
        return steps.permute(1, 2, 0), last.squeeze(0)


class StreamLSTM(StreamLayer):
    """An LSTM of `n_cells` along time, [B, n_in, T] to [B, n_cells, T]; states: last output and cells."""

    def __init__(self, n_in: int, n_cells: int) -> None:
        super().__init__()
        self.cells = nn.LSTM(n_in, n_cells)

    def states(self) -> tuple[TensorSpec, ...]:
        shape = (None, self.cells.hidden_size)
        return (TensorSpec("hidden", shape), TensorSpec("cell", shape))

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        hidden, cell = (state.unsqueeze(0) for state in states)
        steps, (last_hidden, last_cell) = self.cells(x.permute(2, 0, 1), (hidden, cell))
        return steps.permute(1, 2, 0), last_hidden.squeeze(0), last_cell.squeeze(0)
