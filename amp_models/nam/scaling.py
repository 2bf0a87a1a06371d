"""A network at another output level, by the weights that come last."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from amp_models.nam.format import Nam


def scaled(nam: Nam, gain: float) -> Nam:
    """The WaveNet or LSTM with its output multiplied: by its gain, or by its head."""
    weights = nam.weights.copy()
    if nam.architecture == "WaveNet":
        weights[-1] *= np.float32(gain)
        return replace(nam, weights=weights, config={**nam.config, "head_scale": float(weights[-1])})
    n_head = int(nam.config["hidden_size"]) + 1
    weights[-n_head:] *= np.float32(gain)
    return replace(nam, weights=weights)
