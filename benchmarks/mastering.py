"""How much of a known fault a master's advice takes away, and what it does to what was not at fault.

Each song is damaged on one axis by a known fault and mastered with the undamaged song as reference, with another song
as reference, or with nothing but its guessed genre; what comes out is held against the undamaged song. Harm on an axis
is how much further off it is than before, 0 where it is nearer. Run:
`python -m benchmarks.mastering SONGS... [--advice genre --faults eq tilt --size 1 --songs 9 --peer-python PYTHON]`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.master_contenders import (
    LOUDNESS,
    MATCHERING,
    NOTHING,
    OURS,
    Contender,
    Trial,
    loudness_only,
    matchering,
    nothing,
    ours,
)
from benchmarks.master_faults import AXES, FAULT_AXES, errors, faulty, profile_of
from benchmarks.master_pieces import pieces
from benchmarks.master_songs import RATE, Song, cut_song, find_songs
from benchmarks.material import peer_matchering
from benchmarks.results import Section
from benchmarks.separation import Bench
from mixassist.audio import AudioBuffer, write_audio
from mixassist.audio.writer import Encoding
from mixassist.suggest.master import suggest_master
from mixassist.suggest.master_profile import MasterProfile

SAME, OTHER, GENRE = "same song", "other song", "genre"
KINDS = (SAME, OTHER, GENRE)
N_SONGS, SECONDS = 16, 20.0
LARGE = 1.8
"""How many times its usual dB the fault of tone is about 4 dB rms, that of our first trials with matchering."""
COLUMNS = (
    *("reference", "fault", "size", "by", "error before", "after", "**recovered**"),
    *(f"harm: {axis}" for axis in AXES),
    "suggestions",
)


@dataclass(frozen=True)
class Plan:
    """What to try.

    Attributes:
        size: of the faults, 1 is usual.
        peer_python: of a venv with matchering, which is left out without it.
    """

    kinds: Sequence[str] = KINDS
    faults: Sequence[str] = tuple(FAULT_AXES)
    size: float = 1.0
    peer_python: Path | None = None
    has_simple: bool = True

    def contenders(self, kind: str) -> dict[str, Contender]:
        """Who has a go, by name; matchering knows no genres."""
        simple = {NOTHING: nothing, LOUDNESS: loudness_only} if self.has_simple else {}
        peer = {MATCHERING: matchering(self.peer_python)} if self.peer_python and kind != GENRE else {}
        return {OURS: ours} | peer | simple


@dataclass(frozen=True, eq=False)
class _Known:
    """An undamaged song, its file and its profile."""

    song: Song
    path: Path
    profile: MasterProfile


def run(songs: Sequence[Song], plan: Plan, folder: Path, say: Callable[[str], None]) -> list[tuple[str, ...]]:
    """Rows of the table, each said as soon as it is known."""
    known = [_known(song, folder / f"{index}.wav") for index, song in enumerate(songs)]
    say(" | ".join(COLUMNS))
    rows = []
    for fault in plan.faults:
        damaged = [_damaged(each, fault, index, plan.size) for index, each in enumerate(known)]
        for kind in plan.kinds:
            trials = [
                Trial(path, samples, profile, _reference(known, index, kind))
                for index, (path, samples, profile) in enumerate(damaged)
            ]
            for name, contender in plan.contenders(kind).items():
                mastered = contender(trials)
                off = [
                    (errors(trial.profile, each.profile), errors(after.profile, each.profile))
                    for trial, after, each in zip(trials, mastered, known, strict=True)
                ]
                counts = [after.n_suggestions for after in mastered if after.n_suggestions is not None]
                turned = f"{np.mean(counts):.1f}" if counts else ""
                rows.append((kind, fault, f"{plan.size:g}", name, *_cells(off, FAULT_AXES[fault]), turned))
                say(" | ".join(rows[-1]))
    return rows


def _known(song: Song, path: Path) -> _Known:
    write_audio(path, song.cut, Encoding("wav", "32f"))
    return _Known(song, path, profile_of(song.cut.samples, RATE))


def _damaged(known: _Known, fault: str, seed: int, size: float) -> tuple[Path, np.ndarray, MasterProfile]:
    samples = faulty(known.song.cut.samples, RATE, fault, seed, size)
    path = known.path.with_suffix(".damaged.wav")
    write_audio(path, AudioBuffer(samples, RATE), Encoding("wav", "32f"))
    return path, samples, profile_of(samples, RATE)


def _reference(known: Sequence[_Known], index: int, kind: str) -> tuple[Path, MasterProfile] | None:
    if kind == GENRE:
        return None
    chosen = known[index if kind == SAME else (index + 1) % len(known)]
    return chosen.path, chosen.profile


def _cells(off: Sequence[tuple[Mapping[str, float], Mapping[str, float]]], axis: str) -> Iterator[str]:
    """Error before, after and recovered on the axis at fault; mean harm to each of the others."""
    before, after = (float(np.mean([pair[side][axis] for pair in off])) if axis else 0.0 for side in (0, 1))
    yield from (f"{before:.2f}", f"{after:.2f}", f"{1 - after / before:.0%}") if axis else ("–", "–", "–")
    for other in AXES:
        harm = float(np.mean([max(after[other] - before[other], 0.0) for before, after in off]))
        yield "–" if other == axis else f"{harm:.2f}"


def finished(bench: Bench) -> Section:
    """How little is suggested for whole finished songs when nobody asks for anything."""
    songs = find_songs([bench.data / "songs"])[: 1 if bench.is_quick else None]
    rows = [_finished(song) for song in songs]
    mean = float(np.mean([int(row[1]) for row in rows])) if rows else 0.0
    return Section(
        "Masters: finished songs",
        "python -m benchmarks --only finished-masters",
        ("song", "suggestions", "which", "findings"),
        [*rows, ("**mean**", f"**{mean:.1f}**", "", "")],
        "Whole songs, without genre, reference or target: what is suggested is one too many. At most 2 were asked for.",
    )


def _finished(song: Path) -> tuple[str, ...]:
    advice = suggest_master(song)
    found = ", ".join(finding.code for finding in advice.findings)
    return song.stem, str(len(advice.suggestions)), "; ".join(each.effect for each in advice.suggestions), found


def recovery(bench: Bench) -> Section:
    """Faults of both sizes, mastered with references and without."""
    command = "python -m benchmarks --only mastering"
    if bench.is_quick:
        return measured(find_songs([bench.data / "songs"], 2), 5.0, [Plan(kinds=(GENRE,), faults=("tilt",))], command)
    songs = find_songs([bench.data / name for name in ("songs", "separation/eval", "separation/train")], N_SONGS)
    peer = peer_matchering(bench.folder)
    large = Plan(faults=("eq", "tilt"), size=LARGE, peer_python=peer)
    return measured(songs, SECONDS, [Plan(peer_python=peer), large], command)


def measured(paths: Sequence[Path], seconds: float, plans: Sequence[Plan], command: str) -> Section:
    """The table of these plans."""
    songs = [cut_song(path, seconds) for path in paths]
    rows = []
    for plan in plans if songs else ():
        with tempfile.TemporaryDirectory() as folder:
            rows += run(songs, plan, Path(folder), lambda line: print(line, flush=True))
    return Section(
        "Masters: known faults",
        command,
        COLUMNS,
        rows,
        f"Means over {len(songs)} cuts of {seconds:g} s, of finished songs and of mixdowns. Errors in dB or LU: tone as"
        " rms over third octaves, dynamics as rms over quantiles of level. Recovered is the share of the error that is"
        " gone; harm is the mean over songs of what an axis is further off than before. Matchering needs a reference,"
        " and refuses a song that equals it.",
    )


SECTIONS = {"mastering": recovery, "finished-masters": finished, "master-pieces": pieces}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("songs_in", nargs="+", type=Path, metavar="SONGS", help="songs, or folders of songs or stems")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each song, from its middle")
    parser.add_argument("--advice", nargs="*", choices=KINDS, default=list(KINDS))
    parser.add_argument("--faults", nargs="*", choices=list(FAULT_AXES), default=list(FAULT_AXES))
    parser.add_argument("--songs", type=int, help="at most so many")
    parser.add_argument(
        "--size", type=float, default=1.0, help=f"of the faults; {LARGE:g} makes the eq fault about 4 dB rms"
    )
    parser.add_argument("--peer-python", type=Path, help="python of a venv with matchering 2.0.6")
    parser.add_argument("--only-ours", action="store_true", help="without the simple contenders")
    given = parser.parse_args()
    plan = Plan(given.advice, given.faults, given.size, given.peer_python, not given.only_ours)
    command = " ".join(["python -m benchmarks.mastering", *sys.argv[1:]])
    print(measured(find_songs(given.songs_in, given.songs), given.seconds, [plan], command).render())


if __name__ == "__main__":
    main()
