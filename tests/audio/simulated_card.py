"""Sound cards that need no hardware: one on a virtual clock, and one that stands in for the library sounddevice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.audio.live_desk import BlockProcess, DeskOptions, LiveDesk


@dataclass(frozen=True)
class VirtualCard:
    """A card and a worker on one virtual clock: seconds pass as fast as they can be counted, and always the same.

    Callbacks come every block, each up to `jitter_ms` late; the worker needs `work_ms(i)` for the i-th block it takes.
    """

    work_ms: Callable[[int], float]
    jitter_ms: float = 0.0
    seed: int = 0

    def play(self, process: BlockProcess, signal: Samples, options: DeskOptions) -> tuple[Samples, LiveDesk]:
        """What is heard at the output [C, T] while `signal` [C, T], whole blocks, goes in; and the desk between."""
        starts = np.arange(0, signal.shape[1], options.block)
        late_ms = np.random.default_rng(self.seed).uniform(0, self.jitter_ms, len(starts))
        due_ms = np.maximum.accumulate(starts / options.rate * 1000 + late_ms)
        worker = _VirtualWorker(process, self.work_ms)
        desk = LiveDesk(worker, options)
        played = np.full_like(signal, np.nan)

        def callbacks() -> Iterator[float]:
            for start, now_ms in zip(starts, due_ms, strict=True):
                yield now_ms
                frames = slice(start, start + options.block)
                desk.exchange(signal[:, frames], played[:, frames])

        worker.play(desk, callbacks())
        return played, desk


class _VirtualWorker:
    """Runs a process, and lets the callbacks of a card come while it does."""

    def __init__(self, process: BlockProcess, work_ms: Callable[[int], float]) -> None:
        self._process = process
        self._work_ms = work_ms
        self._n_taken = 0
        self._now_ms = 0.0
        self._due_ms = 0.0

    @property
    def latency_samples(self) -> int:
        return self._process.latency_samples

    def play(self, desk: LiveDesk, callbacks: Iterator[float]) -> None:
        self._callbacks = callbacks
        self._due_ms = next(callbacks)
        while self._due_ms < np.inf:
            self._pass_until(self._due_ms)
            while desk.work():
                pass

    def process(self, block: Samples) -> Samples:
        processed = self._process.process(block)
        self._pass_until(self._now_ms + self._work_ms(self._n_taken))
        self._n_taken += 1
        return processed

    def _pass_until(self, now_ms: float) -> None:
        self._now_ms = now_ms
        while self._due_ms <= now_ms:
            self._due_ms = next(self._callbacks, np.inf)


class PortAudioError(Exception):
    pass


class FakeSounddevice:
    """Stands in for the module sounddevice: cards whose callback runs in a thread of its own, clocked and jittered.

    `signal` [C, T] is heard once and then silence; `xruns` are the blocks with a flag, `n_blocks` how many are played
    before the card is pulled out.
    """

    PortAudioError = PortAudioError

    def __init__(self, signal: Samples, *, jitter_s: float = 0.0, xruns: tuple[int, ...] = (), n_blocks: int = 10**9):
        self.signal = signal
        self.jitter_s = jitter_s
        self.xruns = xruns
        self.n_blocks = n_blocks
        self.cards = [
            {"name": "Built-in", "max_input_channels": 2, "max_output_channels": 2},
            {"name": "Loudspeaker", "max_input_channels": 0, "max_output_channels": 1},
        ]
        self.refusal: str | None = None
        self.start_refusal: str | None = None
        self.streams: list[FakeStream] = []

    def query_devices(self, device=None, kind=None):
        if kind is None:
            return self.cards
        if not self.cards:
            raise PortAudioError("Error querying device -1")
        for index, card in enumerate(self.cards):
            if device in (None, index, card["name"]):
                return card
        raise ValueError(f"No {kind} device matching {device!r}")

    def Stream(self, **settings):  # noqa: N802 -- a class in sounddevice
        if self.refusal is not None:
            raise PortAudioError(self.refusal)
        self.streams.append(FakeStream(self, SimpleNamespace(**settings)))
        return self.streams[-1]


class FakeStream:
    """A duplex stream: `played` [C, T] is all its callback ever gave."""

    latency = (0.002, 0.003)

    def __init__(self, module: FakeSounddevice, settings: SimpleNamespace) -> None:
        self.settings = settings
        self.blocks: list[Samples] = []
        self.is_closed = False
        self._module = module
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fake card")

    @property
    def active(self) -> bool:
        return self._thread.is_alive()

    @property
    def played(self) -> Samples:
        return np.concatenate(self.blocks, axis=1)

    def start(self) -> None:
        if self._module.start_refusal is not None:
            raise PortAudioError(self._module.start_refusal)
        self._thread.start()

    def stop(self) -> None:
        self._is_stopped.set()
        self._thread.join()

    def close(self) -> None:
        self.is_closed = True

    def _run(self) -> None:
        block, (n_inputs, n_outputs) = self.settings.blocksize, self.settings.channels
        generator = np.random.default_rng(0)
        begin = time.monotonic()
        for index in range(self._module.n_blocks):
            due = begin + index * block / self.settings.samplerate + generator.uniform(0, self._module.jitter_s)
            if self._is_stopped.wait(max(0.0, due - time.monotonic())):
                return
            heard = np.zeros((block, n_inputs), dtype=np.float32)
            signal = self._module.signal[:n_inputs, index * block : (index + 1) * block].T
            heard[: len(signal), : signal.shape[1]] = signal
            played = np.full((block, n_outputs), np.nan, dtype=np.float32)
            self.settings.callback(heard, played, block, None, index in self._module.xruns)
            self.blocks.append(played.T)
