"""Turns a training run into an artifact: `python -m separation.restoration.artifact --help`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mixassist.runtime import Artifact
from mixassist.runtime.artifact import ModelCard
from separation.lite_artifact import Exported, save_network
from separation.live.artifact import golden_frame
from separation.net import round_to_half
from separation.restoration.net import Design, RestorationNet, restoration_spec, streaming


def export_restoration(
    net: RestorationNet, card: ModelCard, texts: Mapping[str, str], folder: Path, design: Design
) -> Artifact:
    """The artifact of `net` at `folder`, with `texts` as files beside it; rounds the weights of `net` to half.

    Raises:
        ModelError: when the network cannot be exported.
    """
    spec, weights = restoration_spec(design), round_to_half(net)
    stream = streaming(net)
    return save_network(Exported(stream, spec, golden_frame(stream, spec), weights), card, texts, folder)
