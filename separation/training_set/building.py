"""Builds the set: recordings decoded, phrases cut, songs made, all of it written down."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from mixassist.errors import OptionError
from separation.songs import MADE, STEMS, SongLibrary, Stored, store
from separation.training_set.decoding import build_cache
from separation.training_set.manifest import FACTS, write_manifest
from separation.training_set.phrases import write_phrases
from separation.training_set.song_maker import MadeSong, SongMaker
from separation.training_set.sources import Source, of_kind
from separation.training_set.sung_lines import SUNG, Choir
from separation.training_set.words import WordBank, write_words


@dataclass(frozen=True)
class SetOptions:
    """What to build; songs held out lend no voice to others."""

    n_songs: int = 500
    seconds: float = 60.0
    seed: int = 0
    n_jobs: int = 2
    held_out: tuple[str, ...] = ("sodium",)
    n_lines: int = 0

    def __post_init__(self) -> None:
        for name, least in (("n_songs", 1), ("n_lines", 0), ("seconds", 8), ("n_jobs", 1), ("seed", 0)):
            if getattr(self, name) < least:
                raise OptionError(f"{name} is {getattr(self, name)}: take {least} or more")


def build(data: Path, folder: Path, sources: Sequence[Source], options: SetOptions) -> Iterator[str]:
    """Builds what is not in `folder` yet, song by song, and yields the name of each; writes the manifest at the end."""
    build_cache(data, folder)
    write_phrases(_voices(folder, sources, options.held_out), folder)
    write_words([source for source in of_kind(sources, "voices") if source.is_program], folder)
    for _ in Choir(WordBank.open(folder), of_kind(sources, "voices")).write(options.n_lines, folder):
        pass
    names = {f"{MADE}{seed:06d}": seed for seed in range(options.seed, options.seed + options.n_songs)}
    missing = {name: seed for name, seed in names.items() if not (folder / "songs" / name / FACTS).exists()}
    yield from (name for name in names if name not in missing)
    if options.n_jobs == 1 and missing:
        maker = _maker(folder, sources, options.seconds)
        for name, seed in missing.items():
            _write(maker.make(seed), folder / "songs" / name)
            yield name
    elif missing:
        yield from _make_at_once(missing, folder, sources, options)
    write_manifest(folder, sources, options.held_out, options.seconds)


def _make_at_once(
    missing: dict[str, int], folder: Path, sources: Sequence[Source], options: SetOptions
) -> Iterator[str]:
    chunks = [list(missing.items())[first :: options.n_jobs] for first in range(options.n_jobs)]
    rounds = [chunk[at : at + 8] for chunk in chunks for at in range(0, len(chunk), 8)]
    with ProcessPoolExecutor(options.n_jobs, get_context("spawn")) as pool:
        jobs = [pool.submit(_make_several, songs, folder, sources, options.seconds) for songs in rounds]
        for job in as_completed(jobs):
            yield from job.result()


def _make_several(
    songs: Sequence[tuple[str, int]], folder: Path, sources: Sequence[Source], seconds: float
) -> list[str]:
    with threadpool_limits(1):
        maker = _maker(folder, sources, seconds)
        for name, seed in songs:
            _write(maker.make(seed), folder / "songs" / name)
    return [name for name, _ in songs]


def _maker(folder: Path, sources: Sequence[Source], seconds: float) -> SongMaker:
    return SongMaker(sources, WordBank.open(folder), seconds)


def _write(song: MadeSong, folder: Path) -> None:
    """Stems that sound, one channel where both are the same; the facts last, for they say that the song is whole."""
    for name, stem in zip(STEMS, song.stems, strict=True):
        if stem.any():
            is_mono = np.array_equal(stem[0], stem[1])
            store(stem[:1] if is_mono else stem, folder / f"{name}.npy")
    (folder / FACTS).write_text(json.dumps(song.facts), encoding="utf-8")


def _voices(folder: Path, sources: Sequence[Source], held_out: Sequence[str]) -> dict[tuple[str, str], Stored]:
    """Recordings by (singer, source): loose voices by pack, and the vocals of songs that are not held out."""
    found: dict[tuple[str, str], Stored] = {}
    for source in of_kind(sources, "voices"):
        recorded = (folder / "voices").glob(f"{source.path.name}-*.npy")
        for path in sorted(path for path in recorded if SUNG not in path.name):
            pack = path.stem.removeprefix(f"{source.path.name}-").split("-")[0]
            singer = f"{source.name} {pack}".rstrip("0123456789 ")
            found[singer, f"{source.name}/{path.stem}"] = np.load(path)
    songs = {name: source.name for source in of_kind(sources, "songs") for name in source.folders}
    for name, song in SongLibrary.open(folder, tuple(held_out)).songs.items():
        if name in songs and "vocals" in song:
            found[name, songs[name]] = song["vocals"]
    return found
