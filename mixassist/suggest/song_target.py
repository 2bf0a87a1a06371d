"""What a song is held against: the card of the genre it sounds like, or the blend of cards of those it may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mixassist.suggest.card_findings import card_findings
from mixassist.suggest.genre_style import guessed_style
from mixassist.suggest.inspection import BandLevel, Inspection
from mixassist.suggest.style import ALIGNED_HZ, ToneCurve


def with_target(song: Inspection) -> Inspection:
    """The inspection with the tone that its spectrum should have, and what else sets it apart from its genre."""
    style, _ = guessed_style(song.genre)
    found = (*song.findings, *card_findings(song, style))
    return replace(song, spectrum=against_tone(song.spectrum, style.tone), findings=found)


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
