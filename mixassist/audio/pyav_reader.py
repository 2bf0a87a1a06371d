"""Reading through FFmpeg (the door of PyAV): MP3, AAC/M4A, OGG, Opus, WMA and whatever libsndfile refuses.

FFmpeg takes out the encoder's delay where the file declares it (Info tag of MP3, edit list of MP4, pre-skip of Opus,
codec delay of Matroska), so decoded audio lies where the encoder's input lay. The padding at the end goes too, except
in MP4 and Matroska AAC, which keep the rest of the last packet (less than 1024 frames). Raw AAC (.aac) declares nothing
and stays one packet late. All of this is measured in tests/audio/test_lossy.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.audio.info import AudioInfo, AudioSource
from mixassist.errors import AudioError

if TYPE_CHECKING:
    import av
    from av.audio.stream import AudioStream
    from av.container import InputContainer

LOSSLESS_CODECS = {"alac", "ape", "flac", "mlp", "tak", "truehd", "tta", "wavpack", "wmalossless"}


@contextmanager
def pyav_source(path: Path) -> Iterator[AudioSource]:
    """The file's first audio stream, decoded; compressed containers guess their length, so it counts as unknown.

    Raises:
        AudioError: when FFmpeg finds no audio in the file, and later, when its rate or channels change on the way.
    """
    with _opened(path) as container:
        frames = _decoded(container)
        first = next(frames, None)
        if first is None:
            raise AudioError(f"{path.name} has 0 frames of audio that can be decoded: export it again")
        info = _describe(path, container, first[1])
        yield AudioSource(info, _blocks(info, first, frames), is_length_known=False)


@contextmanager
def _opened(path: Path) -> Iterator[InputContainer]:
    import av

    try:
        # Without the whitelist a playlist could send FFmpeg into the network. Old tags are in any encoding.
        with av.open(str(path), options={"protocol_whitelist": "file"}, metadata_errors="replace") as container:
            if not container.streams.audio:
                raise AudioError(f"{path.name} has no audio in it ({container.format.name}): name an audio file")
            yield container
    except av.error.FFmpegError as error:
        raise AudioError(f"{path.name} is damaged or not audio ({error.strerror}): export it again as WAV") from error


def _decoded(container: InputContainer) -> Iterator[tuple[int, av.AudioFrame]]:
    """Decoded frames, each with the samples lost to damaged packets before it.

    A damaged packet at the end is a file that was cut off: what came before it stands.
    """
    import av

    n_lost = 0
    rate: int | None = None
    for packet in container.demux(container.streams.audio[0]):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            n_lost += _n_samples(packet, rate) if rate else 0
            continue
        for frame in frames:
            rate = frame.sample_rate
            yield n_lost, frame
            n_lost = 0


def _n_samples(packet: av.Packet[AudioStream], rate: int) -> int:
    if packet.duration is None or packet.time_base is None:
        return 0
    return round(packet.duration * packet.time_base * rate)


def _blocks(
    info: AudioInfo, first: tuple[int, av.AudioFrame], others: Iterator[tuple[int, av.AudioFrame]]
) -> Iterator[Samples]:
    """Blocks [C, n] as long as the codec's frames; silence stands for what was lost, so that no time is."""
    yield _to_float(first[1])
    n_frames = first[1].samples
    for n_lost, frame in others:
        if _shape(frame) != (info.n_channels, info.rate):
            n_channels, rate = _shape(frame)
            raise AudioError(
                f"{info.path.name} changes from {info.n_channels} channels at {info.rate} Hz to {n_channels} channels "
                f"at {rate} Hz after {n_frames / info.rate:.1f} s: convert it to WAV first"
            )
        if n_lost:
            yield np.zeros((info.n_channels, n_lost), dtype=np.float32)
        yield _to_float(frame)
        n_frames += n_lost + frame.samples


def _describe(path: Path, container: InputContainer, frame: av.AudioFrame) -> AudioInfo:
    codec = container.streams.audio[0].codec_context.name
    formats = container.format.name.split(",")
    extension = path.suffix.lstrip(".").lower()
    n_channels, rate = _shape(frame)
    return AudioInfo(
        path=path,
        rate=rate,
        n_channels=n_channels,
        n_frames=0,
        container=(extension if extension in formats else formats[0]).upper(),
        subtype=codec.removesuffix("float").upper(),
        bit_depth=_bit_depth(codec, frame),
        is_float=codec.startswith("pcm_f"),
    )


def _bit_depth(codec: str, frame: av.AudioFrame) -> int | None:
    pcm = re.match(r"pcm_[suf](\d+)", codec)
    if pcm:
        return int(pcm[1])
    if codec not in LOSSLESS_CODECS:
        return None
    # FFmpeg hands 24 bits over in 32; true 32-bit integers are next to unheard of in these codecs.
    return min(8 * frame.format.bytes, 24)


def _shape(frame: av.AudioFrame) -> tuple[int, int]:
    return len(frame.layout.channels), frame.sample_rate


def _to_float(frame: av.AudioFrame) -> Samples:
    """Samples [C, n]; FFmpeg's integers are left-justified, so full scale is that of their type."""
    raw = frame.to_ndarray()
    samples = raw if frame.format.is_planar else raw.reshape(-1, len(frame.layout.channels)).T
    if samples.dtype.kind == "f":
        return np.ascontiguousarray(samples, dtype=np.float32)
    offset = 128.0 if samples.dtype.kind == "u" else 0.0
    full_scale = 2.0 ** (8 * samples.dtype.itemsize - 1)
    return np.ascontiguousarray((samples - offset) / full_scale, dtype=np.float32)
