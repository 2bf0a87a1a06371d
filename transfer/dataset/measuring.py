"""`measure`: what is kept of a segment to compare it with the others, in some hundred numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mixassist.dsp.hops import Floats
from transfer.controls import ControlOptions, controls_of
from transfer.dataset.pieces import RATE, Mono
from transfer.dataset.timbre import mel_cepstra

CONTROL_HOP = 1024
SURE = 0.8
"""Confidence from which on a pitch counts."""
AUDIBLE_DB = 30.0
"""Below the loudest moment of a segment its pitch is that of the room."""
N_SLICES = 16
MIN_PITCHED_HOPS = 3


@dataclass(frozen=True, eq=False)
class Measured:
    """What a segment sounds like.

    Attributes:
        timbre: means [12] of its mel cepstra, level left out.
        spread: their deviations [12].
        slices: means [16, 12] of sixteen parts of its time, by which copies are known.
        pitch: in octaves above 1 Hz, the median; nan where it has none.
        pitch_range: octaves between the 10th and 90th percentile of its pitch.
        pitched: the share of its audible time that has a pitch.
        notes: MIDI numbers [K] of its pitched hops, with fractions.
        loudness_db: A-weighted levels [K] of the same hops.
    """

    timbre: Floats
    spread: Floats
    slices: Floats
    pitch: float
    pitch_range: float
    pitched: float
    notes: Floats
    loudness_db: Floats


def measure(samples: Mono) -> Measured:
    """What is measured of samples [T] at 48 kHz."""
    cepstra = mel_cepstra(samples)[:, 1:]
    heard = controls_of(samples[np.newaxis], RATE, ControlOptions(hop=CONTROL_HOP))
    is_audible = heard.loudness_db > heard.loudness_db.max() - AUDIBLE_DB
    is_pitched = is_audible & (heard.confidence > SURE)
    octaves = np.log2(heard.f0_hz[is_pitched])
    has_pitch = octaves.size >= MIN_PITCHED_HOPS
    return Measured(
        timbre=cepstra.mean(axis=0),
        spread=cepstra.std(axis=0),
        slices=_slices(cepstra),
        pitch=float(np.median(octaves)) if has_pitch else float("nan"),
        pitch_range=float(np.ptp(np.percentile(octaves, (10, 90)))) if has_pitch else float("nan"),
        pitched=float(is_pitched.sum() / max(is_audible.sum(), 1)),
        notes=69 + 12 * (octaves - np.log2(440)),
        loudness_db=heard.loudness_db[is_pitched],
    )


def _slices(cepstra: Floats) -> Floats:
    """Means [16, 12] of sixteen parts of cepstra [K, 12]; a short sound is looked at more than once."""
    at = np.linspace(0, len(cepstra), N_SLICES + 1).astype(int)
    firsts = np.minimum(at[:-1], len(cepstra) - 1)
    return np.array(
        [cepstra[first : max(last, first + 1)].mean(axis=0) for first, last in zip(firsts, at[1:], strict=True)]
    )
