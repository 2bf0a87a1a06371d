"""What a master is judged by: tone, width, dynamics and level, each measured so that the others do not disturb it.

Tone is that of the mid channel, which width leaves alone; width is side against mid in each third octave, which tone
leaves alone; dynamics is how levels of 50 ms spread around their middle, which gain leaves alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.dsp.decibels import FLOOR_DB, amplitude_to_db, power_to_db
from mixassist.dsp.hops import Floats, HopTrack
from mixassist.dsp.long_term_spectrum import SpectrumMeter
from mixassist.dsp.loudness import LoudnessMeter
from mixassist.dsp.stereo import Stereo, stereo_image
from mixassist.dsp.third_octaves import NOMINAL_HZ, third_octave_powers
from mixassist.dsp.true_peak import TruePeakMeter

BANDS_HZ: Floats = np.array(NOMINAL_HZ)
WIDTH_HZ = (160.0, 10000.0)
"""Below, songs are mono by custom; above, lossy encoders make them so."""
MIN_CORRELATION = -0.3
"""Below, channels cancel: what is left of the mid channel tells no tone, and the side no width."""
QUIET = 10**-5.5
MAX_RATIO = 10.0
"""A band in opposite polarity counts as wide, but does not decide alone."""
N_LEVEL_HOPS = 5
QUANTILES = np.linspace(0.3, 0.995, 40)
"""Of levels of 50 ms: below lie rests and fades, above single hits."""


@dataclass(frozen=True, eq=False)
class MasterProfile:
    """Measures of a song.

    Attributes:
        tone_db: [31], third octaves of the mid channel.
        spectrum_db: [31], third octaves averaged over the channels.
        width_db: side over mid, averaged over third octaves from 160 Hz to 10 kHz; None for mono.
        stereo: how far the channels agree; None for mono.
        hop_power: [n], mean square over channels of each 10 ms.
        lufs: integrated; None where there is too little to hear.
    """

    rate: int
    n_channels: int
    seconds: float
    tone_db: Floats
    spectrum_db: Floats
    width_db: float | None
    stereo: Stereo | None
    hop_power: Floats
    lufs: float | None
    true_peak_dbtp: float

    @property
    def hops_db(self) -> Floats:
        return power_to_db(self.hop_power)

    @property
    def plr_db(self) -> float | None:
        return None if self.lufs is None else self.true_peak_dbtp - self.lufs

    @property
    def is_askew(self) -> bool:
        """Whether one of two channels is silent or they cancel, so that mid and side tell nothing."""
        image = self.stereo
        return image is not None and (image.correlation is None or image.correlation < MIN_CORRELATION)

    @property
    def levels_db(self) -> Floats:
        """Quantiles [40] of the levels of 50 ms around their mean."""
        return level_quantiles(self.hop_power)


def level_quantiles(hop_power: Floats) -> Floats:
    """How the levels [n_hops, ...] of a song spread: quantiles [40, ...] re their mean."""
    n_levels = len(hop_power) // N_LEVEL_HOPS
    if n_levels == 0:
        return np.zeros((len(QUANTILES), *hop_power.shape[1:]))
    whole = hop_power[: n_levels * N_LEVEL_HOPS]
    levels_db = power_to_db(whole.reshape(n_levels, N_LEVEL_HOPS, *hop_power.shape[1:]).mean(axis=1))
    quantiles = np.quantile(levels_db, QUANTILES, axis=0)
    return np.asarray(quantiles - quantiles.mean(axis=0))


def measure_profile(blocks: Iterable[Samples], rate: int, n_channels: int) -> MasterProfile:
    """The profile of a song that comes in blocks [C, n] of one or two channels."""
    spectrum, loudness = SpectrumMeter(rate, n_channels), LoudnessMeter(rate, n_channels)
    peak, hops = TruePeakMeter(rate, n_channels), HopTrack(rate, 1, np.add)
    n_frames = 0
    for block in blocks:
        for meter in (spectrum, loudness, peak):
            meter.update(block)
        hops.update(np.square(block, dtype=np.float64).mean(axis=0, keepdims=True))
        n_frames += block.shape[1]
    powers, cross, bin_hz = (found := spectrum.spectrum()).powers, found.cross, found.bin_hz
    both = powers.sum(axis=0) if n_channels == 2 else 2 * powers[0]
    mid, side = (both + 2 * cross) / 4, np.maximum(both - 2 * cross, 0) / 4
    mid_bands, side_bands = (third_octave_powers(channel, bin_hz) for channel in (mid, side))
    return MasterProfile(
        rate=rate,
        n_channels=n_channels,
        seconds=n_frames / rate,
        tone_db=power_to_db(mid_bands),
        spectrum_db=power_to_db(mid_bands + side_bands),
        width_db=_width(mid_bands, side_bands) if n_channels == 2 else None,
        stereo=stereo_image(found) if n_channels == 2 else None,
        hop_power=hops.hops[0] * (100 / rate),
        lufs=loudness.loudness().integrated_lufs,
        true_peak_dbtp=float(amplitude_to_db(peak.peak)),
    )


def _width(mid: Floats, side: Floats) -> float:
    """The mean of side over mid in bands [31] that are heard, in dB, not below `FLOOR_DB`."""
    hz, both = BANDS_HZ, mid + side
    is_heard = (hz >= WIDTH_HZ[0]) & (hz <= WIDTH_HZ[1]) & (both > QUIET * both.max())
    if not is_heard.any():
        return FLOOR_DB
    ratios = side[is_heard] / np.maximum(mid[is_heard], 1e-12)
    return float(power_to_db(np.minimum(ratios, MAX_RATIO).mean()))
