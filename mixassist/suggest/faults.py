"""What goes wrong in songs: how large faults of tone, width and dynamics are, and how likely before they are heard.

None of it was measured on faults, for nobody has collected any; they are as large as those that engineers are asked to
mend. Priors are what keeps finished songs from harm: `python -m benchmarks.mastering` tells what they cost and bring.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np

from mixassist.dsp.hops import Floats
from mixassist.dsp.parametric import EqBand, response_db


@dataclass(frozen=True)
class Priors:
    """How likely a fault is on each axis before the song is heard."""

    tone: float
    width: float
    peaks: float


ALONE = Priors(tone=0.2, width=0.17, peaks=0.5)
"""Where nothing but the genre is known. On 7 finished songs that need nothing, of 30 s each, it costs 0.27 dB of tone,
0.20 dB of width, 0.01 LU of level and 0.03 dB of dynamics."""
SAME_PIECE = Priors(tone=0.5, width=0.5, peaks=0.5)
"""Where the song is named that it is to be like: somebody wants a change."""
STRANGER = Priors(tone=0.15, width=0.35, peaks=0.5)
"""Where the reference is another piece: somebody wants a change, but two pieces differ twice as one."""

WIDTH_FAULT_DB = 8.0
"""Of the side channel, one standard deviation."""
PEAK_FAULT_DB = 5.0
"""Of the peaks over the loudness, one standard deviation."""

LEVELS_FAULT_DB = 1.5
"""Of how levels spread, as rms over quantiles, one standard deviation."""

BAND_FAULT_DB = 6.0
"""Gain of a band that should not be there, one standard deviation."""
TILT_FAULT_DB = 4.0
RATE = 48000
BELLS = tuple(EqBand("bell", float(60 * 2 ** (step / 3)), 1.0, q) for step in range(23) for q in (0.6, 1.2))
LOW_SHELVES = tuple(EqBand("low_shelf", hz, 1.0, 0.5) for hz in (100.0, 150.0, 250.0, 400.0))
HIGH_SHELVES = tuple(EqBand("high_shelf", hz, 1.0, 0.5) for hz in (2000.0, 4000.0, 6000.0))
N_BELLS = 2


def priors_between(same: Priors, stranger: Priors, strangeness: float) -> Priors:
    """The priors of a reference that is a stranger to this share, 0 to 1."""
    return Priors(
        *(
            (1 - strangeness) * near + strangeness * far
            for near, far in zip(astuple(same), astuple(stranger), strict=True)
        )
    )


def tone_faults(hz: Floats) -> Floats:
    """Covariance [F, F] of faults of tone at `hz` [F], in dB²: two bells anywhere, or a tilt by two shelves.

    A band's dB grow nearly in proportion to its gain's, so that one response per band tells all.
    """
    bells = np.array([response_db([band], hz, RATE) for band in BELLS])
    tilts = np.array(
        [response_db([low], hz, RATE) - response_db([high], hz, RATE) for low in LOW_SHELVES for high in HIGH_SHELVES]
    )
    of_bells = N_BELLS * BAND_FAULT_DB**2 * bells.T @ bells / len(bells)
    of_tilts = TILT_FAULT_DB**2 * tilts.T @ tilts / len(tilts)
    return np.asarray((of_bells + of_tilts) / 2)
