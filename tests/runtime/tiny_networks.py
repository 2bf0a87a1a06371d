"""Tiny seeded networks, and builders that misbehave, for tests of the runtime."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import torch

from mixassist.runtime.artifact import GRAPH, Artifact, Golden, ModelCard, save_artifact
from mixassist.runtime.export import export_onnx
from mixassist.runtime.layers.artifact import write_stream_artifact
from mixassist.runtime.layers.convolution import CausalConv1d, CausalConvTranspose1d, ConvOptions
from mixassist.runtime.layers.net import Face, StreamNet
from mixassist.runtime.layers.structure import Chain
from mixassist.runtime.spec import ModelSpec, TensorSpec

HERE = "tests.runtime.tiny_networks"

TWO_PATHS = ModelSpec(
    kind="two-paths",
    rate=44100,
    n_channels=2,
    inputs=(TensorSpec("spectrum", (None, 4, 16, 12)), TensorSpec("mix", (None, 2, 96))),
    outputs=(TensorSpec("spectra", (None, 2, 4, 16, 12)), TensorSpec("waves", (None, 2, 2, 96))),
    options={"stems": ["vocals", "other"]},
)

STREAMING = ModelSpec(
    kind="streaming",
    rate=48000,
    n_channels=1,
    inputs=(TensorSpec("block", (None, 1, 32)),),
    outputs=(TensorSpec("wave", (None, 1, 32)),),
    states=(TensorSpec("tail", (None, 1, 6)),),
)


class TwoPaths(torch.nn.Module):
    """The shape of a hybrid separator: a spectrum and a waveform in, two stems of each out, normalised inside."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = torch.nn.Conv2d(4, 8, 3, padding=1)
        self.spectral = torch.nn.Conv2d(8, 8, 3, padding=1)
        self.temporal = torch.nn.Conv1d(2, 4, 5, padding=2)

    def forward(self, spectrum: torch.Tensor, mix: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        mean, deviation = spectrum.mean(dim=(1, 2, 3), keepdim=True), spectrum.std(dim=(1, 2, 3), keepdim=True)
        hidden = torch.nn.functional.gelu(self.inner((spectrum - mean) / (1e-5 + deviation)))
        spectra = self.spectral(hidden) * deviation + mean
        return spectra.unflatten(1, (2, 4)), self.temporal(mix).unflatten(1, (2, 2))


class Streaming(torch.nn.Module):
    """A causal filter of 7 taps whose past is a state."""

    def __init__(self) -> None:
        super().__init__()
        self.taps = torch.nn.Conv1d(1, 1, 7)

    def forward(self, block: torch.Tensor, tail: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        whole = torch.cat([tail, block], dim=-1)
        return self.taps(whole), whole[..., -6:]


class Wrong(TwoPaths):
    def forward(self, spectrum: torch.Tensor, mix: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        spectra, waves = super().forward(spectrum, mix)
        return spectra, 1.01 * waves


class NotFinite(TwoPaths):
    def forward(self, spectrum: torch.Tensor, mix: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        spectra, waves = super().forward(spectrum, mix)
        return spectra / 0, waves


NETWORKS = {"two-paths": TwoPaths, "streaming": Streaming}
SPECS = {"two-paths": TWO_PATHS, "streaming": STREAMING}


def build(artifact: Artifact) -> torch.nn.Module:
    torch.manual_seed(0)
    return NETWORKS[artifact.spec.kind]()


def build_wrong(artifact: Artifact) -> torch.nn.Module:
    torch.manual_seed(0)
    return Wrong()


def build_not_finite(artifact: Artifact) -> torch.nn.Module:
    torch.manual_seed(0)
    return NotFinite()


def build_crashing(artifact: Artifact) -> torch.nn.Module:
    os.abort()


def build_raising(artifact: Artifact) -> torch.nn.Module:
    raise ZeroDivisionError("a bug in the builder")


def random_inputs(spec: ModelSpec, n_items: int = 1, seed: int = 0) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(seed)
    return {tensor.name: generator.standard_normal(tensor.sized(n_items, 1)).astype(np.float32) for tensor in spec.fed}


def make_artifact(kind: str, folder: Path) -> Artifact:
    """The artifact of a tiny network, exported and with the golden pair that torch gives."""
    torch.manual_seed(0)
    spec, network = SPECS[kind], NETWORKS[kind]().eval()
    inputs = random_inputs(spec)
    with torch.inference_mode():
        outputs = network(*(torch.from_numpy(inputs[tensor.name]) for tensor in spec.fed))
    golden = Golden(inputs, {t.name: out.numpy() for t, out in zip(spec.returned, outputs, strict=True)})
    graph = folder / "exported.onnx"
    export_onnx(network, spec, [inputs[tensor.name] for tensor in spec.fed], graph)
    card = ModelCard(name=kind, licence="MIT", training={"minutes": 0}, credits=[{"name": "nobody"}])
    return save_artifact(folder / kind, spec=spec, card=card, files={GRAPH: graph}, golden=golden)


def build_free_length(artifact: Artifact | None = None) -> StreamNet:
    """Four samples become one step of two channels and four samples again, each hearing a little of the past."""
    torch.manual_seed(0)
    steps = CausalConv1d(1, 2, 8, ConvOptions(stride=4)), CausalConvTranspose1d(2, 1, 8, ConvOptions(stride=4))
    return StreamNet(Chain(*steps), Face("free-length", 48000)).eval()


def make_free_length(folder: Path) -> Artifact:
    card = ModelCard(name="free-length", licence="MIT", training={"minutes": 0})
    return write_stream_artifact(build_free_length(), card, folder / "free-length")
