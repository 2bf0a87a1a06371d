"""Rooms heard in a recording and made anew: how near the new one is to that of the recording.

Dry sounds are placed into rooms, synthesised and measured, and what comes out is given to `respace --match`; the room
that it makes is compared with the first. Neither these sounds nor these rooms taught the estimate anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.signal

from benchmarks.dereverb_rooms import HALLS, RATE, dry_sounds
from benchmarks.results import Section
from benchmarks.separation import Bench
from mixassist import AudioBuffer, read_audio, write_audio
from mixassist.audio.resample import resample
from mixassist.audio.writer import Encoding
from mixassist.dsp.blind_decay import HEARD_HZ
from mixassist.dsp.decay import octave_reverberation_s
from mixassist.dsp.hops import Floats
from separation.rooms.answer import find_answer
from separation.rooms.matching import RATIO_TO_HZ, room_like
from separation.rooms.options import RespaceOptions

SECONDS = 10.0
NEAR = 0.2
MADE = (
    RespaceOptions("studio", predelay_ms=0),
    RespaceOptions("club", predelay_ms=10),
    RespaceOptions("plate", predelay_ms=30, wet_db=-3),
    RespaceOptions("hall", predelay_ms=25, wet_db=3),
    RespaceOptions("carnegie", predelay_ms=50),
)
N_DIRECT_MS = 2.5


@dataclass(frozen=True, eq=False)
class Reference:
    """A room: its response [2, T] with the direct sound at frame 0, and when it is first heard, where that is known."""

    name: str
    response: Floats
    predelay_ms: float | None = None

    def times_s(self) -> Floats:
        """RT60 [octave], the mean of both ears."""
        heard = [octave_reverberation_s(ear, RATE)[1 : 1 + len(HEARD_HZ)] for ear in self.response]
        return np.asarray(np.nanmean(heard, axis=0))

    def ratio_db(self) -> float:
        """Direct to reverberant energy, of all frequencies of which it is told."""
        n_direct = round(N_DIRECT_MS * RATE / 1000)
        direct, room = (_energy(part) for part in (self.response[:, :n_direct], self.response[:, n_direct:]))
        return float(10 * np.log10(direct / room))


@dataclass(frozen=True)
class Match:
    """How far a room that was made is from that which was heard: times per octave, level in dB, predelay in ms."""

    sound: str
    is_made: bool
    time_ratios: Floats
    level_db: float
    predelay_ms: float | None

    @property
    def middle_off(self) -> float:
        """By how much the RT60 is off in the middle of the octaves."""
        return abs(float(np.exp(np.nanmean(np.log(self.time_ratios[2:4])))) - 1)

    @property
    def octaves_off(self) -> float:
        """Median over the octaves."""
        return float(np.nanmedian(np.abs(self.time_ratios - 1)))


def matching(bench: Bench) -> Section:
    """Every sound in every room, by sound and by kind of room."""
    matches = list(_matches(bench))
    groups = {"all": matches}
    for match in matches:
        groups.setdefault(match.sound, []).append(match)
        groups.setdefault("rooms made" if match.is_made else "rooms measured", []).append(match)
    return Section(
        "Rooms: --match",
        "python -m benchmarks --only rooms-match",
        (
            "reference",
            "takes",
            "RT60 off by",
            f"within {NEAR:.0%}",
            "per octave",
            "level off by, dB",
            "predelay off, ms",
        ),
        [_row(name, group) for name, group in groups.items()],
        f"Medians. {SECONDS:g} s of a dry sound are placed into a room, and `--match` hears the result and makes one: "
        "its RT60 in the middle (500 Hz and 1 kHz) and in six octaves from 125 Hz, its level against the direct sound, "
        f"and when it is first heard, against the first. Rooms made: {len(MADE)} built-in ones at predelays of 0 to "
        f"50 ms; rooms measured: {len(HALLS)} halls, whose predelay nobody states.",
    )


def _matches(bench: Bench) -> Iterator[Match]:
    references = list(_references(bench.data))
    path = bench.folder / "reference.wav"
    for kind, dry in dry_sounds(bench.data, 2.0 if bench.is_quick else SECONDS).items():
        for asked in references[: 1 if bench.is_quick else None]:
            wet = scipy.signal.oaconvolve(dry[None], asked.response, axes=1)
            write_audio(path, AudioBuffer(wet.astype(np.float32), RATE), Encoding("wav", "32f"))
            answer = find_answer(RespaceOptions(), RATE, 1, room_like(path))
            told = Reference("", _with_click(answer.samples[0]), 1000 * (answer.first_frame() or 0) / RATE)
            off_ms = None if asked.predelay_ms is None else abs((told.predelay_ms or 0) - asked.predelay_ms)
            level_db = abs(told.ratio_db() - asked.ratio_db())
            yield Match(kind, asked.predelay_ms is not None, told.times_s() / asked.times_s(), level_db, off_ms)


def _references(data: Path) -> Iterator[Reference]:
    for options in MADE:
        answer = find_answer(options, RATE, 1)
        yield Reference(str(options.room), _with_click(answer.samples[0]), 1000 * (answer.first_frame() or 0) / RATE)
    for hall in HALLS:
        path = data / "rooms" / "openair" / f"{hall}.flac"
        if path.is_file():
            heard = resample(read_audio(path), RATE).samples.astype(np.float64)
            sides = np.stack([heard[0] + heard[2], heard[0] - heard[2]])  # W X Y Z
            levels = np.abs(sides).max(axis=0)
            yield Reference(hall, sides[:, int(np.argmax(levels > 0.1 * levels.max())) :])


def _with_click(answer: Floats) -> Floats:
    """The response [2, T] of a room with its direct sound, of amplitude 1."""
    response = answer.astype(np.float64)
    response[:, 0] += 1
    return response


def _energy(part: Floats) -> float:
    """Energy of a part [2, T] of a response below `RATIO_TO_HZ`."""
    n_spectrum = max(part.shape[1], 4096)
    powers = np.square(np.abs(np.fft.rfft(part, n_spectrum)))
    return float(powers[:, np.fft.rfftfreq(n_spectrum, 1 / RATE) < RATIO_TO_HZ].sum() / n_spectrum)


def _row(name: str, group: list[Match]) -> tuple[str, ...]:
    middle = np.array([match.middle_off for match in group])
    return (
        name,
        str(len(group)),
        f"{np.median(middle):.1%}",
        f"{np.mean(middle <= NEAR):.0%}",
        f"{np.median([match.octaves_off for match in group]):.1%}",
        f"{np.median([match.level_db for match in group]):.1f}",
        _ms([match.predelay_ms for match in group if match.predelay_ms is not None]),
    )


def _ms(off_ms: list[float]) -> str:
    return f"{np.median(off_ms):.1f}" if off_ms else ""


SECTIONS = {"rooms-match": matching}
