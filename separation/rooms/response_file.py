"""Rooms from impulse response files: what a room answers, without the direct sound and against its strength.

Conventions: the strongest frame is the direct sound: it is where the response begins, and has amplitude 1 once all is
divided by it. What rings before it is cut off; what comes after it is kept to the end. Mono files answer alike at both
ears; of four channels the first is taken as W and the third as Y of a B-format (ACN order, SN3D), which two
cardioids to the sides hear: (W ± Y) / 2.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mixassist.audio.buffer import AudioBuffer, Samples
from mixassist.audio.files import probe_audio, read_audio
from mixassist.audio.resample import resample
from mixassist.errors import AudioError, Finding

LONGEST_S = 30.0
"""No room rings longer; a longer file is likely a recording that was given by mistake."""

N_DIRECT_MS = 1.5
"""How long the direct sound takes to be over: until then a response repeats what is heard dry."""

N_LEAD = 64
"""Silence before the response while its rate is changed, for what rings ahead of a sudden start."""

W, Y = 0, 1


def load_response(path: Path, rate: int) -> tuple[Samples, tuple[Finding, ...]]:
    """The answer [1, 2, T] of the room in a file, at `rate` Hz, and what to know about it.

    Raises:
        AudioError: when the file cannot be read, is silent, too long, not finite, or has three or over four channels.
    """
    info = probe_audio(path)
    if info.seconds > LONGEST_S:
        raise AudioError(
            f"{path.name} lasts {info.seconds:.1f} s: that is no impulse response, give one of up to {LONGEST_S:g} s,"
            " or pass a recording as --match"
        )
    recorded = read_audio(path)
    if not recorded.samples.any():
        raise AudioError(f"{path.name} is silent: give an impulse response")
    sides, findings = _two_sides(recorded.samples, path.name)
    led = AudioBuffer(np.pad(sides, ((0, 0), (N_LEAD, 0))), recorded.rate)
    return _after_direct(resample(led, rate).samples, rate)[None], findings


def _two_sides(samples: Samples, name: str) -> tuple[Samples, tuple[Finding, ...]]:
    n_channels = len(samples)
    if n_channels <= 2:
        return np.broadcast_to(samples, (2, samples.shape[1])), ()
    if n_channels != 4:
        raise AudioError(f"{name} has {n_channels} channels: give an impulse response of 1, 2 or 4 (B-format)")
    message = f"{name} has 4 channels: taken as B-format (W Y Z X) and folded to two cardioids, left and right"
    sides = np.float32(0.5) * np.stack([samples[W] + samples[Y], samples[W] - samples[Y]])
    return sides, (Finding("ambisonic-folded", "info", message),)


def _after_direct(sides: Samples, rate: int) -> Samples:
    """What follows the direct sound [2, T], which was at frame 0 and had amplitude 1 at the louder ear."""
    place = int(np.argmax(np.abs(sides).max(axis=0)))
    direct = sides[np.argmax(np.abs(sides[:, place])), place]
    answer = sides[:, place:] / direct
    n_over = min(round(N_DIRECT_MS * rate / 1000), answer.shape[1] - 1)
    rising = 0.5 - 0.5 * np.cos(np.pi * np.arange(n_over) / max(n_over, 1))
    answer[:, :n_over] *= np.where(np.arange(n_over) < n_over / 2, 0, rising)
    return np.asarray(answer, np.float32)
