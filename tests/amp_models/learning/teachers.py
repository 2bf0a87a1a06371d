"""Amps that are networks themselves, so that a network can learn them to any precision."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from amp_models.learning.material import N_LEAD, Signal, Take, choose_held_out
from amp_models.nam.format import Nam
from amp_models.nam.fresh import fresh_nam
from amp_models.nam.net import player
from amp_models.pairs.phrases import guitar_phrases

RATE = 48000


def teacher() -> Nam:
    """A nano WaveNet that is silent in silence; half of what it plays is no linear answer to its input."""
    nam = fresh_nam("nano", RATE, 77)
    weights = np.append(nam.weights[:-1], np.float32(0.3))
    rest = player(replace(nam, weights=weights))(np.zeros((1, N_LEAD), np.float32))[0, -1]
    weights[-2] -= rest / weights[-1]
    return replace(nam, weights=weights)


def taught(seconds: float) -> Take:
    """Generated playing through the teacher; the end is held out."""
    audio = guitar_phrases(seconds, RATE, 4).astype(np.float32)
    return held_out_of(audio, player(teacher())(audio[None])[0])


def bent(seconds: float) -> Take:
    """The same through a curve without memory."""
    audio = guitar_phrases(seconds, RATE, 4).astype(np.float32)
    return held_out_of(audio, (0.3 * np.tanh(8 * audio)).astype(np.float32))


def held_out_of(audio: Signal, truth: Signal) -> Take:
    return Take(audio, truth, choose_held_out(truth, RATE))
