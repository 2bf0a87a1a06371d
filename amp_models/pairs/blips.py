"""Blips: single samples in digital silence, which tell a line's delay with all frequencies at once."""

from __future__ import annotations

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from amp_models.pairs.minimum_phase import LineDelay, coherence_weights, line_delay
from amp_models.pairs.step_fit import StepLine

Signal = NDArray[np.float64]

APART_S = 0.2
ANSWER_S = 0.06
N_FEWEST = 2


def find_blips(di: Signal, rate: int) -> NDArray[np.int64]:
    """Places of single samples with 0.2 s of digital silence to each side: blips of our capture signal or another."""
    is_sound = np.abs(di) > 2e-7  # the dither of 24-bit files is silence too
    n_apart = round(APART_S * rate)
    sums = np.concatenate([[0], np.cumsum(is_sound)])
    places = np.flatnonzero(is_sound)
    places = places[(places >= n_apart) & (places + n_apart < di.size)]
    return places[sums[places + n_apart + 1] - sums[places - n_apart] == 1]


def blip_delay(di: Signal, reamped: Signal, rate: int, line: StepLine) -> LineDelay | None:
    """Delay beyond `line` and polarity, by the mean answer to the blips; None with fewer than two."""
    places = find_blips(di, rate)
    n_frame = scipy.fft.next_fast_len(round(ANSWER_S * rate), real=True)
    n_frame += n_frame % 2
    n_before = n_frame // 4
    lags = line.at(places.astype(float))
    starts = places + np.round(lags).astype(int) - n_before
    is_inside = (starts >= 0) & (starts + n_frame <= reamped.size)
    places, lags, starts = places[is_inside], lags[is_inside], starts[is_inside]
    if places.size < N_FEWEST:
        return None
    window = np.hanning(2 * n_before)
    fades = np.ones(n_frame)
    fades[: n_before // 2], fades[-n_before:] = np.hanning(n_before)[: n_before // 2], window[n_before:]
    spectra = scipy.fft.rfft(reamped[starts[:, None] + np.arange(n_frame)] * fades)
    omega = 2 * np.pi * np.arange(n_frame // 2 + 1) / n_frame
    ahead = n_before + lags - np.round(lags)
    answers = spectra * np.exp(1j * omega * ahead[:, None]) / di[places][:, None]
    mean = answers.mean(axis=0)
    scatter = np.mean(np.abs(answers - mean) ** 2, axis=0) / (places.size - 1)
    smooth = np.convolve(scatter, np.ones(9) / 9, mode="same")
    coherence = np.abs(mean) ** 2 / np.maximum(np.abs(mean) ** 2 + smooth, 1e-300)
    return line_delay(mean, coherence_weights(coherence))
