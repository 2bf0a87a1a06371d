"""Faders: how well gains come back that are known, and whether finished songs are left alone.

Whatever a rule learned from data, it learned without the song it is tried on.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.balance_songs import (
    BAND,
    ELECTRONIC,
    Song,
    Taught,
    as_files,
    random_faders,
    read_songs,
    taught_without,
    with_faders,
)
from benchmarks.results import Section
from benchmarks.separation import Bench
from mixassist.dsp.hops import Floats
from mixassist.suggest.balance import load_balance
from mixassist.suggest.balance_learning import fit_balance, fit_median, foretell_by, held_out_error_db
from mixassist.suggest.medleydb import read_medleydb
from mixassist.suggest.multitrack import MixOptions, Multitrack, read_multitrack
from mixassist.suggest.rules.balance import moves_db, peak_level_db, plausible_cards, weigh_faders
from mixassist.suggest.style_files import load_style

N_SEEDS = 20
N_FILE_SEEDS = 2
CUT_S = 60.0
GROUPS = (ELECTRONIC, BAND)
Rule = Callable[[Multitrack, Taught], Floats]


def faders(bench: Bench) -> Section:
    """Faders of MedleyDB's songs, foretold by those of all other songs."""
    songs = read_medleydb(bench.data / "mixing" / "medleydb")[: 12 if bench.is_quick else None]
    n_folds = 2 if bench.is_quick else len(songs)
    ways = {
        "learned: instrument and genre": lambda known: foretell_by(fit_balance(known, n_draws=0)),
        "median of the instrument": fit_median,
        "equal faders": lambda known: lambda song: 0 * song.gain_db,
    }
    found = {name: held_out_error_db(songs, fit, n_folds) for name, fit in ways.items()}
    kinds = sorted(next(iter(found.values())), key=lambda kind: kind != "all")
    return Section(
        "Balance: faders of MedleyDB",
        "python -m benchmarks --only faders",
        ["foretold by", *(f"{kind}, dB" for kind in kinds)],
        [(name, *(f"{error[kind]:.2f}" for kind in kinds)) for name, error in found.items()],
        f"Mean absolute error of gains re each song's mean, {len(songs)} songs, each left out in its turn. Gains set "
        "by hand (manual), fitted to the mix by MedleyDB's authors, or fitted to its energy (audio).",
    )


def balance(bench: Bench) -> Section:
    """Songs in stems whose faders are off by up to ±9 dB."""
    songs = read_songs(bench.data, 3 if bench.is_quick else None)
    seeds = range(1 if bench.is_quick else N_SEEDS)
    rows = [_row(name, [_errors(song, rule, songs, seeds) for song in songs], songs) for name, rule in RULES.items()]
    file_seeds = range(1 if bench.is_quick else N_FILE_SEEDS)
    rows.append(_row("ours, genre guessed", [_errors_of_files(song, songs, file_seeds) for song in songs], songs))
    return Section(
        "Balance: songs in stems, faders off by ±9 dB",
        "python -m benchmarks --only balance",
        ["rule", *(f"{group}, dB" for group in (*GROUPS, "all")), "left alone"],
        rows,
        f"Mean absolute error of relative gains; {len(seeds)} draws of faders. Electronic: 7 songs our card of the "
        "genre has learned from, learned anew without the song tried; band: 13 songs nothing was learned from. "
        f"Genre guessed: from files, the middle {CUT_S:g} s, {len(file_seeds)} draws. How peaks are measured, and how "
        "many mixes are taken to be finished beforehand, was chosen with a look at all of these songs.",
    )


def finished(bench: Bench) -> Section:
    """The same songs as their makers left them."""
    songs = read_songs(bench.data, 3 if bench.is_quick else None)
    ways = {"ours, genre named": Song.named, "ours, genre guessed": lambda song: song.guessed}
    rows = []
    for name, way in ways.items():
        moves = [_ours(way(song), taught_without(song, songs)) for song in songs]
        sizes = np.abs(np.concatenate(moves))
        touched = [song.name for song, move in zip(songs, moves, strict=True) if move.any()]
        count = f"{len(touched)} of {len(songs)}"
        rows.append((name, count, str(int((sizes > 0).sum())), f"{sizes.mean():.2f}", ", ".join(touched) or "–"))
    all_of_them = taught_without(None, songs)
    values = ", ".join(f"{name} {lu:.1f} ± {wide:.1f}" for name, (lu, wide) in sorted(all_of_them.values.items()))
    return Section(
        "Balance: finished songs",
        "python -m benchmarks --only finished",
        ["rule", "songs touched", "moves", "mean move of a track, dB", "which"],
        rows,
        f"Nothing is to be moved. What the electronic songs teach, all together, in LU re the mix: {values}; peak "
        f"levels of main parts ± {all_of_them.peak_spread_db:.2f} dB.",
    )


def _errors(song: Song, rule: Rule, songs: Sequence[Song], seeds: range) -> tuple[Floats, float]:
    """What is left of the faders' errors [N × seeds], re their mean, and how often nothing was moved."""
    learned = taught_without(song, songs)
    found, n_alone = [], 0
    for seed in seeds:
        off = random_faders(song, seed)
        moves = rule(with_faders(song.named(), off), learned)
        found.append(_rest(off, moves))
        n_alone += not moves.any()
    return np.concatenate(found), n_alone / len(seeds)


def _errors_of_files(song: Song, songs: Sequence[Song], seeds: range) -> tuple[Floats, float]:
    """Likewise, of files whose genre is guessed at the faders they have."""
    learned = taught_without(song, songs)
    found, n_alone = [], 0
    for seed in seeds:
        off = random_faders(song, seed)
        with tempfile.TemporaryDirectory() as folder:
            read = read_multitrack(list(as_files(song, off, CUT_S, Path(folder))), MixOptions())
        moves = _ours(read, learned)
        kept = [each.instrument for each in read.channels]
        heard = np.array([each.instrument in kept for each in song.guessed.channels])
        found.append(_rest(off[heard], moves))
        n_alone += not moves.any()
    return np.concatenate(found), n_alone / len(seeds)


def _rest(off: Floats, moves: Floats) -> Floats:
    left = off + moves
    return np.abs(left - left.mean())


def _row(name: str, found: Sequence[tuple[Floats, float]], songs: Sequence[Song]) -> tuple[str, ...]:
    by_group = [
        [errors for (errors, _), song in zip(found, songs, strict=True) if song.group in groups]
        for groups in ([ELECTRONIC], [BAND], GROUPS)
    ]
    alone = float(np.mean([share for _, share in found]))
    return (name, *(f"{np.concatenate(each).mean():.2f}" for each in by_group), f"{alone:.0%}")


def _ours(song: Multitrack, learned: Taught) -> Floats:
    verdict, _ = weigh_faders(song, learned.cards(plausible_cards(song)), learned.peak_spread_db)
    return moves_db(verdict) * (not verdict.is_finished)


def _unasked(song: Multitrack, learned: Taught) -> Floats:
    """Ours, were every song known to be off."""
    return moves_db(weigh_faders(song, learned.cards(plausible_cards(song)), learned.peak_spread_db)[0])


def _loudness(song: Multitrack) -> Floats:
    return np.array([each.loudness_lufs for each in song.channels])


def _template(song: Multitrack, learned: Taught) -> Floats:
    """De Man's targets of lead, bass and drums, reached in full; the rest has what they leave."""
    card = load_style("neutral")
    targets = {name: card.balance[name].value for name in ("lead vocal", "bass", "drums")}
    targets["other"] = 10 * np.log10(1 - sum(10 ** (lu / 10) for lu in targets.values()))
    return np.array([targets[each.instrument] for each in song.channels]) - _loudness(song)


def _medleydb(song: Multitrack, learned: Taught) -> Floats:
    """Equal loudness, then the faders MedleyDB's engineers would have set."""
    told = load_balance().faders([each.instrument for each in song.channels], song.genre.probabilities)
    return np.array([each.gain_db for each in told]) - _loudness(song)


RULES: dict[str, Rule] = {
    "nothing": lambda song, learned: 0 * _loudness(song),
    "equal loudness": lambda song, learned: -_loudness(song),
    "equal peaks": lambda song, learned: -np.array([peak_level_db(each.track) for each in song.channels]),
    "loudness by De Man's template": _template,
    "equal loudness and MedleyDB's faders": _medleydb,
    "ours, were all songs known to be off": _unasked,
    "ours, genre named": _ours,
}
SECTIONS = {"faders": faders, "balance": balance, "finished": finished}
