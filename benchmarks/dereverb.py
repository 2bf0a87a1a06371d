"""Rooms taken away: gain in early SI-SDR, harm to dry sounds, speed and memory, against nara_wpe in the same run.

`python -m benchmarks.dereverb [--peer-python PYTHON] [--only …] [--quick]`, or `python -m benchmarks --only dereverb …`
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.dereverb_measures import fall_db, modulation_ratio_db
from benchmarks.dereverb_rooms import (
    EARLY_S,
    KINDS,
    RATE,
    RT60S_S,
    Case,
    Floats,
    dry_sounds,
    generated_cases,
    measured_cases,
    real_pair,
)
from benchmarks.dereverb_speed import SECTIONS as SPEED
from benchmarks.material import peer_nara
from benchmarks.results import Section
from benchmarks.separation import Bench
from mixassist.audio.buffer import AudioBuffer
from mixassist.dsp.scores import si_sdr
from separation.dereverb import DereverbOptions
from separation.dereverb.room_removal import RoomRemover

SECONDS = 6.0
PEER = Path(__file__).with_name("nara_jobs.py")
MEASURED_RT60_S = 0.6
LIVE = DereverbOptions(is_live=True)


@dataclass(frozen=True)
class Score:
    """Gains of a case in early SI-SDR, in dB: ours, ours live, and nara_wpe's."""

    case: Case
    ours_db: float
    live_db: float
    nara_db: float


def dereverb(bench: Bench, peer_python: Path | None = None) -> Section:
    """Generated rooms, mono and stereo."""
    sounds = dry_sounds(bench.data, 1.0 if bench.is_quick else SECONDS)
    times = RT60S_S[1:2] if bench.is_quick else RT60S_S
    scores: list[Score] = []
    for n_channels in (1, 2):
        scores += score(generated_cases(sounds, n_channels, times), peer_python or peer_nara(bench.folder))
    rows = [_row(scores, kind, n_channels, times) for n_channels in (1, 2) for kind in (*KINDS, "all")]
    return Section(
        "Dereverberation: generated rooms",
        "python -m benchmarks --only dereverb",
        ["sound", *(f"RT60 {rt60_s:g} s" for rt60_s in times), "mean", "worst", "live", "nara_wpe", "its worst"],
        rows,
        f"Gain in early SI-SDR (first {EARLY_S * 1000:.0f} ms of the room), dB, mean over DRR -6, 0 and +6 dB. "
        f"{SECONDS:g} s of each sound, at 44.1 kHz; nara_wpe 0.0.11 with 20 taps, delay 3, 3 iterations, frames of "
        "2048 every 512. Live hears nothing ahead, and knows nothing of the room beforehand.",
    )


def dereverb_measures(bench: Bench, peer_python: Path | None = None) -> Section:
    """Modulations, and how far the level falls where sounds end, in one room."""
    sounds = dry_sounds(bench.data, 1.0 if bench.is_quick else SECONDS)
    cases = list(generated_cases(sounds, 2, (MEASURED_RT60_S,)))
    made = [_ours(cases), _nara(cases, peer_python or peer_nara(bench.folder))]
    rows = []
    for kind in sounds:
        mine = [index for index, case in enumerate(cases) if case.kind == kind]
        sets = [
            [cases[i].wet for i in mine],
            *([each[i] for i in mine] for each in made),
            [cases[i].early for i in mine],
        ]
        ratios = [f"{np.mean([modulation_ratio_db(sound) for sound in each]):.1f}" for each in sets]
        wets = [cases[i].wet for i in mine]
        falls = [f"{np.mean([fall_db(*pair) for pair in zip(wets, each, strict=True)]):.1f}" for each in sets]
        rows.append((kind, *ratios, *falls))
    names = ("before", "ours", "nara_wpe", "early part")
    return Section(
        "Dereverberation: modulation and decay",
        "python -m benchmarks --only dereverb-measures",
        ["sound", *(f"modulation, {name}" for name in names), *(f"fall, {name}" for name in names)],
        rows,
        f"Stereo, RT60 {MEASURED_RT60_S:g} s, mean over DRR -6, 0 and +6 dB. Modulation: energy of modulations of 3 to "
        "20 Hz against 20 to 160 Hz in 23 bands, dB (as SRMR). Fall: how far the level has fallen 0.2 s after sounds "
        "end, dB, three octaves.",
    )


def dereverb_dry(bench: Bench, peer_python: Path | None = None) -> Section:
    """What is left of sounds that have no room."""
    sounds = dry_sounds(bench.data, 1.0 if bench.is_quick else SECONDS)
    cases = [Case(kind, "none", np.nan, np.nan, sound[None], sound[None]) for kind, sound in sounds.items()]
    cases += [Case(each.kind, "none", np.nan, np.nan, *[np.vstack([each.wet, 0.8 * each.wet])] * 2) for each in cases]
    ours, nara = _ours(cases), _nara(cases, peer_python or peer_nara(bench.folder))
    rows = [
        (_name(case.kind, case.n_channels), *(f"{value:.2f}" for dry in both for value in _harm_db(case.wet, dry)))
        for case, *both in zip(cases, ours, nara, strict=True)
    ]
    return Section(
        "Dereverberation: dry sounds",
        "python -m benchmarks --only dereverb-dry",
        ["sound", "level, dB", "SI-SDR, dB", "nara_wpe level, dB", "nara_wpe SI-SDR, dB"],
        rows,
        "The level of the sound in what is left, 0 where nothing is taken, and how much lower the difference is. "
        "Stereo is the same sound on both sides, one of them softer.",
    )


def dereverb_measured(bench: Bench, peer_python: Path | None = None) -> Section:
    """Halls that were measured, and a pair that its maker convolved."""
    sounds = dry_sounds(bench.data, 1.0 if bench.is_quick else SECONDS)
    cases = [*measured_cases(bench.data, sounds), *real_pair(bench.data)]
    scores = score(cases, peer_python or peer_nara(bench.folder))
    rows = [
        (
            _name(each.case.kind, each.case.n_channels),
            each.case.room,
            f"{each.ours_db:+.2f}",
            f"{each.live_db:+.2f}",
            f"{each.nara_db:+.2f}",
        )
        for each in scores
    ]
    return Section(
        "Dereverberation: measured rooms",
        "python -m benchmarks --only dereverb-measured",
        ["sound", "room", "ours", "live", "nara_wpe"],
        rows,
        "Gain in early SI-SDR, dB.",
    )


AGAINST = {
    "dereverb": dereverb,
    "dereverb-measures": dereverb_measures,
    "dereverb-dry": dereverb_dry,
    "dereverb-measured": dereverb_measured,
}
SECTIONS: dict[str, Callable[[Bench], Section]] = {**AGAINST, **SPEED}


def score(cases: Iterable[Case], peer_python: Path) -> list[Score]:
    """What both make of each case."""
    cases = list(cases)
    return [
        Score(case, *(_gain_db(case, dry) for dry in made))
        for case, *made in zip(cases, _ours(cases), _ours(cases, LIVE), _nara(cases, peer_python), strict=True)
    ]


def _ours(cases: Sequence[Case], options: DereverbOptions | None = None) -> list[Floats]:
    remover = RoomRemover(options or DereverbOptions())
    recordings = [AudioBuffer(case.wet.astype(np.float32), RATE) for case in cases]
    return [remover.remove(recording).dry.samples.astype(np.float64) for recording in recordings]


def _nara(cases: Sequence[Case], python: Path) -> list[Floats]:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{index:04}.npy" for index in range(len(cases))]
        for path, case in zip(paths, cases, strict=True):
            np.save(path, case.wet)
        subprocess.run([str(python), str(PEER), folder], check=True, stdout=subprocess.DEVNULL)
        return [np.load(path.with_suffix(".nara")).astype(np.float64) for path in paths]


def _gain_db(case: Case, dry: Floats) -> float:
    return si_sdr(case.early, dry) - si_sdr(case.early, case.wet)


def _harm_db(sound: Floats, dry: Floats) -> tuple[float, float]:
    """The sound's own level in what is left, and SI-SDR."""
    gain = float(np.vdot(sound, dry) / np.vdot(sound, sound))
    return 20 * float(np.log10(max(gain, 1e-5))), si_sdr(sound, dry)


def _row(scores: Sequence[Score], kind: str, n_channels: int, times: tuple[float, ...]) -> tuple[str, ...]:
    mine = [each for each in scores if each.case.n_channels == n_channels and kind in (each.case.kind, "all")]
    by_time = [np.mean([each.ours_db for each in mine if each.case.rt60_s == rt60_s]) for rt60_s in times]
    ours, live, nara = np.transpose([(each.ours_db, each.live_db, each.nara_db) for each in mine])
    figures = (*by_time, ours.mean(), ours.min(), live.mean(), nara.mean(), nara.min())
    return _name(kind, n_channels), *(f"{figure:+.2f}" for figure in figures)


def _name(kind: str, n_channels: int) -> str:
    return f"{kind}, {'mono' if n_channels == 1 else 'stereo'}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dereverb", description=__doc__)
    parser.add_argument("--only", nargs="*", choices=sorted(SECTIONS), default=list(SECTIONS))
    parser.add_argument("--peer-python", type=Path, help="of a venv that holds nara_wpe; made if not given")
    parser.add_argument("--quick", action="store_true")
    root = Path(__file__).resolve().parent.parent
    parser.add_argument("--work", type=Path, default=root / "build" / "benchmarks")
    parser.add_argument("--data", type=Path, default=root.parent / "shared" / "data")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    bench = Bench(options.work, options.data, options.quick)
    for name in options.only:
        made = AGAINST[name](bench, options.peer_python) if name in AGAINST else SECTIONS[name](bench)
        print(made.render(), flush=True)


if __name__ == "__main__":
    main()
