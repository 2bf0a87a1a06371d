"""What is heard of a stream's models: `StreamLane`, one of them beside the dry signal; `MixControl`; `Crossfade`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.buffer import Samples
from mixassist.runtime.session import Session
from mixassist.runtime.streaming.fifo import Fifo
from mixassist.runtime.streaming.plan import HostFormat
from mixassist.runtime.streaming.wet_path import WetPath

Gain = np.float32 | NDArray[np.float32]
"""The same for a whole block, or one value per frame [n]. A plain float would be cast through a buffer each time."""

MIX_TIME_S = 0.01
"""The way from dry to wet takes this long, lest it clicks."""


class MixControl:
    """The share of the wet signal, on its way to `target` at a limited speed."""

    def __init__(self, host: HostFormat) -> None:
        self.target = 1.0
        self._arrive(self.target)
        self._change_per_frame = 1 / (MIX_TIME_S * host.rate)
        self._count = np.arange(1, host.block + 1, dtype=np.float32)
        self._ramp = np.empty(host.block, dtype=np.float32)

    def jump(self) -> None:
        """Is at the target at once."""
        self._arrive(self.target)

    def advance(self, n_frames: int) -> Gain:
        """The mix of the next frames: a number where it stays, else a ramp [n_frames], reused."""
        # Another thread may set it meanwhile.
        target = self.target
        if self._now == target:
            return self._steady
        furthest = n_frames * self._change_per_frame
        change = min(max(target - self._now, -furthest), furthest)
        ramp = self._ramp[:n_frames]
        np.multiply(self._count[:n_frames], np.float32(change / n_frames), out=ramp)
        np.add(ramp, np.float32(self._now), out=ramp)
        self._arrive(target if abs(target - self._now) <= furthest else self._now + change)
        return ramp

    def _arrive(self, mix: float) -> None:
        self._now = mix
        self._steady = np.float32(mix)


class StreamLane:
    """A network's wet path and the dry signal, delayed by as much.

    `n_broken` counts the blocks in which the network gave samples that are NaN or infinite. It is then reset, for its
    states may hold such samples for good, and the dry signal is heard alone until the wet one is there again.
    """

    def __init__(self, session: Session, host: HostFormat) -> None:
        self.session = session
        self._wet = WetPath(session, host)
        self.latency_samples = self._wet.latency_samples
        self.controls = self._wet.controls
        self.n_broken = 0
        self._dry = Fifo(host.n_channels, self.latency_samples + host.block)
        self._is_finite = np.empty((host.n_channels, host.block), dtype=np.bool_)
        self.reset()

    def process(self, block: Samples, out: Samples, mix: Gain) -> None:
        """Writes (1 - mix) · dry + mix · wet into `out`, like `block` [C, n], which may be the same array."""
        n_frames = out.shape[1]
        self._dry.push(block)
        self._wet.process(block, out)
        dry = self._dry.pop(n_frames)
        if not np.isfinite(out, out=self._is_finite[:, :n_frames]).all():
            self.n_broken += 1
            self._wet.reset()
            self._n_dry = n_frames + self.latency_samples
        if self._n_dry > 0:
            self._n_dry -= n_frames
            out[:] = dry
        elif not isinstance(mix, np.float32) or mix != 1:
            _blend(dry, out, mix, out)

    def reset(self) -> None:
        """Back to silence, as if just opened."""
        self._wet.reset()
        self._dry.refill(self.latency_samples)
        self._n_dry = 0


class Crossfade:
    """Brings a lane in: it runs unheard until its delay has passed, then both are heard, then it alone.

    The gains are a raised cosine and its complement, which sum to 1: two models of one instrument are alike, and what
    is common to them keeps its level.
    """

    def __init__(self, lane: StreamLane, host: HostFormat, n_frames: int) -> None:
        self.lane = lane
        n_silent = lane.latency_samples
        rise = 0.5 - 0.5 * np.cos(np.pi * np.arange(1, n_frames + 1) / (n_frames + 1))
        # Ones for the block that reaches beyond the fade's end.
        self._gains = np.concatenate([np.zeros(n_silent), rise, np.ones(host.block)]).astype(np.float32)
        self._n_total = n_silent + n_frames
        self._n_done = 0
        self._new = np.empty((host.n_channels, host.block), dtype=np.float32)

    def process(self, block: Samples, out: Samples, mix: Gain) -> bool:
        """Fades `out`, what the old lane made of `block`, towards the new lane's; True once only that is heard."""
        n_frames = out.shape[1]
        new = self._new[:, :n_frames]
        self.lane.process(block, new, mix)
        _blend(out, new, self._gains[self._n_done : self._n_done + n_frames], out)
        self._n_done += n_frames
        return self._n_done >= self._n_total


def _blend(first: Samples, second: Samples, gain: Gain, out: Samples) -> None:
    """Writes first + gain · (second - first) into `out`, all [C, n]; `second` is used up.

    Channel by channel: numpy copies whole blocks aside where one of them is contiguous and another is not.
    """
    for channel, start in enumerate(first):
        change = second[channel]
        np.subtract(change, start, out=change)
        np.multiply(change, gain, out=change)
        np.add(start, change, out=out[channel])
