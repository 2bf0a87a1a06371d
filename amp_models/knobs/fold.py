"""A model with knobs at one setting: a model without, which every player plays.

A knob that stands still is a constant in each sum it enters, and so a part of the bias:

    conv(x) + M_audio c + M_knobs k + b = conv(x) + M_audio c + (b + M_knobs k)

for each layer of a WaveNet, where M is the mixer and c the condition; an LSTM's gates hear the knobs likewise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from amp_models.nam.format import CONTAINER, LEGACY_VERSION, MEASURED, NEWEST_VERSION, Nam, contain, submodels
from amp_models.nam.lstm_rest import rest_lstm
from amp_models.wavenet.config import LayerArray, WaveNetConfig
from amp_models.wavenet.schema import parse_wavenet, write_wavenet
from mixassist.errors import ModelError

Floats = NDArray[np.float64]


def fold(nam: Nam, values: Sequence[float]) -> Nam:
    """The network with its knobs fixed at `values`, in the order of its inputs behind the audio.

    An LSTM's first states are those that silence leads to at this setting. What the metadata says of loudness is left
    out, for it is another at each setting.

    Raises:
        ModelError: when the network has not as many knobs, or hears them in another way than ours do.
    """
    if nam.architecture == CONTAINER:
        return contain([(limit, fold(model, values)) for limit, model in submodels(nam, "the model")])
    folds = {"WaveNet": _fold_wavenet, "LSTM": _fold_lstm}
    if nam.architecture not in folds:
        raise ModelError(f"a {nam.architecture} has no knobs: give a model that was captured with --knob")
    folded = folds[nam.architecture](nam, np.asarray(values, np.float64))
    kept = {key: value for key, value in nam.metadata.items() if key not in MEASURED}
    return replace(folded, metadata=kept)


def _fold_wavenet(nam: Nam, values: Floats) -> Nam:
    config = parse_wavenet(nam.config)
    _require_knobs(config.n_in, values)
    if config.condition is not None or config.post_head is not None or not all(map(_is_plain, config.arrays)):
        raise ModelError("this WaveNet's knobs do more than move biases: play it as it is")
    # The gain comes last.
    weights, n_last = nam.weights.astype(np.float64), 1
    sizes = [size for array in config.arrays for size in _sizes(array)]
    if sum(sizes) + n_last != weights.size:
        raise ModelError(f"the model holds {weights.size} weights, its WaveNet takes {sum(sizes) + n_last}: damaged")
    parts = iter([weights[slice(*ends)] for ends in pairwise(np.cumsum([0, *sizes]))])
    folded = [part for array in config.arrays for part in _folded_array(array, parts, values)]
    plain = _without_knobs(config, values.size)
    version = LEGACY_VERSION if plain.is_legacy else NEWEST_VERSION
    data = write_wavenet(plain, plain.is_legacy) | {"head_scale": float(weights[-1])}
    flat = np.concatenate([*folded, weights[-1:]]).astype(np.float32)
    return replace(nam, config=data, weights=flat, version=version)


def _without_knobs(config: WaveNetConfig, n_knobs: int) -> WaveNetConfig:
    arrays = tuple(replace(array, n_condition=array.n_condition - n_knobs) for array in config.arrays)
    return replace(config, arrays=arrays, n_in=config.n_in - n_knobs)


def _is_plain(array: LayerArray) -> bool:
    """Whether its condition is mixed in, whole and nowhere else."""
    return (array.mixer_groups, array.groups, array.layer1x1_groups, array.head1x1_groups, len(array.films)) == (
        *(1, 1, 1, 0),
        0,
    )


def _sizes(array: LayerArray) -> list[int]:
    """How many weights each of its parts has: rechannel, then convolution, bias, mixer and 1x1 per layer, then head."""
    n, n_inner = array.n_channels, array.n_bottleneck
    sizes = [array.n_in * n]
    for layer in array.layers:
        n_bent = n_inner if layer.gating == "none" else 2 * n_inner
        sizes += [n_bent * n * layer.kernel, n_bent, n_bent * array.n_condition, (n_inner + 1) * n]
    return [*sizes, array.head.n_out * (n_inner * array.head.kernel + array.head.has_bias)]


def _folded_array(array: LayerArray, parts: Iterator[Floats], values: Floats) -> list[Floats]:
    folded = [next(parts)]
    for _ in array.layers:
        convolution, bias, mixer, layer1x1 = (next(parts) for _ in range(4))
        heard, turned = np.split(mixer.reshape(len(bias), -1), [array.n_condition - values.size], axis=1)
        folded += [convolution, bias + turned @ values, heard.ravel(), layer1x1]
    return [*folded, next(parts)]


def _fold_lstm(nam: Nam, values: Floats) -> Nam:
    n_in, n_cells = int(nam.config["input_size"]), int(nam.config["hidden_size"])
    _require_knobs(n_in, values)
    weights, n_gates = nam.weights.astype(np.float64), 4 * n_cells
    ends = np.cumsum([n_gates * (n_in + n_cells), n_gates])
    joined, bias, others = np.split(weights, ends)
    heard, turned, remembered = np.split(joined.reshape(n_gates, -1), [1, n_in], axis=1)
    folded = [np.hstack([heard, remembered]).ravel(), bias + turned @ values, others]
    config = {**nam.config, "input_size": 1}
    return rest_lstm(replace(nam, config=config, weights=np.concatenate(folded).astype(np.float32)))


def _require_knobs(n_in: int, values: Floats) -> None:
    if n_in != 1 + values.size:
        raise ModelError(f"the model has {n_in - 1} knobs, {values.size} are set: give one value for each")
