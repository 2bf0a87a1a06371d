"""Partials and noise of a recording whose pitch is known: what the network learns first.

Derivation. The spectrum of a Hann window w on a partial of amplitude a has the magnitude a Σw / 2 at its frequency;
transforms padded fourfold have a bin near enough to every multiple of the pitch (0.04 dB). White noise of power p has
the expected power p Σw² in each bin of any window. Noise is sought in frames four times as long, under a window of
Blackman and Harris, whose side lobes lie 92 dB down: there a bin tells of noise when it is farther from all partials
than the main lobe. Of the powers of such bins, which are exponentially distributed, the lower quarter is taken, ln(4/3)
of the mean, for a partial that wavers spoils some of them. Bands without any are filled from their neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.fft
import scipy.signal
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from transfer.instrument.design import RATE, Floats, InstrumentDesign, band_shapes

N_PADDING = 4
N_FRAMES_AT_ONCE = 256
NOISE_LENGTH = 4
"""Frames for noise are this many times as long as those for partials."""

NOISE_STEP = 4
"""Noise is sought in every fourth frame, and lies on a line between them."""

LOBE_BINS = 4.5
"""Half the main lobe of the Blackman-Harris window, and a little for pitch that wavers."""

FEWEST_BINS = 3
FAINTEST = 1e-7


@dataclass(frozen=True)
class Amplitudes:
    """Linear amplitudes of partials [K, n_partials] and bands [K, n_bands], as `synth` understands them."""

    partials: Floats
    bands: Floats


def analyse(
    sound: NDArray[np.float32], f0_hz: Floats, centres: NDArray[np.int64], design: InstrumentDesign
) -> Amplitudes:
    """Amplitudes of `sound` [T] at 48 kHz around the samples `centres` [K], where its pitch is `f0_hz` [K]."""
    n_window = window_length(float(np.percentile(f0_hz, 2)))
    partials = [_partials(frames, f0_hz[part], design.n_partials) for part, frames in _frames(sound, centres, n_window)]
    some = np.arange(0, f0_hz.size, NOISE_STEP)
    bands = [
        _bands(frames, f0_hz[some][part], design)
        for part, frames in _frames(sound, centres[some], NOISE_LENGTH * n_window)
    ]
    between = np.arange(f0_hz.size)
    lines = [np.interp(between, some, band) for band in np.concatenate(bands).T]
    return Amplitudes(np.concatenate(partials), np.stack(lines, axis=1))


def window_length(lowest_hz: float) -> int:
    """A power of two that holds four periods or more, so that the main lobes of partials do not touch."""
    return int(2 ** np.ceil(np.log2(4 * RATE / max(lowest_hz, 25.0))))


def _frames(
    sound: NDArray[np.float32], centres: NDArray[np.int64], n_window: int
) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """Some frames [n, n_window] at a time, and which they are; outside the sound lies silence."""
    padded = np.pad(sound, n_window)
    starts = np.clip(centres + n_window // 2, 0, padded.size - n_window)
    windows = sliding_window_view(padded, n_window)
    for first in range(0, centres.size, N_FRAMES_AT_ONCE):
        part = slice(first, first + N_FRAMES_AT_ONCE)
        yield part, windows[starts[part]]


def _partials(frames: NDArray[np.float32], f0_hz: Floats, n_partials: int) -> Floats:
    window = scipy.signal.windows.hann(frames.shape[1], sym=False).astype(np.float32)
    n_fft = N_PADDING * frames.shape[1]
    magnitude = np.abs(scipy.fft.rfft(frames * window, n_fft))
    bins = np.rint(f0_hz[:, None] * np.arange(1, n_partials + 1) * n_fft / RATE).astype(np.int64)
    heights = np.take_along_axis(magnitude, np.minimum(bins, n_fft // 2), axis=1)
    return np.where(bins <= n_fft // 2, 2 * heights / window.sum(), 0.0)


def _bands(frames: NDArray[np.float32], f0_hz: Floats, design: InstrumentDesign) -> Floats:
    """Amplitudes of noise [n, n_bands]."""
    n_window = frames.shape[1]
    window = scipy.signal.windows.blackmanharris(n_window, sym=False).astype(np.float32)
    power = np.abs(scipy.fft.rfft(frames * window)) ** 2 / np.sum(window**2)
    spacing_bins = f0_hz[:, None] / RATE * n_window
    place = np.arange(power.shape[1]) / spacing_bins
    is_noise = np.abs(place - np.rint(place)) * spacing_bins > LOBE_BINS
    known = np.where(is_noise, power, np.inf)
    found = np.full((len(frames), design.n_bands), np.nan)
    for band, weight in enumerate(band_shapes(design, power.shape[1])):
        mine = np.flatnonzero(weight > 0)
        quarter = is_noise[:, mine].sum(axis=1) // 4
        is_enough = is_noise[:, mine].sum(axis=1) >= FEWEST_BINS
        ranked = np.sort(known[:, mine], axis=1)
        lower = np.take_along_axis(ranked, quarter[:, None], axis=1)[:, 0]
        found[is_enough, band] = lower[is_enough] / np.log(4 / 3)
    return np.sqrt(np.array([_filled(row) for row in found]))


def _filled(row: Floats) -> Floats:
    """A row of powers, its gaps filled along a line between the logarithms of their neighbours."""
    known = np.flatnonzero(np.isfinite(row))
    if not known.size:
        return np.full(row.size, FAINTEST**2)
    logs = np.log(np.maximum(row[known], FAINTEST**2))
    filled: Floats = np.exp(np.interp(np.arange(row.size), known, logs))
    return filled
