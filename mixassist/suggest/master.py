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

from mixassist.audio.files import open_audio
from mixassist.audio.info import AudioInfo
from mixassist.errors import AudioError, OptionError
from mixassist.suggest.advice import GenreUsed, MasterAdvice, Suggestion
from mixassist.suggest.delivery import STREAMING, Delivery, find_delivery
from mixassist.suggest.genre import guess_genre
from mixassist.suggest.master_chain import MasterChain, chain_of
from mixassist.suggest.master_findings import master_findings
from mixassist.suggest.master_level import TOLERANCE_LU, level_suggestions, own_level, unused_headroom
from mixassist.suggest.master_profile import MasterProfile, measure_profile
from mixassist.suggest.master_rules import compressor_suggestions, tone_suggestions, width_suggestions
from mixassist.suggest.reference import MasterTarget, genre_target, reference_target
from mixassist.suggest.render import render_blocks
from mixassist.suggest.sections import Section, SectionMeter
from mixassist.suggest.style import StyleCard
from mixassist.suggest.style_files import NEUTRAL, blend_by_probability, load_style

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
    """

    genre: str | None = None
    reference: Path | None = None
    target: str | None = None
    amounts: Mapping[str, float] = field(default_factory=dict)

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
    delivery = find_delivery(options.target) if options.target else None
    style, genre = _style(path, options.genre)
    measured, sections = _laid_out(path)
    target, reference = genre_target(style), None
    if options.reference is not None:
        reference = _heard(options.reference)
        target = reference_target(measured, reference, options.reference.name, style)
    suggestions, shaped = _shaping(path, measured, target, options)
    own = _reference_delivery(reference) if reference else unused_headroom(measured, shaped, style)
    wanted = delivery or own
    goal = _goal(measured, shaped, wanted, options.amount("loudness"))
    if goal is not None and (suggestions or delivery is not None or (wanted is not None and _is_off(shaped, goal))):
        chain = chain_of(suggestions)
        suggestions += level_suggestions(shaped, chain, goal, lambda trial: _heard(path, trial))
    return MasterAdvice(
        song=path.name,
        genre=genre,
        reference=options.reference.name if options.reference else None,
        target=wanted.name if wanted else "as it was",
        target_lufs=wanted.lufs if wanted else None,
        suggestions=suggestions,
        findings=tuple(master_findings(measured, shaped, target, suggestions)),
        sections=sections,
    )


def _shaping(
    path: Path, song: MasterProfile, target: MasterTarget, options: MasterOptions
) -> tuple[tuple[Suggestion, ...], MasterProfile]:
    """Tone, then dynamics and width of what the equaliser leaves; and the song as it leaves them."""
    tone = tone_suggestions(song, target, options.amount("eq"))
    toned = _heard(path, chain_of(tone)) if tone else song
    dynamics = compressor_suggestions(toned, target, options.amount("compression"))
    image = width_suggestions(toned, target, options.amount("width"))
    suggestions = (*tone, *dynamics, *image)
    return suggestions, _heard(path, chain_of(suggestions)) if dynamics or image else toned


def _goal(song: MasterProfile, shaped: MasterProfile, wanted: Delivery | None, amount: float) -> Delivery | None:
    """Where to go from the shaped song: all the way or in part, and its own loudness where none is wanted."""
    if shaped.lufs is None or song.lufs is None or amount == 0:
        return None
    goal = wanted or own_level(song, shaped)
    return replace(goal, lufs=shaped.lufs + amount * (goal.lufs - shaped.lufs))


def _is_off(song: MasterProfile, goal: Delivery) -> bool:
    return song.lufs is not None and abs(goal.lufs - song.lufs) >= TOLERANCE_LU


def _reference_delivery(reference: MasterProfile) -> Delivery:
    lufs = reference.lufs or STREAMING.lufs
    return Delivery("reference", lufs, STREAMING.ceiling_dbtp, True, "the loudness of the reference")


def _style(path: Path, name: str | None) -> tuple[StyleCard, GenreUsed]:
    if name is not None:
        card = load_style(name)
        return card, GenreUsed(card.name, {card.name: 1.0})
    try:
        guess = guess_genre(path)
    except AudioError:  # too short or silent to tell; a file that cannot be read is refused when it is measured
        return load_style(NEUTRAL), GenreUsed(NEUTRAL, {NEUTRAL: 1.0})
    return blend_by_probability(guess.probabilities), GenreUsed(guess.name or "unsure", guess.probabilities)


def _laid_out(path: Path) -> tuple[MasterProfile, tuple[Section, ...]]:
    """The profile of a song and its sections."""
    with open_audio(path) as source:
        info = _checked(source.info)
        meter = SectionMeter(info.rate, info.n_channels)
        profile = measure_profile(meter.overhear(source.blocks), info.rate, info.n_channels)
    return _audible(profile, path), meter.sections()


def _heard(path: Path, chain: MasterChain | None = None) -> MasterProfile:
    """The profile of a song, after a chain if one is given."""
    with open_audio(path) as source:
        info = _checked(source.info)
        blocks = render_blocks(source.blocks, info.rate, chain) if chain else source.blocks
        profile = measure_profile(blocks, info.rate, info.n_channels)
    return profile if chain else _audible(profile, path)


def _checked(info: AudioInfo) -> AudioInfo:
    if info.n_channels > 2:
        raise AudioError(f"{info.path.name} has {info.n_channels} channels: fold it down to stereo or mono first")
    return info


def _audible(profile: MasterProfile, path: Path) -> MasterProfile:
    if profile.lufs is None:
        raise AudioError(f"{path} is silent or shorter than 0.4 s: give a song with sound")
    return profile
