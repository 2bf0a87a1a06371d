"""Untrained amps of every size, in the form of their file: where training starts.

Conventions:
    Weights are drawn as torch draws those of its layers, uniformly within ±1/√n for n inputs of each output, so that
    recipes for these networks, which were found with that start, keep their meaning. No global state is touched: one
    seed gives one network.
    Knobs are further channels of the input, behind the audio. A WaveNet hears them in its condition alone, so that at
    fixed knobs they are biases; an LSTM hears them beside the audio.

References:
    He et al. 2015, "Delving deep into rectifiers" (with a = √5, torch's default: U(±1/√n)).
    neural-amp-modeler, nam/models/recurrent.py: gates that start out remembering.
"""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from amp_models.nam.format import LEGACY_VERSION, NEWEST_VERSION, Nam, contain
from amp_models.wavenet.config import LayerArray, WaveNetConfig
from amp_models.wavenet.schema import write_wavenet
from amp_models.wavenet.sizes import SIZES
from mixassist.errors import OptionError

LSTM, A2 = "lstm", "a2"
A2_PARTS = ((0.5, "a2-lite"), (1.0, "a2-full"))
"""What a container of A2 holds: `max_value` and size of each model."""

FRESH_SIZES = (*SIZES, A2, LSTM)

N_LSTM_CELLS = 24
"""One layer of 24 cells: the trainer's own standard LSTM, about as many weights as a feather WaveNet (2,569 to 3,026).

More cells cost the square of their number in every sample, and cannot be worked on side by side.
"""

REMEMBERING = 2.0
"""Added to the biases of the forget gates and taken off those of the input gates.

The trainer adds 4. With 0, 2 and 4 a tube stage was learned to 0.0029, 0.0014 and 0.0020 in 25 CPU seconds, a clipper
to 0.00028, 0.00021 and 0.00041.
"""


def fresh_nam(size: str, rate: int, seed: int, n_knobs: int = 0) -> Nam:
    """An untrained network of that size: of `a2` a container of both its models, else one network.

    Args:
        n_knobs: how many knobs it hears as channels 1, 2 … of its input; a network with knobs is none of the players'.

    Raises:
        OptionError: when there is no such size.
    """
    if size not in FRESH_SIZES:
        raise OptionError(f"size {size!r} is unknown: take one of {', '.join(FRESH_SIZES)}")
    if size == A2:
        parts = enumerate(A2_PARTS)
        return contain([(limit, fresh_nam(part, rate, seed + index, n_knobs)) for index, (limit, part) in parts])
    random = np.random.default_rng(seed)
    if size == LSTM:
        return _lstm(rate, random, 1 + n_knobs)
    config = widened(SIZES[size], n_knobs)
    weights = wavenet_weights(config, random)
    version = LEGACY_VERSION if config.is_legacy else NEWEST_VERSION
    return Nam("WaveNet", write_wavenet(config, config.is_legacy), weights, version, rate)


def widened(config: WaveNetConfig, n_knobs: int) -> WaveNetConfig:
    """The WaveNet with that many knobs in the condition of every layer."""
    arrays = tuple(replace(array, n_condition=array.n_condition + n_knobs) for array in config.arrays)
    return replace(config, arrays=arrays, n_in=config.n_in + n_knobs)


def wavenet_weights(config: WaveNetConfig, random: np.random.Generator) -> NDArray[np.float32]:
    """Drawn weights of a WaveNet without gates, groups, FiLM and networks before or behind it, in the file's order."""
    parts = [part for array in config.arrays for part in _array(array, random)]
    gain = np.array([config.head_scale])
    return np.concatenate([*parts, gain]).astype(np.float32)


def _array(array: LayerArray, random: np.random.Generator) -> list[NDArray[np.float64]]:
    n = array.n_channels
    parts = [_drawn(random, n, array.n_in, has_bias=False)]
    for layer in array.layers:
        parts.append(_drawn(random, n, n * layer.kernel))
        parts.append(_drawn(random, n, array.n_condition, has_bias=False))
        parts.append(_drawn(random, n, n))
    parts.append(_drawn(random, array.head.n_out, n * array.head.kernel, array.head.has_bias))
    return parts


def _drawn(random: np.random.Generator, n_out: int, n_inputs: int, has_bias: bool = True) -> NDArray[np.float64]:
    """Weights, and behind them the biases, of `n_out` sums of `n_inputs` values."""
    return _uniform(random, 1 / sqrt(n_inputs), n_out * n_inputs + n_out * has_bias)


def _lstm(rate: int, random: np.random.Generator, n_in: int) -> Nam:
    n_cells = N_LSTM_CELLS
    bound = 1 / sqrt(n_cells)
    # One file's bias is the sum of torch's two; the gates stand in the order i f g o.
    bias = _uniform(random, bound, 4 * n_cells) + _uniform(random, bound, 4 * n_cells)
    bias[:n_cells] -= REMEMBERING
    bias[n_cells : 2 * n_cells] += REMEMBERING
    first = np.zeros(2 * n_cells)
    matrix = _uniform(random, bound, 4 * n_cells * (n_in + n_cells))
    weights = np.concatenate([matrix, bias, first, _drawn(random, 1, n_cells)]).astype(np.float32)
    config = {"input_size": n_in, "hidden_size": n_cells, "num_layers": 1}
    return Nam("LSTM", config, weights, LEGACY_VERSION, rate)


def _uniform(random: np.random.Generator, bound: float, n: int) -> NDArray[np.float64]:
    return random.uniform(-bound, bound, n)
