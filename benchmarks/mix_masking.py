"""Planted masking: a track gets a bell where another one lives until it covers that by 6 to 9 dB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.mix_songs import song_folders, whole_song
from benchmarks.results import Section
from benchmarks.separation import Bench
from mixassist.dsp.parametric import EqBand, response_db
from mixassist.dsp.third_octaves import NOMINAL_HZ, OCTAVES
from mixassist.suggest.multitrack import Channel, Multitrack
from mixassist.suggest.rules.masking import ESSENTIAL, find_masking, octaves_together

COVERED_BY_DB = (6.0, 9.0)
NEAR_DB = (-9.0, 3.0)
"""The masker lies so far over the masked before: what is further down would take more than a fault."""

N_PLANTS, SEEDS = 6, (0, 1, 2)
BELL_Q = 1.4
Found = set[tuple[str, str, float]]


@dataclass(frozen=True)
class Count:
    """Planted pairs that were found, those that were not, and what was found besides: anew, or without plants too."""

    hits: int
    misses: int
    new: int
    old: int

    def f1(self, with_old: bool) -> float:
        wrong = self.misses + self.new + (self.old if with_old else 0)
        return 2 * self.hits / max(2 * self.hits + wrong, 1)


def masking(bench: Bench) -> Section:
    """Pairs found in the songs that the rule was tuned on, and in the others."""
    songs = {folder.name: whole_song(folder) for folder in song_folders(bench)}
    names = sorted(songs)
    halves = {"tuned on": names[::2], "held out": names[1::2]}
    rows = []
    for half, chosen in halves.items():
        counts = [_count(songs[name], np.random.default_rng(seed)) for seed in SEEDS for name in chosen]
        total = Count(*(sum(getattr(each, field) for each in counts) for field in ("hits", "misses", "new", "old")))
        alone = sum(len(find_masking(songs[name])) for name in chosen)
        rows.append(
            (
                f"{half}: {', '.join(chosen)}",
                f"{total.hits + total.misses}",
                *(f"{each}" for each in (total.hits, total.new, total.old)),
                *(f"{total.f1(with_old):.2f}" for with_old in (False, True)),
                f"{alone / max(len(chosen), 1):.1f}",
            )
        )
    return Section(
        "Planted masking",
        "python -m benchmarks --only masking",
        ("songs", "pairs", "found", "others, new", "others, old", "F1", "F1, old ones wrong", "per song unplanted"),
        rows,
        "A masker gets a bell (Q 1.4) at one of the three loudest octaves of another track, none of the three loudest "
        "of its own, until it covers that by 6 to 9 dB; leads are not made maskers. Up to six places per song, three "
        "seeds. Old ones are found in the song without a plant too: whether they are wrong nobody knows.",
    )


def places(song: Multitrack) -> list[tuple[Channel, Channel, int]]:
    """Who may come to mask whom, and in which octave."""
    found = []
    for masker in song.channels:
        for masked in song.channels:
            levels = None if masker is masked or masker.is_lead else octaves_together(masker, masked)
            if levels is not None:
                found += [(masker, masked, k) for k in _octaves(*levels)]
    return found


def planted(song: Multitrack, place: tuple[Channel, Channel, int], covered_by_db: float) -> Multitrack:
    """The song with the masker's bell."""
    masker, masked, k = place
    low_db, high_db = 0.0, 30.0
    for _ in range(12):
        middle_db = (low_db + high_db) / 2
        louder = _with_bell(masker, OCTAVES[k][0], middle_db)
        levels = octaves_together(louder, masked)
        is_enough = levels is not None and levels[0][k] - levels[1][k] >= covered_by_db
        low_db, high_db = (low_db, middle_db) if is_enough else (middle_db, high_db)
    return replace(song, channels=tuple(louder if each is masker else each for each in song.channels))


def _count(song: Multitrack, rng: np.random.Generator) -> Count:
    old = _found(song)
    chosen = places(song)
    count = Count(0, 0, 0, 0)
    for index in rng.permutation(len(chosen))[:N_PLANTS]:
        masker, masked, k = chosen[index]
        hz = OCTAVES[k][0]
        found = _found(planted(song, chosen[index], rng.uniform(*COVERED_BY_DB)))
        is_hit = (masker.name, masked.name, hz) in found
        others = {each for each in found if (each[0], each[2]) != (masker.name, hz)}
        count = Count(
            count.hits + is_hit,
            count.misses + (not is_hit),
            count.new + len(others - old),
            count.old + len(others & old),
        )
    return count


def _found(song: Multitrack) -> Found:
    return {(each.masker, each.masked, each.hz) for each in find_masking(song)}


def _octaves(covering: np.ndarray, covered: np.ndarray) -> Sequence[int]:
    """Octaves 63 Hz to 8 kHz that are essential to the covered, not to the covering, and near in level."""
    first, own = np.argsort(-covered)[:ESSENTIAL], np.argsort(-covering)[:ESSENTIAL]
    return [
        int(k) for k in first if 1 <= k <= 8 and k not in own and NEAR_DB[0] < covering[k] - covered[k] < NEAR_DB[1]
    ]


def _with_bell(channel: Channel, hz: float, gain_db: float) -> Channel:
    powers = 10 ** (response_db([EqBand("bell", hz, gain_db, BELL_Q)], np.array(NOMINAL_HZ), 48000) / 10)
    return replace(channel, track=replace(channel.track, bands=channel.track.bands * powers))
