"""Files that libsndfile does not write: what FFmpeg encodes, and headers bent by hand."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

from mixassist.audio.buffer import Samples

N_FRAMES_AT_ONCE = 1000


def write_with_ffmpeg(path: Path, samples: Samples, rate: int, codec: str) -> None:
    """Encodes samples [C, T] with an FFmpeg encoder; the container follows the suffix."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="mono" if len(samples) == 1 else "stereo")
        if codec in ("aac", "libopus", "wmav2"):
            stream.bit_rate = 192_000
        sample_format = stream.codec_context.format
        raw = _in_format(samples, sample_format)
        for start in range(0, raw.shape[1], N_FRAMES_AT_ONCE):
            part = raw[:, start : start + N_FRAMES_AT_ONCE]
            planes = part if sample_format.is_planar else part.T.reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(planes), format=sample_format.name, layout=stream.codec_context.layout.name
            )
            frame.sample_rate, frame.pts = rate, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _in_format(samples: Samples, sample_format: av.AudioFormat) -> np.ndarray:
    if sample_format.name.startswith("flt"):
        return samples
    n_bits = 8 * sample_format.bytes
    return (samples * 2.0 ** (n_bits - 1)).astype(f"int{n_bits}")


def with_wav_sizes(data: bytes, size: int) -> bytes:
    """A WAV whose RIFF and data chunks claim `size` bytes, as programs leave it that write into a pipe."""
    where = data.index(b"data") + 4
    claim = size.to_bytes(4, "little")
    return data[:4] + claim + data[8:where] + claim + data[where + 4 :]


def without_flac_length(data: bytes) -> bytes:
    """A FLAC whose STREAMINFO tells no number of frames (36 bits from byte 21), as encoders leave it in a pipe."""
    return data[:21] + bytes([data[21] & 0xF0, 0, 0, 0, 0]) + data[26:]


def without_info_tag(data: bytes) -> bytes:
    """An MP3 without its first frame, which holds no audio but the Info tag with the encoder's delay."""
    next_frame = data.index(data[:2], 4)
    while data[next_frame : next_frame + 4] != data[:4] and data[next_frame + 2] >> 2 != data[2] >> 2:
        next_frame = data.index(data[:2], next_frame + 1)
    return data[next_frame:]
