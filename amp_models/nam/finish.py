"""The last steps from trained weights to a file for the world: rest, gain, loudness, credits.

References:
    NeuralAmpModelerCore, NAM/wavenet/a2_fast.cpp (`is_a2_shape`): earlier versions take the fast path for a gain of
    exactly 0.01, later ones for any.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np

from amp_models.nam.format import Nam
from amp_models.nam.loudness import measure_loudness
from amp_models.nam.lstm_rest import rest_lstm
from amp_models.nam.metadata import Gear, Training, nam_metadata
from amp_models.wavenet.config import LayerArray
from amp_models.wavenet.schema import parse_wavenet
from amp_models.wavenet.sizes import A2_HEAD_SCALE, is_second_generation


def finish_nam(
    nam: Nam, gear: Gear | None = None, training: Training | None = None, when: datetime | None = None
) -> Nam:
    """A network as players want it, at the same sound; a container is made of networks finished one by one.

    An LSTM starts at rest. A WaveNet of the second generation has the one gain for which every version of the player
    takes its fast path. The metadata is measured and written anew.

    Raises:
        ModelError: when the network cannot be built.
    """
    from amp_models.nam.net import player

    ready = _settled(nam)
    metadata = nam_metadata(measure_loudness(player(ready)), gear, training, when)
    return replace(ready, metadata=metadata)


def _settled(nam: Nam) -> Nam:
    if nam.architecture == "LSTM":
        return rest_lstm(nam)
    if nam.architecture == "WaveNet":
        config = parse_wavenet(nam.config)
        return _with_usual_gain(nam, config.arrays[-1]) if is_second_generation(config) else nam
    return nam


def _with_usual_gain(nam: Nam, last: LayerArray) -> Nam:
    """The same sound at A2's own gain, by the convolution before it: g (W x + b) = g' (g/g' W x + g/g' b)."""
    n_head = last.head.n_out * (last.n_skipped * last.head.kernel + last.head.has_bias)
    weights = nam.weights.astype(np.float64)
    weights[-1 - n_head : -1] *= weights[-1] / A2_HEAD_SCALE
    weights[-1] = A2_HEAD_SCALE
    config = {**nam.config, "head_scale": A2_HEAD_SCALE}
    return replace(nam, config=config, weights=weights.astype(np.float32))
