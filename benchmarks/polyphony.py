"""Whether several notes at once are told from one: warnings on one voice, on sums of two, on chords, on noise.

`python -m benchmarks --only polyphony`
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from benchmarks.pitch import read_mono
from benchmarks.pitch_phrases import PLAYERS, RATE, phrase
from benchmarks.results import Section
from benchmarks.separation import Bench
from mixassist.dsp.hops import Floats
from transfer.controls.playing import Playing, hear_playing

SECONDS = 4
SEEDS = (10, 11)
SUFFIXES = (".wav", ".ogg", ".flac")


def polyphony(bench: Bench) -> Section:
    """Warnings by what was heard."""
    every = 8 if bench.is_quick else 1
    groups: dict[str, list[Floats]] = {
        "made phrases": list(_made())[::every],
        "saxophone notes": list(_cuts(sorted((bench.data / "timbre" / "alto-sax").glob("*_rr2_*.ogg"))[5::16]))[
            ::every
        ],
        "voices": list(_cuts(_voices(bench.data)))[::every],
    }
    alone = [sound for sounds in groups.values() for sound in sounds]
    groups["sums of two of these"] = [_sum(first, second) for first, second in zip(alone[::-1], alone, strict=True)]
    groups["other instruments of songs"] = list(
        _cuts(sorted((bench.data / "separation" / "eval").glob("*/other.ogg"))[::every])
    )
    rng = np.random.default_rng(0)
    groups["white noise"] = [rng.normal(0, 0.1, SECONDS * RATE)]
    groups["drums"] = list(_cuts(sorted((bench.data / "separation" / "eval").glob("*/drums.ogg"))[::every]))
    rows = [_row(name, [_heard(sound) for sound in sounds]) for name, sounds in groups.items() if sounds]
    return Section(
        "Pitch: several notes at once",
        "python -m benchmarks --only polyphony",
        ("heard", "of them", "warned of several notes", "warned of no pitch", "mean confidence of several notes"),
        rows,
        f"The loudest {SECONDS} s of each, or all. Sums are at equal level; some are of a note with itself, "
        "its octave or its fifth. The weights were learned from other notes and seeds of the same kinds, and "
        "from other seconds of the same songs.",
    )


def _made() -> Iterator[Floats]:
    for seed in SEEDS:
        for name in PLAYERS:
            yield _level(phrase(name, seed).with_noise(30.0).sound[: SECONDS * RATE])


def _voices(data: Path) -> Iterator[Path]:
    folder = data / "separation" / "voices"
    yield from sorted((folder / "sms-tools").glob("*.ogg"))
    yield from sorted((folder / "erithacus").glob("*.ogg"))[9::20]
    yield from sorted(path for path in (folder / "producer-space" / "etv").rglob("*.*") if path.suffix in SUFFIXES)[
        9::20
    ]


def _cuts(paths: Iterable[Path]) -> Iterator[Floats]:
    """The loudest seconds of recordings that are not silent."""
    for path in paths:
        sound = read_mono(path)[0].astype(np.float64)
        starts = range(0, max(sound.size - SECONDS * RATE, 1), RATE)
        loudest = max(starts, key=lambda start: float(np.sum(sound[start : start + SECONDS * RATE] ** 2)))
        if np.any(sound):
            yield _level(sound[loudest : loudest + SECONDS * RATE])


def _sum(first: Floats, second: Floats) -> Floats:
    n_samples = min(first.size, second.size)
    return first[:n_samples] + second[:n_samples]


def _level(sound: Floats) -> Floats:
    return np.asarray(0.1 * sound / np.sqrt(np.mean(sound**2)))


def _heard(sound: Floats) -> Playing:
    return hear_playing([sound[None].astype(np.float32)], RATE)


def _row(name: str, heard: list[Playing]) -> tuple[str, ...]:
    codes = [finding.code for each in heard for finding in each.findings()]
    confidence = np.mean([each.polyphony.confidence for each in heard])
    shares = (codes.count(code) / len(heard) for code in ("several-notes", "no-pitch"))
    return name, str(len(heard)), *(f"{share:.0%}" for share in shares), f"{confidence:.2f}"


SECTIONS: dict[str, Callable[[Bench], Section]] = {"polyphony": polyphony}
