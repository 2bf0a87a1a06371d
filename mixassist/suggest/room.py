"""`RoomProcess`: the room that tracks send to, as decaying noise, two sides that have nothing in common.

Its decay is exponential, 60 dB in the reverberation time: a late reverberation without first reflections, as plates
have it. Its level is such that sound with a pink spectrum returns as loud as it was sent, for that is how sends are
suggested: as the loudness of the room.
Reference: J. A. Moorer, "About this reverberation business", Computer Music Journal 3(2), 1979 (decaying noise).
"""

from __future__ import annotations

import numpy as np
import scipy.signal

from mixassist.audio.buffer import Samples
from mixassist.dsp.hops import Floats
from mixassist.dsp.loudness import k_weighting
from mixassist.dsp.partitioned_convolution import PartitionedConvolution
from mixassist.suggest.mix_chain import RoomSettings

N_PARTITION = 8192
SEED = 20
LOWEST_HZ = 20.0


class RoomProcess:
    """What comes back from a room, wet only, for blocks [2, n] that are sent to it."""

    def __init__(self, settings: RoomSettings, rate: int) -> None:
        response = room_response(settings, rate)
        self._sides = [PartitionedConvolution(side, 1, N_PARTITION) for side in response]
        self.n_tail = response.shape[1] - 1
        """Frames that come back after the last that is sent."""

    def __call__(self, samples: Samples) -> Samples:
        out = np.empty(samples.shape, np.float32)
        for side, convolution in enumerate(self._sides):
            convolution.process(samples[side : side + 1], out[side : side + 1])
        return out


def room_response(settings: RoomSettings, rate: int) -> Samples:
    """The impulse response [2, T] down to -60 dB, silent until the predelay is over."""
    n_before, n_frames = round(settings.predelay_ms * rate / 1000), max(round(settings.rt60_s * rate), 1)
    decay = 10 ** (-3 * np.arange(n_frames) / n_frames)
    noise = np.random.default_rng(SEED).standard_normal((2, n_frames)) * decay
    low_pass_hz = min(settings.low_pass_hz, 0.45 * rate)
    sections = np.concatenate(
        [
            scipy.signal.butter(2, settings.high_pass_hz, "highpass", fs=rate, output="sos"),
            scipy.signal.butter(2, low_pass_hz, "lowpass", fs=rate, output="sos"),
        ]
    )
    filtered = scipy.signal.sosfilt(sections, noise, axis=1)
    return np.pad(filtered / _loudness_gain(filtered, rate), ((0, 0), (n_before, 0))).astype(np.float32)


def _loudness_gain(response: Floats, rate: int) -> float:
    """How much louder pink noise comes out of a response [2, T] than it went in, as a factor."""
    powers = np.square(np.abs(np.fft.rfft(response))).mean(axis=0)
    hz = np.fft.rfftfreq(response.shape[1], 1 / rate)
    is_heard = hz >= LOWEST_HZ
    _, weighting = scipy.signal.sosfreqz(k_weighting(rate), hz[is_heard], fs=rate)
    weights = np.square(np.abs(weighting)) / hz[is_heard]
    return float(np.sqrt(np.average(powers[is_heard], weights=weights)))
