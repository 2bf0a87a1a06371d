"""`LiveTimbre`: timbres that somebody plays through, one at a time, with what a player sees of them.

    block ─ to 48 kHz ─ stream of a timbre ─ to the host's rate ─▶ block

Conventions: blocks are float32 [1, n]. All timbres are opened and warm before the first block; one is heard, two while
one takes over from the other, and the others rest.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.audio.live_desk import BlockProcess
from mixassist.audio.live_meter import Meter
from mixassist.errors import OptionError
from mixassist.runtime.streaming.plan import ORDINARY_RATES, HostFormat
from mixassist.runtime.streaming.resampled import ResampledProcess
from mixassist.runtime.streaming.timing import StopWatch, Timing
from transfer.controls.matching import MatchOptions
from transfer.controls.statistics import ControlStatistics
from transfer.instrument.design import RATE, InstrumentDesign
from transfer.instrument.stream import InstrumentOptions, InstrumentStream
from transfer.timbre import Timbre

LISTEN_S = 0.1
"""A timbre that takes over listens for so long beyond its latency before it is heard: a pitch is not found at once."""

FADE_S = 0.04
N_WARM_UP_BLOCKS = 20
HOP = InstrumentDesign().hop


@dataclass(frozen=True)
class LiveTimbreOptions:
    """How playing is brought to what a timbre knows; `played` are the player's statistics, None to learn them live."""

    match: MatchOptions | None = None
    played: ControlStatistics | None = None


class LiveTimbre:
    """Timbres for a host's blocks; `heard` and `played` show the levels before and after them.

    Only `choose` and what can be read may be used from another thread than that of `process`.

    Raises:
        EngineError: when an engine fails.
        ModelError: when a model is damaged.
        OptionError: when there is no timbre, or the host's rate is no ordinary one.
    """

    def __init__(
        self, timbres: Sequence[Timbre], host: HostFormat, options: LiveTimbreOptions = LiveTimbreOptions()
    ) -> None:
        if not timbres:
            raise OptionError("no timbre is given to play as: name at least one")
        if host.rate not in ORDINARY_RATES:
            offered = ", ".join(map(str, ORDINARY_RATES))
            raise OptionError(f"a timbre of {RATE} Hz cannot be resampled to {host.rate} Hz: take one of {offered}")
        self.host = host
        self.heard, self.played = Meter(host.block, host.rate), Meter(host.block, host.rate)
        self.was_heard = {0}
        self._lanes = [_Lane(timbre, host, options) for timbre in timbres]
        self._chosen = self._index = 0
        self._fade: _Fade | None = None
        # Instruments that begin on the same sample of a hop stay in phase with each other.
        self._gate = HOP if HOP % host.block == 0 else host.block
        self._n_frames = 0
        self._out = np.empty((1, host.block), np.float32)
        self._watch = StopWatch(host.block, host.rate)

    @property
    def rate(self) -> int:
        """The host's rate in Hz."""
        return self.host.rate

    @property
    def latency_samples(self) -> int:
        """By how much the sound is late, at the host's rate; another timbre's as soon as that alone is heard."""
        return self._lanes[self._index].latency_samples

    @property
    def timing(self) -> Timing:
        """How long the blocks took."""
        return self._watch.timing()

    @property
    def chosen(self) -> int:
        """Which timbre is heard, or about to be."""
        return self._chosen

    def choose(self, index: int) -> None:
        """Goes over to another timbre, without a click or a gap, as soon as one that takes over has done so.

        Raises:
            OptionError: when there are not so many.
        """
        if not 0 <= index < len(self._lanes):
            raise OptionError(f"there is no timbre {index + 1}: choose 1 to {len(self._lanes)}")
        self._chosen = index

    def process(self, block: Samples) -> Samples:
        """What is heard while `block` [1, n] comes in: an array that the next call writes into again."""
        start_s = time.perf_counter()
        self.heard.add(block)
        self._out[:] = self._lanes[self._index].process(block)
        if self._fade is None and self._chosen != self._index and self._n_frames % self._gate == 0:
            self._fade = self._begin_fade(self._chosen)
        if self._fade is not None and self._fade.process(block, self._out):
            self._index, self._fade = self._fade.index, None
        self._n_frames += block.shape[1]
        self.played.add(self._out)
        self._watch.add(time.perf_counter() - start_s, block.shape[1])
        return self._out

    def _begin_fade(self, index: int) -> _Fade:
        before, after = self._lanes[self._index], self._lanes[index]
        after.take_over(before)
        self.was_heard.add(index)
        return _Fade(index, (before, after), self.host)


class _Lane:
    """The way of a host's blocks through one timbre and back, as late as it says."""

    def __init__(self, timbre: Timbre, host: HostFormat, options: LiveTimbreOptions) -> None:
        is_direct = host.rate == RATE
        self._stream = timbre.open_stream(
            InstrumentOptions(host.block, is_block_fixed=is_direct), options.match, options.played
        )
        self._process: BlockProcess = self._stream if is_direct else ResampledProcess(self._stream, RATE, host)
        self.latency_samples = self._process.latency_samples
        self._warm_up(host.block)

    def process(self, block: Samples) -> Samples:
        """What the timbre makes of a block [1, n]."""
        return self._process.process(block)

    def take_over(self, other: _Lane) -> None:
        """Begins anew, with what another one has learned of the player."""
        self._stream.reset()
        if isinstance(self._stream, InstrumentStream) and isinstance(other._stream, InstrumentStream):
            self._stream.go_on_from(other._stream)

    def join(self, other: _Lane) -> None:
        """Is in phase with another one from now on, where both can tell."""
        if isinstance(self._stream, InstrumentStream) and isinstance(other._stream, InstrumentStream):
            self._stream.join(other._stream)

    def _warm_up(self, block: int) -> None:
        """Lets the engine make its first runs, the slowest, before anybody plays."""
        for _ in range(N_WARM_UP_BLOCKS):
            self.process(np.zeros((1, block), np.float32))
        self._stream.reset()


class _Fade:
    """Brings a lane in: it runs unheard until it knows what is played, then both are heard, then it alone."""

    def __init__(self, index: int, lanes: tuple[_Lane, _Lane], host: HostFormat) -> None:
        self.index = index
        self._before, self._after = lanes
        self._n_silent = self._after.latency_samples + round(LISTEN_S * host.rate)
        n_fade = round(FADE_S * host.rate)
        rise = 0.5 - 0.5 * np.cos(np.pi * np.arange(1, n_fade + 1) / (n_fade + 1))
        # Ones for the block that reaches beyond the fade's end.
        self._gains = np.concatenate([np.zeros(self._n_silent), rise, np.ones(host.block)]).astype(np.float32)
        self._n_total = self._n_silent + n_fade
        self._n_done = 0

    def process(self, block: Samples, out: Samples) -> bool:
        """Fades `out`, what the old lane made of `block`, towards the new lane's; True once only that is heard."""
        begin, self._n_done = self._n_done, self._n_done + block.shape[1]
        out += self._gains[begin : self._n_done] * (self._after.process(block) - out)
        if begin <= self._n_silent - block.shape[1] < self._n_done:
            self._after.join(self._before)
        return self._n_done >= self._n_total
