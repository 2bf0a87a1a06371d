"""`StreamLayer`, what every streaming layer promises, and the two simplest of them."""

from __future__ import annotations

from fractions import Fraction

import torch
from torch import Tensor, nn

from mixassist.runtime.spec import TensorSpec


class StreamLayer(nn.Module):
    """A layer whose past lies in states: `forward(x, *states)` gives `(y, *new_states)`, in the order of `states()`.

    Attributes:
        rate_change: output frames per input frame.
        block_multiple: input frames that a block holds, or any multiple of them.
        latency_samples: how late the output is, in input frames; not counting what blocks themselves cost.
    """

    rate_change: Fraction = Fraction(1)
    block_multiple: int = 1
    latency_samples: Fraction = Fraction(0)

    def states(self) -> tuple[TensorSpec, ...]:
        """The state tensors, batch axis free; none for a layer without memory."""
        return ()

    def zeros(self, n_batch: int = 1) -> tuple[Tensor, ...]:
        """The states at the start of a stream, like the layer's own weights in dtype and device."""
        like = next(self.parameters(), torch.zeros(()))
        return tuple(like.new_zeros(n_batch, *(length or 1 for length in state.shape[1:])) for state in self.states())

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        raise NotImplementedError


class Pointwise(StreamLayer):
    """A module that looks at one frame at a time: an activation, a gate, a scale."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        return (self.module(x),)


class Delay(StreamLayer):
    """The input [B, C, T], `n_frames` late: what aligns a fast branch with a slow one."""

    def __init__(self, n_channels: int, n_frames: int) -> None:
        super().__init__()
        self.n_channels = n_channels
        self.n_frames = n_frames
        self.latency_samples = Fraction(n_frames)

    def states(self) -> tuple[TensorSpec, ...]:
        return (TensorSpec("past", (None, self.n_channels, self.n_frames)),) if self.n_frames else ()

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        if not self.n_frames:
            return (x,)
        whole = torch.cat([*states, x], dim=-1)
        return whole[..., : -self.n_frames], whole[..., -self.n_frames :]
