"""Which way to take a room away is best: foretold, fitted to a guess at the sound, or one after the other.

`auto` ought to be what wins here.
"""

from __future__ import annotations

import numpy as np

from benchmarks.dereverb_rooms import RATE, Case, dry_sounds, generated_cases
from benchmarks.results import Section
from benchmarks.separation import Bench
from mixassist import AudioBuffer
from mixassist.dsp.scores import si_sdr
from mixassist.dsp.stream_spectrum import SpectrumGrid, StreamIstft, StreamStft
from separation import dereverberate
from separation.dereverb import DereverbOptions
from separation.dereverb.options import METHODS

SECONDS = 6.0
TIMES_S = (0.6, 1.0)
BOUND = "best shares"
"""What nothing that turns bins up and down can surpass."""

GRID = SpectrumGrid(2048, 512)


def methods(bench: Bench) -> Section:
    """Gain of each way in generated rooms, and its harm to dry sounds."""
    sounds = dry_sounds(bench.data, 1.0 if bench.is_quick else SECONDS)
    rows = []
    for n_channels in (1, 2):
        dry = [np.stack([sound] * n_channels) for sound in sounds.values()]
        dry_cases = [Case("", "none", np.nan, np.nan, sound, sound) for sound in dry]
        cases = list(generated_cases(sounds, n_channels, TIMES_S[:1] if bench.is_quick else TIMES_S))
        for way in (*METHODS, BOUND):
            gains = [_score_db(case, way) - si_sdr(case.early, case.wet) for case in cases]
            harm = min(_score_db(case, way) for case in dry_cases)
            name = "mono" if n_channels == 1 else "stereo"
            rows.append((name, way, f"{np.mean(gains):+.2f}", f"{min(gains):+.2f}", f"{harm:.1f}"))
    return Section(
        "Dereverberation: ways",
        "python -m benchmarks --only dereverb-methods",
        ["channels", "way", "mean gain, dB", "worst, dB", "dry sounds, SI-SDR at worst, dB"],
        rows,
        "Gain in early SI-SDR over voice, saxophone, guitar and drums, RT60 0.6 and 1.0 s, DRR -6, 0 and +6 dB. Auto "
        "has the room fitted in what the prediction left, convolution fits it twice. Best shares are the real gains "
        "per bin, one for both channels, that the truth asks for: nothing that leaves phases as they are wins more.",
    )


def _score_db(case: Case, way: str) -> float:
    if way == BOUND:
        return _bound_db(case)
    kept = dereverberate(AudioBuffer(case.wet.astype(np.float32), RATE), DereverbOptions(method=way)).dry
    return min(si_sdr(case.early, kept.samples.astype(np.float64)), 99.0)


def _bound_db(case: Case) -> float:
    n_whole = case.wet.shape[1] // GRID.hop * GRID.hop
    wet, early = (
        StreamStft(GRID, case.n_channels).process(sound[:, :n_whole].astype(np.float32))
        for sound in (case.wet, case.early)
    )
    power = np.sum(wet.real**2 + wet.imag**2, axis=0)
    share = np.clip(np.sum((wet * early.conj()).real, axis=0) / np.maximum(power, 1e-12), 0, 1)
    kept = StreamIstft(GRID, case.n_channels).process((wet * share).astype(np.complex64))[:, GRID.latency_samples :]
    return min(si_sdr(case.early[:, : kept.shape[1]], kept.astype(np.float64)), 99.0)


SECTIONS = {"dereverb-methods": methods}
