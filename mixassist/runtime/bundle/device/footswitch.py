"""Feet that change models: a MIDI pedal's program changes, or a switch that the system takes for a keyboard.

Both are read as the kernel gives them, with nothing installed: raw MIDI bytes, and records of linux/input.h.

References: MIDI 1.0 Detailed Specification (running status, program change 0xCn); linux/input.h (struct input_event).
"""

from __future__ import annotations

import contextlib
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from mixassist.errors import AudioError

SOUND_DEVICES = Path("/dev/snd")
AUTO = "auto"

_PROGRAM_CHANGE = 0xC0
_EVENT = struct.Struct("@llHHi")
_KEY, _PRESSED = 1, 1


def find_midi(name: str | None, devices: Path = SOUND_DEVICES) -> Path | None:
    """The MIDI device that `name` means: a path, or for `auto` the first there is; None where there shall be none.

    Raises:
        AudioError: when a device is named that is not there.
    """
    found = sorted(devices.glob("midiC*D*"))
    return next(iter(found), None) if name == AUTO else find_input(name, found)


def find_input(name: str | None, found: Sequence[Path] = ()) -> Path | None:
    """The input device at the path `name`, None where none is asked for; `found` are others to offer.

    Raises:
        AudioError: when it is not there.
    """
    if name is None or Path(name).exists():
        return None if name is None else Path(name)
    offered = ", ".join(map(str, found)) or "none"
    raise AudioError(f"there is no device {name}: plug it in, or name another (here: {offered})")


def programs(stream: BinaryIO) -> Iterator[int]:
    """The programs [0, 127] that are chosen in a stream of raw MIDI bytes, on any channel."""
    status = 0
    while byte := stream.read(1):
        value = byte[0]
        if value >= 0xF8:  # the clock and its like, which may come between any two bytes
            continue
        if value >= 0x80:
            status = value
        elif status & 0xF0 == _PROGRAM_CHANGE:
            yield value


def presses(stream: BinaryIO) -> Iterator[int]:
    """The codes of keys that are pressed, in a stream of the kernel's input events."""
    while len(record := stream.read(_EVENT.size)) == _EVENT.size:
        _, _, kind, code, value = _EVENT.unpack(record)
        if kind == _KEY and value == _PRESSED:
            yield code


def listen(path: Path, read: Callable[[BinaryIO], Iterator[int]], act: Callable[[int], None]) -> threading.Thread:
    """Calls `act` with each number that `read` finds in a device, in a thread that ends with the process.

    Raises:
        AudioError: when the device cannot be opened.
    """
    try:
        stream = path.open("rb", buffering=0)
    except OSError as error:
        raise AudioError(
            f"{path} cannot be opened ({error.strerror}): plug it in, or join the group it is of"
        ) from error

    def run() -> None:
        # One that is pulled out ends here; the sound goes on.
        with stream, contextlib.suppress(OSError):
            for number in read(stream):
                act(number)

    thread = threading.Thread(target=run, name=f"feet on {path.name}", daemon=True)
    thread.start()
    return thread
