"""`suggest_mix`: starting points for a mix, per track and for all of it, each with its reason.

Order: faders first, for all that follows is heard at them; then what single tracks lack (rumble, spill, range), then
what they do to each other and to the whole (masking, tone), then places and room, then headroom.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from mixassist.errors import Finding
from mixassist.suggest.advice import BUS, REVERB, MixAdvice, Suggestion, TrackAdvice
from mixassist.suggest.balance import Fader, load_balance
from mixassist.suggest.mix_master import with_master
from mixassist.suggest.multitrack import Channel, MixOptions, Multitrack, read_multitrack
from mixassist.suggest.rules.balance import suggest_gains
from mixassist.suggest.rules.compressor import find_restless, suggest_compressors
from mixassist.suggest.rules.equaliser import equalised, suggest_bands, within_ledger
from mixassist.suggest.rules.gate import suggest_gates
from mixassist.suggest.rules.headroom import suggest_bus_gain
from mixassist.suggest.rules.high_pass import suggest_high_passes
from mixassist.suggest.rules.masking import find_masking, suggest_cuts
from mixassist.suggest.rules.panning import find_one_sided, suggest_pans
from mixassist.suggest.rules.reverb import suggest_reverb


def suggest_mix(tracks: Sequence[str | os.PathLike[str]], options: MixOptions | None = None) -> MixAdvice:
    """What to do with the tracks of a song, and then with their mix; they may differ in length and rate.

    Raises:
        AudioError: when a track cannot be read.
        OptionError: for an unknown genre, instrument or lead, or where all tracks are silent.
    """
    song = read_multitrack([Path(track) for track in tracks], options or MixOptions())
    return with_master(song, advise(song))


def advise(song: Multitrack) -> MixAdvice:
    """The rules' suggestions for a measured song."""
    gains = suggest_gains(song)
    at_gains = _with_gains(song, gains)
    masking = find_masking(at_gains)
    cuts = suggest_cuts(at_gains, masking)
    bands = within_ledger([*cuts, *suggest_bands(equalised(at_gains, cuts))])
    suggestions = [
        *gains,
        *suggest_pans(at_gains),
        *suggest_high_passes(at_gains),
        *suggest_gates(at_gains),
        *bands,
        *suggest_compressors(at_gains),
        *suggest_reverb(at_gains),
        *suggest_bus_gain(at_gains),
    ]
    faders = load_balance().faders([each.part for each in song.channels], song.genre.probabilities)
    return MixAdvice(
        genre=song.genre,
        tracks=(
            *(_track(each, suggestions, fader) for each, fader in zip(song.channels, faders, strict=True)),
            *(TrackAdvice(name, guess.instrument, "", ()) for name, guess in song.silent),
        ),
        masking=tuple(masking),
        reverb=_of(REVERB, suggestions),
        bus=_of(BUS, suggestions),
        findings=(*song.findings, *find_one_sided(song), *find_restless(song), *_unsure(song)),
        tempo_bpm=song.tempo_bpm,
    )


def _with_gains(song: Multitrack, gains: Sequence[Suggestion]) -> Multitrack:
    by_track = {each.track: each.number("gain") for each in gains}
    moved = tuple(Channel(**{**vars(each), "gain_db": by_track.get(each.name, 0.0)}) for each in song.channels)
    return Multitrack(**{**vars(song), "channels": moved})


def _track(channel: Channel, suggestions: Sequence[Suggestion], usual: Fader) -> TrackAdvice:
    role = "lead" if channel.is_lead else ""
    return TrackAdvice(channel.name, channel.instrument, role, _of(channel.name, suggestions), usual)


def _of(name: str, suggestions: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
    return tuple(each for each in suggestions if each.track == name)


def _unsure(song: Multitrack) -> tuple[Finding, ...]:
    """What the user should say, because the sound does not."""
    found = []
    if song.genre.name == "unsure":
        text = "no genre is likely enough: targets blend several; pass --genre if you know it"
        found.append(Finding("unsure-genre", "info", text))
    unknown = [each.name for each in song.channels if each.confidence < 0.5]
    if unknown:
        text = f"instrument not recognised: {', '.join(unknown)}; rename, or pass --instrument NAME=INSTRUMENT"
        found.append(Finding("unsure-instrument", "info", text))
    return tuple(found)
