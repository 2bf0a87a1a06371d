"""Streaming networks as artifacts, and back."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor

from mixassist.errors import ModelError
from mixassist.runtime.artifact import GRAPH, WEIGHTS, Artifact, Golden, ModelCard, save_artifact
from mixassist.runtime.export import export_onnx
from mixassist.runtime.layers.net import StreamNet
from mixassist.runtime.spec import ModelSpec

GOLDEN_FRAMES = 64
"""Length of the golden block, or the next multiple of what the network takes."""

N_BLOCKS_BEFORE = 64
"""Blocks heard before the golden one, so that its states are those of a network in use."""

SEEDED_LEVEL = 0.2
"""Deviation of the noise that makes the golden pair."""


def write_stream_artifact(
    net: StreamNet, card: ModelCard, folder: Path, texts: Mapping[str, str] | None = None
) -> Artifact:
    """The artifact of `net` at `folder`: graph, weights, and one block with its states as the golden pair.

    The network itself stays as it is: a copy is taken to the CPU and to float32. `texts` become files beside it.

    Raises:
        ModelError: when the network cannot be exported.
    """
    net = copy.deepcopy(net).eval().cpu().float()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as staging:
        files = {name: Path(staging) / name for name in (GRAPH, WEIGHTS, *(texts or {}))}
        for name, text in (texts or {}).items():
            files[name].write_text(text, encoding="utf-8")
        save_file({name: value.contiguous() for name, value in net.state_dict().items()}, files[WEIGHTS])
        export_onnx(net, net.spec, _example(net.spec), files[GRAPH])
        return save_artifact(folder, spec=net.spec, card=card, files=files, golden=golden_block(net))


def load_weights(net: StreamNet, artifact: Artifact) -> StreamNet:
    """`net` with the weights of `artifact`, ready to run.

    Raises:
        ModelError: when the weights are those of another network.
    """
    try:
        net.load_state_dict(load_file(artifact.file(WEIGHTS)))
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1].strip()
        raise ModelError(
            f"weights of model {artifact.name} do not fit its network ({reason}): export it again"
        ) from error
    return net.eval()


@torch.inference_mode()
def golden_block(net: StreamNet) -> Golden:
    """One block of seeded noise, after others that have filled the states, and what the network makes of it.

    Controls are at random places, another for each frame.
    """
    spec, states = net.spec, net.layer.zeros()
    n_frames = -(-GOLDEN_FRAMES // spec.block_multiple) * spec.block_multiple
    random = np.random.default_rng(0)
    noise = random.standard_normal((N_BLOCKS_BEFORE + 1, 1, spec.n_channels, n_frames))
    blocks = torch.from_numpy((SEEDED_LEVEL * noise).astype(np.float32))
    sizes = [(1, len(default), n_frames) for default in spec.controls.values()]
    controls = [torch.from_numpy(random.uniform(size=size).astype(np.float32)) for size in sizes]
    for block in blocks[:-1]:
        states = tuple(net(block, *controls, *states)[1:])
    inputs = (blocks[-1], *controls, *states)
    return Golden(
        {tensor.name: _array(value) for tensor, value in zip(spec.fed, inputs, strict=True)},
        {tensor.name: _array(value) for tensor, value in zip(spec.returned, net(*inputs), strict=True)},
    )


def _example(spec: ModelSpec) -> list[NDArray[np.float32]]:
    """Silence to trace the network with: three steps, for 1 looks constant, and torch walks through recurrences."""
    n_frames = 3 * spec.block_multiple
    return [np.zeros([1, *(length or n_frames for length in tensor.shape[1:])], np.float32) for tensor in spec.fed]


def _array(value: Tensor) -> NDArray[np.float32]:
    array: NDArray[np.float32] = value.contiguous().numpy()
    return array
