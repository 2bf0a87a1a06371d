"""What is heard of a stream's models: `StreamLane`, one of them beside the dry signal; `MixControl`; `Crossfade`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.buffer import Samples
from mixassist.runtime.session import Session
from mixassist.runtime.stream_fifo import Fifo
from mixassist.runtime.stream_path import WetPath
from mixassist.runtime.stream_plan import HostFormat

Gain = float | NDArray[np.float32]
"""The same for a whole block, or one value per frame [n]."""

MIX_TIME_S = 0.01
"""The way from dry to wet takes this long, lest it clicks."""


class MixControl:
    """The share of the wet signal, on its way to `target` at a limited speed."""

    def __init__(self, host: HostFormat) -> None:
        self.target = 1.0
        self._now = 1.0
        self._change_per_frame = 1 / (MIX_TIME_S * host.rate)
        self._count = np.arange(1, host.block + 1, dtype=np.float32)
        self._ramp = np.empty(host.block, dtype=np.float32)

    def jump(self) -> None:
        """Is at the target at once."""
        self._now = self.target

    def advance(self, n_frames: int) -> Gain:
        """The mix of the next frames: a number where it stays, else a ramp [n_frames], reused."""
        target = self.target
        if self._now == target:
            return target
        furthest = n_frames * self._change_per_frame
        change = min(max(target - self._now, -furthest), furthest)
        ramp = self._ramp[:n_frames]
        np.multiply(self._count[:n_frames], change / n_frames, out=ramp)
        np.add(ramp, self._now, out=ramp)
        self._now = self._now + change if abs(target - self._now) > furthest else target
        return ramp


class StreamLane:
    """A network's wet path and the dry signal, delayed by as much."""

    def __init__(self, session: Session, host: HostFormat) -> None:
        self.session = session
        self._wet = WetPath(session, host)
        self.latency_samples = self._wet.latency_samples
        self._dry = Fifo(host.n_channels, self.latency_samples + host.block)
        self.reset()

    def process(self, block: Samples, out: Samples, mix: Gain) -> None:
        """Writes (1 - mix) · dry + mix · wet into `out`, like `block` [C, n]."""
        self._wet.process(block, out)
        self._dry.push(block)
        dry = self._dry.pop(out.shape[1])
        if isinstance(mix, float) and mix == 1.0:
            return
        np.subtract(out, dry, out=out)
        np.multiply(out, mix, out=out)
        np.add(out, dry, out=out)

    def reset(self) -> None:
        """Back to silence, as if just opened."""
        self._wet.reset()
        self._dry.refill(self.latency_samples)


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
        np.subtract(new, out, out=new)
        np.multiply(new, self._gains[self._n_done : self._n_done + n_frames], out=new)
        np.add(out, new, out=out)
        self._n_done += n_frames
        return self._n_done >= self._n_total
