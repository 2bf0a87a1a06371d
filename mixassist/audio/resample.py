"""Change of sample rate, as a stream or at once (the door of soxr).

soxr's very-high-quality filter has linear phase and its delay is taken out: the first output frame lies at the time
of the first input frame. Rates are exact ratios, so the time position never drifts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mixassist.audio.buffer import AudioBuffer, Samples

if TYPE_CHECKING:
    from soxr import ResampleStream


class StreamResampler:
    """Blocks [C, n] at `rate_in` Hz become blocks [C, m] at `rate_out` Hz, the same for any cut into blocks.

    After `flush` the blocks sum to `n_resampled(n_frames, rate_in, rate_out)`. Equal rates pass through untouched.
    """

    def __init__(self, n_channels: int, rate_in: int, rate_out: int) -> None:
        self.n_channels = n_channels
        self.rate_in = rate_in
        self.rate_out = rate_out
        self._n_in = 0
        self._n_out = 0
        self._stream = None if rate_in == rate_out else _open_stream(n_channels, rate_in, rate_out)

    def process(self, samples: Samples) -> Samples:
        """Output frames [C, m] that are ready; m is 0 while the filter fills."""
        self._n_in += samples.shape[1]
        return self._convert(samples, is_last=False)

    def flush(self) -> Samples:
        """The remaining frames [C, m]; nothing may follow."""
        empty = np.zeros((self.n_channels, 0), dtype=np.float32)
        tail = self._convert(empty, is_last=True)
        n_missing = n_resampled(self._n_in, self.rate_in, self.rate_out) - self._n_out
        # soxr rounds as n_resampled does; only an input shorter than half an output frame is padded, to one frame.
        return np.pad(tail, ((0, 0), (0, n_missing))) if n_missing > 0 else tail

    def _convert(self, samples: Samples, is_last: bool) -> Samples:
        if self._stream is None:
            converted = samples
        else:
            frames = np.ascontiguousarray(samples.T, dtype=np.float32)
            converted = np.ascontiguousarray(self._stream.resample_chunk(frames, last=is_last).T)
        self._n_out += converted.shape[1]
        return converted


def n_resampled(n_frames: int, rate_in: int, rate_out: int) -> int:
    """Frames after resampling: round(n · out / in), half up, and at least one where there was one."""
    return max((2 * n_frames * rate_out + rate_in) // (2 * rate_in), min(n_frames, 1))


def resample(buffer: AudioBuffer, rate: int) -> AudioBuffer:
    """The buffer at `rate` Hz; itself where it has that rate already."""
    if rate == buffer.rate:
        return buffer
    resampler = StreamResampler(buffer.n_channels, buffer.rate, rate)
    blocks = [resampler.process(buffer.samples), resampler.flush()]
    return AudioBuffer(np.concatenate(blocks, axis=1), rate)


def _open_stream(n_channels: int, rate_in: int, rate_out: int) -> ResampleStream:
    import soxr

    return soxr.ResampleStream(rate_in, rate_out, n_channels, dtype="float32", quality="VHQ")
