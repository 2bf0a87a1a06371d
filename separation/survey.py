"""The first pass over a song: how long, how loud, how sound it is, before any network runs.

Task: the numbers the second pass needs (frames, mean and deviation at the model's rate) and findings about the input.

Conventions: mean and deviation are those of the mono mean of the song at the model's rate, as demucs normalises
(`demucs.api.Separator.separate_tensor`): sums in float64, the deviation with n - 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.checks import AudioChecker
from mixassist.audio.files import probe_audio, read_blocks
from mixassist.audio.info import AudioInfo
from mixassist.audio.resample import StreamResampler
from mixassist.errors import AudioError, Finding
from mixassist.runtime.artifact import file_sha256

Floats = NDArray[np.float32]

MIN_DEVIATION = 1e-8
"""Added to the deviation, so that silence is divided by something (as in demucs)."""


@dataclass(frozen=True)
class Level:
    """Mean and deviation of a song, by which it is normalised for the network, and its length at the model's rate."""

    mean: float
    deviation: float
    n_frames: int


@dataclass(frozen=True)
class Survey:
    """What the first pass found in a song's file."""

    info: AudioInfo
    sha256: str
    level: Level
    findings: tuple[Finding, ...]


def survey_file(path: Path, rate: int) -> Survey:
    """Reads the whole file once, in blocks.

    Raises:
        AudioError: when it cannot be read, or is neither mono nor stereo.
    """
    info = probe_audio(path)
    if info.n_channels > 2:
        raise AudioError(f"{path.name} has {info.n_channels} channels: fold it down to stereo or mono first")
    checker = AudioChecker(info.rate, info.n_channels)

    def watched() -> Iterator[Floats]:
        for block in read_blocks(path):
            checker.update(block)
            yield block

    level = measure_level(watched(), info.rate, rate)
    return Survey(info, file_sha256(path), level, (*checker.findings(), *_rate_findings(info, rate)))


def measure_level(blocks: Iterable[Floats], rate_in: int, rate: int) -> Level:
    """Level at `rate` Hz of a song given in `blocks` [C, n] at `rate_in` Hz."""
    resampler = StreamResampler(1, rate_in, rate)
    n_frames, total, squares = 0, 0.0, 0.0
    for mono in _with_tail(blocks, resampler):
        n_frames += mono.size
        total += float(np.sum(mono, dtype=np.float64))
        squares += float(np.sum(np.square(mono, dtype=np.float64)))
    mean = total / max(n_frames, 1)
    variance = (squares - n_frames * mean**2) / max(n_frames - 1, 1)
    return Level(mean, math.sqrt(max(variance, 0.0)) + MIN_DEVIATION, n_frames)


def _with_tail(blocks: Iterable[Floats], resampler: StreamResampler) -> Iterator[Floats]:
    for block in blocks:
        yield resampler.process(block.mean(axis=0, keepdims=True))
    yield resampler.flush()


def _rate_findings(info: AudioInfo, rate: int) -> tuple[Finding, ...]:
    if info.rate <= rate:
        return ()
    message = f"the model works at {rate} Hz: what lies above {rate / 2000:g} kHz stays in the residual"
    return (Finding("above-model-band", "info", message),)
