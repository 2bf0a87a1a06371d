"""The verb of this room: a recording into its dry part and its tail, from buffer to buffers or from file to files.

Conventions: as `separation.removal`; what is kept is dry, what is taken is the tail.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mixassist.audio.buffer import AudioBuffer
from mixassist.audio.info import AudioInfo
from separation.dereverb.options import DereverbOptions
from separation.dereverb.stream import RoomStream
from separation.removal import OnSeconds, Removal, RemovalJob, remove, remove_from_file, require_channels
from separation.removal_report import RemovalReport


@dataclass(frozen=True)
class Dereverberated:
    """A recording without its tail, and the tail: they sum to the recording."""

    dry: AudioBuffer
    tail: AudioBuffer

    def to_dict(self) -> dict[str, Any]:
        return {"rate": self.dry.rate, "n_channels": self.dry.n_channels, "frames": self.dry.n_frames}


def dereverberate(recording: AudioBuffer, options: DereverbOptions | None = None) -> Dereverberated:
    """The recording without the late part of its room.

    Raises:
        AudioError: when it has more than two channels.
    """
    options = options or DereverbOptions()
    require_channels("the recording", recording.n_channels)
    removed = remove(recording, RoomStream(recording.rate, recording.n_channels, options), options.strength)
    return Dereverberated(removed.kept, removed.taken)


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
    """
    job = RemovalJob(
        path,
        dry_path,
        tail_path,
        strength=options.strength,
        bit_depth=options.bit_depth,
        settings=options.to_dict(),
    )
    return run_job(job, options, on_seconds)


def run_job(job: RemovalJob, options: DereverbOptions, on_seconds: OnSeconds = lambda done_s: None) -> RemovalReport:
    """What became of a job whose strength, depth and settings are those of `options`.

    Raises:
        AudioError: as `remove_from_file`.
    """

    def open_removal(info: AudioInfo) -> Removal:
        return Removal(RoomStream(info.rate, info.n_channels, options))

    return remove_from_file(job, open_removal, on_seconds)
