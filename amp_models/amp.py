"""`Amp`: a captured amp to play through, whatever file it came from.

Task:
    A `.nam` file of any public version, or an artifact of ours, becomes something that turns a DI take into sound.

Conventions:
    An amp is mono; each channel of a recording goes through an amp of its own. Before the first sample it has heard
    silence for ever. Any rate is resampled to the model's and back, and place and number of frames are kept.
    Levels are those of the `.nam` players: dBu of a sine of 0 dBFS peak at the input, -18 dBFS RMS for normal output.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from amp_models.conversion import cached_artifact
from amp_models.facts import KIND, AmpFacts, facts_of_nam, facts_of_spec
from amp_models.nam_format import read_nam
from mixassist.audio.blocks import rechunk
from mixassist.audio.buffer import AudioBuffer, Samples
from mixassist.audio.resample import StreamResampler
from mixassist.errors import ModelError, OptionError
from mixassist.runtime.artifact import MANIFEST, Artifact, load_artifact
from mixassist.runtime.streaming.stream import Stream, StreamOptions, open_stream

NORMAL_LEVEL_DB = -18.0
"""Where players put a model's output for the trainer's test signal, in dBFS RMS."""

N_BLOCK_FRAMES = 2048
"""Frames per run where nobody waits for them: long enough that what each run costs by itself is lost in it."""


@dataclass(frozen=True)
class PlayOptions:
    """How a recording is played through an amp.

    `input_dbu` is the level in dBu that reaches 0 dBFS in the recording, by which it is brought to the level the amp
    was captured at; `is_normalized` brings the output to the usual loudness instead of the amp's own.
    """

    input_dbu: float | None = None
    is_normalized: bool = False
    engine: str = "onnxruntime"


@dataclass(frozen=True)
class Amp:
    """A model ready to play: its `artifact`, and the `facts` its author left."""

    artifact: Artifact
    facts: AmpFacts

    @property
    def rate(self) -> int:
        return self.artifact.spec.rate

    def play(self, buffer: AudioBuffer, options: PlayOptions = PlayOptions()) -> AudioBuffer:
        """The recording through the amp: as many channels and frames, at the same rate.

        Raises:
            EngineError: when the engine cannot be used.
            OptionError: when a level is asked for that the model does not know.
        """
        blocks = self.play_blocks([buffer.samples], buffer.rate, buffer.n_channels, options)
        return AudioBuffer(np.concatenate(list(blocks), axis=1), buffer.rate)

    def play_blocks(
        self, blocks: Iterable[Samples], rate: int, n_channels: int, options: PlayOptions = PlayOptions()
    ) -> Iterator[Samples]:
        """The same for blocks [C, n] of any length, one after the other; they sum to as many frames.

        Raises:
            EngineError: when the engine cannot be used.
            OptionError: when a level is asked for that the model does not know.
        """
        gain_in, gain_out = self._gains(options)
        choice = StreamOptions(n_channels=n_channels, engine=options.engine, device="cpu")
        stream = open_stream(self.artifact, N_BLOCK_FRAMES, options=choice)
        counted = _Counted(gain_in * block for block in blocks)
        fed = _resampled(counted, n_channels, (rate, self.rate))
        heard = _resampled(_through(stream, fed, n_channels), n_channels, (self.rate, rate))
        for block in _cut(heard, n_channels, counted):
            yield gain_out * block

    def _gains(self, options: PlayOptions) -> tuple[np.float32, np.float32]:
        """Gains before and after the amp."""
        facts, in_db, out_db = self.facts, 0.0, 0.0
        if options.input_dbu is not None:
            if facts.input_level_dbu is None:
                raise OptionError(f"{facts.name} does not say at what level it was captured: leave --input-dbu out")
            in_db = options.input_dbu - facts.input_level_dbu
        if options.is_normalized:
            if facts.loudness_db is None:
                raise OptionError(f"{facts.name} does not say how loud it is: leave --normalize out")
            out_db = NORMAL_LEVEL_DB - facts.loudness_db
        return np.float32(10 ** (in_db / 20)), np.float32(10 ** (out_db / 20))


def load_amp(path: str | os.PathLike[str], size: float | None = None) -> Amp:
    """The amp in a `.nam` file or an artifact folder.

    Of a file with several sizes it is the largest, or the one for `size` between 0 and 1. A `.nam` file is converted
    when it is first seen, which takes seconds.

    Raises:
        ModelError: when the file or folder is missing, damaged, no amp, or of a version we do not know.
        OptionError: when a size is asked of a model that has only one, or lies outside 0 to 1.
    """
    path = Path(path)
    if (path / MANIFEST).is_file():
        artifact = _amp_artifact(path, size)
        return Amp(artifact, facts_of_spec(artifact.spec, artifact.name))
    nam = read_nam(_file(path))
    return Amp(cached_artifact(nam, path, size), facts_of_nam(nam, path.name, size))


def describe_amp(path: str | os.PathLike[str], size: float | None = None) -> AmpFacts:
    """What is known of the amp that `load_amp` would load; nothing is converted.

    Raises:
        ModelError: as `load_amp`.
        OptionError: as `load_amp`.
    """
    path = Path(path)
    if not (path / MANIFEST).is_file():
        return facts_of_nam(read_nam(_file(path)), path.name, size)
    artifact = _amp_artifact(path, size)
    return facts_of_spec(artifact.spec, artifact.name)


def _file(path: Path) -> Path:
    if path.is_dir():
        raise ModelError(f"{path} is a folder without {MANIFEST}: give a .nam file, or the folder of an exported amp")
    return path


def _amp_artifact(path: Path, size: float | None) -> Artifact:
    artifact = load_artifact(path)
    if artifact.spec.kind != KIND:
        raise ModelError(f"{path} is a {artifact.spec.kind} model: give an amp, a .nam file or an exported folder")
    if size is not None:
        raise OptionError(f"{path} holds one network, with no sizes to choose from: leave the size out")
    return artifact


class _Counted:
    """Blocks that pass, and in `n_frames` how many frames they have held so far."""

    def __init__(self, blocks: Iterable[Samples]) -> None:
        self._blocks = blocks
        self.n_frames = 0

    def __iter__(self) -> Iterator[Samples]:
        for block in self._blocks:
            self.n_frames += block.shape[1]
            yield block


def _resampled(blocks: Iterable[Samples], n_channels: int, rates: tuple[int, int]) -> Iterator[Samples]:
    resampler = StreamResampler(n_channels, *rates)
    for block in blocks:
        yield resampler.process(block)
    yield resampler.flush()


def _through(stream: Stream, blocks: Iterable[Samples], n_channels: int) -> Iterator[Samples]:
    """What the stream makes of the blocks, its delay taken out; the last run is filled up with silence."""
    n_late = stream.latency_samples
    n_heard = 0
    for block in rechunk(_with_silence(blocks, n_channels, n_late), N_BLOCK_FRAMES):
        n_frames = block.shape[1]
        whole = np.pad(block, ((0, 0), (0, N_BLOCK_FRAMES - n_frames)))
        n_skipped = min(max(n_late - n_heard, 0), n_frames)
        n_heard += n_frames
        yield stream.process(whole)[:, n_skipped:n_frames].copy()


def _with_silence(blocks: Iterable[Samples], n_channels: int, n_frames: int) -> Iterator[Samples]:
    yield from blocks
    yield np.zeros((n_channels, n_frames), np.float32)


def _cut(blocks: Iterable[Samples], n_channels: int, counted: _Counted) -> Iterator[Samples]:
    """As many frames as were counted: two roundings at two changes of rate may leave one too many or too few."""
    n_sent = 0
    for block in blocks:
        kept = block[:, : counted.n_frames - n_sent]
        n_sent += kept.shape[1]
        yield kept
    yield np.zeros((n_channels, counted.n_frames - n_sent), np.float32)
