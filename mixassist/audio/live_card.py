"""The sound card (door: sounddevice), and the callback it calls for each block."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.buffer import Samples
from mixassist.audio.live_desk import LiveDesk
from mixassist.audio.live_worker import Worker
from mixassist.errors import AudioError, EngineError

Device = str | int | None
Hear = Callable[[Samples], None]


class Callback:
    """What sounddevice calls for each block: axes are swapped here, for cards speak [T, C].

    The first channel is fed by the card's input `first_input`, counted from 1; `n_xruns` counts the blocks at which the
    card itself lost or invented frames. `hear` is given what is played.
    """

    def __init__(self, desk: LiveDesk, worker: Worker, first_input: int, hear: Hear | None = None) -> None:
        self.options = desk.options
        self.n_inputs = first_input - 1 + desk.options.n_channels
        self.n_xruns = 0
        self._desk = desk
        self._worker = worker
        self._hear = hear
        self._inputs = slice(first_input - 1, self.n_inputs)
        self._played = np.zeros((desk.options.n_channels, desk.options.block), dtype=np.float32)

    def __call__(
        self, heard: NDArray[np.float32], played: NDArray[np.float32], n_frames: int, times: Any, status: Any
    ) -> None:
        self.n_xruns += bool(status)
        self._desk.exchange(heard.T[self._inputs], self._played)
        played.T[:] = self._played
        self._worker.wake()
        if self._hear is not None:
            self._hear(self._played)


def import_sounddevice() -> Any:
    """The library.

    Raises:
        EngineError: when it or PortAudio is not installed.
    """
    try:
        import sounddevice
    except ImportError as error:
        raise EngineError(f"sounddevice cannot be imported ({error}): pip install 'mixassist[live]'") from error
    except OSError as error:
        raise EngineError(
            f"sounddevice finds no PortAudio ({error}): install it, on Debian with apt install libportaudio2"
        ) from error
    return sounddevice


@contextlib.contextmanager
def playing_card(sounddevice: Any, devices: tuple[Device, Device], callback: Callback) -> Iterator[Any]:
    """A stream of sounddevice from the first of `devices` to the second, which plays inside the `with`.

    Raises:
        AudioError: when there is no such card, or it cannot play at this rate and block.
    """
    with contextlib.ExitStack() as leaving:
        try:
            stream = leaving.enter_context(contextlib.closing(_stream(sounddevice, devices, callback)))
            stream.start()
        except (sounddevice.PortAudioError, ValueError) as error:
            raise AudioError(_refusal(sounddevice, error, callback)) from error
        leaving.callback(stream.stop)
        yield stream


def _stream(sounddevice: Any, devices: tuple[Device, Device], callback: Callback) -> Any:
    desk = callback.options
    source, sink = (sounddevice.query_devices(*asked) for asked in zip(devices, ("input", "output"), strict=True))
    n_outputs = max(desk.n_channels, min(2, sink["max_output_channels"]))
    _require_channels(source, "input", callback.n_inputs)
    _require_channels(sink, "output", n_outputs)
    return sounddevice.Stream(
        samplerate=desk.rate,
        blocksize=desk.block,
        device=devices,
        channels=(callback.n_inputs, n_outputs),
        dtype="float32",
        latency="low",
        callback=callback,
    )


def _require_channels(card: Any, kind: str, n_channels: int) -> None:
    n_found = card[f"max_{kind}_channels"]
    if n_found < n_channels:
        raise AudioError(f"card {card['name']!r} has {n_found} {kind}s, {n_channels} are needed: choose another card")


def _refusal(sounddevice: Any, error: Exception, callback: Callback) -> str:
    """What was asked, why it is refused, and the cards there are."""
    reason = str(error).strip().splitlines()[0]
    names = ", ".join(f"{index} {card['name']!r}" for index, card in enumerate(sounddevice.query_devices()))
    return (
        f"no sound card plays at {callback.options.rate} Hz in blocks of {callback.options.block} as asked ({reason}):"
        f" choose another rate, block or card ({names or 'this machine has none'})"
    )
