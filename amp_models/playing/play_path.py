"""Playing through an amp: what can be asked for, and the way of a recording through it.

    take ─ gain ─ to the network's rate ─ network ─ back ─ cabinet ─ gain ─▶ what is heard

Conventions: levels are those of the `.nam` players: dBu of a sine of 0 dBFS peak at the input, -18 dBFS RMS for normal
output.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from amp_models.nam.facts import AmpFacts
from amp_models.playing.cabinet import load_cabinet
from amp_models.playing.oversampling import check_factor, open_oversampled
from mixassist.audio.blocks import rechunk
from mixassist.audio.buffer import Samples
from mixassist.audio.resample import StreamResampler
from mixassist.dsp.partitioned_convolution import PartitionedConvolution
from mixassist.errors import OptionError
from mixassist.runtime.artifact import Artifact
from mixassist.runtime.session import Session
from mixassist.runtime.streaming.plan import HostFormat
from mixassist.runtime.streaming.stream import Stream, StreamOptions, open_stream

NORMAL_LEVEL_DB = -18.0
"""Where players put a model's output for the trainer's test signal, in dBFS RMS."""

PRECISION = "fp32"
"""All that amps are played in: what bf16 rounds away is noise at about -50 dB, far more than a good capture is off."""

N_BLOCK_FRAMES = 2048
"""Frames per run where nobody waits for them: long enough that what each run costs by itself is lost in it."""

SHORTEST_PARTITION, LONGEST_PARTITION = 32, 4096
"""Cabinets are worked on in pieces as long as the blocks, within these: shorter ones and longer ones cost more."""


@dataclass(frozen=True)
class PlayOptions:
    """How a recording is played through an amp.

    `input_dbu` is the level in dBu that reaches 0 dBFS in the recording, by which it is brought to the level the amp
    was captured at; `is_normalized` brings the output to the usual loudness instead of the amp's own. `cabinet` is an
    impulse response file to play on. `oversampling` runs the network at 2 or 4 times its rate, against aliasing.

    Raises:
        OptionError: for another factor of oversampling.
    """

    input_dbu: float | None = None
    is_normalized: bool = False
    engine: str = "onnxruntime"
    cabinet: str | os.PathLike[str] | None = None
    oversampling: int = 1

    def __post_init__(self) -> None:
        check_factor(self.oversampling)


def play_blocks(
    artifact: Artifact, facts: AmpFacts, blocks: Iterable[Samples], form: HostFormat, options: PlayOptions
) -> Iterator[Samples]:
    """Blocks [C, n] of any length through an amp, one after the other; they sum to as many frames.

    Raises:
        AudioError: when the cabinet cannot be read.
        EngineError: when the engine cannot be used.
        OptionError: when a level is asked for that the model does not know.
    """
    gain_in, gain_out = gains(facts, options)
    cabinet = open_cabinet(options, form)
    n_channels, rate = form.n_channels, options.oversampling * artifact.spec.rate
    n_run = N_BLOCK_FRAMES * options.oversampling
    stream = open_amp_stream(artifact, HostFormat(n_run, rate, n_channels), options)
    counted = _Counted(gain_in * block for block in blocks)
    fed = _resampled(counted, n_channels, (form.rate, rate))
    heard = _resampled(_through(stream, fed), n_channels, (rate, form.rate))
    for block in _cut(heard, n_channels, counted):
        if cabinet is not None:
            block = block.copy()
            cabinet.process(block, block)
        yield gain_out * block


def gains(facts: AmpFacts, options: PlayOptions) -> tuple[np.float32, np.float32]:
    """Gains before and after an amp.

    Raises:
        OptionError: when a level is asked for that the model does not know.
    """
    in_db, out_db = 0.0, 0.0
    if options.input_dbu is not None:
        if facts.input_level_dbu is None:
            raise OptionError(f"{facts.name} does not say at what level it was captured: leave --input-dbu out")
        in_db = options.input_dbu - facts.input_level_dbu
    if options.is_normalized:
        if facts.loudness_db is None:
            raise OptionError(f"{facts.name} does not say how loud it is: leave --normalize out")
        out_db = NORMAL_LEVEL_DB - facts.loudness_db
    return np.float32(10 ** (in_db / 20)), np.float32(10 ** (out_db / 20))


def open_cabinet(options: PlayOptions, host: HostFormat) -> PartitionedConvolution | None:
    """The cabinet that was asked for, for blocks of a host.

    Raises:
        AudioError: when it cannot be read, is silent or too long.
    """
    if options.cabinet is None:
        return None
    response = load_cabinet(options.cabinet, host.rate).response
    n_partition = min(max(host.block, SHORTEST_PARTITION), LONGEST_PARTITION)
    return PartitionedConvolution(response, host.n_channels, n_partition)


def open_amp_stream(source: Artifact | Session, host: HostFormat, options: PlayOptions) -> Stream:
    """The network for blocks of a host, oversampled if that was asked for.

    Raises:
        EngineError: when the engine cannot be used.
        ModelError: when the network cannot be streamed at such a rate.
        OptionError: when a session that is open already is to be oversampled.
    """
    choice = StreamOptions(n_channels=host.n_channels, engine=options.engine, precision=PRECISION, device="cpu")
    if options.oversampling == 1:
        return open_stream(source, host.block, host.rate, choice)
    if not isinstance(source, Artifact):
        raise OptionError("a network that is open already runs at its own rate: leave oversampling at 1")
    session = open_oversampled(source, options.oversampling, host, options.engine, PRECISION)
    return open_stream(session, host.block, host.rate, choice)


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


def _through(stream: Stream, blocks: Iterable[Samples]) -> Iterator[Samples]:
    """What the stream makes of the blocks, its delay taken out; the last run is filled up with silence."""
    n_run, n_late = stream.host.block, stream.latency_samples
    n_heard = 0
    for block in rechunk(_with_silence(blocks, stream.host.n_channels, n_late), n_run):
        n_frames = block.shape[1]
        whole = np.pad(block, ((0, 0), (0, n_run - n_frames)))
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
