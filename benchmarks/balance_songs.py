"""Finished songs in stems, measured, with faders that can be moved: what the benchmark of balance works on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mixassist.audio import AudioBuffer, read_audio, write_audio
from mixassist.audio.writer import Encoding
from mixassist.dsp.hops import Floats
from mixassist.suggest.advice import GenreUsed
from mixassist.suggest.multitrack import MixOptions, Multitrack, read_multitrack
from mixassist.suggest.stem_balance import peak_spread_db, stem_values, taught
from mixassist.suggest.style import StyleCard
from mixassist.suggest.style_files import load_style
from mixassist.suggest.track import Track

ELECTRONIC, BAND = "electronic", "band"
FOLDERS = {ELECTRONIC: "train", BAND: "eval"}
"""Our cards learn from the first, never from the second."""

GENRES = {"beatles": "pop", "country1": "country", "reggae": "reggae", "speedmetal": "metal"}
"""What the band songs are called by their makers; the others are rock."""

RANGE_DB = 9.0


@dataclass(frozen=True, eq=False)
class Song:
    """A finished song: its stems' files, and what they measure, the genre as the mix was guessed to be."""

    name: str
    group: str
    paths: tuple[Path, ...]
    guessed: Multitrack

    @property
    def genre(self) -> str:
        return ELECTRONIC if self.group == ELECTRONIC else GENRES.get(self.name, "rock")

    def named(self) -> Multitrack:
        """As if its genre had been said."""
        return replace(self.guessed, genre=GenreUsed(self.genre, {self.genre: 1.0}), style=load_style(self.genre))


def read_songs(data: Path, most: int | None = None) -> list[Song]:
    """The songs of both folders, `most` of each, measured."""
    songs = []
    for group, folder in FOLDERS.items():
        for path in sorted((data / "separation" / folder).iterdir())[:most]:
            stems = tuple(sorted(path.glob("*.ogg")))
            songs.append(Song(path.name, group, stems, read_multitrack(stems, MixOptions())))
    return songs


@dataclass(frozen=True, eq=False)
class Taught:
    """What the songs measured other than one teach: its cards are never learned from the song they are tried on."""

    values: dict[str, tuple[float, float]]
    peak_spread_db: float

    def cards(self, cards: Sequence[tuple[StyleCard, float]]) -> list[tuple[StyleCard, float]]:
        return [(taught(card, self.values), probability) for card, probability in cards]


def taught_without(song: Song | None, songs: Sequence[Song]) -> Taught:
    """What the electronic songs teach, this one left out; of a single song there is nothing to learn a spread from."""
    others = [each.guessed for each in songs if each.group == ELECTRONIC and each is not song]
    return Taught(stem_values(others), peak_spread_db(others))


def random_faders(song: Song, seed: int) -> Floats:
    """Gains [N] in dB, spread evenly over ±9 dB; the same for a song and a seed whatever else is measured."""
    rng = np.random.default_rng([seed, *song.name.encode()])
    return rng.uniform(-RANGE_DB, RANGE_DB, len(song.guessed.channels))


def with_faders(song: Multitrack, gains_db: Floats) -> Multitrack:
    """The song as it measures when its tracks are gained."""
    channels = []
    for channel, gain_db in zip(song.channels, gains_db, strict=True):
        track = _gained(channel.track, float(gain_db))
        channels.append(replace(channel, track=track, loudness_lufs=channel.loudness_lufs + gain_db))
    return replace(song, channels=tuple(channels))


def _gained(track: Track, gain_db: float) -> Track:
    power = 10 ** (gain_db / 10)
    return replace(
        track,
        weighted=track.weighted * power,
        powers=track.powers * power,
        peaks=track.peaks * power**0.5,
        bands=track.bands * power,
    )


def as_files(song: Song, gains_db: Floats, seconds: float, folder: Path) -> Iterator[Path]:
    """The middle of the song's stems as files with gains, of those stems that `guessed` has."""
    gain_of = {each.track.path: gain for each, gain in zip(song.guessed.channels, gains_db, strict=True)}
    for path, gain_db in gain_of.items():
        whole = read_audio(path)
        n_frames = min(round(seconds * whole.rate), whole.n_frames)
        start = (whole.n_frames - n_frames) // 2
        cut = np.ascontiguousarray(whole.samples[:, start : start + n_frames]) * np.float32(10 ** (gain_db / 20))
        target = folder / f"{path.stem}.wav"
        write_audio(target, AudioBuffer(cut, whole.rate), Encoding("wav", "32f"))
        yield target
