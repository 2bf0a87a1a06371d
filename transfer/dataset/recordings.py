"""Recordings of a folder, each listened to once: what is in the file, how loud it is when, and what is wrong with it.

Conventions:
    Names are paths below the folder, with `/`. Channels become one by `mix`; its mean is `offset`, which is taken
    away. Levels are those of what is left, in hundredths of a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.audio.checks import CLIP_LEVEL, AudioChecker
from mixassist.audio.file_kind import AUDIO_SUFFIXES
from mixassist.audio.files import open_audio
from mixassist.dsp.decibels import power_to_db
from mixassist.dsp.hops import Floats, HopTrack, hop_starts
from mixassist.errors import AudioError, Finding
from mixassist.runtime.artifact import file_sha256
from transfer.mixdown import Mixdown, mix_of

LOWEST_FULL_RATE = 32000
"""Hz: below, highs are missing that a model would have to make up."""


@dataclass(frozen=True, eq=False)
class Recording:
    """A file that was listened to.

    Attributes:
        name: below the folder of recordings.
        path: of the file.
        sha256: of the file.
        rate: of the file in Hz.
        n_frames: of the file.
        mix: weights [C] of its channels.
        offset: mean of the mix.
        peak: of the mix without its offset, an upper bound.
        levels_db: [n] of hundredths of a second of the mix without its offset.
        clipped: [n], the share of samples that are held at full scale in the same hundredths.
        findings: what is wrong with it.
    """

    name: str
    path: Path
    sha256: str
    rate: int
    n_frames: int
    mix: Floats
    offset: float
    peak: float
    levels_db: Floats
    clipped: Floats
    findings: tuple[Finding, ...]

    @property
    def seconds(self) -> float:
        return self.n_frames / self.rate


def find_recordings(folder: Path, leave_out: Path) -> list[Path]:
    """Files with sound below `folder`, in order; none that are hidden, or that lie in `leave_out`.

    Raises:
        AudioError: when there are none, or a folder cannot be read.
    """
    if not folder.is_dir():
        raise AudioError(f"{folder} is no folder: name the folder that the recordings lie in")
    try:
        found = sorted(_walk(folder, leave_out.resolve()))
    except OSError as error:
        raise AudioError(f"{error.filename} cannot be read ({error.strerror}): check its permissions") from error
    if not found:
        raise AudioError(f"{folder} holds no audio files: name the folder that the recordings lie in")
    return found


def _walk(folder: Path, leave_out: Path) -> Iterator[Path]:
    if folder.resolve() == leave_out:
        return
    for entry in folder.iterdir():
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _walk(entry, leave_out)
        elif entry.suffix.lower() in AUDIO_SUFFIXES:
            yield entry


def listen(path: Path, name: str) -> Recording:
    """The recording in `path`, heard once from begin to end.

    Raises:
        AudioError: when it cannot be read.
    """
    with open_audio(path) as source:
        rate, n_channels = source.info.rate, source.info.n_channels
        heard = _Hearing(rate, n_channels)
        for block in source.blocks:
            heard.update(block)
    mixdown = heard.choose_mix()
    mix = mixdown.weights
    offset = float(heard.sums @ mix) / max(heard.checker.n_frames, 1)
    return Recording(
        name=name,
        path=path,
        sha256=file_sha256(path),
        rate=rate,
        n_frames=heard.checker.n_frames,
        mix=mix,
        offset=offset,
        peak=heard.checker.peak + abs(offset),
        levels_db=heard.levels_db(mix, offset),
        clipped=heard.clipped(),
        findings=(*heard.checker.findings(), *mixdown.findings, *_too_narrow(rate)),
    )


class _Hearing:
    """What is gathered of blocks [C, n]: findings, means, and power by hop of each channel and of their mean."""

    def __init__(self, rate: int, n_channels: int) -> None:
        self.rate = rate
        self.n_channels = n_channels
        self.checker = AudioChecker(rate, n_channels)
        self.sums = np.zeros(n_channels)
        self._squares = HopTrack(rate, n_channels + 1, np.add)
        self._sums = HopTrack(rate, n_channels + 1, np.add)
        self._held = HopTrack(rate, 1, np.add)

    def update(self, block: Samples) -> None:
        self.checker.update(block)
        self.sums += block.sum(axis=1, dtype=np.float64)
        tracks = np.concatenate([block, block.mean(axis=0, keepdims=True)]).astype(np.float64)
        self._sums.update(tracks)
        self._squares.update(np.square(tracks))
        self._held.update(_is_held(block)[np.newaxis])

    def choose_mix(self) -> Mixdown:
        """How its channels become one."""
        powers = self._squares.hops.sum(axis=1)
        return mix_of(powers[:-1], float(powers[-1]))

    def clipped(self) -> Floats:
        """The share [n] of samples that are held at full scale in some channel."""
        held = self._held.hops[0]
        return held / np.diff(hop_starts(len(held), self.rate))

    def levels_db(self, mix: Floats, offset: float) -> Floats:
        """Levels [n] of the mix without its mean: E(x - m)² = E x² - 2 m E x + m²."""
        track = -1 if (mix == mix[0]).all() else int(mix.argmax())
        squares, sums = self._squares.hops[track], self._sums.hops[track]
        n_frames = np.diff(hop_starts(len(squares), self.rate))
        return power_to_db((squares - 2 * offset * sums) / n_frames + offset**2)


def _is_held(block: Samples) -> Floats:
    """1 for frames [n] of a block that are at full scale in some channel, as was the one before."""
    full = np.abs(block) >= CLIP_LEVEL
    is_held = (full[:, 1:] & full[:, :-1] & (block[:, 1:] == block[:, :-1])).any(axis=0)
    return np.concatenate(([0.0], is_held))


def _too_narrow(rate: int) -> tuple[Finding, ...]:
    if rate >= LOWEST_FULL_RATE:
        return ()
    message = f"it was recorded at {rate} Hz: nothing above {rate / 2000:g} kHz can be learned from it"
    return (Finding("narrow", "warning", message),)
