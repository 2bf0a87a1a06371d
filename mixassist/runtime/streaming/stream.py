"""`Stream`: a network that somebody plays through, block by block.

Task: any model that was made to stream, at any ordinary rate and block length, with one or more channels.

Conventions: blocks are float32 [C, n]; `latency_samples` is at the host's rate and counts everything between a sample
that goes in and the same sample coming out. Once it is open no array is allocated, so that no block takes longer than
the others; of the engines on a CPU torch alone makes its results anew for each block. A stream belongs to one thread;
only `swap`, `mix`, `turn` and `timing` may be used from another.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.errors import AudioError, OptionError
from mixassist.runtime.engines import SessionOptions
from mixassist.runtime.session import Session
from mixassist.runtime.streaming.denormals import DenormalsOff
from mixassist.runtime.streaming.lane import Crossfade, MixControl, StreamLane
from mixassist.runtime.streaming.opening import Model, load, open_lane
from mixassist.runtime.streaming.plan import HostFormat
from mixassist.runtime.streaming.timing import StopWatch, Timing

FLOAT32 = np.dtype(np.float32)

QUIETEST = np.float32(1e-20)
"""Added to each sample that comes in and taken from it again, where the CPU cannot be told to take denormals for zero.
That leaves sound as it is, for float32 has 7 digits, but turns what dies away below -400 dB into zeros."""


@dataclass(frozen=True)
class StreamOptions:
    """How a stream is to be opened.

    Where `is_block_fixed` is False, blocks may have any length, and one `block` less a frame is added to the latency.
    The rest is that of `open_session`: more threads than one seldom make short blocks faster.
    """

    n_channels: int = 1
    engine: str = "auto"
    precision: str = "auto"
    device: str = "auto"
    n_threads: int = 1
    torch_builder: str | None = None
    is_block_fixed: bool = True

    @property
    def session(self) -> SessionOptions:
        """What is asked of the session; how long its blocks are follows from the model."""
        return SessionOptions(self.precision, self.n_threads, self.torch_builder, device=self.device)


class Stream:
    """A model between a host's input and output; `open_stream` makes one."""

    def __init__(self, lane: StreamLane, host: HostFormat, options: StreamOptions) -> None:
        self.host = host
        self._options = options
        self._lane = self._newest = lane
        self._fade: Crossfade | None = None
        self._incoming: deque[Crossfade] = deque(maxlen=1)
        self._retired: deque[StreamLane] = deque()
        self._n_broken_before = 0
        self._mix = MixControl(host)
        self._clean = np.empty((host.n_channels, host.block), dtype=np.float32)
        self._is_finite = np.empty((host.n_channels, host.block), dtype=np.bool_)
        self._out = np.empty((host.n_channels, host.block), dtype=np.float32)
        self._denormals_off = DenormalsOff()
        self._watch = StopWatch(host.block, host.rate)

    @property
    def rate(self) -> int:
        """The host's rate in Hz."""
        return self.host.rate

    @property
    def latency_samples(self) -> int:
        """By how much the output is late, at the host's rate; after a swap the new model's, once only that is heard."""
        return self._lane.latency_samples

    @property
    def session(self) -> Session:
        """What computes the model that is heard."""
        return self._lane.session

    @property
    def timing(self) -> Timing:
        """How long the blocks took, and how many were broken."""
        fade = self._fade
        n_fading = 0 if fade is None else fade.lane.n_broken
        return self._watch.timing(self._n_broken_before + self._lane.n_broken + n_fading)

    @property
    def mix(self) -> float:
        """0 for the dry signal, which is as late as the wet one, 1 for the model's, or between.

        Raises:
            OptionError: when it is set to anything else.
        """
        return self._mix.target

    @mix.setter
    def mix(self, mix: float) -> None:
        if not 0 <= mix <= 1:
            raise OptionError(f"mix is {mix}: it lies between 0 (dry) and 1 (wet)")
        self._mix.target = float(mix)

    @property
    def controls(self) -> Mapping[str, tuple[float, ...]]:
        """What can be turned about the newest model, and where each control stands or is going."""
        return {name: control.target for name, control in self._newest.controls.items()}

    def turn(self, control: str, values: Sequence[float]) -> None:
        """Turns a control of the newest model, which takes up to 20 ms; one that a swap brings starts at its defaults.

        Raises:
            OptionError: when the model has no such control, or it takes other values.
        """
        controls = self._newest.controls
        if control not in controls:
            has = f"it has {', '.join(controls)}" if controls else "it has none"
            raise OptionError(f"the model has no control {control!r}: {has}")
        controls[control].turn(control, values)

    def process(self, block: Samples) -> Samples:
        """What is heard while `block` [C, n] comes in, [C, n]: an array that the next call writes into again.

        The next call may also be given it. Samples that are NaN or infinite are taken for silence; a model that makes
        such samples is reset, and the dry signal is heard in its place.

        Raises:
            AudioError: when the block is not float32, or not of the stream's shape.
        """
        start_s = time.perf_counter()
        n_frames = self._checked_length(block)
        out = self._out
        with self._denormals_off:
            if self.host.is_block_fixed:
                self._process_piece(block, out)
            else:
                out = self._process_pieces(block, n_frames)
        if n_frames:
            self._watch.add(time.perf_counter() - start_s, n_frames)
        return out

    def reset(self) -> None:
        """Back to silence, as if just opened; a swap that is under way is over then."""
        if self._incoming:
            self._fade = self._incoming.pop()
        if self._fade is not None:
            self._end_fade(self._fade)
        self._lane.reset()
        self._mix.jump()

    def swap(self, model: Model, crossfade_ms: float = 20.0) -> None:
        """Changes to another model while the stream runs, without a click or a gap.

        The model is opened here, by whoever calls, which may take long; blocks go on meanwhile. Nothing is measured: an
        artifact runs on the engine that was measured to be its fastest, else in fp32 on the engine that plays. Then it
        runs beside the old one until its delay has passed, and is faded in. Both together take the time of both. Where
        a fade is under way, the next begins after it. The old engine stays in memory until the next swap lets go of it,
        for that takes too long between two blocks.

        Raises:
            EngineError: when no engine can run the model; the stream stays as it was.
            ModelError: when the model does not stream, or not for this host.
            OptionError: for a negative `crossfade_ms`, or when what plays is no engine that could open an artifact.
        """
        if crossfade_ms < 0:
            raise OptionError(f"crossfade_ms is {crossfade_ms}: it cannot be negative")
        self._retired.clear()
        lane = open_lane(load(model), self.host, self._options.engine, self._options.session, playing=self.session)
        self._incoming.append(Crossfade(lane, self.host, round(crossfade_ms * self.host.rate / 1000)))
        self._newest = lane

    def _checked_length(self, block: Samples) -> int:
        is_shaped = block.ndim == 2 and block.shape[0] == self.host.n_channels
        if self.host.is_block_fixed:
            is_shaped = is_shaped and block.shape[1] == self.host.block
        if not is_shaped or block.dtype != FLOAT32:
            length = self.host.block if self.host.is_block_fixed else "any"
            raise AudioError(
                f"the block is {block.dtype} {list(block.shape)}, the stream takes"
                f" float32 [{self.host.n_channels}, {length}]: convert it, or open the stream for such blocks"
            )
        return int(block.shape[1])

    def _process_pieces(self, block: Samples, n_frames: int) -> Samples:
        """Processes a block of any length, no more than the usual length at once."""
        if n_frames > self._out.shape[1]:
            self._out = np.empty((self.host.n_channels, n_frames), dtype=np.float32)
        out = self._out[:, :n_frames]
        for first in range(0, n_frames, self.host.block):
            piece = slice(first, first + self.host.block)
            self._process_piece(block[:, piece], out[:, piece])
        return out

    def _process_piece(self, block: Samples, out: Samples) -> None:
        clean = self._cleaned(block)
        mix = self._mix.advance(out.shape[1])
        self._lane.process(clean, out, mix)
        if self._fade is None and self._incoming:
            self._fade = self._incoming.pop()
        if self._fade is not None and self._fade.process(clean, out, mix):
            self._end_fade(self._fade)

    def _cleaned(self, block: Samples) -> Samples:
        """A copy of `block` without what harms a network: NaN and infinity, and denormals where they would be slow.

        It is a copy because the block may lie in the very array that is about to be written.
        """
        clean = self._clean[:, : block.shape[1]]
        is_finite = self._is_finite[:, : block.shape[1]]
        clean[:] = block
        if not np.isfinite(clean, out=is_finite).all():
            np.copyto(clean, 0, where=np.logical_not(is_finite, out=is_finite))
        if not self._denormals_off.is_able:
            np.add(clean, QUIETEST, out=clean)
            np.subtract(clean, QUIETEST, out=clean)
        return clean

    def _end_fade(self, fade: Crossfade) -> None:
        self._n_broken_before += self._lane.n_broken
        self._retired.append(self._lane)
        self._lane, self._fade = fade.lane, None


def open_stream(
    model: Model, block: int = 64, rate: int | None = None, options: StreamOptions = StreamOptions()
) -> Stream:
    """A stream through `model` for a host that sends `block` frames at a time at `rate` Hz (None: the model's own).

    Raises:
        EngineError: when no engine can be used, or the asked one is absent, fails or is too far from the reference.
        ModelError: when the model does not stream, or not in such blocks, at such a rate or on so many channels.
        OptionError: when an option is out of range or unknown.
    """
    source = load(model)
    host_rate = source.spec.rate if rate is None else rate
    host = HostFormat(block, host_rate, options.n_channels, options.is_block_fixed)
    return Stream(open_lane(source, host, options.engine, options.session), host, options)
