"""Generated pairs with a known line, and how near `align` comes: `python -m benchmarks.alignment [--pairs N]`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, signal

from amp_models.pairs.alignment import align
from amp_models.pairs.phrases import guitar_phrases
from benchmarks.results import Section
from benchmarks.separation import Bench

Signal = NDArray[np.float64]
RATE = 48000
NOISE_DB = -60.0
DRIVES = ("clean", "soft", "crunch", "tube", "hard", "fuzz")
OVERSAMPLING = 8


@dataclass(frozen=True)
class Line:
    """The truth about a generated pair."""

    drive: str
    delay_samples: float
    drift_ppm: float
    polarity: int
    has_cabinet: bool


def lines(n_pairs: int, has_cabinet: bool) -> Iterator[Line]:
    """Seeded lines: delays of -500 to 5000 samples, drifts to ±20 ppm, both polarities, every drive in turn."""
    rng = np.random.default_rng(4)
    for index in range(n_pairs):
        drift = 0.0 if index % 5 == 0 else float(rng.uniform(-20, 20))
        polarity = int(rng.choice([-1, 1]))
        yield Line(DRIVES[index % len(DRIVES)], float(rng.uniform(-500, 5000)), drift, polarity, has_cabinet)


def distorted(di: Signal, drive: str) -> Signal:
    """The DI through a curve without memory, computed at eight times the rate: no delay, no filter but at Nyquist."""
    wide = np.asarray(signal.resample_poly(di, OVERSAMPLING, 1))
    curves = {
        "clean": lambda x: x,
        "soft": lambda x: np.tanh(2 * x),
        "crunch": lambda x: np.tanh(10 * x),
        "tube": lambda x: np.tanh(8 * x + 0.4) - np.tanh(0.4),
        "hard": lambda x: np.clip(20 * x, -1, 1),
        "fuzz": lambda x: np.tanh(200 * x + 0.3) - np.tanh(0.3),
    }
    return np.asarray(signal.resample_poly(curves[drive](wide), 1, OVERSAMPLING))


def cabinet(sound: Signal) -> Signal:
    """A loudspeaker of minimum-phase filters: high-pass, a peak, fourth-order low-pass at 5 kHz."""
    sound = signal.sosfilt(signal.butter(2, 75, "highpass", fs=RATE, output="sos"), sound)
    bite = signal.sosfilt(signal.butter(1, (1900, 3600), "bandpass", fs=RATE, output="sos"), sound)
    return np.asarray(signal.sosfilt(signal.butter(4, 5000, fs=RATE, output="sos"), sound + 0.9 * bite))


def moved(sound: Signal, delay_samples: float, drift_ppm: float) -> Signal:
    """The sound [T] read along the line, [T + 6000]: cubic splines at eight times the rate."""
    wide = ndimage.spline_filter1d(signal.resample_poly(sound, OVERSAMPLING, 1), order=5)
    places = (np.arange(sound.size + 6000) - delay_samples) / (1 + 1e-6 * drift_ppm)
    return np.asarray(ndimage.map_coordinates(wide, [places * OVERSAMPLING], order=5, mode="constant", prefilter=False))


def generated_pair(line: Line, seconds: float, seed: int) -> tuple[Signal, Signal]:
    """DI and reamped take, [T] each, the latter's peak at -3 dBFS with noise at -60 dBFS."""
    rng = np.random.default_rng([seed, 5])
    di = guitar_phrases(seconds, RATE, seed)
    sound = distorted(di, line.drive)
    if line.has_cabinet:
        sound = cabinet(sound)
    reamped = line.polarity * moved(sound, line.delay_samples, line.drift_ppm)
    reamped *= 10 ** (-3 / 20) / np.abs(reamped).max()
    noise_db = rng.standard_normal(reamped.size) * 10 ** (NOISE_DB / 20)
    return di + 1e-5 * rng.standard_normal(di.size), reamped + noise_db


@dataclass(frozen=True)
class Miss:
    """How far `align` was off on one pair."""

    line: Line
    delay_samples: float
    drift_ppm: float
    is_polarity_right: bool
    took_s: float


def misses(n_pairs: int, seconds: float, has_cabinet: bool) -> Iterator[Miss]:
    """`align` on generated pairs, one after the other."""
    for seed, line in enumerate(lines(n_pairs, has_cabinet)):
        di, reamped = generated_pair(line, seconds, seed)
        started = time.perf_counter()
        found = align(di, reamped, RATE)
        took_s = time.perf_counter() - started
        errors = found.delay_samples - line.delay_samples, found.drift_ppm - line.drift_ppm
        yield Miss(line, *errors, found.polarity == line.polarity, took_s)


def alignment(bench: Bench) -> Section:
    """The largest errors of delay and drift for each kind of distortion, without and with a loudspeaker."""
    n_pairs, seconds = (2, 6.0) if bench.is_quick else (100, 30.0)
    rows = []
    for has_cabinet in (False,) if bench.is_quick else (False, True):
        found = list(misses(n_pairs, seconds, has_cabinet))
        chain = " and loudspeaker" if has_cabinet else ""
        rows += [(f"{cells[0]}{chain}", *cells[1:]) for cells in _table(found)]
    return Section(
        "Amps: alignment",
        "python -m benchmarks --only alignment",
        ("distortion", "pairs", "largest error, samples", "largest error, ppm", "polarity right", "s each"),
        rows,
        f"Generated pairs of {seconds:g} s at {RATE} Hz: delays of -500 to 5000 samples and fractions, both polarities,"
        f" clocks to ±20 ppm apart, noise at {NOISE_DB:g} dBFS. Delay is that of the line; a loudspeaker adds its own.",
    )


def _table(found: Sequence[Miss]) -> Iterator[tuple[str, ...]]:
    """A row for each distortion that was tried, and one for all."""
    for drive in DRIVES:
        of_drive = [miss for miss in found if miss.line.drive == drive]
        if of_drive:
            yield _cells(drive, of_drive)
    yield _cells("all", found)


def _cells(name: str, found: Sequence[Miss]) -> tuple[str, ...]:
    largest = (max(abs(miss.delay_samples) for miss in found), max(abs(miss.drift_ppm) for miss in found))
    n_right = sum(miss.is_polarity_right for miss in found)
    took_s = float(np.median([miss.took_s for miss in found]))
    return (
        name,
        str(len(found)),
        *(f"{value:.3f}" for value in largest),
        f"{n_right} of {len(found)}",
        f"{took_s:.1f}",
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alignment", description=__doc__)
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--cabinet", action="store_true", help="through a loudspeaker as well")
    options = parser.parse_args()
    found = []
    for miss in misses(options.pairs, options.seconds, options.cabinet):
        found.append(miss)
        print(
            f"{miss.line.drive:7} {miss.line.delay_samples:9.2f} {miss.line.drift_ppm:6.2f} ppm: "
            f"{miss.delay_samples:+8.3f} samples, {miss.drift_ppm:+7.3f} ppm, "
            f"polarity {'right' if miss.is_polarity_right else 'WRONG'}, {miss.took_s:.1f} s",
            flush=True,
        )
    for cells in _table(found):
        print(" | ".join(cells))


if __name__ == "__main__":
    main()
