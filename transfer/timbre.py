"""`load_timbre`: a model of somebody's sound, to play as.

Task: recordings of any rate, whole or in blocks, keep their rate, channels, frames and place in time; or a stream to
play through. The sound is mono: all channels of a recording are played as one, and hear the same. A timbre is an
instrument, which follows one note at a time, or a texture, which takes the place of whatever is played.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from mixassist.audio.buffer import AudioBuffer, Samples
from mixassist.audio.resample import StreamResampler
from mixassist.errors import OptionError
from mixassist.runtime import Artifact, Session, open_session
from transfer.catalogue import BUILDERS, find_timbre
from transfer.controls.matching import ControlMatch, MatchOptions
from transfer.controls.playing import Playing, hear_playing
from transfer.controls.statistics import ControlStatistics
from transfer.credits import Credit, credits_of
from transfer.instrument.stream import InstrumentOptions, InstrumentStream
from transfer.mixdown import choose_mix
from transfer.texture.design import KIND as TEXTURE
from transfer.texture.stream import TextureStream

N_BLOCK_FRAMES = 4096


class TimbreStream(Protocol):
    """What a timbre is played through: mono blocks [1, n] in, as many samples out, late by `latency_samples`."""

    rate: int
    latency_samples: int

    def process(self, block: Samples) -> Samples: ...

    def reset(self) -> None: ...


@dataclass(frozen=True, eq=False)
class Timbre:
    """A model that is open: its `artifact`, and the session that computes it for any number of streams."""

    artifact: Artifact
    session: Session

    @property
    def name(self) -> str:
        return self.artifact.name

    @property
    def credits(self) -> tuple[Credit, ...]:
        """Whose sound it is, the greatest part first."""
        return credits_of(self.artifact)

    @property
    def is_texture(self) -> bool:
        """Whether it takes the place of whatever is played, rather than follow one note at a time."""
        return self.artifact.spec.kind == TEXTURE

    @property
    def statistics(self) -> ControlStatistics:
        """The notes and the loudness that it learned.

        Raises:
            ModelError: when the model does not say.
        """
        return ControlStatistics.from_dict(self.artifact.spec.options.get("statistics"))

    def open_stream(
        self,
        options: InstrumentOptions | None = None,
        match: MatchOptions | None = None,
        played: ControlStatistics | None = None,
    ) -> TimbreStream:
        """A stream of mono blocks at 48 kHz to play through.

        What an instrument is played with is brought to what it knows: at once where statistics of that are given, else
        as it is heard. A texture takes it as it comes.

        Raises:
            OptionError: when a texture is asked to move notes, which it does not know.
        """
        if self.is_texture:
            _require_notes_alone(self.name, match)
            return TextureStream(self.session, options)
        return InstrumentStream(self.session, ControlMatch(self.statistics, played, match), options)

    def render(self, played: AudioBuffer, match: MatchOptions | None = None) -> AudioBuffer:
        """What is played, as this sounds."""
        mono = list(choose_mix([played.samples]).apply([played.samples]))
        statistics = None if self.is_texture else measure(mono, played.rate).statistics
        sound = np.concatenate(list(self.render_blocks(mono, played.rate, match, statistics)), axis=1)
        return AudioBuffer(np.repeat(sound, played.samples.shape[0], axis=0), played.rate)

    def render_blocks(
        self,
        blocks: Iterable[Samples],
        rate: int,
        match: MatchOptions | None = None,
        played: ControlStatistics | None = None,
    ) -> Iterator[Samples]:
        """The same for blocks [C, n] of any length: as many frames in all, in memory that does not grow.

        `played` are the statistics that `measure` found in the same blocks. Channels are played as their mean: where
        they may cancel each other, mix them by `choose_mix` first.
        """
        options = InstrumentOptions(N_BLOCK_FRAMES, is_block_fixed=False)
        yield from _Passage(self.open_stream(options, match, played), rate).render(blocks)


class _Passage:
    """The way of a recording at another rate through a stream: what it is late by is taken off, what is owed given."""

    def __init__(self, stream: TimbreStream, rate: int) -> None:
        self._stream = stream
        self._there, self._back = StreamResampler(1, rate, stream.rate), StreamResampler(1, stream.rate, rate)
        self._n_late, self._n_owed, self._n_channels = stream.latency_samples, 0, 1

    def render(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        for block in blocks:
            self._n_channels = block.shape[0]
            self._n_owed += block.shape[1]
            yield self._given(self._there.process(_mono(block)))
        yield self._given(self._there.flush())
        while self._n_owed:
            yield self._given(np.zeros((1, N_BLOCK_FRAMES), np.float32))

    def _given(self, heard: Samples) -> Samples:
        sound = self._stream.process(heard)
        in_time = sound[:, self._n_late :]
        self._n_late -= sound.shape[1] - in_time.shape[1]
        wanted = self._back.process(in_time)[:, : self._n_owed]
        self._n_owed -= wanted.shape[1]
        return np.repeat(wanted, self._n_channels, axis=0)


def measure(blocks: Iterable[Samples], rate: int) -> Playing:
    """The notes and the loudness of blocks [C, n], and what is wrong with them for an instrument of one voice."""
    there = StreamResampler(1, rate, InstrumentStream.rate)

    def resampled() -> Iterator[Samples]:
        for block in blocks:
            yield there.process(_mono(block))
        yield there.flush()

    return hear_playing(resampled(), InstrumentStream.rate)


def load_timbre(model: str | Path, engine: str = "auto") -> Timbre:
    """The model called `model`, or in that folder, open on the fastest engine that proved right here.

    Raises:
        EngineError: when the asked engine is absent or wrong.
        ModelError: when there is no such model, it is damaged, or no model of a sound.
    """
    artifact = find_timbre(model)
    builder, n_frames = BUILDERS[artifact.spec.kind], artifact.spec.block_multiple
    session = open_session(artifact, engine, "fp32", 1, builder, device="cpu", n_frames=n_frames)
    return Timbre(artifact, session)


def _require_notes_alone(name: str, match: MatchOptions | None) -> None:
    """Refuses to move or tune the notes of a texture.

    Raises:
        OptionError: when that is asked for.
    """
    if match is not None and (match.shift_semitones or match.autotune):
        raise OptionError(
            f"{name} is a texture, which plays the notes that it hears: leave --shift and --autotune out, or take an"
            " instrument"
        )


def _mono(block: Samples) -> Samples:
    """The mean of all channels [1, n]."""
    return block.mean(axis=0, keepdims=True, dtype=np.float32)
