"""What a song sounds like, and what its spectrum is held against: the tone of its genre's card, or of their blend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mixassist.suggest.inspection import BandLevel, Inspection
from mixassist.suggest.style import ToneCurve
from mixassist.suggest.style_files import NEUTRAL, blend_by_probability, load_style

ALIGNED_HZ = (200.0, 5000.0)
"""A song and a tone are laid over each other by their mean level between these, where finished songs differ least."""


def with_target(song: Inspection) -> Inspection:
    """The inspection with the tone that its spectrum should have, by the genre that the song sounds like.

    An unsure guess is held against the blend of its genres all the same, for that is as wide as the doubt. A song
    that is too short or too silent for a guess is held against the neutral card.
    """
    style = load_style(NEUTRAL) if song.genre is None else blend_by_probability(song.genre.probabilities)
    return replace(song, spectrum=against_tone(song.spectrum, style.tone))


def against_tone(spectrum: Sequence[BandLevel], tone: ToneCurve) -> tuple[BandLevel, ...]:
    """The bands with the tone's level and spread, the tone moved to the song's level."""
    wanted = dict(zip(tone.bands_hz, zip(tone.level_db, tone.spread_db, strict=True), strict=True))
    low_hz, high_hz = ALIGNED_HZ
    gaps_db = [
        band.level_db - wanted[band.hz][0] for band in spectrum if band.hz in wanted and low_hz <= band.hz <= high_hz
    ]
    shift_db = float(np.mean(gaps_db)) if gaps_db else 0.0
    return tuple(
        replace(band, target_db=wanted[band.hz][0] + shift_db, spread_db=wanted[band.hz][1])
        if band.hz in wanted
        else band
        for band in spectrum
    )
