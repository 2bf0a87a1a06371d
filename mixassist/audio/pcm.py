"""Integer samples: from float to 16 or 24 bits and back, rounded and dithered as they should be.

TPDF dither (two uniform variables, ±1 LSB peak) makes the error's mean and variance independent of the signal:
S. P. Lipshitz, R. A. Wannamaker, J. Vanderkooy, "Quantization and Dither: A Theoretical Survey", JAES 40(5), 1992.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.buffer import Samples

Integers = NDArray[np.int32]
"""Integer samples of shape [C, T], right-justified: ±2**(bits-1)."""

N_CACHED_FRAMES = 16384
"""Frames worked on at a time: small enough to stay in the processor's cache."""


def quantize(samples: Samples, bits: int, rng: np.random.Generator) -> Integers:
    """Integers [C, n] with TPDF dither, rounded half to even and clipped to full scale.

    A sample that already lies on the integer grid passes untouched: silence stays silent, and audio that came from
    integers stays bit-identical. Every sample draws its noise all the same, in frame order, so that one generator
    gives the same result for any cut into blocks.

    Args:
        samples: [C, n], full scale at ±1.
        bits: 2 to 24; float32 holds no more.
        rng: the source of the noise; it moves on by 2 * C * n draws.
    """
    integers = np.empty(samples.shape, dtype=np.int32)
    for start in range(0, samples.shape[1], N_CACHED_FRAMES):
        part = slice(start, start + N_CACHED_FRAMES)
        integers[:, part] = _quantize_part(samples[:, part], 2.0 ** (bits - 1), rng)
    return integers


def dequantize(integers: Integers, bits: int) -> Samples:
    """Float samples [C, n], x / 2**(bits-1): exact up to 24 bits."""
    return (integers * np.float64(2.0 ** (1 - bits))).astype(np.float32)


def _quantize_part(samples: Samples, full_scale: float, rng: np.random.Generator) -> NDArray[np.float64]:
    n_channels, n_frames = samples.shape
    uniform = rng.random((n_frames, n_channels, 2), dtype=np.float32)
    noise = (uniform[..., 0] - uniform[..., 1]).T
    scaled = samples.astype(np.float64) * full_scale
    noise[np.rint(scaled) == scaled] = 0.0
    rounded = np.rint(scaled + noise)
    return np.clip(rounded, -full_scale, full_scale - 1.0)
