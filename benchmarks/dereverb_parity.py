"""Our weighted prediction with nara_wpe's weights and without our bounds: whether it is the same prediction."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.dereverb_rooms import Floats, dry_sounds, generated_cases
from benchmarks.material import peer_nara
from benchmarks.results import Section
from benchmarks.separation import Bench
from mixassist.dsp.spectrum import stft
from separation.dereverb.wpe import Prediction, Statistics, foretell

Complexes = NDArray[np.complex64]

PEER = Path(__file__).with_name("nara_spectra.py")
SECONDS = 6.0
N_FFT, HOP = 2048, 512
PREDICTION = Prediction(n_taps=10, delay=3)
N_ITERATIONS = 3
FLOOR = 1e-10
"""Of the greatest power of a bin: the least power in nara_wpe."""


def parity(bench: Bench, peer_python: Path | None = None) -> Section:
    """How far both are apart in a room of 0.6 s, per number of channels."""
    python = peer_python or peer_nara(bench.folder)
    sounds = {"voice": dry_sounds(bench.data, 1.0 if bench.is_quick else SECONDS)["voice"]}
    rows = []
    for n_channels in (1, 2):
        case = next(case for case in generated_cases(sounds, n_channels, (0.6,)) if case.drr_db == 0)
        spectrum = _spectrum(case.wet)
        ours, nara = iterated(spectrum), _nara(spectrum, python)
        taken_db, apart_db = _levels_db(nara - spectrum, spectrum), _levels_db(ours - nara, nara)
        figures = (np.median(taken_db), np.median(apart_db), apart_db.max())
        rows.append((str(n_channels), *(f"{value:.1f}" for value in figures)))
    return Section(
        "Dereverberation: parity with nara_wpe",
        "python -m benchmarks --only dereverb-parity",
        ["channels", "taken by nara_wpe, dB", "difference of ours, dB", "in the worst bin, dB"],
        rows,
        f"Medians over bins. {PREDICTION.n_taps} taps, delay {PREDICTION.delay}, {N_ITERATIONS} iterations, weights as "
        "nara_wpe's, no ridge, no bound; ours in complex64, nara_wpe 0.0.11 in complex128. What "
        "ships weighs and bounds otherwise.",
    )


def iterated(spectrum: Complexes) -> Complexes:
    """Our prediction taken from [F, C, K], its weights from what the last iteration left."""
    n_bins, n_channels, _ = spectrum.shape
    past = np.zeros((n_bins, n_channels, PREDICTION.n_past), np.complex64)
    heard = np.concatenate([past, spectrum], axis=-1)
    dry = spectrum
    for _ in range(N_ITERATIONS):
        power = np.mean(np.abs(dry) ** 2, axis=1)
        statistics = Statistics(PREDICTION, n_bins, n_channels, ridge=0.0)
        statistics.add(heard, np.maximum(power, FLOOR * power.max(axis=1, keepdims=True)).astype(np.float32))
        filters = statistics.filters()
        dry = spectrum - foretell(heard, PREDICTION, (filters, filters))
    return dry


def _spectrum(sound: Floats) -> Complexes:
    """[F, C, K] of bins that hold something."""
    spectrum = stft(sound.astype(np.float32), N_FFT, HOP).swapaxes(0, 1)
    return np.ascontiguousarray(spectrum[2 : N_FFT // 8], dtype=np.complex64)


def _nara(spectrum: Complexes, python: Path) -> NDArray[np.complex128]:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "spectrum.npy", Path(folder) / "dry.npy"
        np.save(source, spectrum.astype(np.complex128))
        numbers = (PREDICTION.n_taps, PREDICTION.delay, N_ITERATIONS)
        subprocess.run([str(python), str(PEER), str(source), str(target), *map(str, numbers)], check=True)
        dry: NDArray[np.complex128] = np.load(target)
    return dry


def _levels_db(difference: NDArray[np.complexfloating], of: NDArray[np.complexfloating]) -> Floats:
    """Per bin."""
    ratio = np.sum(np.abs(difference) ** 2, axis=(1, 2)) / np.sum(np.abs(of) ** 2, axis=(1, 2))
    return np.asarray(10 * np.log10(ratio))


SECTIONS = {"dereverb-parity": parity}
