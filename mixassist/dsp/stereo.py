"""Stereo: how wide a song is and how much its channels agree, over all and per octave.

Width is the power of the side over that of the mid, (L - R)/2 and (L + R)/2, in dB: 0 for channels that have nothing
in common, `FLOOR_DB` for mono. Correlation is the cross power over the geometric mean of the channels' powers: 1 for
mono, -1 for channels in opposite polarity, which vanish in mono.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mixassist.dsp.decibels import FLOOR_DB, power_to_db
from mixassist.dsp.hops import Floats
from mixassist.dsp.long_term_spectrum import LongTermSpectrum
from mixassist.dsp.third_octaves import OCTAVES, third_octave_powers


@dataclass(frozen=True)
class StereoBand:
    """Width and correlation of an octave; None where it is silent."""

    octave_hz: float
    width_db: float | None
    correlation: float | None


@dataclass(frozen=True)
class Stereo:
    """Width and correlation of the whole, None where a channel is silent, and of each octave."""

    width_db: float | None
    correlation: float | None
    bands: tuple[StereoBand, ...]


def stereo_image(spectrum: LongTermSpectrum) -> Stereo:
    """Width and correlation of a spectrum of two channels."""
    powers = third_octave_powers(spectrum.powers, spectrum.bin_hz)
    cross = third_octave_powers(spectrum.cross, spectrum.bin_hz)
    bands = tuple(
        StereoBand(octave_hz, *_image(powers[:, thirds].sum(axis=1), float(cross[thirds].sum())))
        for octave_hz, thirds in OCTAVES
    )
    return Stereo(*_image(spectrum.powers.sum(axis=1), float(spectrum.cross.sum())), bands)


def _image(powers: Floats, cross: float) -> tuple[float | None, float | None]:
    """Width in dB and correlation of two channels' powers [2] and their cross power."""
    if power_to_db(powers).max() <= FLOOR_DB:
        return None, None
    mid, side = powers.sum() + 2 * cross, powers.sum() - 2 * cross
    width_db = float(np.clip(power_to_db(max(side, 0.0)) - power_to_db(max(mid, 0.0)), FLOOR_DB, -FLOOR_DB))
    if power_to_db(powers).min() <= FLOOR_DB:
        return width_db, None
    return width_db, float(np.clip(cross / np.sqrt(powers.prod()), -1.0, 1.0))
