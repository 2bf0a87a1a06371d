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

from mixassist.audio.files import probe_audio, read_blocks
from mixassist.errors import AudioError, OptionError
from mixassist.suggest.advice import GenreUsed, MasterAdvice, Suggestion
from mixassist.suggest.delivery import STREAMING, Delivery, find_delivery
from mixassist.suggest.genre import guess_genre
from mixassist.suggest.master_chain import MasterChain, chain_of
from mixassist.suggest.master_findings import master_findings
from mixassist.suggest.master_level import TOLERANCE_LU, level_suggestions
from mixassist.suggest.master_profile import MasterProfile, measure_profile
from mixassist.suggest.master_rules import compressor_suggestions, tone_suggestions, width_suggestions
from mixassist.suggest.reference import MasterTarget, genre_target, reference_target
from mixassist.suggest.render import render_blocks
from mixassist.suggest.style import StyleCard
from mixassist.suggest.style_files import NEUTRAL, blend_by_probability, load_style

AXES = ("eq", "compression", "width", "loudness")
STREAMING_TOLERANCE_LU = 1.0
"""Quieter than this below the platforms' level, a song is heard quieter than others there."""
N_SPREADS = 1.5
"""93 of 100 masters of a genre are louder than that below its middle."""


@dataclass(frozen=True)
class MasterOptions:
    """What to come near, and how far.

    Attributes:
        genre: a style card's name; guessed if not given.
        reference: a song to sound like.
        target: a platform or a loudness in LUFS; without it the reference's loudness counts, and without a reference
            only a song too quiet for streaming is raised.
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
    measured = _heard(path)
    target, reference = genre_target(style), None
    if options.reference is not None:
        reference = _heard(options.reference)
        target = reference_target(measured, reference, options.reference.name, style)
    suggestions, shaped = _shaping(path, measured, target, options)
    wanted = _delivery(measured, delivery, reference, style)
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
    goal = wanted or _as_it_was(song, shaped)
    return replace(goal, lufs=shaped.lufs + amount * (goal.lufs - shaped.lufs))


def _as_it_was(song: MasterProfile, shaped: MasterProfile) -> Delivery:
    """The song's own loudness as far as its peaks stay where they may be: nobody asked for a limiter."""
    ceiling_dbtp = min(max(song.true_peak_dbtp, STREAMING.ceiling_dbtp), 0.0)
    own_lufs, shaped_lufs = song.lufs or STREAMING.lufs, shaped.lufs or STREAMING.lufs
    lufs = min(own_lufs, shaped_lufs + ceiling_dbtp - shaped.true_peak_dbtp)
    return Delivery("as it was", lufs, ceiling_dbtp, True, "the song keeps its loudness, or its peaks")


def _is_off(song: MasterProfile, goal: Delivery) -> bool:
    return song.lufs is not None and abs(goal.lufs - song.lufs) >= TOLERANCE_LU


def _delivery(
    song: MasterProfile, asked: Delivery | None, reference: MasterProfile | None, style: StyleCard
) -> Delivery | None:
    """The loudness to come to; None where the song may keep its own."""
    if asked is not None:
        return asked
    if reference is not None:
        if reference.lufs is None:
            return None
        return Delivery("reference", reference.lufs, STREAMING.ceiling_dbtp, True, "the loudness of the reference")
    return STREAMING if song.lufs is not None and song.lufs < _quietest_lufs(style) else None


def _quietest_lufs(style: StyleCard) -> float:
    """Where songs begin to be too quiet: below the platforms' level, and quieter than most masters of their genre."""
    usual = style.loudness["competitive"]
    return min(STREAMING.lufs - STREAMING_TOLERANCE_LU, usual.value - N_SPREADS * usual.spread)


def _style(path: Path, name: str | None) -> tuple[StyleCard, GenreUsed]:
    if name is not None:
        card = load_style(name)
        return card, GenreUsed(card.name, {card.name: 1.0})
    try:
        guess = guess_genre(path)
    except AudioError:  # too short or silent to tell; a file that cannot be read is refused when it is measured
        return load_style(NEUTRAL), GenreUsed(NEUTRAL, {NEUTRAL: 1.0})
    return blend_by_probability(guess.probabilities), GenreUsed(guess.name or "unsure", guess.probabilities)


def _heard(path: Path, chain: MasterChain | None = None) -> MasterProfile:
    """The profile of a song, after a chain if one is given."""
    info = probe_audio(path)
    if info.n_channels > 2:
        raise AudioError(f"{info.path.name} has {info.n_channels} channels: fold it down to stereo or mono first")
    blocks = read_blocks(path)
    profile = measure_profile(render_blocks(blocks, info.rate, chain) if chain else blocks, info.rate, info.n_channels)
    if profile.lufs is None and chain is None:
        raise AudioError(f"{path} is silent or shorter than 0.4 s: give a song with sound")
    return profile
