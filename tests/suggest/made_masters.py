"""Faults done to a song, what a chain makes of it, and what is measured then."""

from __future__ import annotations

import numpy as np
import scipy.signal

from mixassist.dsp.parametric import biquad
from mixassist.suggest.master_profile import measure_profile
from mixassist.suggest.render import render_blocks

RATE = 44100


def profile(samples):
    return measure_profile([samples], RATE, len(samples))


def rendered(samples, chain):
    return np.concatenate(list(render_blocks([samples], RATE, chain)), axis=1)


def filtered(samples, *bands):
    return scipy.signal.sosfilt(np.array([biquad(band, RATE) for band in bands]), samples, axis=1)


def narrowed(samples, gain):
    mid, side = samples.mean(axis=0), gain * (samples[0] - samples[1]) / 2
    return np.stack([mid + side, mid - side])
