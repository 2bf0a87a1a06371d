"""Reading through FFmpeg (the door of PyAV): MP3, AAC/M4A, OGG, Opus, WMA and whatever libsndfile refuses.

FFmpeg takes out encoder delay and padding where the file declares them (LAME/Info tag, MP4 edit list, Opus pre-skip),
so the decoded audio lies where the encoder's input lay. Lengths in compressed containers are estimates as often as
not, so frames are counted by decoding.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.audio.info import AudioInfo
from mixassist.errors import AudioError

if TYPE_CHECKING:
    import av
    from av.audio.stream import AudioStream

LOSSLESS_CODECS = {"alac", "ape", "flac", "mlp", "shorten", "tak", "truehd", "tta", "wavpack", "wmalossless"}


def probe_pyav(path: Path) -> AudioInfo:
    """The file's face; `n_frames` is counted by decoding it once, block by block.

    Raises:
        AudioError: when FFmpeg finds no audio in it.
    """
    n_frames = 0
    info: AudioInfo | None = None
    with _opened(path) as (stream, name):
        for frame in _decoded(path, stream):
            info = info or _describe(path, stream, frame, name)
            n_frames += frame.samples
    if info is None:
        raise AudioError(f"{path.name} has an audio stream but 0 frames of it can be decoded: export it again")
    return replace(info, n_frames=n_frames)


def read_pyav(path: Path) -> Iterator[Samples]:
    """Decoded blocks [C, n], as long as the codec's frames are.

    Raises:
        AudioError: when FFmpeg finds no audio in it, or its rate or channels change on the way.
    """
    shape: tuple[int, int] | None = None
    with _opened(path) as (stream, _):
        for frame in _decoded(path, stream):
            shape = shape or _shape(frame)
            if _shape(frame) != shape:
                raise AudioError(
                    f"{path.name} changes from {shape[0]} channels at {shape[1]} Hz to {_shape(frame)[0]} channels "
                    f"at {_shape(frame)[1]} Hz: convert it to WAV first"
                )
            yield _to_float(frame)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[AudioStream, str]]:
    import av

    try:
        container = av.open(str(path))
    except (av.error.FFmpegError, OSError) as error:
        raise AudioError(f"{path.name} is not audio that libsndfile or FFmpeg can read: export it as WAV") from error
    with container:
        if not container.streams.audio:
            raise AudioError(f"{path.name} holds no audio stream ({container.format.name}): export it as WAV")
        yield container.streams.audio[0], container.format.name


def _decoded(path: Path, stream: AudioStream) -> Iterator[av.AudioFrame]:
    """Decoded frames; damaged packets are left out, as every player does."""
    import av

    container = stream.container
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            if packet is None:
                return
            yield from packet.decode()
        except av.error.InvalidDataError:
            continue


def _describe(path: Path, stream: AudioStream, frame: av.AudioFrame, container_name: str) -> AudioInfo:
    codec = stream.codec_context.name
    is_float = codec.startswith("pcm_f")
    is_lossless = codec in LOSSLESS_CODECS or codec.startswith(("pcm_s", "pcm_u", "pcm_f"))
    n_channels, rate = _shape(frame)
    bits = 8 * frame.format.bytes
    return AudioInfo(path, rate, n_channels, 0, container_name, codec, bits if is_lossless else None, is_float)


def _shape(frame: av.AudioFrame) -> tuple[int, int]:
    return frame.layout.nb_channels, frame.sample_rate


def _to_float(frame: av.AudioFrame) -> Samples:
    """Samples [C, n]; FFmpeg's integers are left-justified, so full scale is that of their type."""
    raw = frame.to_ndarray()
    samples = raw if frame.format.is_planar else raw.reshape(-1, frame.layout.nb_channels).T
    if samples.dtype == np.uint8:
        return ((samples.astype(np.float32) - 128.0) / 128.0).astype(np.float32)
    if samples.dtype.kind == "i":
        return (samples * np.float64(2.0 ** (1 - 8 * samples.dtype.itemsize))).astype(np.float32)
    return np.ascontiguousarray(samples, dtype=np.float32)
