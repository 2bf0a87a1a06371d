"""Playing live through a process, sound card in, sound card out.

The card's callback only copies between rings (`LiveDesk.exchange`); a worker thread runs the process. What the callback
finds late is replaced by the dry signal and counted. Ctrl-C is how one stops playing, and not an error.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import asdict, dataclass, field
from typing import Any

from mixassist.audio.live_card import Callback, Device, Hear, import_sounddevice, playing_card
from mixassist.audio.live_desk import BlockProcess, DeskOptions, LiveDesk
from mixassist.audio.live_worker import Worker, calm_interpreter
from mixassist.errors import AudioError, OptionError

Notify = Callable[[str], None]

LOOK_S = 0.5
"""How often misses and xruns are looked at while playing."""


@dataclass(frozen=True)
class LiveOptions:
    """What to play through: cards by name or number (None: the system's own), and how blocks travel.

    `first_input` is the card's input, counted from 1, that feeds the first channel. A mono process is played on both
    outputs of a stereo card. `seconds` ends the playing; without it, Ctrl-C does.

    Raises:
        OptionError: for an input below 1.
    """

    desk: DeskOptions = field(default_factory=DeskOptions)
    input_device: Device = None
    output_device: Device = None
    first_input: int = 1
    seconds: float | None = None

    def __post_init__(self) -> None:
        if self.first_input < 1:
            raise OptionError(f"first_input is {self.first_input}: inputs are counted from 1")


@dataclass(frozen=True)
class LiveReport:
    """What became of a session: blocks exchanged, dry because late (`n_misses`), frames the process never saw.

    `n_xruns` counts the blocks at which the card itself lost or invented frames. Latencies in ms: the card's own as it
    declares it, and what process and blocks add, of which the blocks alone are `block_latency_ms`.
    """

    n_blocks: int
    n_misses: int
    n_skipped: int
    n_xruns: int
    latency_ms: float
    block_latency_ms: float
    card_latency_ms: float

    @property
    def total_latency_ms(self) -> float:
        return self.latency_ms + self.card_latency_ms

    def __str__(self) -> str:
        return f"{self.n_misses} of {self.n_blocks} blocks came too late and were played dry, {self.n_xruns} xruns"

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


Look = Callable[[LiveReport], None]


def play_live(
    process: BlockProcess,
    options: LiveOptions | None = None,
    notify: Notify = lambda message: None,
    look: Look = lambda report: None,
    hear: Hear | None = None,
) -> LiveReport:
    """Plays through `process` until Ctrl-C or `options.seconds`, and tells how it went.

    `notify` is called with a line at the start and whenever blocks were missed, the card reported xruns, or the latency
    is another; `look` with the counts so far, twice a second; `hear` with each block [C, n] as it is played, by the
    card's own thread, which may not wait for anything.

    Raises:
        EngineError: when sounddevice or PortAudio is not installed.
        AudioError: when there is no such card, or it cannot play at this rate and block, or it stops.
        OptionError: when the process runs at another rate.
    """
    options = options or LiveOptions()
    sounddevice = import_sounddevice()
    devices = options.input_device, options.output_device
    desk = LiveDesk(process, options.desk)
    worker = Worker(desk)
    callback = Callback(desk, worker, options.first_input, hear)
    with worker.at_work() as working, calm_interpreter(), playing_card(sounddevice, devices, callback) as card:
        reporter = _Reporter(desk, callback, card)
        with contextlib.suppress(KeyboardInterrupt):
            _watch(reporter, working, options.seconds, (notify, look))
    return reporter.now()


class _Reporter:
    """Reads the counts of desk, callback and card."""

    def __init__(self, desk: LiveDesk, callback: Callback, card: Any) -> None:
        self._desk = desk
        self._callback = callback
        self._card = card
        self._card_latency_ms = 1000 * sum(card.latency)

    @property
    def start_line(self) -> str:
        options = self._desk.options
        return (
            f"playing at {options.rate} Hz in blocks of {options.block} ({options.block_ms:.1f} ms),"
            f" {self.latency_line}; Ctrl-C ends it"
        )

    @property
    def latency_line(self) -> str:
        card_ms, blocks_ms = self._card_latency_ms, self._block_latency_ms
        parts = f"{card_ms:.1f} the card, {blocks_ms:.1f} blocks, {self._latency_ms - blocks_ms:.1f} the model"
        return f"latency {self._latency_ms + card_ms:.1f} ms ({parts})"

    @property
    def _latency_ms(self) -> float:
        """What process and blocks add; another process may have been put in the place of the first."""
        return 1000 * self._desk.latency_samples / self._desk.options.rate

    @property
    def _block_latency_ms(self) -> float:
        return 1000 * self._desk.options.n_ahead / self._desk.options.rate

    @property
    def has_card(self) -> bool:
        return bool(self._card.active)

    def now(self) -> LiveReport:
        desk = self._desk
        counts = desk.n_blocks, desk.n_misses, desk.n_skipped, self._callback.n_xruns
        return LiveReport(*counts, self._latency_ms, self._block_latency_ms, self._card_latency_ms)


def _watch(reporter: _Reporter, working: Future[None], seconds: float | None, tell: tuple[Notify, Look]) -> None:
    """Returns when the time is over; tells of the start and what changes, and raises what ended the worker."""
    notify, look = tell
    begin = time.monotonic()
    n_wrong, latency_line = 0, reporter.latency_line
    notify(reporter.start_line)
    while True:
        elapsed_s = time.monotonic() - begin
        left_s = LOOK_S if seconds is None else seconds - elapsed_s
        report = reporter.now()
        look(report)
        if report.n_misses + report.n_xruns > n_wrong:
            n_wrong = report.n_misses + report.n_xruns
            notify(f"{elapsed_s:.0f} s: {report}")
        if reporter.latency_line != latency_line:
            latency_line = reporter.latency_line
            notify(f"{elapsed_s:.0f} s: {latency_line}")
        if left_s <= 0:
            return
        if wait([working], timeout=min(left_s, LOOK_S)).done:
            working.result()
        if not reporter.has_card:
            raise AudioError(f"the sound card stopped after {elapsed_s:.1f} s: plug it in again, or choose another")
