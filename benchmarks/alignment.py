"""Generated pairs with a known line, and how near `align` comes: `python -m benchmarks.alignment [--pairs N]`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, signal

from amp_models.alignment import align
from amp_models.phrases import guitar_phrases

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


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alignment", description=__doc__)
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--cabinet", action="store_true", help="through a loudspeaker as well")
    options = parser.parse_args()
    rows = []
    for seed, line in enumerate(lines(options.pairs, options.cabinet)):
        di, reamped = generated_pair(line, options.seconds, seed)
        started = time.perf_counter()
        found = align(di, reamped, RATE)
        took_s = time.perf_counter() - started
        errors = found.delay_samples - line.delay_samples, found.drift_ppm - line.drift_ppm
        rows.append((line.drive, abs(errors[0]), abs(errors[1]), found.polarity == line.polarity))
        print(
            f"{line.drive:7} {line.delay_samples:9.2f} {line.drift_ppm:6.2f} ppm: {errors[0]:+8.3f} samples, "
            f"{errors[1]:+7.3f} ppm, polarity {'right' if rows[-1][3] else 'WRONG'}, "
            f"confidence {found.confidence:.2f}, stands out {found.stands_out:.2f}, "
            f"jumps {len(found.jumps)}, {took_s:.1f} s",
            flush=True,
        )
    for drive in (*DRIVES, ""):
        of_drive = [row for row in rows if row[0].startswith(drive)]
        if of_drive:
            delays, drifts, right = (np.array([row[i] for row in of_drive]) for i in (1, 2, 3))
            print(
                f"{drive or 'all':7} largest error {delays.max():.3f} samples, {drifts.max():.3f} ppm; "
                f"polarity right {int(right.sum())} of {len(of_drive)}"
            )


if __name__ == "__main__":
    main()
