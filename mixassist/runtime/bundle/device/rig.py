"""`Rig`: what a pedal is set to, in rig.json, and its models as processes for one card.

Conventions: a card has one rate and one number of channels. A model at another rate is resampled. A model of one
channel hears the card's first input and is heard on all outputs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.audio.live_desk import BlockProcess
from mixassist.errors import OptionError
from mixassist.runtime.bundle.device.manifest import BundledModel, Manifest
from mixassist.runtime.bundle.device.opening import Compute, Order, find_opener
from mixassist.runtime.streaming.plan import HostFormat
from mixassist.runtime.streaming.resampled import ResampledProcess, frames_at

RIG = "rig.json"
Device = str | int | None

_TYPES: Mapping[str, tuple[type, ...]] = {
    "device": (str, int, type(None)),
    "output_device": (str, int, type(None)),
    "engine": (str,),
    "precision": (str,),
    "compute_device": (str,),
    "midi": (str, type(None)),
    "footswitch": (str, type(None)),
}


@dataclass(frozen=True)
class Rig:
    """How a pedal is set.

    Attributes:
        models: ids of the bundle's models in the order of their programs; all of them where none is named.
        settings: for a model's id, what is turned about it.
        rate: of the card, Hz.
        block: frames per block.
        blocks_ahead: how many blocks a result may take.
        input: the card's first input that is heard, from 1.
        device: the card, by name or number; None for the system's own. `output_device` may be another.
        engine: who computes; `precision` and `compute_device` likewise.
        midi: a raw MIDI device whose program changes choose models: a path, `auto` for the first, None for none.
        footswitch: an input device whose keys go on to the next model: a path, or None.

    Raises:
        OptionError: for a rate or block below 1, and for what is of another type.
    """

    models: tuple[str, ...] = ()
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    rate: int = 48000
    block: int = 128
    blocks_ahead: int = 1
    input: int = 1
    device: Device = None
    output_device: Device = None
    engine: str = "auto"
    precision: str = "auto"
    compute_device: str = "auto"
    midi: str | None = "auto"
    footswitch: str | None = None

    def __post_init__(self) -> None:
        for name in ("rate", "block", "blocks_ahead", "input"):
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise OptionError(f"{RIG} sets {name} to {value!r}: give a whole number of at least 1")
        for name, types in _TYPES.items():
            value = getattr(self, name)
            if type(value) not in types:
                raise OptionError(f"{RIG} sets {name} to {value!r}: README.md says what it may be")
        if not all(isinstance(name, str) for name in self.models):
            raise OptionError(f"{RIG} sets models to {list(self.models)!r}: give a list of their names")
        if not isinstance(self.settings, Mapping) or not all(isinstance(of, Mapping) for of in self.settings.values()):
            raise OptionError(f"{RIG} sets settings to {self.settings!r}: give an object for each model's name")

    @property
    def compute(self) -> Compute:
        return Compute(self.engine, self.precision, self.compute_device)

    def chosen(self, manifest: Manifest) -> tuple[BundledModel, ...]:
        """The models to play, in the order of their programs.

        Raises:
            ModelError: when the bundle has no model of one of the ids, here or among the settings.
        """
        for name in self.settings:
            manifest.model(name)
        return tuple(map(manifest.model, self.models)) or manifest.models


def read_rig(path: Path) -> Rig:
    """The rig in a file.

    Raises:
        OptionError: when it cannot be read, or holds what no rig has.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise OptionError(f"{path} cannot be read ({error}): write it as README.md says") from error
    known = {each.name for each in fields(Rig)}
    if not isinstance(told, dict) or set(told) - known:
        odd = ", ".join(sorted(set(told) - known)) if isinstance(told, dict) else type(told).__name__
        raise OptionError(f"{path} holds {odd}: a rig knows {', '.join(sorted(known))}")
    models = told.get("models", [])
    if not isinstance(models, list):
        raise OptionError(f"{path} sets models to {models!r}: give a list of their names")
    return Rig(**{**told, "models": tuple(models)})


def host_of(rig: Rig, models: tuple[BundledModel, ...]) -> HostFormat:
    """The card's format: as many channels as the widest model has."""
    return HostFormat(rig.block, rig.rate, max(model.n_channels for model in models))


def open_process(model: BundledModel, rig: Rig, host: HostFormat, compute: Compute | None = None) -> BlockProcess:
    """A model for blocks of the card, computed as the rig says or by another.

    Raises:
        EngineError: when no engine can run it.
        ModelError: when it is damaged, or no model for such blocks.
        OptionError: when what is turned about it cannot be.
    """
    settings = {**model.settings, **rig.settings.get(model.id, {})}
    is_fit = model.changes_rate or model.rate == host.rate
    own = HostFormat(host.block, host.rate, model.n_channels)
    if not is_fit:
        own = HostFormat(frames_at(model.rate, host), model.rate, model.n_channels, is_block_fixed=False)
    process = find_opener(model.opener)(Order(model.artifact, own, compute or rig.compute, settings))
    if not is_fit:
        there = HostFormat(host.block, host.rate, model.n_channels)
        process = ResampledProcess(process, model.rate, there)
    return process if model.n_channels == host.n_channels else _OnAllOutputs(process, host)


class _OnAllOutputs:
    """A process of one channel on a card of several."""

    def __init__(self, process: BlockProcess, host: HostFormat) -> None:
        self._process = process
        self._out = np.empty((host.n_channels, host.block), np.float32)

    @property
    def latency_samples(self) -> int:
        return self._process.latency_samples

    def process(self, block: Samples) -> Samples:
        self._out[:] = self._process.process(block[:1])
        return self._out
