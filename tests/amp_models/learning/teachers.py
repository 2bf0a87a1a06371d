"""Amps that are networks themselves, so that a network can learn them to any precision."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from amp_models.fresh import fresh_nam
from amp_models.learning.material import Take, choose_held_out
from amp_models.nam_format import Nam
from amp_models.net import player
from amp_models.phrases import guitar_phrases

RATE = 48000


def teacher(size: str) -> Nam:
    """A network of that size with weights that bend: no student begins near it."""
    nam = fresh_nam(size, RATE, 77)
    if size == "lstm":
        return nam
    return replace(nam, weights=np.append(1.5 * nam.weights[:-1], np.float32(0.3)))


def taught(size: str, seconds: float) -> Take:
    """Generated playing through a teacher; the end is held out."""
    audio = guitar_phrases(seconds, RATE, 4).astype(np.float32)
    truth = player(teacher(size))(audio[None])[0]
    return Take(audio, truth, choose_held_out(truth, RATE))
