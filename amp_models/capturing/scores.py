"""How near a captured amp comes, on what was held out of its takes.

Conventions:
    Error-to-signal ratios are of everything that was held out together, not means of ratios. What is judged is the
    finished model, played from rest, behind `N_LEAD` samples that it hears first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amp_models.capturing.options import CAPTURE_RATE
from amp_models.knobs.fold import fold
from amp_models.learning.material import N_LEAD, Take
from amp_models.nam.format import Nam, choose_model
from amp_models.playing.aliasing import measure_aliasing
from mixassist.dsp.scores import esr

Sound = NDArray[np.float32]

BAND_EDGES_HZ = (40.0, 150.0, 400.0, 1000.0, 2500.0, 6000.0, 20000.0)
SILENT_SHARE = 1e-9
"""A band with less of the sound than this is not judged: its ratio would be one of two noises."""


@dataclass(frozen=True)
class Heard:
    """A held-out part: what the amp made of it, and what the model makes of it, [T]."""

    truth: Sound
    answer: Sound


@dataclass(frozen=True)
class Scores:
    """What a capture is worth.

    Attributes:
        esr: error-to-signal ratio.
        band_esr: the same in bands, by their edges in Hz; None where the amp has nothing there.
        mrstft: multi-resolution spectral loss, mean of the takes.
        level_db: the model's level over the amp's.
        rest_dc: what the model gives for silence, full scale 1.
        aliasing_db: power of folded tones against the sound.
    """

    esr: float
    band_esr: dict[str, float | None]
    mrstft: float
    level_db: float
    rest_dc: float
    aliasing_db: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def hear(nam: Nam, takes: Sequence[Take]) -> list[Heard]:
    """Every held-out part, played by the model; one with knobs is folded to where they stood."""
    from amp_models.nam.net import player

    heard = []
    for take in takes:
        at = fold(choose_model(nam), tuple(map(float, take.knobs))) if take.knobs.size else choose_model(nam)
        first, end = take.held_out
        answer = player(at)(take.audio[None, first:end])[0]
        heard.append(Heard(take.truth[first + N_LEAD : end], answer[N_LEAD:]))
    return heard


def score(nam: Nam, heard: Sequence[Heard], knobs: Sequence[float] = ()) -> Scores:
    """The scores of a finished model; those of one with knobs are measured with `knobs` where they are not on takes."""
    from amp_models.learning.spectral_loss import spectral_loss
    from amp_models.nam.net import player

    truth, answer = (np.concatenate(parts) for parts in zip(*((one.truth, one.answer) for one in heard), strict=True))
    play = player(fold(choose_model(nam), tuple(knobs)) if knobs else choose_model(nam))
    powers = [float(np.sum(sound.astype(np.float64) ** 2)) for sound in (answer, truth)]
    return Scores(
        esr=esr(truth[None], answer[None]),
        band_esr=_band_esr(heard),
        mrstft=float(np.mean([spectral_loss(one.answer, one.truth)[0] for one in heard])),
        level_db=float(10 * np.log10(max(powers[0], 1e-30) / max(powers[1], 1e-30))),
        rest_dc=float(play(np.zeros((1, 64), np.float32))[0, -1]),
        aliasing_db=measure_aliasing(play, CAPTURE_RATE).ratio_db,
    )


def _band_esr(heard: Sequence[Heard]) -> dict[str, float | None]:
    errors, signals = np.zeros(len(BAND_EDGES_HZ) - 1), np.zeros(len(BAND_EDGES_HZ) - 1)
    for one in heard:
        errors += _band_powers(one.answer - one.truth)
        signals += _band_powers(one.truth)
    names = [f"{low:g}-{high:g}" for low, high in pairwise(BAND_EDGES_HZ)]
    least = SILENT_SHARE * signals.sum()
    found = zip(names, errors, signals, strict=True)
    return {name: float(error / signal) if signal > least else None for name, error, signal in found}


def _band_powers(sound: Sound) -> NDArray[np.float64]:
    """Power in each band, [K]."""
    spectrum = np.fft.rfft(sound.astype(np.float64) * np.hanning(sound.size))
    edges = np.searchsorted(np.fft.rfftfreq(sound.size, 1 / CAPTURE_RATE), BAND_EDGES_HZ)
    powers = np.abs(spectrum) ** 2
    return np.array([powers[low:high].sum() for low, high in pairwise(edges)])
