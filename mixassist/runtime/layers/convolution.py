"""Convolutions that remember the end of the last block."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import torch
from torch import Tensor, nn

from mixassist.errors import OptionError
from mixassist.runtime.layers.layer import StreamLayer
from mixassist.runtime.spec import TensorSpec


@dataclass(frozen=True)
class ConvOptions:
    """How a convolution steps and what it sees.

    `n_ahead` is how many frames to the right of its own position the kernel reaches. The default, None, is all that
    costs no latency: for a convolution the rest of the frames it steps over, for a transposed one none.
    """

    stride: int = 1
    dilation: int = 1
    groups: int = 1
    has_bias: bool = True
    n_ahead: int | None = None


class CausalConv1d(StreamLayer):
    """A convolution [B, n_in, T] to [B, n_out, T / stride] over the past and `n_ahead` frames to come.

    Output frame n is Σ_j w[j] x[n stride + n_ahead − (kernel − 1 − j) dilation], given as soon as the frames are there.
    So `n_ahead = (kernel − 1) dilation / 2` is torch's centred convolution, late by `latency_samples`.

    Raises:
        OptionError: when the kernel reaches further ahead than it is long.
    """

    def __init__(self, n_in: int, n_out: int, kernel: int, options: ConvOptions | None = None) -> None:
        super().__init__()
        options = options or ConvOptions()
        stride, span = options.stride, (kernel - 1) * options.dilation + 1
        n_ahead = stride - 1 if options.n_ahead is None else options.n_ahead
        if options.n_ahead is not None and not 0 <= n_ahead < span:
            raise OptionError(f"n_ahead is {n_ahead}: a kernel that spans {span} frames reaches 0 to {span - 1} ahead")
        # A block brings whole steps; windows that end within one wait until they end with one.
        n_waiting = -(n_ahead + 1) % stride
        self.rate_change = Fraction(1, stride)
        self.block_multiple = stride
        self.latency_samples = Fraction(n_ahead + 1 + n_waiting - stride)
        self._n_past = max(span - stride + n_waiting, 0)
        self._n_skipped = max(stride - n_waiting - span, 0)
        self.convolution = nn.Conv1d(
            n_in, n_out, kernel, stride, dilation=options.dilation, groups=options.groups, bias=options.has_bias
        )

    def states(self) -> tuple[TensorSpec, ...]:
        return (TensorSpec("past", (None, self.convolution.in_channels, self._n_past)),) if self._n_past else ()

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        if not self._n_past:
            return (self.convolution(x[..., self._n_skipped :] if self._n_skipped else x),)
        whole = torch.cat([*states, x], dim=-1)
        return self.convolution(whole), whole[..., -self._n_past :]


class CausalConvTranspose1d(StreamLayer):
    """A transposed convolution [B, n_in, T] to [B, n_out, T * stride]: input frame n adds to outputs from n stride on.

    `n_ahead` is torch's `padding` on the left: outputs to the left of a frame's own position, which come that much
    late. The last input frames are kept rather than the overlap of outputs: fewer nodes, and the bias is added once.

    Raises:
        OptionError: when the kernel is shorter than the stride, which would leave holes, or reaches too far ahead.
    """

    def __init__(self, n_in: int, n_out: int, kernel: int, options: ConvOptions | None = None) -> None:
        super().__init__()
        options = options or ConvOptions()
        stride, span = options.stride, (kernel - 1) * options.dilation + 1
        n_ahead = options.n_ahead or 0
        if span < stride:
            raise OptionError(f"kernel spans {span} frames of a stride of {stride}: it must be as long, or leave holes")
        if not 0 <= n_ahead < span:
            raise OptionError(f"n_ahead is {n_ahead}: a kernel that spans {span} frames reaches 0 to {span - 1} ahead")
        self.rate_change = Fraction(stride)
        self.latency_samples = Fraction(n_ahead, stride)
        self._n_overlap = span - stride
        self._n_past = -(-self._n_overlap // stride)
        self._n_before = self._n_past * stride
        self.convolution = nn.ConvTranspose1d(
            n_in, n_out, kernel, stride, groups=options.groups, bias=options.has_bias, dilation=options.dilation
        )

    def states(self) -> tuple[TensorSpec, ...]:
        return (TensorSpec("past", (None, self.convolution.in_channels, self._n_past)),) if self._n_past else ()

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        if not self._n_past:
            return (self.convolution(x),)
        whole = torch.cat([*states, x], dim=-1)
        return self.convolution(whole)[..., self._n_before : -self._n_overlap], whole[..., -self._n_past :]
