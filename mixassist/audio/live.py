"""Playing live through a process, sound card in, sound card out (door: sounddevice).

The card's callback only copies between rings (`LiveDesk.exchange`); a worker thread runs the process. What the callback
finds late is replaced by the dry signal and counted. Ctrl-C is how one stops playing, and not an error.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.live_desk import BlockProcess, DeskOptions, LiveDesk
from mixassist.audio.live_worker import Worker, calm_interpreter
from mixassist.errors import AudioError, EngineError, OptionError

Notify = Callable[[str], None]
Device = str | int | None

N_WARM_UP_BLOCKS = 20
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
    declares it, and what process and blocks add.
    """

    n_blocks: int
    n_misses: int
    n_skipped: int
    n_xruns: int
    latency_ms: float
    card_latency_ms: float

    def __str__(self) -> str:
        return f"{self.n_misses} of {self.n_blocks} blocks came too late and were played dry, {self.n_xruns} xruns"

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def play_live(
    process: BlockProcess, options: LiveOptions | None = None, notify: Notify = lambda message: None
) -> LiveReport:
    """Plays through `process` until Ctrl-C or `options.seconds`, and tells how it went.

    `notify` is called with a line at the start and whenever blocks were missed or the card reported xruns.

    Raises:
        EngineError: when sounddevice or PortAudio is not installed.
        AudioError: when there is no such card, or it cannot play at this rate and block, or it stops.
    """
    options = options or LiveOptions()
    sounddevice = _import_sounddevice()
    desk = LiveDesk(process, options.desk)
    desk.warm_up(N_WARM_UP_BLOCKS)
    worker = Worker(desk)
    callback = Callback(desk, worker, options.first_input - 1)
    with calm_interpreter(), worker.at_work() as working, _open_card(sounddevice, options, callback) as card:
        reporter = _Reporter(desk, callback, card)
        with contextlib.suppress(KeyboardInterrupt):
            notify(reporter.start_line)
            _watch(reporter, working, options.seconds, notify)
    return reporter.now()


class Callback:
    """What sounddevice calls for each block: axes are swapped here, for cards speak [T, C]."""

    def __init__(self, desk: LiveDesk, worker: Worker, n_inputs_before: int) -> None:
        n_channels, block = desk.options.n_channels, desk.options.block
        self.n_xruns = 0
        self._desk = desk
        self._worker = worker
        self._inputs = slice(n_inputs_before, n_inputs_before + n_channels)
        self._played = np.zeros((n_channels, block), dtype=np.float32)

    def __call__(
        self, heard: NDArray[np.float32], played: NDArray[np.float32], n_frames: int, times: Any, status: Any
    ) -> None:
        self.n_xruns += bool(status)
        self._desk.exchange(heard.T[self._inputs], self._played)
        played.T[:] = self._played
        self._worker.wake()


class _Reporter:
    """Reads the counts of desk, callback and card."""

    def __init__(self, desk: LiveDesk, callback: Callback, card: Any) -> None:
        self._desk = desk
        self._callback = callback
        self._card = card
        self._latency_ms = 1000 * desk.latency_samples / desk.options.rate
        self._card_latency_ms = 1000 * sum(card.latency)

    @property
    def start_line(self) -> str:
        options = self._desk.options
        total_ms = self._latency_ms + self._card_latency_ms
        return (
            f"playing at {options.rate} Hz in blocks of {options.block} ({options.block_ms:.1f} ms),"
            f" latency {total_ms:.1f} ms ({self._card_latency_ms:.1f} the card, {self._latency_ms:.1f} ours);"
            " Ctrl-C ends it"
        )

    @property
    def has_card(self) -> bool:
        return bool(self._card.active)

    def now(self) -> LiveReport:
        desk = self._desk
        counts = desk.n_blocks, desk.n_misses, desk.n_skipped, self._callback.n_xruns
        return LiveReport(*counts, self._latency_ms, self._card_latency_ms)


def _watch(reporter: _Reporter, working: Future[None], seconds: float | None, notify: Notify) -> None:
    """Returns when the time is over; tells of misses and xruns, and raises what ended the worker."""
    begin = time.monotonic()
    n_wrong = 0
    while True:
        elapsed_s = time.monotonic() - begin
        left_s = LOOK_S if seconds is None else seconds - elapsed_s
        report = reporter.now()
        if report.n_misses + report.n_xruns > n_wrong:
            n_wrong = report.n_misses + report.n_xruns
            notify(f"{elapsed_s:.0f} s: {report}")
        if left_s <= 0:
            return
        if wait([working], timeout=min(left_s, LOOK_S)).done:
            working.result()
        if not reporter.has_card:
            raise AudioError(f"the sound card stopped after {elapsed_s:.1f} s: plug it in again, or choose another")


@contextlib.contextmanager
def _open_card(sounddevice: Any, options: LiveOptions, callback: Callback) -> Iterator[Any]:
    """A stream of sounddevice that plays inside the `with`."""
    desk = options.desk
    try:
        stream = _start(sounddevice, options, callback)
    except (sounddevice.PortAudioError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        names = ", ".join(f"{index} {card['name']!r}" for index, card in enumerate(sounddevice.query_devices()))
        raise AudioError(
            f"no sound card plays at {desk.rate} Hz in blocks of {desk.block} as asked ({reason}):"
            f" choose another rate, block or card ({names or 'this machine has none'})"
        ) from error
    try:
        yield stream
    finally:
        stream.stop()
        stream.close()


def _start(sounddevice: Any, options: LiveOptions, callback: Callback) -> Any:
    desk, devices = options.desk, (options.input_device, options.output_device)
    source, sink = (sounddevice.query_devices(*asked) for asked in zip(devices, ("input", "output"), strict=True))
    n_inputs = options.first_input - 1 + desk.n_channels
    n_outputs = max(desk.n_channels, min(2, sink["max_output_channels"]))
    _require_channels(source, "input", n_inputs)
    _require_channels(sink, "output", n_outputs)
    stream = sounddevice.Stream(
        samplerate=desk.rate,
        blocksize=desk.block,
        device=devices,
        channels=(n_inputs, n_outputs),
        dtype="float32",
        latency="low",
        callback=callback,
    )
    stream.start()
    return stream


def _import_sounddevice() -> Any:
    try:
        import sounddevice
    except ImportError as error:
        raise EngineError(f"sounddevice cannot be imported ({error}): pip install 'mixassist[live]'") from error
    except OSError as error:
        raise EngineError(
            f"sounddevice finds no PortAudio ({error}): install it, on Debian with apt install libportaudio2"
        ) from error
    return sounddevice


def _require_channels(card: Any, kind: str, n_channels: int) -> None:
    n_found = card[f"max_{kind}_channels"]
    if n_found < n_channels:
        raise AudioError(f"card {card['name']!r} has {n_found} {kind}s, {n_channels} are needed: choose another card")
