"""The verb of this room: a recording into its dry part and its tail, from buffer to buffers or from file to files.

Task: hear how long the room rings, have its tail found, and tell of the room before and after.

Conventions: as `separation.removal`; what is kept is dry, what is taken is the tail. A live stream cannot hear the
room beforehand: it assumes one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mixassist.audio.buffer import AudioBuffer
from mixassist.audio.files import read_blocks
from mixassist.audio.info import AudioInfo
from mixassist.dsp.blind_decay import FallCounter, estimate_room
from separation.dereverb.decay_curves import DecayCurves
from separation.dereverb.methods import TailFinder
from separation.dereverb.options import DereverbOptions
from separation.removal import (
    Floats,
    OnSeconds,
    Removal,
    RemovalJob,
    remove,
    remove_from_file,
    require_channels,
)
from separation.removal_report import RemovalReport


@dataclass(frozen=True)
class Dereverberated:
    """A recording without its tail, and the tail: they sum to the recording."""

    dry: AudioBuffer
    tail: AudioBuffer

    def to_dict(self) -> dict[str, Any]:
        return {"rate": self.dry.rate, "n_channels": self.dry.n_channels, "frames": self.dry.n_frames}


class RoomRemover:
    """Takes rooms away from one recording after the other.

    Raises:
        OptionError: when a method is asked for live that hears what comes.
    """

    def __init__(self, options: DereverbOptions) -> None:
        self.options = options
        self._finder = TailFinder(options)

    def remove(self, recording: AudioBuffer) -> Dereverberated:
        """The recording without the late part of its room.

        Raises:
            AudioError: when it has more than two channels.
        """
        require_channels("the recording", recording.n_channels)
        room = estimate_room([recording.samples], recording.rate) if self._finder.needs_room else None
        stream = self._finder.open(recording.rate, recording.n_channels, room)
        removed = remove(recording, stream, self.options.strength)
        return Dereverberated(removed.kept, removed.taken)

    def settings(self) -> dict[str, Any]:
        """Every choice that decides the output, and what finds the tail."""
        return {**self.options.to_dict(), **self._finder.identity()}

    def run(self, job: RemovalJob, on_seconds: OnSeconds = lambda done_s: None) -> RemovalReport:
        """What became of a job, whose strength, depth and settings are those of the options.

        Raises:
            AudioError: as `remove_from_file`.
        """
        return remove_from_file(job, lambda info: self._open_removal(job, info), on_seconds)

    def _open_removal(self, job: RemovalJob, info: AudioInfo) -> Removal:
        room = estimate_room(read_blocks(job.recording), info.rate)
        left = FallCounter(info.rate)
        curves = DecayCurves(info.rate)

        def watch(sound: Floats, kept: Floats) -> None:
            left.update(kept)
            curves.update(sound, kept)

        def measured() -> dict[str, Any]:
            return {"before": room.to_dict(), "after": left.estimate().to_dict(), "fall_db": curves.falls_db()}

        stream = self._finder.open(info.rate, info.n_channels, room if self._finder.needs_room else None)
        return Removal(stream, watch, measured, curves.draw)


def dereverberate(recording: AudioBuffer, options: DereverbOptions | None = None) -> Dereverberated:
    """The recording without the late part of its room; make a `RoomRemover` for many.

    Raises:
        AudioError: when it has more than two channels.
        OptionError: when a method is asked for live that hears what comes.
    """
    return RoomRemover(options or DereverbOptions()).remove(recording)


def dereverberate_file(
    path: Path,
    dry_path: Path,
    options: DereverbOptions,
    tail_path: Path | None = None,
    on_seconds: OnSeconds = lambda done_s: None,
) -> RemovalReport:
    """Writes the recording at `path` without its tail to `dry_path`, and the tail to `tail_path` if that is given.

    Raises:
        AudioError: as `remove_from_file`.
        OptionError: when a method is asked for live that hears what comes.
    """
    remover = RoomRemover(options)
    job = RemovalJob(path, dry_path, tail_path, None, None, options.strength, options.bit_depth, remover.settings())
    return remover.run(job, on_seconds)
