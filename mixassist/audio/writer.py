"""Writing audio files, block by block: WAV by hand (`wav_file`), FLAC, OGG and MP3 through `sound_file_sink`.

Quantisation is ours (`pcm.quantize`), so every container gets the same rounding and dither.
"""

from __future__ import annotations

from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Literal, get_args

import numpy as np

from mixassist.audio.atomic import atomic_path, disk_errors
from mixassist.audio.buffer import AudioBuffer, Samples
from mixassist.audio.info import AudioInfo
from mixassist.audio.pcm import Integers, dequantize, quantize
from mixassist.audio.sound_file_sink import SoundFileSink
from mixassist.audio.tags import UNTAGGED, FileTags
from mixassist.audio.wav_file import WavFile
from mixassist.errors import AudioError, OptionError

Container = Literal["wav", "flac", "ogg", "mp3"]
BitDepth = Literal["16", "24", "32f"]


@dataclass(frozen=True)
class Encoding:
    """Container and sample format of an output file, and what it says about itself.

    `bit_depth` says nothing about ogg and mp3.

    Raises:
        OptionError: for unknown values, and for 32f in FLAC, which holds integers only.
    """

    container: Container = "wav"
    bit_depth: BitDepth = "24"
    tags: FileTags = UNTAGGED

    def __post_init__(self) -> None:
        if self.container not in get_args(Container):
            raise OptionError(f"format {self.container!r} is unknown: choose one of {', '.join(get_args(Container))}")
        if self.bit_depth not in get_args(BitDepth):
            raise OptionError(f"bit depth {self.bit_depth!r} is unknown: choose one of {', '.join(get_args(BitDepth))}")
        if (self.container, self.bit_depth) == ("flac", "32f"):
            raise OptionError("bit depth 32f does not fit into flac, which holds integers: choose 24, or wav")

    @property
    def n_bits(self) -> int | None:
        """Bits per sample of integer output; None where floats are handed on."""
        return int(self.bit_depth) if self.container in ("wav", "flac") and self.bit_depth != "32f" else None


def encoding_like(info: AudioInfo | None, container: Container, bit_depth: BitDepth | None = None) -> Encoding:
    """The container at the depth asked for, else at that of an input: 24 bits where it is lossy or unknown.

    FLAC of float input gets 24 bits, the most it holds.

    Raises:
        OptionError: as `Encoding`.
    """
    if bit_depth is not None:
        return Encoding(container, bit_depth)
    if info is None or info.bit_depth is None:
        return Encoding(container, "24")
    if info.is_float or info.bit_depth > 24:
        return Encoding(container, "24" if container == "flac" else "32f")
    return Encoding(container, "16" if info.bit_depth <= 16 else "24")


class AudioWriter:
    """Writes blocks [C, n] to a file that appears under its name only when everything is written.

    Use it as a context manager; on any error, Ctrl-C included, nothing is left behind.

    Attributes:
        n_frames: frames written so far.
        n_clipped: samples beyond ±1 that integer output could not hold.
        peak: largest absolute sample so far.

    Args:
        path: the file to write; missing folders are created, an existing file is replaced.
        rate: sample rate in Hz.
        n_channels: number of channels.
        encoding: container and bit depth.
        seed: of the dither noise; one seed and one input give one file, for any cut into blocks.

    Raises:
        AudioError: when the folder cannot be written, the disk is full, or the container does not take the
            rate or the channels.
    """

    def __init__(
        self, path: str | PathLike[str], rate: int, n_channels: int, encoding: Encoding = Encoding(), seed: int = 0
    ) -> None:
        self.path = Path(path)
        self.rate = rate
        self.n_channels = n_channels
        self.encoding = encoding
        self.n_frames = 0
        self.n_clipped = 0
        self.peak = 0.0
        self._rng = np.random.default_rng(seed)
        self._resources = ExitStack()
        self._sink: WavFile | SoundFileSink | None = None

    def __enter__(self) -> AudioWriter:
        with ExitStack() as opening:
            temporary = opening.enter_context(atomic_path(self.path))
            with disk_errors(self.path):
                self._sink = self._open_sink(temporary)
            opening.callback(self._close_sink)
            self._resources = opening.pop_all()
        return self

    def finish(self) -> None:
        """Completes the file under its temporary name; the clean exit that follows has only to rename it.

        Raises:
            AudioError: when the disk is full.
        """
        with disk_errors(self.path):
            self._close_sink()

    def _close_sink(self) -> None:
        sink, self._sink = self._sink, None
        if sink is not None:
            sink.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with disk_errors(self.path) if kind is None else nullcontext():
            self._resources.__exit__(kind, error, traceback)

    def write(self, samples: Samples) -> Samples:
        """Appends a block [C, n]; returns it as the file keeps it: on the grid and clipped where the output is integer.

        Raises:
            AudioError: when the block holds NaN or infinite samples, or the disk is full.
            ValueError: for other channels than the file's, and outside the `with` block.
        """
        if samples.shape[0] != self.n_channels:
            raise ValueError(f"{self.path.name} has {self.n_channels} channels, the block has {samples.shape[0]}")
        if samples.shape[1] == 0:
            return samples
        self._measure(samples)
        n_bits = self.encoding.n_bits
        if n_bits is None:
            kept = samples.astype(np.float32, copy=False)
            self._append(kept)
            return kept
        integers = quantize(samples, n_bits, self._rng)
        self._append(integers)
        return dequantize(integers, n_bits)

    def _append(self, values: Samples | Integers) -> None:
        if self._sink is None:
            raise ValueError(f"{self.path.name} is not open: write inside `with AudioWriter(...)`")
        with disk_errors(self.path):
            self._sink.write(np.ascontiguousarray(values.T))

    def _measure(self, samples: Samples) -> None:
        magnitudes = np.abs(samples)
        peak = float(magnitudes.max())
        if not np.isfinite(peak):
            after_s = self.n_frames / self.rate
            raise AudioError(
                f"{self.path.name} would hold NaN or infinite samples after {after_s:.1f} s: nothing is kept"
            )
        self.peak = max(self.peak, peak)
        self.n_frames += samples.shape[1]
        if self.encoding.n_bits is not None:
            self.n_clipped += int(np.count_nonzero(magnitudes > 1.0))

    def _open_sink(self, temporary: Path) -> WavFile | SoundFileSink:
        sink = self._new_sink(temporary)
        sink.describe(self.encoding.tags)
        return sink

    def _new_sink(self, temporary: Path) -> WavFile | SoundFileSink:
        if self.encoding.container == "wav":
            return WavFile(temporary, self.rate, self.n_channels, self.encoding.bit_depth)
        return SoundFileSink(temporary, self.rate, self.n_channels, self.encoding.container, self.encoding.n_bits)


def write_audio(path: str | PathLike[str], buffer: AudioBuffer, encoding: Encoding = Encoding()) -> None:
    """Writes the buffer to `path`.

    Raises:
        AudioError: as `AudioWriter`.
    """
    with AudioWriter(path, buffer.rate, buffer.n_channels, encoding) as writer:
        writer.write(buffer.samples)
