"""`ExportSession`: mix or master advice as tracks with files and suggestions, which is what workstations hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mixassist.audio.files import probe_audio
from mixassist.suggest.advice import MasterAdvice, MixAdvice, Suggestion
from mixassist.suggest.advice_words import reason_words, setting_words
from mixassist.suggest.processors import pan_gain_db


@dataclass(frozen=True)
class ExportTrack:
    """A track: its file, how long it is, what to set on it, and what it is."""

    name: str
    file: Path
    seconds: float
    rate: int
    n_channels: int
    suggestions: tuple[Suggestion, ...]
    comment: str = ""

    def number(self, processor: str, name: str, default: float | None) -> float | None:
        """A parameter of the first suggestion for a processor; `default` where there is none."""
        found = (each.number(name) for each in self.suggestions if each.processor == processor)
        return next(found, default)

    @property
    def pan(self) -> float:
        """Where it stands, -1 to 1."""
        return self.number("pan", "pan", None) or 0.0

    @property
    def fader_db(self) -> float:
        """What a fader before a balance without gain is set to: the gains, and what the pan raises both sides by."""
        return gain_db(self.suggestions) + pan_gain_db(self.pan)


@dataclass(frozen=True)
class ExportSession:
    """Tracks, the reverb they send to, what is set on their sum and then on the master; empty where there is none.

    `tempo_bpm` is as heard, None where it was not.
    """

    title: str
    tracks: tuple[ExportTrack, ...]
    master: tuple[Suggestion, ...] = ()
    reverb: tuple[Suggestion, ...] = ()
    bus: tuple[Suggestion, ...] = ()
    tempo_bpm: float | None = None

    def sends_db(self) -> list[float | None]:
        """How much of each track goes to the reverb."""
        return [track.number("reverb_send", "send", None) if self.reverb else None for track in self.tracks]


def mix_session(advice: MixAdvice, files: Mapping[str, Path], title: str) -> ExportSession:
    """The session of a mix; `files` by track name."""
    tracks = tuple(
        _track(
            track.track, files[track.track], track.suggestions, " ".join(filter(None, (track.instrument, track.role)))
        )
        for track in advice.tracks
    )
    return ExportSession(title, tracks, advice.master, advice.reverb, advice.bus, advice.tempo_bpm)


def master_session(advice: MasterAdvice, song: Path) -> ExportSession:
    """The session of a master: the song on one track, everything suggested on the master."""
    return ExportSession(song.stem, (_track(song.name, song, (), ""),), advice.suggestions)


def of(suggestions: Sequence[Suggestion], processor: str) -> list[Suggestion]:
    """The suggestions for a processor, in order."""
    return [each for each in suggestions if each.processor == processor]


def gain_db(suggestions: Sequence[Suggestion]) -> float:
    """What all gains of the suggestions make together."""
    return sum(each.number("gain") for each in of(suggestions, "gain"))


def why(suggestions: Sequence[Suggestion]) -> str:
    """Settings, effects and reasons in words, a line each: what no device of a format takes is told at least."""
    return "\n".join(
        f"{each.processor}: {setting_words(each)}: {each.effect} ({reason_words(each.reason)})" for each in suggestions
    )


def _track(name: str, file: Path, suggestions: tuple[Suggestion, ...], comment: str) -> ExportTrack:
    info = probe_audio(file)
    return ExportTrack(
        name=name,
        file=file.resolve(),
        seconds=info.n_frames / info.rate,
        rate=info.rate,
        n_channels=info.n_channels,
        suggestions=suggestions,
        comment=comment,
    )
