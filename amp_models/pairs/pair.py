"""A DI recording and its reamped take, read and brought to one rate and one channel each, with what was noticed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixassist.audio import AudioBuffer, probe_audio, read_audio
from mixassist.audio.resample import resample
from mixassist.errors import CaptureError, Finding

Signal = NDArray[np.float64]
Take = AudioBuffer | str | os.PathLike[str]

SHORTEST_S = 5.0
SHORT_S = 20.0
SILENT_DB = -80.0
LEVEL_OF_EQUAL_SIDES = 1e-3
LENGTH_MARGIN_S = 1.0


@dataclass(frozen=True)
class Pair:
    """Both takes as mono signals at one rate.

    Attributes:
        di: the dry take, [T].
        reamped: the same playing through the amplifier, [T'].
        rate: in Hz; the DI's.
        names: what messages call the two.
        findings: what was noticed on the way.
    """

    di: Signal
    reamped: Signal
    rate: int
    names: tuple[str, str]
    findings: tuple[Finding, ...]


def read_pair(di: Take, reamped: Take) -> Pair:
    """The two takes of files or buffers; the reamped one comes to the DI's rate, and of two sides the louder is taken.

    Raises:
        AudioError: when a file cannot be read.
        CaptureError: when a take is shorter than 5 s or silent.
    """
    takes, names = (di, reamped), (_name(di, "the DI"), _name(reamped, "the reamped take"))
    buffers = [take if isinstance(take, AudioBuffer) else read_audio(take) for take in takes]
    findings = [finding for take, name in zip(takes, names, strict=True) for finding in _lossy(take, name)]
    for buffer, name in zip(buffers, names, strict=True):
        _require_sound(buffer, name)
        findings += _stereo(buffer, name)
    rates = buffers[0].rate, buffers[1].rate
    if rates[0] != rates[1]:
        message = f"{names[1]} has {rates[1]} Hz and {names[0]} {rates[0]} Hz: it was resampled to the DI's rate"
        findings.append(Finding("different-rates", "info", message))
        buffers[1] = resample(buffers[1], rates[0])
    findings += _lengths(buffers, names)
    mono = [_loudest_side(buffer) for buffer in buffers]
    return Pair(mono[0], mono[1], rates[0], names, tuple(findings))


def _name(take: Take, otherwise: str) -> str:
    return otherwise if isinstance(take, AudioBuffer) else Path(take).name


def _loudest_side(buffer: AudioBuffer) -> Signal:
    energies = np.einsum("ct,ct->c", buffer.samples, buffer.samples, dtype=np.float64)
    return buffer.samples[int(energies.argmax())].astype(np.float64)


def _require_sound(buffer: AudioBuffer, name: str) -> None:
    if buffer.seconds < SHORTEST_S:
        raise CaptureError(
            f"{name} is {buffer.seconds:.1f} s long: at least {SHORTEST_S:.0f} s are needed, record a minute or more"
        )
    peak_db = 20 * np.log10(max(float(np.abs(buffer.samples).max()), 1e-10))
    if peak_db < SILENT_DB:
        raise CaptureError(
            f"{name} is silent (its peak is {peak_db:.0f} dBFS): see whether the track was muted or the input wrong"
        )


def _lossy(take: Take, name: str) -> Iterator[Finding]:
    if isinstance(take, AudioBuffer):
        return
    info = probe_audio(take)
    if info.bit_depth is None:
        yield Finding(
            "lossy-file",
            "warning",
            f"{name} is {info.subtype}, which adds noise and a delay of its own: export WAV or FLAC instead",
        )


def _stereo(buffer: AudioBuffer, name: str) -> Iterator[Finding]:
    if buffer.n_channels == 1:
        return
    first = buffer.samples[0]
    difference = np.abs(buffer.samples - first).max()
    if difference <= LEVEL_OF_EQUAL_SIDES * np.abs(buffer.samples).max():
        yield Finding("equal-sides", "info", f"{name} has {buffer.n_channels} equal channels: the first was taken")
        return
    yield Finding(
        "stereo",
        "warning",
        f"{name} has {buffer.n_channels} channels that differ: the loudest was taken; export the one you mean as mono, "
        "and switch off stereo effects",
    )


def _lengths(buffers: list[AudioBuffer], names: tuple[str, str]) -> Iterator[Finding]:
    shorter_s = buffers[0].seconds - buffers[1].seconds
    if shorter_s > LENGTH_MARGIN_S:
        message = f"{names[1]} is {shorter_s:.1f} s shorter than {names[0]}: what is missing cannot be learned from"
        yield Finding("shorter-take", "warning", f"{message}, record to the end")
    if buffers[0].seconds < SHORT_S:
        message = f"{names[0]} is {buffers[0].seconds:.1f} s long: a minute or more teaches a model better"
        yield Finding("short", "warning", message)
