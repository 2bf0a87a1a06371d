"""`load_timbre`: a model of somebody's sound, to play as.

Task: recordings of any rate, whole or in blocks, keep their rate, channels, frames and place in time; or a stream to
play through. The sound is mono: all channels of a recording are played as one, and hear the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mixassist.audio.buffer import AudioBuffer, Samples
from mixassist.audio.resample import StreamResampler
from mixassist.runtime import Artifact, Session, open_session
from transfer.catalogue import BUILDERS, find_timbre
from transfer.credits import Credit, credits_of
from transfer.instrument.stream import InstrumentOptions, InstrumentStream, Match

N_BLOCK_FRAMES = 4096


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

    def open_stream(self, options: InstrumentOptions | None = None, match: Match | None = None) -> InstrumentStream:
        """A stream of mono blocks at 48 kHz to play through."""
        return InstrumentStream(self.session, match, options or InstrumentOptions())

    def render(self, played: AudioBuffer, match: Match | None = None) -> AudioBuffer:
        """What is played, as this sounds."""
        blocks = list(self.render_blocks([played.samples], played.rate, match))
        return AudioBuffer(np.concatenate(blocks, axis=1), played.rate)

    def render_blocks(self, blocks: Iterable[Samples], rate: int, match: Match | None = None) -> Iterator[Samples]:
        """The same for blocks [C, n] of any length: as many frames in all, in memory that does not grow."""
        stream = self.open_stream(InstrumentOptions(N_BLOCK_FRAMES, is_block_fixed=False), match)
        there, back = StreamResampler(1, rate, stream.rate), StreamResampler(1, stream.rate, rate)
        n_late, n_owed, n_channels = stream.latency_samples, 0, 1

        def given(sound: Samples) -> Samples:
            nonlocal n_late, n_owed
            kept = sound[:, n_late:]
            n_late -= sound.shape[1] - kept.shape[1]
            wanted = back.process(kept)[:, :n_owed]
            n_owed -= wanted.shape[1]
            return np.repeat(wanted, n_channels, axis=0)

        for block in blocks:
            n_channels = block.shape[0]
            n_owed += block.shape[1]
            mono = block.mean(axis=0, keepdims=True, dtype=np.float32)
            yield given(stream.process(there.process(mono)))
        yield given(stream.process(there.flush()))
        while n_owed:
            yield given(stream.process(np.zeros((1, N_BLOCK_FRAMES), np.float32)))


def load_timbre(model: str | Path, engine: str = "auto") -> Timbre:
    """The model called `model`, or in that folder, open on the fastest engine that proved right here.

    Raises:
        EngineError: when the asked engine is absent or wrong.
        ModelError: when there is no such model, it is damaged, or no model of a sound.
    """
    artifact = find_timbre(model)
    session = open_session(artifact, engine, "fp32", 1, BUILDERS[artifact.spec.kind], device="cpu", n_frames=1)
    return Timbre(artifact, session)
