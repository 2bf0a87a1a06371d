"""Rooms from impulse response files: what a room answers, without the direct sound and against its strength.

Conventions: a response begins where it first comes within 20 dB of its strongest frame (ISO 3382-1, annex A): that is
the direct sound, though a reflection may be stronger. What rings before it is cut off, what comes after it is kept to
the end, and all is divided by the direct sound's amplitude, the root of its energy in 2.5 ms: its strongest frame alone
tells as much of the loudspeaker as of the distance. What has no direct sound, as a plate or a reverberator that was
measured wet, is kept whole and made as loud as the recording. Mono files answer alike at both ears. Four channels are
a B-format, of which two cardioids to the sides hear W ± Y.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mixassist.audio.buffer import AudioBuffer, Samples
from mixassist.audio.files import probe_audio, read_audio
from mixassist.audio.resample import resample
from mixassist.errors import AudioError, Finding

LONGEST_S = 120.0
"""No room rings longer; a longer file is a recording that was given by mistake."""

ONSET_DB = -20.0
N_DIRECT_MS = 2.5
"""How long the direct sound takes to be over: until then a response repeats what is heard dry."""

RISING = 0.5
"""The share of that time over which the room fades in."""

DIRECT_DB, N_EARLY_MS = 3.0, 50.0
"""What stands out less from what follows it in 50 ms is no direct sound: in measured halls it does by 6 to 19 dB, in
plates by -16 to -5 dB, and in noise that decays from the start by 2.5 dB in half a second, by less in longer ones. A
live room whose wall reflects more than the loudspeaker gave straight on has 0 dB: the finding says what is made of it.
"""

CUT_DB = -40.0
"""A response that ends louder than this against its strongest 50 ms is cut off, or lies in noise."""

N_LEAD = 64
"""Silence before the response while its rate is changed, for what rings ahead of a sudden start."""

FUMA, ACN = ("W", "X", "Y", "Z"), ("W", "Y", "Z", "X")


@dataclass(frozen=True, eq=False)
class _Found:
    """A response [2, T] from its direct sound on, and that sound's level against the rest."""

    sides: Samples
    n_direct: int
    rate: int

    @property
    def direct_energy(self) -> float:
        return _energy(self.sides[:, : self.n_direct]) / 2

    @property
    def room_energy(self) -> float:
        return _energy(self.sides[:, self.n_direct :]) / 2

    @property
    def is_wet(self) -> bool:
        powers = np.square(self.sides, dtype=np.float64).sum(axis=0)
        early = powers[self.n_direct : round(N_EARLY_MS * self.rate / 1000)]
        return bool(early.any()) and powers[: self.n_direct].mean() < early.mean() * 10 ** (DIRECT_DB / 10)


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
    sides, findings = two_sides(recorded.samples, path.name)
    led = AudioBuffer(np.pad(sides, ((0, 0), (N_LEAD, 0))), recorded.rate)
    found = _from_onset(resample(led, rate).samples, rate)
    answer = _wet(found) if found.is_wet else _after_direct(found)
    return answer[None], (*findings, *_findings(found, path.name))


def two_sides(samples: Samples, name: str) -> tuple[Samples, tuple[Finding, ...]]:
    """A response [2, T] of the samples of a file called `name`, and what to know about that.

    Raises:
        AudioError: when there are three channels, or over four.
    """
    n_channels = len(samples)
    if n_channels <= 2:
        return np.broadcast_to(samples, (2, samples.shape[1])), ()
    if n_channels != 4:
        raise AudioError(f"{name} has {n_channels} channels: give an impulse response of 1, 2 or 4 (B-format)")
    order = _order(samples)
    message = (
        f"{name} has 4 channels: taken as B-format ({' '.join(order)}) and folded to two cardioids, left and right"
    )
    omni, left = samples[order.index("W")], samples[order.index("Y")]
    sides = np.float32(0.5) * np.stack([omni + left, omni - left])
    return sides, (Finding("ambisonic-folded", "info", message),)


def _order(samples: Samples) -> tuple[str, ...]:
    """Which channel is which: the direct sound comes from the front, so that X hears most of it beside W."""
    place = int(np.argmax(np.abs(samples[0]) > np.abs(samples[0]).max() * 10 ** (ONSET_DB / 20)))
    direct = samples[:, place : place + N_LEAD]
    likeness = np.abs(direct @ direct[0])
    return FUMA if likeness[FUMA.index("X")] >= likeness[ACN.index("X")] else ACN


def _from_onset(sides: Samples, rate: int) -> _Found:
    levels = np.abs(sides).max(axis=0)
    place = int(np.argmax(levels >= levels.max() * 10 ** (ONSET_DB / 20)))
    n_direct = min(round(N_DIRECT_MS * rate / 1000), sides.shape[1] - place)
    return _Found(sides[:, place:], n_direct, rate)


def _after_direct(found: _Found) -> Samples:
    """What follows a direct sound of amplitude 1."""
    answer = found.sides / np.sqrt(found.direct_energy)
    n_rising = round(RISING * found.n_direct)
    answer[:, : found.n_direct - n_rising] = 0
    rising = 0.5 - 0.5 * np.cos(np.pi * np.arange(n_rising) / max(n_rising, 1))
    answer[:, found.n_direct - n_rising : found.n_direct] *= rising
    return np.asarray(answer, np.float32)


def _wet(found: _Found) -> Samples:
    """All of it, as loud as the direct sound that it lacks."""
    return np.asarray(found.sides / np.sqrt(found.room_energy), np.float32)


def _findings(found: _Found, name: str) -> tuple[Finding, ...]:
    findings = []
    if found.is_wet:
        message = f"{name} has no direct sound: its room is made as loud as the recording, turn it by --wet"
        findings.append(Finding("response-wet", "info", message))
    if not found.room_energy:
        message = f"{name} holds nothing after its first {N_DIRECT_MS:g} ms: there is no room in it to be heard"
        findings.append(Finding("response-dry", "warning", message))
    elif (end_db := _end_db(found)) > CUT_DB:
        message = f"{name} ends at {end_db:.0f} dB: it is cut off or noisy, and so will its tail be heard"
        findings.append(Finding("response-cut", "warning", message))
    return tuple(findings)


def _end_db(found: _Found) -> float:
    """Level of the last tenth against the strongest 50 ms."""
    powers = np.square(found.sides, dtype=np.float64).sum(axis=0)
    n_step = min(round(N_EARLY_MS * found.rate / 1000), len(powers))
    strongest = np.add.reduceat(powers, np.arange(0, len(powers) - n_step + 1, n_step)).max() / n_step
    return float(10 * np.log10(max(powers[-max(len(powers) // 10, 1) :].mean() / strongest, 1e-20)))


def _energy(samples: Samples) -> float:
    return float(np.sum(np.square(samples, dtype=np.float64)))
