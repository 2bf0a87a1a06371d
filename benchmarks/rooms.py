"""Rooms: whether they ring as asked, how fast they are played into, and how well they are told from sound alone."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import scipy.signal

from benchmarks.results import Section
from benchmarks.separation import Bench
from mixassist import AudioBuffer
from mixassist.audio.files import read_audio
from mixassist.demo.drums import hat, kick, snare, tom
from mixassist.demo.guitar import render_guitar_pair
from mixassist.dsp.blind_decay import HEARD_HZ, count_falls, fall_features, room_of
from mixassist.dsp.decay import octave_reverberation_s
from mixassist.dsp.hops import Floats
from separation.rooms.options import RespaceOptions
from separation.rooms.placing import respace
from separation.rooms.room import Room, built_in_rooms
from separation.rooms.synthesis import synthesise

RATE = 44100
TIMES_S = (0.3, 0.45, 0.6, 0.8, 1.0, 1.4, 2.0)
DRR_DB = 6.0
SECONDS = 12
N_TAKES = 4
RIDGE = 0.3


def rooms(bench: Bench) -> Section:
    """RT60 of each room's output against what was asked, and the speed of playing into it."""
    rows = []
    click = np.zeros((1, 100), np.float32)
    click[0, 0] = 1
    song = AudioBuffer(np.random.default_rng(0).normal(0, 0.1, (2, 60 * RATE)).astype(np.float32), RATE)
    for name, room in list(built_in_rooms().items())[: 2 if bench.is_quick else None]:
        out = respace(AudioBuffer(click, RATE), RespaceOptions(name)).samples
        ratios = np.array([octave_reverberation_s(ear, RATE) for ear in out]) / room.rt60_s - 1
        begin = time.perf_counter()
        respace(song, RespaceOptions(name))
        speed = song.seconds / (time.perf_counter() - begin)
        rows.append((name, f"{room.middle_s:.2f}", f"{np.abs(ratios).max():.1%}", f"{speed:.0f}"))
    return Section(
        "Rooms", "python -m benchmarks --only rooms", ("room", "RT60, s", "largest error", "× real time"), rows,
        "RT60 of what comes out for a click, at both ears, in eight octaves, against what was asked; speed for a "
        "minute in stereo, the room's synthesis included.",
    )  # fmt: skip


def estimates(bench: Bench) -> Section:
    """RT60 and DRR told from reverberant sound alone, by weights that were fitted without the sound's take."""
    rng = np.random.default_rng(5)
    rows: list[tuple[str, int, float, float, Floats, Floats]] = []
    for kind, take, dry in _takes(bench):
        for rt60_s in TIMES_S:
            drr_db = rng.uniform(-DRR_DB, DRR_DB)
            counts, times = _heard(dry, rt60_s, drr_db, rng)
            rows.append((kind, take, room_of(counts).rt60_s or np.nan, drr_db, fall_features(counts), times))
    takes, drr = np.array([row[1] for row in rows]), np.array([row[3] for row in rows])
    features, times = np.array([row[4] for row in rows]), np.array([row[5] for row in rows])
    told, told_db = np.empty_like(times), np.empty_like(drr)
    for take in set(takes):
        known = takes != take
        told[~known] = np.exp(features[~known] @ _weights(features[known], np.log(times[known])))
        told_db[~known] = features[~known].mean(axis=1) @ _drr_weights(features[known], drr[known])
    errors = np.abs(np.median(told, axis=1) / np.median(times, axis=1) - 1)
    shipped = np.abs(np.array([row[2] for row in rows]) / np.median(times, axis=1) - 1)
    by_octave, off_db = np.abs(told / times - 1), np.abs(told_db - drr)
    kinds = np.array([row[0] for row in rows])
    groups = {"all": kinds != ""} | {kind: kinds == kind for kind in dict.fromkeys(kinds)}
    table = [
        (name, str(np.count_nonzero(each)), f"{np.median(errors[each]):.1%}", f"{np.median(by_octave[each]):.1%}",
         f"{np.median(off_db[each]):.1f}", f"{np.median(shipped[each]):.1%}")
        for name, each in groups.items()
    ]  # fmt: skip
    weights = np.round(_weights(features, np.log(times)), 3).tolist()
    return Section(
        "Telling rooms from sound", "python -m benchmarks --only room-estimates",
        ("sound", "rooms", "RT60 off by", "per octave", "DRR off by, dB", "RT60, shipped weights"), table,
        f"Medians over RT60 {TIMES_S[0]} to {TIMES_S[-1]} s and DRR −6 to +6 dB, noise-like rooms. Each take is judged "
        "by weights fitted on the other three; the last column by those that ship, which were fitted on such takes. "
        f"Fitted on all: {weights}, and for DRR {np.round(_drr_weights(features, drr), 2).tolist()}.",
    )  # fmt: skip


def _weights(features: Floats, logarithms: Floats) -> Floats:
    return _ridge(features.reshape(-1, features.shape[-1]), logarithms.reshape(-1), RIDGE)


def _drr_weights(features: Floats, drr_db: Floats) -> Floats:
    return _ridge(features.mean(axis=1), drr_db, RIDGE / 10)


def _ridge(rows: Floats, wanted: Floats, penalty: float) -> Floats:
    free = penalty * np.eye(rows.shape[1])
    free[-1, -1] = 0
    return np.linalg.solve(rows.T @ rows + free, rows.T @ wanted)


def _heard(dry: Floats, rt60_s: float, drr_db: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Falls of a sound in a room of its own that rings about so long, and the room's times per octave."""
    shape = np.exp(rng.normal(0, 0.08, 8) + np.linspace(0.12, -0.25, 8))
    times = np.clip(rt60_s * shape / shape[3:5].mean(), 0.12, 20)
    response = synthesise(Room("", tuple(times)), RATE, 1, int(rng.integers(1 << 20)))[0, 0].astype(np.float64)
    response *= 10 ** (-drr_db / 20) / np.sqrt(np.sum(response**2))
    response[0] += 1
    wet = scipy.signal.oaconvolve(dry, response)[: len(dry) + round(rt60_s * RATE)]
    return count_falls([wet[None].astype(np.float32)], RATE, 1), times[1 : 1 + len(HEARD_HZ)]


def _takes(bench: Bench) -> Iterator[tuple[str, int, Floats]]:
    """Dry takes of 12 s, four of each kind; saxophone and voice where the recordings are there."""
    sax = sorted((bench.data / "timbre" / "alto-sax").glob("*cnd.ogg"))
    voice = sorted(path for path in (bench.data / "separation" / "voices").rglob("*shv*.*") if path.is_file())
    for take in range(1 if bench.is_quick else N_TAKES):
        rng = np.random.default_rng(take)
        strokes = [kick(RATE, rng), snare(RATE, rng, 0.8), hat(RATE, rng, 0.06), tom(RATE, rng, 110.0)]
        yield "drums", take, _phrase([np.atleast_2d(stroke).mean(axis=0) for stroke in strokes], (0.25, 0.75), rng)
        di = render_guitar_pair(take).di
        yield "guitar", take, scipy.signal.resample_poly(di.samples[0].astype(np.float64), RATE, di.rate)
        for kind, files in (("saxophone", sax), ("voice", voice)):
            if files:
                sounds = [_clip(read_audio(files[each])) for each in rng.integers(len(files) // 4, size=12) * 4 + take]
                yield kind, take, _phrase(sounds, (0.3, 1.6), rng)


def _clip(sound: AudioBuffer) -> Floats:
    mono = scipy.signal.resample_poly(sound.samples.mean(axis=0).astype(np.float64), RATE, sound.rate)[:RATE]
    mono[-2000:] *= np.linspace(1, 0, len(mono[-2000:]))
    return mono


def _phrase(sounds: list[Floats], gaps_s: tuple[float, float], rng: np.random.Generator) -> Floats:
    """Sounds at random, one after the other."""
    phrase = np.zeros(SECONDS * RATE)
    start_s = 0.0
    while start_s < SECONDS - 1:
        sound = sounds[rng.integers(len(sounds))]
        place = phrase[round(start_s * RATE) :][: len(sound)]
        place += sound[: len(place)]
        start_s += rng.uniform(*gaps_s)
    return phrase


SECTIONS = {"rooms": rooms, "room-estimates": estimates}
