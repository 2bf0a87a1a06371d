"""The pairs that amps are learned from: two simulated circuits, whose truth is known, and one real device.

The device is the FET compressor of the shared recordings: the only hardware of theirs at 48 kHz whose reamped take does
not touch full scale, neither nearly linear (a fitted filter of 1,024 taps leaves an ESR of 0.03 to 0.09, of a plug-in
0.00) nor much slower than a receptive field (optical compressors release for seconds, and no network of these sizes
remembers that). It lasts ten seconds and went through MP3. Its last two seconds fade out, so the first two, which are
as loud as the rest, are held out: they are moved to the end.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from amp_models import check_pair
from benchmarks.circuits import diode_clipper, practice_di, tube_stage
from mixassist.audio.buffer import AudioBuffer
from mixassist.audio.files import read_audio
from mixassist.audio.writer import AudioWriter, Encoding

Signal = NDArray[np.float64]

RATE = 48000
SECONDS = 180.0
HELD_OUT = 20 / 180
DEVICE_HELD_OUT_S = 2.0
PEAK = 10 ** (-3 / 20)
SEED = 4

CIRCUITS: dict[str, Callable[[Signal, int], Signal]] = {
    "diode clipper, 30 dB": partial(diode_clipper, drive_db=30.0),
    "tube stage, 20 dB": partial(tube_stage, drive_db=20.0),
}
DEVICES = {"FET compressor": ("0_FET_inp.mp3", "0_FET_tar.mp3")}
PAIRS = (*CIRCUITS, *DEVICES)


@dataclass(frozen=True)
class TrainingPair:
    """Straight takes as mono files of equal length, and the first sample of what is held out."""

    name: str
    di: Path
    reamped: Path
    rate: int
    split_at: int

    def held_out(self) -> tuple[Signal, Signal]:
        """DI and reamped take [T] from the split on."""
        takes = [read_audio(path).samples[0, self.split_at :].astype(np.float64) for path in (self.di, self.reamped)]
        return takes[0], takes[1]


def training_pair(name: str, folder: Path, recordings: Path, seconds: float = SECONDS) -> TrainingPair | None:
    """The pair's files in `folder`, made where they are not there yet; None for a device that was not recorded here."""
    facts = facts_path(name, folder, seconds)
    paths = folder / f"{facts.stem}-di.wav", folder / f"{facts.stem}-reamped.wav"
    if not facts.is_file():
        if name in DEVICES and not (recordings / DEVICES[name][0]).is_file():
            return None
        takes, rate, split_at = _circuit(name, seconds) if name in CIRCUITS else _device(name, recordings)
        folder.mkdir(parents=True, exist_ok=True)
        for path, take in zip(paths, takes, strict=True):
            with AudioWriter(path, rate, 1, Encoding("wav", "32f")) as writer:
                writer.write(AudioBuffer(take[None].astype(np.float32), rate).samples)
        facts.write_text(json.dumps({"rate": rate, "split_at": split_at}), encoding="utf-8")
    return TrainingPair(name, *paths, **json.loads(facts.read_text(encoding="utf-8")))


def facts_path(name: str, folder: Path, seconds: float = SECONDS) -> Path:
    """Where a pair that was made in `folder` tells of itself."""
    return folder / f"{slug(f'{name} {seconds:g} s' if name in CIRCUITS else name)}.json"


def slug(name: str) -> str:
    """The name as part of a file's name."""
    return "-".join("".join(letter if letter.isalnum() else " " for letter in name.lower()).split())


def _circuit(name: str, seconds: float) -> tuple[tuple[Signal, Signal], int, int]:
    di = practice_di(RATE, seconds, SEED)
    reamped = CIRCUITS[name](di, RATE)
    return (di, reamped * (PEAK / np.abs(reamped).max())), RATE, round(di.size * (1 - HELD_OUT))


def _device(name: str, recordings: Path) -> tuple[tuple[Signal, Signal], int, int]:
    report = check_pair(*(recordings / file for file in DEVICES[name]))
    rate, di = report.pair.rate, report.pair.di
    n_held_out = round(DEVICE_HELD_OUT_S * rate)
    takes = np.roll(di, -n_held_out), np.roll(report.straight[: di.size], -n_held_out)
    return takes, rate, di.size - n_held_out
