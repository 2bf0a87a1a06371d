"""The network of `lite-live` as engines run it: some frames and its past in, masks and the new past out.

This module is a door of torch: import it only where a network is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mixassist.runtime import Artifact, ModelSpec
from mixassist.runtime.spec import TensorSpec
from separation.net import LiteNet, LiteOptions, build_lite
from separation.net_layers import Reach, SongBlock, TimeBlock
from separation.songs import RATE, STEMS

KIND = "lite-live"
N_FRAMES = 1
"""Frames per run: with one, a stream waits for no more than a hop."""


class LiveNet(LiteNet):
    """A causal `LiteNet` whose forward goes on from a past: [1, 4, F, T] and states to [1, S, 2, F, T] and states."""

    def forward(self, magnitude: Tensor, *past: Tensor) -> tuple[Tensor, ...]:  # type: ignore[override]  # its states
        # Magnitudes are never negative, but the noise that engines are compared with is.
        return self.stream(magnitude.abs(), *past)


def live_net(net: LiteNet) -> LiveNet:
    """The same network, weights and all, in the form that streams."""
    live = LiveNet(net.options)
    live.load_state_dict(net.state_dict())
    return live.to(next(net.parameters()).dtype).eval()


def build_live(artifact: Artifact) -> LiveNet:
    """The network of a `lite-live` artifact in evaluation mode."""
    return live_net(build_lite(artifact))


def live_spec(options: LiteOptions, refinement: Mapping[str, float]) -> ModelSpec:
    """The declared face of a causal network, `refinement` what `separation.refinement` shall do to its masks.

    `latency_samples` is that of the transform around the network; `segment` the frames of sound per run.
    """
    n_bins, run = options.n_fft // 2 + 1, N_FRAMES * options.hop
    return ModelSpec(
        kind=KIND,
        rate=RATE,
        n_channels=2,
        inputs=(TensorSpec("magnitude", (1, 4, n_bins, N_FRAMES)),),
        outputs=(TensorSpec("mask", (1, len(STEMS), 2, n_bins, N_FRAMES)),),
        states=tuple(TensorSpec(f"past_{index}", shape) for index, shape in enumerate(_past_shapes(options))),
        latency_samples=options.n_fft - options.hop,
        block_multiple=run,
        options={
            "stems": list(STEMS),
            "n_fft": options.n_fft,
            "hop": options.hop,
            "segment": run,
            "refinement": dict(refinement),
            "network": asdict(options),
        },
    )


def _past_shapes(options: LiteOptions) -> list[tuple[int, int, int]]:
    """What each layer that looks along time keeps, in their order: [rows, frames, features]."""
    shapes = []
    for block in LiteNet(options).blocks:
        if isinstance(block, TimeBlock):
            shapes.append((options.n_bands, block.widen.n_past, options.n_features))
        elif isinstance(block, SongBlock):
            shapes += [(1, step.n_past, options.n_song) for step in block.steps if isinstance(step, Reach)]
    return shapes


@torch.inference_mode()
def run_frame(net: nn.Module, spec: ModelSpec, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """What torch makes of one run's inputs and states, by name: outputs and new states, in the network's arithmetic."""
    given = net(*(torch.from_numpy(inputs[tensor.name]) for tensor in spec.fed))
    return {tensor.name: value.contiguous().numpy() for tensor, value in zip(spec.returned, given, strict=True)}
