"""`LiveDesk`: what happens to each block between a sound card and a process, without card, clock or thread.

    card ─exchange─▶ heard ─work─▶ process ─▶ played ─exchange─▶ card
                       └──── dry, as late as the wet ────▲

The card's callback calls `exchange`, which only copies; a worker thread calls `work`, which may take its time. Each
frame keeps its place in the stream: a block that comes too late is not played later but not at all, so that one miss
never delays what follows. In its stead the dry signal is played, delayed as the wet one, with a short fade.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.audio.live_bypass import Bypass
from mixassist.audio.live_ring import LiveRing
from mixassist.errors import OptionError

MORE_LATENCY_S = 1.0
"""By how much the latency of a process may grow until its dry signal comes too early."""

PATIENCE_S = 0.05
"""How far the worker may fall behind before it lets go of what can no longer be played and takes the newest block."""


class BlockProcess(Protocol):
    """What is played through: `process` takes and gives blocks [C, n]; the array given may be used again.

    `latency_samples` may change while it plays. Where a process has a `rate` in Hz too, it is held against the card's.
    """

    @property
    def latency_samples(self) -> int: ...

    def process(self, block: Samples) -> Samples: ...


@dataclass(frozen=True)
class DeskOptions:
    """How blocks travel between card and process.

    `n_blocks_ahead` is how many blocks a result may take until it is played: each adds a block of latency and of
    tolerance to a late worker. `fade_ms` is the length of the fade into and out of the dry signal.

    Raises:
        OptionError: for a rate, block, number of channels or of blocks below 1, or a negative fade.
    """

    rate: int = 48000
    block: int = 64
    n_channels: int = 1
    n_blocks_ahead: int = 1
    fade_ms: float = 5.0

    def __post_init__(self) -> None:
        for name in ("rate", "block", "n_channels", "n_blocks_ahead"):
            if getattr(self, name) < 1:
                raise OptionError(f"{name} is {getattr(self, name)}: at least 1 is needed")
        if self.fade_ms < 0:
            raise OptionError(f"fade_ms is {self.fade_ms:g}: at least 0 is needed")

    @property
    def block_ms(self) -> float:
        """Duration of a block."""
        return 1000 * self.block / self.rate

    @property
    def n_ahead(self) -> int:
        """Frames between the arrival of a block and the moment its result is played."""
        return self.n_blocks_ahead * self.block


class LiveDesk:
    """The rings between a card and a process, the miss policy, and the counts of what went wrong.

    `n_blocks` were exchanged, of which `n_misses` played the dry signal because the result was late; `n_skipped` frames
    were never given to the process. Counts are written by one thread each and may be read by any.

    Raises:
        OptionError: when the process runs at another rate than the card.
    """

    def __init__(self, process: BlockProcess, options: DeskOptions) -> None:
        rate = getattr(process, "rate", options.rate)
        if rate != options.rate:
            raise OptionError(f"the process runs at {rate} Hz and the card at {options.rate} Hz: open both at one rate")
        self.options = options
        self.n_blocks = self.n_misses = self.n_skipped = 0
        self._process = process
        self._patience = max(round(PATIENCE_S * options.rate), 4 * options.n_ahead)
        n_kept = self._patience + 4 * options.n_ahead
        self._dry_latency = self.latency_samples
        self._max_dry_latency = self._dry_latency + round(MORE_LATENCY_S * options.rate)
        n_dry = self._max_dry_latency + 1
        self._heard = LiveRing(options.n_channels, n_dry + n_kept, n_dry)
        self._played = LiveRing(options.n_channels, n_kept, options.n_ahead)
        self._taken = np.zeros((options.n_channels, options.block), dtype=np.float32)
        self._next = 0
        self._leapt_to: float = -np.inf
        n_fade = round(options.fade_ms * options.rate / 1000)
        self._bypass = Bypass(options.n_channels, options.block, n_fade)

    @property
    def latency_samples(self) -> int:
        """By how much the process and the blocks delay what is played, at this moment."""
        return self.options.n_ahead + self._process.latency_samples

    @property
    def n_waiting(self) -> int:
        """Frames that came in and were not processed yet."""
        return self._heard.end - self._next

    def exchange(self, heard: Samples, played: Samples) -> None:
        """Takes what the card `heard` [C, block] and fills what is to be `played` [C, block], by copying alone."""
        position = self._heard.end
        self._heard.write(heard, position)
        is_ready = self._played.read(position - self.options.n_ahead, played)
        if not is_ready or not self._bypass.is_over:
            self._bypass.mix(played, is_ready, self._read_dry(position))
        self._bypass.remember(played)
        self.n_blocks += 1
        self.n_misses += not is_ready

    def work(self) -> bool:
        """Processes the oldest block that waits; False when none does."""
        block = self.options.block
        if self.n_waiting < block:
            return False
        if self.n_waiting > self._patience:
            n_late = (self.n_waiting // block - 1) * block
            self._next += n_late
            self.n_skipped += n_late
            self._leapt_to = self._next
        if self._heard.read(self._next, self._taken):
            processed = self._process.process(self._taken)
            # Until its latency has passed the process still gives what lay before a leap.
            if self._next >= self._leapt_to + self._process.latency_samples:
                self._played.write(processed, self._next)
            self._next += block
        return True

    def warm_up(self, n_blocks: int) -> None:
        """Lets the process run on silence, for the first runs of an engine are its slowest."""
        for _ in range(n_blocks):
            self._process.process(self._taken)

    def _read_dry(self, position: int) -> bool:
        """Gets the dry frames for the block at `position`; True when they do not go on where the last ones ended."""
        latency = min(self.latency_samples, self._max_dry_latency)
        has_moved = latency != self._dry_latency
        self._dry_latency = latency
        self._heard.read(position - latency - 1, self._bypass.dry)
        return has_moved
