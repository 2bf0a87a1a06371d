"""The verb of this room: a recording into what is clean and its noise, from buffer to buffers or from file to files.

Conventions: as `separation.removal`; what is kept is clean, what is taken is the noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mixassist.audio.buffer import AudioBuffer
from mixassist.audio.info import AudioInfo
from separation.denoising.options import DenoiseOptions
from separation.denoising.stream import NoiseStream
from separation.removal import OnSeconds, Removal, RemovalJob, remove, remove_from_file, require_channels
from separation.removal_report import RemovalReport


@dataclass(frozen=True)
class Denoised:
    """A recording without its noise, and the noise: they sum to the recording."""

    clean: AudioBuffer
    noise: AudioBuffer

    def to_dict(self) -> dict[str, Any]:
        return {"rate": self.clean.rate, "n_channels": self.clean.n_channels, "frames": self.clean.n_frames}


def denoise(recording: AudioBuffer, options: DenoiseOptions | None = None) -> Denoised:
    """The recording without clicks, hum and hiss.

    Raises:
        AudioError: when it has more than two channels.
    """
    options = options or DenoiseOptions()
    require_channels("the recording", recording.n_channels)
    removed = remove(recording, NoiseStream(recording.rate, recording.n_channels, options), options.strength)
    return Denoised(removed.kept, removed.taken)


def denoise_file(
    path: Path,
    clean_path: Path,
    options: DenoiseOptions,
    noise_path: Path | None = None,
    on_seconds: OnSeconds = lambda done_s: None,
) -> RemovalReport:
    """Writes the recording at `path` without its noise to `clean_path`, and the noise to `noise_path` if given.

    Raises:
        AudioError: as `remove_from_file`.
    """
    job = RemovalJob(
        path,
        clean_path,
        noise_path,
        strength=options.strength,
        bit_depth=options.bit_depth,
        settings=options.to_dict(),
    )
    return run_job(job, options, on_seconds)


def run_job(job: RemovalJob, options: DenoiseOptions, on_seconds: OnSeconds = lambda done_s: None) -> RemovalReport:
    """What became of a job whose strength, depth and settings are those of `options`.

    Raises:
        AudioError: as `remove_from_file`.
    """

    def open_removal(info: AudioInfo) -> Removal:
        stream = NoiseStream(info.rate, info.n_channels, options)
        return Removal(stream, measured=stream.measured)

    return remove_from_file(job, open_removal, on_seconds)
