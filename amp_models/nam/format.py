"""`.nam` files: the envelope around a captured amp, read from any public version and written exactly.

Task:
    One JSON object becomes a `Nam` and back: architecture, config, weights, rate and what is known about the amp.

Conventions:
    Weights are float32, flat, in the order of the architecture; networks know that order (`net`), this file does not.
    A container (`SlimmableContainer`) holds whole models, from the smallest to the largest.

References:
    neural-amp-modeler's docs/source/model-file.rst and NeuralAmpModelerCore's reader (MIT), which decides where the two
    disagree about a file; no code of theirs is used.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amp_models.wavenet.schema import parse_wavenet, write_wavenet
from amp_models.wavenet.slimmable import n_widths, slim
from mixassist.audio.atomic import atomic_path
from mixassist.errors import ModelError, OptionError

LEGACY_VERSION, NEWEST_VERSION = "0.5.4", "0.7.0"
OLDEST, NEWEST = (0, 5), (0, 7)
"""Versions read, by major and minor number; patches change nothing that matters here."""

USUAL_RATE = 48000
"""The rate of a file that names none, in Hz: all trainers of the time took no other."""

HIGHEST_RATE = 10_000_000
"""No converter is faster, in Hz."""

MEASURED = ("loudness", "gain")
"""What metadata says of one network alone, whatever other sizes stand beside it."""

CONTAINER = "SlimmableContainer"
ARCHITECTURES = ("WaveNet", "LSTM", "ConvNet", "Linear", CONTAINER)


@dataclass(frozen=True, eq=False)
class Nam:
    """One model as its file tells it: `config` as JSON, `weights` [n], `known_rate` in Hz (None: none is named)."""

    architecture: str
    config: Mapping[str, Any]
    weights: NDArray[np.float32]
    version: str = NEWEST_VERSION
    known_rate: int | None = USUAL_RATE
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rate(self) -> int:
        return self.known_rate or USUAL_RATE

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of the file; the rate is left out where it is unknown, for players trip over a null."""
        told = {"metadata": dict(self.metadata)} if self.metadata else {}
        rate = {} if self.known_rate is None else {"sample_rate": self.known_rate}
        network = {"architecture": self.architecture, "config": dict(self.config)}
        return {"version": self.version, **told, **network, "weights": self.weights.astype(float).tolist(), **rate}


def read_nam(path: str | os.PathLike[str]) -> Nam:
    """The model in a `.nam` file.

    Raises:
        ModelError: when the file is missing, cut off, no `.nam` file, or of a version or architecture we do not know.
    """
    path = Path(path)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror or error}): check its name") from error
    except UnicodeDecodeError as error:
        raise ModelError(f"{path.name} is no .nam file: it is not text: give a file that ends in .nam") from error
    except (ValueError, RecursionError) as error:
        n_bytes = path.stat().st_size
        raise ModelError(
            f"{path.name} is damaged or cut off after {n_bytes} bytes ({error}): download or export it again"
        ) from error
    return nam_from_dict(data, path.name)


def write_nam(path: str | os.PathLike[str], nam: Nam) -> None:
    """Writes the model; the file appears whole or not at all.

    Raises:
        AudioError: when the folder cannot be written or the disk is full.
    """
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(nam.to_dict(), allow_nan=False), encoding="utf-8")


def nam_from_dict(data: Any, name: str) -> Nam:
    """The model in a file's JSON object; `name` is what messages call the file.

    Raises:
        ModelError: as `read_nam`.
    """
    needed = ("version", "architecture", "config", "weights")
    missing = [key for key in needed if not isinstance(data, dict) or key not in data]
    if missing:
        raise ModelError(f"{name} is no .nam file: it lacks {', '.join(missing)}: download or export it again")
    _check_version(str(data["version"]), name)
    architecture = data["architecture"]
    if architecture not in ARCHITECTURES:
        raise ModelError(
            f"{name} holds a network of kind {architecture!r}: this mixassist plays {', '.join(ARCHITECTURES)}:"
            " update mixassist, or export the model as one of these"
        )
    config, metadata = data["config"], data.get("metadata") or {}
    if not isinstance(config, dict) or not isinstance(metadata, dict):
        raise ModelError(f"{name} is damaged: its config or metadata is no object: download or export it again")
    rate = _rate(data.get("sample_rate"), name)
    return Nam(architecture, config, _weights(data["weights"], name), str(data["version"]), rate, metadata)


def choose_model(nam: Nam, size: float | None = None, name: str = "the model") -> Nam:
    """The model itself, or of a container the largest, or the one for `size` between 0 and 1.

    Like the player, that is the first one whose `max_value` lies above `size`, else the last; a slimmable WaveNet is
    cut to the width that is the same part of its widths.

    Raises:
        ModelError: when a container or slimmable WaveNet is empty or damaged.
        OptionError: when a size is asked of a model that has only one, or lies outside 0 to 1.
    """
    if size is not None and not 0 <= size <= 1:
        raise OptionError(f"size is {size:g}: it lies between 0 (smallest) and 1 (largest)")
    if nam.architecture != CONTAINER:
        return nam if size is None else _narrowed(nam, size, name)
    models = submodels(nam, name)
    fitting = [model for limit, model in models if size is not None and size < limit]
    return choose_model(fitting[0] if fitting else models[-1][1], None, name)


def size_limits(nam: Nam, name: str = "the model") -> tuple[float, ...]:
    """Below which `size` each of a file's networks is chosen, ascending to 1; empty where there is only one.

    Raises:
        ModelError: when the model is damaged.
    """
    if nam.architecture == CONTAINER:
        return tuple(limit for limit, _ in submodels(nam, name))
    n = n_widths(parse_wavenet(nam.config)) if nam.architecture == "WaveNet" else 1
    return tuple((index + 1) / n for index in range(n)) if n > 1 else ()


def _narrowed(nam: Nam, size: float, name: str) -> Nam:
    if not size_limits(nam, name):
        raise OptionError(f"{name} is one {nam.architecture}, with no sizes to choose from: leave the size out")
    config, weights = slim(parse_wavenet(nam.config), nam.weights, size)
    # How loud it is was measured at full width.
    told = {
        key: value for key, value in nam.metadata.items() if key not in MEASURED or weights.size == nam.weights.size
    }
    return replace(nam, config=write_wavenet(config, is_legacy=False), weights=weights, metadata=told)


def submodels(nam: Nam, name: str = "the container") -> list[tuple[float, Nam]]:
    """The models of a container with the `max_value` of each, ascending.

    Raises:
        ModelError: when there are none, or they are damaged, out of order or of different rates.
    """
    try:
        entries = [(float(entry["max_value"]), entry["model"]) for entry in nam.config["submodels"]]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ModelError(f"{name} is damaged: its submodels cannot be read ({error}): download it again") from error
    limits = [limit for limit, _ in entries]
    is_rising = bool(limits) and all(map(math.isfinite, limits)) and limits == sorted(set(limits))
    if not is_rising or limits[-1] < 1:
        raise ModelError(f"{name} is damaged: its sizes are {limits}, they must rise to 1: download it again")
    models = [(limit, nam_from_dict(data, f"{name}, size {limit:g}")) for limit, data in entries]
    rates = {model.rate for _, model in models}
    if len(rates) > 1:
        raise ModelError(f"{name} holds models of {', '.join(map(str, sorted(rates)))} Hz: export them at one rate")
    return models


def contain(models: Sequence[tuple[float, Nam]]) -> Nam:
    """A container of models with the `max_value` of each, told apart by size; its metadata is that of the largest."""
    largest = models[-1][1]
    entries = [{"max_value": limit, "model": model.to_dict()} for limit, model in models]
    nothing = np.zeros(0, np.float32)
    return Nam(CONTAINER, {"submodels": entries}, nothing, NEWEST_VERSION, largest.known_rate, largest.metadata)


def _check_version(version: str, name: str) -> None:
    numbers = re.fullmatch(r"(\d+)\.(\d+)\.\d+", version, flags=re.ASCII)
    if numbers is None or not OLDEST <= (int(numbers[1]), int(numbers[2])) <= NEWEST:
        raise ModelError(
            f"{name} is of version {version}, this mixassist reads 0.5.0 to {NEWEST_VERSION}:"
            " update mixassist, or export the model again"
        )


def _rate(value: Any, name: str) -> int | None:
    if value is None:
        return None
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    # What is infinite or no number lies in no range.
    if not is_number or not 1 <= value <= HIGHEST_RATE or value != int(value):
        told = f"{value!r:.40}"
        raise ModelError(f"{name} has a sample rate of {told} Hz: it must be a whole number: export it again")
    return int(value)


def _weights(values: Any, name: str) -> NDArray[np.float32]:
    try:
        weights = np.asarray(values, dtype=np.float32)
    except (TypeError, ValueError, OverflowError) as error:
        raise ModelError(f"{name} is damaged: its weights are no list of numbers: download it again") from error
    if weights.ndim != 1:
        raise ModelError(f"{name} is damaged: its weights have {weights.ndim} axes, not 1: download it again")
    n_bad = int(weights.size - np.count_nonzero(np.isfinite(weights)))
    if n_bad:
        raise ModelError(f"{name} is damaged: {n_bad} of {weights.size} weights are NaN or infinite: export it again")
    return weights
