"""`Answer`: what a room answers to a recording, as the options ask for it: synthesised or a file, late, wide, loud.

Conventions: answers are [S, 2, T], source by source at both ears, without the direct sound and against its amplitude.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.errors import Finding, OptionError
from separation.rooms.options import RespaceOptions
from separation.rooms.response_file import load_response
from separation.rooms.room import Room, built_in_rooms
from separation.rooms.synthesis import synthesise


@dataclass(frozen=True, eq=False)
class Answer:
    """The answer of a room, how loud the recording itself is to be, and where all of it is from.

    `rt60_s` are the times per octave that were asked of a synthesised room, None for one from a file.
    """

    name: str
    samples: Samples
    dry_gain: float = 1.0
    rt60_s: tuple[float, ...] | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def has_room(self) -> bool:
        """Whether there is any sound in it."""
        return bool(self.samples.size)

    def first_frame(self) -> int | None:
        """The frame with its first sound, None where there is none."""
        is_heard = (self.samples != 0).any(axis=(0, 1))
        return int(np.argmax(is_heard)) if is_heard.any() else None

    def level_db(self) -> float | None:
        """Energy of the room against the direct sound, as both ears hear it on the mean; None where there is none."""
        # Sources that play the same are one: their answers add up.
        energy = float(np.mean(np.sum(np.square(self.samples.sum(axis=0), dtype=np.float64), axis=-1)))
        return 10 * float(np.log10(energy)) if energy else None


def find_answer(options: RespaceOptions, rate: int, n_channels: int, room: Room | None = None) -> Answer:
    """The room of the options, or the one that is given, as loud, as late and as wide as the options say.

    Raises:
        AudioError: when an impulse response file cannot be used.
        OptionError: when there is neither a room nor a file of that name, or a file was to be another room.
    """
    found = find_room(options, room)
    findings: tuple[Finding, ...] = ()
    name, rt60_s = (found.name, found.rt60_s) if isinstance(found, Room) else (str(found), None)
    if options.wet_gain == 0:
        return Answer(name, np.zeros((n_channels, 2, 0), np.float32), options.dry_gain, rt60_s)
    if isinstance(found, Room):
        samples = synthesise(found, rate, n_channels, options.seed)
    else:
        samples, findings = load_response(found, rate)
    samples = _widened(_delayed(samples, options.predelay_ms, rate), options.width) * np.float32(options.wet_gain)
    return Answer(name, samples, options.dry_gain, rt60_s, findings)


def find_room(options: RespaceOptions, room: Room | None = None) -> Room | Path:
    """The room of the options, or the one that is given, in the shape they ask for, or an impulse response file.

    Raises:
        OptionError: when there is neither a room nor a file of that name, or a file was to be another room.
    """
    room = room or built_in_rooms().get(str(options.room))
    if room is not None:
        return options.shaped(room)
    path = Path(options.room)
    if not path.exists():
        rooms = ", ".join(built_in_rooms())
        raise OptionError(f"room {options.room} is neither built in nor a file: choose one of {rooms}, or a file")
    if options.is_shaped:
        raise OptionError(
            f"--rt60, --size and --distance go with synthesised rooms: {path.name} is as it was measured, or pass it"
            " as --match"
        )
    return path


def _delayed(samples: Samples, predelay_ms: float | None, rate: int) -> Samples:
    """The answer [S, 2, T] with its first sound where the predelay ends."""
    if predelay_ms is None:
        return samples
    first = int(np.argmax(np.abs(samples).max(axis=(0, 1)) > 0))
    n_before = round(predelay_ms * rate / 1000)
    return np.pad(samples[..., first:], ((0, 0), (0, 0), (n_before, 0)))


def _widened(samples: Samples, width: float) -> Samples:
    """The answer [S, 2, T] with its sides turned up or down, as loud as before where they are as loud as the middle.

    Middle and sides are weighed by √2 cos and √2 sin of width · 45°: their powers sum to 2 for any width.
    """
    if width == 1:
        return samples
    angle = width * np.pi / 4
    middle = np.float32(np.sqrt(2) * np.cos(angle)) * samples.mean(axis=1)
    side = np.float32(np.sqrt(2) * np.sin(angle)) * (samples[:, 0] - samples[:, 1]) / 2
    return np.stack([middle + side, middle - side], axis=1)
