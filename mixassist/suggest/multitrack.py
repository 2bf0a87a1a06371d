"""`Multitrack`: the tracks of a song with their roles, measured together, and the genre and tempo of their sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from mixassist.audio.buffer import AudioBuffer
from mixassist.audio.files import read_blocks
from mixassist.audio.resample import resample
from mixassist.dsp.hops import Floats
from mixassist.dsp.loudness import ABSOLUTE_GATE_LUFS
from mixassist.errors import Finding, OptionError
from mixassist.suggest.advice import GenreUsed
from mixassist.suggest.features import GENRE_COLUMNS, MIN_S, RATE_HZ, level_free, table_features
from mixassist.suggest.genre_model import GenreGuess, GenreModel, load_genre_model
from mixassist.suggest.genre_style import guessed_style, stranger_findings
from mixassist.suggest.instrument import InstrumentGuess, guess_instrument
from mixassist.suggest.style import StyleCard
from mixassist.suggest.style_files import load_style
from mixassist.suggest.tempo_and_key import TempoAndKeyMeter
from mixassist.suggest.track import Track, gated_lufs, measure_track, padded_sum

EXCERPT_S = 30.0
"""The piece of the song, from its middle, that genre and tempo are heard in."""

LEADS = ("lead vocal", "woodwind", "brass", "distorted electric guitar", "piano", "synth")
"""Who leads where nobody says: the loudest track of the first of these instruments that is there."""

BACKING = "backing vocal"
"""What singers are beside a lead that was said."""


@dataclass(frozen=True)
class MixOptions:
    """What the user knows better: genre, the lead's file name, instruments by file name, a model of own genres."""

    genre: str | None = None
    lead: str | None = None
    instruments: Mapping[str, str] = field(default_factory=dict)
    genre_model: Path | None = None


@dataclass(frozen=True, eq=False)
class Channel:
    """A track that sounds, its place in the song, and how far its fader is to be moved.

    Attributes:
        said_part: the instrument it is to be as loud as, where the user said who leads; empty where nobody did.
    """

    name: str
    track: Track
    loudness_lufs: float
    instrument: str
    family: str
    confidence: float
    is_lead: bool = False
    gain_db: float = 0.0
    said_part: str = ""

    @property
    def part(self) -> str:
        """The instrument whose level it is to have."""
        return self.said_part or self.instrument

    @property
    def power_gain(self) -> float:
        return float(10 ** (self.gain_db / 10))

    @property
    def is_low(self) -> bool:
        """Whether it belongs to the foundation, which stays in the middle."""
        return self.family == "bass" or self.instrument == "kick"


@dataclass(frozen=True, eq=False)
class Multitrack:
    """The channels that sound, what their sum is held against, and what was found on the way."""

    channels: tuple[Channel, ...]
    silent: tuple[tuple[str, InstrumentGuess], ...]
    genre: GenreUsed
    style: StyleCard
    tempo_bpm: float | None
    findings: tuple[Finding, ...] = ()

    def loudness_lufs(self) -> float | None:
        """Of the sum at the channels' gains, as if no two tracks had anything in common."""
        return gated_lufs(padded_sum([each.track.weighted * each.power_gain for each in self.channels]))

    def mean_bands(self) -> Floats:
        """Mean power [31] of the sum in third octaves, at the channels' gains."""
        total = padded_sum([each.track.bands * each.power_gain for each in self.channels])
        return np.asarray(total.mean(axis=0))


def read_multitrack(paths: Sequence[Path], options: MixOptions = MixOptions()) -> Multitrack:
    """The tracks, measured.

    Raises:
        AudioError: when a track cannot be read.
        ModelError: when the model of genres cannot be used.
        OptionError: for an unknown genre, instrument or lead, or where all tracks are silent.
    """
    said = None if options.genre is None else load_style(options.genre)
    model = load_genre_model(options.genre_model)
    names = track_names(paths)
    _require_known([options.lead] if options.lead else [], names, "lead")
    _require_known(list(options.instruments), names, "track")
    guesses = [guess_instrument(path, _override(options, name)) for path, name in zip(paths, names, strict=True)]
    tracks = [measure_track(path) for path in paths]
    named = list(zip(names, tracks, guesses, strict=True))
    channels = tuple(_channel(name, track, guess) for name, track, guess in named if track.loudness_lufs is not None)
    if not channels:
        raise OptionError(f"all {len(tracks)} tracks are silent: give at least one with sound")
    excerpt = _excerpt([channel.track for channel in channels])
    guess = None if said else _guess_genre(excerpt, model)
    style, genre = (said, GenreUsed(said.name, {said.name: 1.0})) if said else guessed_style(guess)
    return Multitrack(
        channels=_with_lead(channels, options.lead),
        silent=tuple((name, guess) for name, track, guess in named if track.loudness_lufs is None),
        genre=genre,
        style=style,
        tempo_bpm=_tempo(excerpt),
        findings=(*_findings(named), *stranger_findings(guess, "pass --genre")),
    )


def track_names(paths: Sequence[Path]) -> list[str]:
    """File names, with as many folders before them as it takes to tell tracks apart.

    Raises:
        OptionError: when a file is given twice.
    """
    files = [path.resolve() for path in paths]
    twice = [path for place, path in enumerate(paths) if files[place] in files[:place]]
    if twice:
        raise OptionError(f"{twice[0]} is given twice: give each track once")
    parts = [(*path.parent.resolve().parts, path.name) for path in paths]  # links may have names of their own
    return ["/".join(_shortest_of_its_own(each, parts)) for each in parts]


def _shortest_of_its_own(one: tuple[str, ...], all_of_them: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    ends = (one[-n_parts:] for n_parts in range(1, len(one)))
    return next((end for end in ends if sum(each[-len(end) :] == end for each in all_of_them) == 1), one)


def _require_known(wanted: Sequence[str], names: Sequence[str], what: str) -> None:
    unknown = [each for each in wanted if not any(_is_same(each, name) for name in names)]
    if unknown:
        raise OptionError(f"no track is called {unknown[0]!r}, which should be a {what}: there are {', '.join(names)}")


def _is_same(said: str, name: str) -> bool:
    return said in (name, Path(name).stem) or f"/{Path(said).as_posix()}".endswith(f"/{name}")


def _override(options: MixOptions, name: str) -> str | None:
    return next((word for said, word in options.instruments.items() if _is_same(said, name)), None)


def _channel(name: str, track: Track, guess: InstrumentGuess) -> Channel:
    loudness_lufs = ABSOLUTE_GATE_LUFS if track.loudness_lufs is None else track.loudness_lufs
    return Channel(name, track, loudness_lufs, guess.instrument, guess.family, guess.confidence)


def _with_lead(channels: tuple[Channel, ...], said: str | None) -> tuple[Channel, ...]:
    """The channels with the one that leads; beside one that was said to, no other leads in level either."""
    lead = next((each.name for each in channels if said and _is_same(said, each.name)), None)
    name = lead or _likely_lead(channels)
    told = (replace(each, is_lead=each.name == name) for each in channels)
    return tuple(told) if lead is None else tuple(replace(each, said_part=_part_beside_lead(each)) for each in told)


def _part_beside_lead(channel: Channel) -> str:
    if channel.is_lead:
        return LEADS[0]
    return BACKING if channel.instrument == LEADS[0] else ""


def _likely_lead(channels: Sequence[Channel]) -> str | None:
    for instrument in LEADS:
        found = [each for each in channels if each.instrument == instrument]
        if found:
            return max(found, key=lambda each: each.loudness_lufs).name
    return None


def _excerpt(tracks: Sequence[Track]) -> Floats:
    """The middle of the sum, mono at `RATE_HZ` [T]."""
    middle_s = max(track.seconds for track in tracks) / 2
    start_s = max(middle_s - EXCERPT_S / 2, 0.0)
    return padded_sum([_piece(track, start_s) for track in tracks])


def _piece(track: Track, start_s: float) -> Floats:
    """`EXCERPT_S` of a track, silent where it has ended."""
    first, n_frames = round(start_s * track.rate), round(EXCERPT_S * track.rate)
    piece = np.zeros(n_frames, np.float32)
    position = 0
    for block in read_blocks(track.path):
        start, stop = max(first - position, 0), min(first + n_frames - position, block.shape[1])
        if start < stop:
            piece[position + start - first : position + stop - first] = block[:, start:stop].mean(axis=0)
        position += block.shape[1]
        if position >= first + n_frames:
            break
    return np.asarray(resample(AudioBuffer(piece[None], track.rate), RATE_HZ).samples[0], dtype=np.float64)


def _guess_genre(excerpt: Floats, model: GenreModel) -> GenreGuess | None:
    """What the excerpt sounds like; None where too little of it sounds."""
    sounding = np.trim_zeros(excerpt).astype(np.float32)
    if len(sounding) < MIN_S * RATE_HZ:
        return None
    features = level_free(table_features(sounding))
    return model.guess([{column: features[column] for column in GENRE_COLUMNS}])


def _tempo(excerpt: Floats) -> float | None:
    meter = TempoAndKeyMeter(RATE_HZ)
    meter.update(excerpt[None].astype(np.float32))
    return meter.finish().tempo_bpm


def _findings(named: Sequence[tuple[str, Track, InstrumentGuess]]) -> tuple[Finding, ...]:
    """What is odd about the tracks as files; none of it stops the work."""
    silent = [name for name, track, _ in named if track.loudness_lufs is None]
    found = []
    if silent:
        found.append(Finding("silent-track", "warning", f"silent, left alone: {', '.join(silent)}"))
    rates = sorted({track.rate for _, track, _ in named})
    if len(rates) > 1:
        listed = ", ".join(map(str, rates))
        found.append(Finding("unequal-rates", "info", f"tracks have {listed} Hz: mixed at {rates[-1]} Hz"))
    lengths = [track.seconds for _, track, _ in named]
    if max(lengths) - min(lengths) > 1:
        text = f"tracks last {min(lengths):.1f} to {max(lengths):.1f} s: all are taken to begin together"
        found.append(Finding("unequal-lengths", "info", text))
    if max(lengths) < 10:
        text = f"{max(lengths):.1f} s tell little: give whole songs for advice to rest on"
        found.append(Finding("short-song", "warning", text))
    return tuple(found)
