"""`suggest_master`: what would bring a song to its genre, or to a reference, and to the loudness it is to have.

Task: a small chain of equaliser, compressor, width, gain and limiter, fitted so that every number can be read and
turned; nothing for what lies within its tolerance.
Conventions: the song is heard anew after each step, so that a later step answers to what an earlier one did.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from mixassist.dsp.compressor import CompressorSettings
from mixassist.errors import OptionError
from mixassist.suggest.advice import GenreUsed, MasterAdvice, Suggestion
from mixassist.suggest.delivery import STREAMING, Delivery, find_delivery
from mixassist.suggest.genre_style import style_of_song
from mixassist.suggest.master_chain import chain_of
from mixassist.suggest.master_dynamics import compressor_suggestions
from mixassist.suggest.master_findings import master_findings
from mixassist.suggest.master_level import (
    TOLERANCE_LU,
    Levelled,
    level_suggestions,
    lowered,
    own_level,
    unused_headroom,
)
from mixassist.suggest.master_profile import MasterProfile
from mixassist.suggest.master_rules import tone_suggestions, width_suggestions
from mixassist.suggest.master_song import MasterSong, song_in_file
from mixassist.suggest.reference import MasterTarget, genre_target, reference_target
from mixassist.suggest.style import StyleCard
from mixassist.suggest.style_files import load_style

AXES = ("eq", "compression", "width", "loudness")


@dataclass(frozen=True)
class MasterOptions:
    """What to come near, and how far.

    Attributes:
        genre: a style card's name; guessed if not given.
        reference: a song to sound like.
        target: a platform or a loudness in LUFS; without it the reference's loudness counts, and without a reference
            only a song that leaves its headroom unused is raised.
        amounts: 0 to 1 by axis, 1 where not given.
        genre_model: a file of one's own genres to guess by; the shipped model if not given.
    """

    genre: str | None = None
    reference: Path | None = None
    target: str | None = None
    amounts: Mapping[str, float] = field(default_factory=dict)
    genre_model: Path | None = None

    def __post_init__(self) -> None:
        for axis, amount in self.amounts.items():
            if axis not in AXES:
                raise OptionError(f"amount of {axis!r} is unknown: there are {', '.join(AXES)}")
            if not 0 <= amount <= 1:
                raise OptionError(f"amount {axis}={amount:g} is out of range: give 0 to 1")

    def amount(self, axis: str) -> float:
        return self.amounts.get(axis, 1.0)


def suggest_master(song: str | os.PathLike[str], options: MasterOptions = MasterOptions()) -> MasterAdvice:
    """What to do with a song, each step with its reason.

    Raises:
        AudioError: when a file cannot be read or has more than two channels, or the song is silent.
        OptionError: for an unknown genre or target.
    """
    path = Path(song)
    if options.target:
        find_delivery(options.target)  # refused before anything is read
    return advise_master(song_in_file(path), *_style(path, options), options)


def advise_master(song: MasterSong, style: StyleCard, genre: GenreUsed, options: MasterOptions) -> MasterAdvice:
    """What to do with a song whose genre is settled.

    Raises:
        AudioError: when it or the reference cannot be read or is silent.
        OptionError: for an unknown target.
    """
    first = song.first_heard()
    measured = first.profile
    target, reference = genre_target(style), None
    if options.reference is not None:
        reference = song_in_file(options.reference).heard()
        target = reference_target(measured, reference, options.reference.name, style)
    suggestions, shaped = _shaping(song, measured, target, options)
    delivery = find_delivery(options.target) if options.target else None
    own = _reference_delivery(reference) if reference else unused_headroom(measured, shaped, style)
    amount = options.amount("loudness")
    wanted = (delivery or own) if amount > 0 else None
    goal, level = _goal(measured, shaped, wanted, amount), Levelled()
    if suggestions or (wanted is not None and (delivery is not None or _is_off(shaped, goal))):
        level = level_suggestions(shaped, chain_of(suggestions), goal, song.heard)
    suggestions += level.suggestions
    return MasterAdvice(
        song=song.name,
        genre=genre,
        reference=options.reference.name if options.reference else None,
        target=wanted.name if wanted else "as it was",
        target_lufs=goal.lufs if wanted else None,
        suggestions=suggestions,
        findings=(*first.findings, *master_findings(measured, shaped, target, suggestions), *level.findings),
        sections=first.sections,
    )


def _shaping(
    song: MasterSong, measured: MasterProfile, target: MasterTarget, options: MasterOptions
) -> tuple[tuple[Suggestion, ...], MasterProfile]:
    """Tone, then dynamics and width of what the equaliser leaves; and the song as it leaves them."""
    tone = tone_suggestions(measured, target, options.amount("eq"))
    toned = song.heard(chain_of(tone)) if tone else measured

    def compressed(settings: CompressorSettings) -> MasterProfile:
        return song.heard(replace(chain_of(tone), compressor=settings))

    dynamics = compressor_suggestions(toned, target, options.amount("compression"), compressed)
    image = width_suggestions(toned, target, options.amount("width"))
    suggestions = (*tone, *dynamics, *image)
    return suggestions, song.heard(chain_of(suggestions)) if dynamics or image else toned


def _goal(song: MasterProfile, shaped: MasterProfile, wanted: Delivery | None, amount: float) -> Delivery:
    """Where to go from the shaped song: all the way or in part, and its own loudness where none is wanted."""
    if amount == 0:
        return lowered(song, shaped)
    goal = wanted or own_level(song, shaped)
    return goal if shaped.lufs is None else replace(goal, lufs=shaped.lufs + amount * (goal.lufs - shaped.lufs))


def _is_off(song: MasterProfile, goal: Delivery) -> bool:
    return song.lufs is not None and abs(goal.lufs - song.lufs) >= TOLERANCE_LU


def _reference_delivery(reference: MasterProfile) -> Delivery:
    lufs = STREAMING.lufs if reference.lufs is None else reference.lufs
    return Delivery("reference", lufs, STREAMING.ceiling_dbtp, "user", "the loudness of the reference")


def _style(path: Path, options: MasterOptions) -> tuple[StyleCard, GenreUsed]:
    if options.genre is None:
        return style_of_song(path, options.genre_model)
    card = load_style(options.genre)
    return card, GenreUsed(card.name, {card.name: 1.0})
