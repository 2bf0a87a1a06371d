"""Amps the laws are tried on: one small network of every architecture that `.nam` files hold, with random weights."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from amp_models.nam.conversion import convert_nam
from amp_models.nam.format import Nam, choose_model, nam_from_dict
from amp_models.nam.net import build_net
from mixassist.runtime import Artifact
from mixassist.runtime.layers.net import StreamNet
from tests.amp_models.random_nams import EVERY

AMPS = ("legacy", "films", "two lstms", "conv net with norm", "impulse response")
BUILDER = "tests.laws.amps:build"
"""The `torch_builder` of every one of them."""


@cache
def amp_nam(name: str) -> Nam:
    return nam_from_dict(EVERY[name], name)


def amp_net(name: str) -> StreamNet:
    return build_net(choose_model(amp_nam(name)))


def build(artifact: Artifact) -> StreamNet:
    """The torch network of an amp's artifact."""
    return amp_net(artifact.name)


def write_amp(name: str, folder: Path) -> Artifact:
    """The artifact of the amp called `name`, at `folder / name`."""
    return convert_nam(amp_nam(name), folder / name, name)
