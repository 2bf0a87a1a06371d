"""`live.py`: the pedal. Sound card in, models, sound card out, until Ctrl-C or systemd ends it.

The dry signal is heard at once, while models are opened in a thread of their own; then the first of them fades in. A
MIDI pedal's program changes choose others, 0 the first, and a footswitch goes on to the next. A block that a model does
not have ready in time is played dry.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mixassist.audio.live import LiveOptions, LiveReport, play_live
from mixassist.audio.live_desk import BlockProcess, DeskOptions
from mixassist.errors import AudioError, MixassistError
from mixassist.runtime.bundle.device.footswitch import AUTO, find_input, find_midi, listen, presses, programs
from mixassist.runtime.bundle.device.manifest import BundledModel, Manifest
from mixassist.runtime.bundle.device.program import parser_of, rig_of, tell
from mixassist.runtime.bundle.device.rack import Rack
from mixassist.runtime.bundle.device.realtime import claim, step_back
from mixassist.runtime.bundle.device.rig import Rig, host_of, open_process
from mixassist.runtime.bundle.device.watchdog import Watchdog
from mixassist.runtime.streaming.plan import HostFormat

Notify = Callable[[str], None]

N_WARM_UP = 20


class Pedal:
    """A rack whose models are opened while it already plays; feet choose among those that are open.

    Attributes:
        rack: what the card's blocks go through.
    """

    def __init__(self, rig: Rig, models: Sequence[BundledModel], notify: Notify) -> None:
        self.host: HostFormat = host_of(rig, tuple(models))
        self.rack = Rack(self.host)
        self._rig, self._models, self._notify = rig, tuple(models), notify
        self._open: list[BlockProcess | None] = [None] * len(self._models)
        self._chosen = 0
        self._begin = time.monotonic()

    def open_models(self) -> None:
        """Opens one model after the other, the first first.

        One that does not open is told of; if it was chosen, the next is.
        """
        step_back()
        for index, model in enumerate(self._models):
            try:
                self._open[index] = self._warm(model)
            except MixassistError as error:
                self._notify(f"{model.id} does not open: {error}")
                if index == self._chosen:
                    self.go_on()
                continue
            self._notify(f"{model.id} is ready after {time.monotonic() - self._begin:.1f} s")
            if index == self._chosen:
                self.choose(index)

    def choose(self, program: int) -> None:
        """Goes over to a model by its place in the rig; to one that is not open yet, once it is."""
        if not 0 <= program < len(self._models):
            self._notify(f"program {program} is none of the rig's {len(self._models)}")
            return
        self._chosen = program
        process = self._open[program]
        if process is not None:
            self.rack.choose(process)
            self._notify(f"playing {self._models[program].id}")

    def go_on(self, key: int = 0) -> None:
        """Goes over to the next model, after the last to the first; whatever key was pressed."""
        self.choose((self._chosen + 1) % len(self._models))

    def _warm(self, model: BundledModel) -> BlockProcess:
        """A process whose slow first runs are over."""
        process = open_process(model, self._rig, self.host)
        silence = np.zeros((self.host.n_channels, self.host.block), np.float32)
        for _ in range(N_WARM_UP):
            process.process(silence)
        return process


def main(manifest: Manifest, words: list[str]) -> int:
    """The program."""
    parser = parser_of(__doc__ or "")
    parser.add_argument("--seconds", type=float, help="stop after this long")
    asked = parser.parse_args(words)
    rig = rig_of(asked, manifest.folder)
    watchdog = Watchdog()

    def notify(message: str) -> None:
        tell(message)
        watchdog.status(message)

    models = rig.chosen(manifest)
    for model in models:
        tell(model.credit)
    pedal = Pedal(rig, models, notify)
    _listen(rig, pedal)
    claim(tell)
    signal.signal(signal.SIGTERM, _as_interrupt)
    opening = threading.Thread(target=pedal.open_models, name="opening", daemon=True)
    report = _play(rig, pedal, watchdog, (notify, opening, asked.seconds))
    tell(str(report))
    return 0


def _play(rig: Rig, pedal: Pedal, watchdog: Watchdog, how: tuple[Notify, threading.Thread, float | None]) -> LiveReport:
    notify, opening, seconds = how
    host = pedal.host
    desk = DeskOptions(rig.rate, rig.block, host.n_channels, rig.blocks_ahead)

    def look(report: LiveReport) -> None:
        if opening.ident is None:
            watchdog.ready("passing sound through, opening models")
            opening.start()
        watchdog.alive(report.n_blocks)

    return play_live(pedal.rack, LiveOptions(desk, rig.device, rig.output_device, rig.input, seconds), notify, look)


def _listen(rig: Rig, pedal: Pedal) -> None:
    midi = find_midi(rig.midi)
    if midi is not None:
        try:
            listen(midi, programs, pedal.choose)
        except AudioError as error:
            if rig.midi != AUTO:
                raise
            tell(f"playing without MIDI: {error}")  # nobody asked for this device: the sound comes first
    switch = find_input(rig.footswitch)
    if switch is not None:
        listen(switch, presses, pedal.go_on)


def _as_interrupt(number: int, frame: Any) -> None:
    """systemd ends a service by SIGTERM: the same as Ctrl-C, so that the card is closed in peace."""
    raise KeyboardInterrupt
