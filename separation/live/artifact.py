"""Turns a training run into the artifact of `lite-live`: `python -m separation.live.artifact --help`.

The graph runs one frame and goes on from named states; the golden pair is a frame in the middle of sound.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixassist.runtime import Artifact, ModelSpec
from mixassist.runtime.artifact import Golden, ModelCard
from separation.lite_artifact import Exported, run_command, save_network
from separation.live.net import KIND, live_net, live_spec, run_frame
from separation.net import LiteNet, Network, round_to_half

Arrays = dict[str, NDArray[Any]]


def export_live(
    net: LiteNet, card: ModelCard, texts: Mapping[str, str], folder: Path, refinement: Mapping[str, float]
) -> Artifact:
    """The artifact of a causal `net` at `folder`, with `texts` as files beside it; rounds the weights of `net` to half.

    Raises:
        ModelError: when the network cannot be exported.
    """
    spec, weights = live_spec(net.options, refinement), round_to_half(net)
    live = live_net(net)
    return save_network(Exported(live, spec, golden_frame(live, spec), weights), card, texts, folder)


def golden_frame(net: Network, spec: ModelSpec) -> Golden:
    """One frame of seeded noise after a past of noise, which is the same in every band: so it compresses well."""
    rng = np.random.default_rng(0)
    inputs: Arrays = {
        tensor.name: np.abs(rng.normal(scale=30.0, size=tensor.sized(1, None))).astype(np.float32)
        for tensor in spec.inputs
    }
    for state in spec.states:
        n_rows, *size = state.sized(1, None)
        inputs[state.name] = np.tile(rng.standard_normal(size).astype(np.float32), (n_rows, 1, 1))
    return Golden(inputs, run_frame(net, spec, inputs))


if __name__ == "__main__":
    run_command(KIND, export_live)
