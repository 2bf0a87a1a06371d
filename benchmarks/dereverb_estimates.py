"""How far off the blind estimate of a room is, on sounds and rooms that it was not learned from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.signal

from benchmarks.dereverb_rooms import HALLS, KINDS, dry_sounds
from benchmarks.dereverb_rooms import RATE as SOUND_RATE
from benchmarks.dereverb_takes import RATE, in_room, measured_room
from benchmarks.results import Section
from benchmarks.separation import Bench
from mixassist.dsp.blind_decay import HEARD_HZ, MIDDLE, RoomEstimate, estimate_room
from mixassist.dsp.decay import direct_to_reverberant_db
from mixassist.dsp.hops import Floats
from separation.rooms.room import Room
from separation.rooms.synthesis import synthesise

SECONDS = 10.0
RT60S_S = (0.3, 0.5, 0.8, 1.3, 2.0)
DRRS_DB = (-6.0, 0.0, 6.0)
SURE = 0.5


@dataclass(frozen=True)
class Told:
    """What was told of a take, and the truth: RT60 of the octaves heard, and DRR."""

    kind: str
    room: str
    estimate: RoomEstimate
    rt60_s: Floats
    drr_db: float

    @property
    def off(self) -> float:
        """Error of RT60 in the middle, as a share of it."""
        return abs((self.estimate.rt60_s or np.inf) / float(np.exp(np.log(self.rt60_s[MIDDLE]).mean())) - 1)

    @property
    def off_by_octave(self) -> Floats:
        """Errors of RT60 per octave, as shares."""
        times = np.array([self.estimate.rt60_by_octave[hz] or np.inf for hz in HEARD_HZ])
        return np.abs(times / self.rt60_s - 1)

    @property
    def off_db(self) -> float:
        """Error of DRR."""
        return abs((self.estimate.drr_db or 0.0) - self.drr_db)


def estimates(bench: Bench) -> Section:
    """Made and measured rooms, and none at all."""
    sounds = {
        kind: scipy.signal.resample_poly(sound, RATE, SOUND_RATE)
        for kind, sound in dry_sounds(bench.data, 2.0 if bench.is_quick else SECONDS).items()
    }
    told = [each for kind, sound in sounds.items() for each in _told(kind, sound, bench)]
    wet = [each for each in told if each.room != "none"]
    groups = {"all": wet, **{kind: [each for each in wet if each.kind == kind] for kind in KINDS}}
    groups |= {"made rooms": [each for each in wet if each.room == "made"]}
    groups |= {"measured halls": [each for each in wet if each.room != "made"]}
    for words, is_sure in ((f"confidence from {SURE:g}", True), (f"confidence below {SURE:g}", False)):
        groups[words] = [each for each in wet if (each.estimate.confidence >= SURE) == is_sure]
    dry = ", ".join(f"{each.kind} {each.estimate.drr_db or 0:+.0f} dB" for each in told if each.room == "none")
    return Section(
        "Telling rooms from sound",
        "python -m benchmarks --only room-estimates",
        ("sounds", "takes", "RT60 off by", "off by more than a quarter", "per octave", "DRR off by, dB"),
        [_row(name, group) for name, group in groups.items() if group],
        f"Medians. {SECONDS:g} s of each sound; RT60 {RT60S_S[0]:g} to {RT60S_S[-1]:g} s, DRR -6 to +6 dB, and three "
        f"measured halls; none of these sounds and rooms was learned from. DRR told of the dry sounds: {dry}.",
    )


def _told(kind: str, sound: Floats, bench: Bench) -> Iterator[Told]:
    rng = np.random.default_rng(KINDS.index(kind) if kind in KINDS else 0)
    yield Told(kind, "none", _estimate(sound), np.full(len(HEARD_HZ), np.nan), np.nan)
    for rt60_s in RT60S_S[:1] if bench.is_quick else RT60S_S:
        for drr_db in DRRS_DB:
            response, times = _room(rt60_s, drr_db, rng)
            yield Told(kind, "made", _estimate(in_room(sound, response)), times, drr_db)
    for hall in HALLS:
        path: Path = bench.data / "rooms" / "openair" / f"{hall}.flac"
        if path.is_file():
            response, times = measured_room(path)
            drr_db = direct_to_reverberant_db(response, RATE)
            yield Told(kind, hall, _estimate(in_room(sound, response)), times, drr_db)


def _estimate(sound: Floats) -> RoomEstimate:
    return estimate_room([sound[None].astype(np.float32)], RATE)


def _room(rt60_s: float, drr_db: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """A response whose first frame is the direct sound, and its times in the octaves heard."""
    shape = np.exp(rng.normal(0, 0.06, 8) + np.linspace(0.1, -0.3, 8))
    times = rt60_s * shape / shape[3:5].mean()
    response = synthesise(Room("", tuple(times)), RATE, 1, int(rng.integers(1 << 30)))[0, 0].astype(np.float64)
    response *= 10 ** (-drr_db / 20) / np.sqrt(np.sum(response**2))
    response[0] += 1
    return response, times[1 : 1 + len(HEARD_HZ)]


def _row(name: str, group: list[Told]) -> tuple[str, ...]:
    off = [each.off for each in group]
    by_octave = np.concatenate([each.off_by_octave for each in group])
    return (
        name, str(len(group)), f"{np.median(off):.1%}", f"{np.mean(np.array(off) > 0.25):.0%}",
        f"{np.nanmedian(by_octave):.1%}", f"{np.median([each.off_db for each in group]):.1f}",
    )  # fmt: skip


SECTIONS = {"room-estimates": estimates}
