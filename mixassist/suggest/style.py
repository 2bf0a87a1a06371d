"""`StyleCard`: what finished songs of a genre are like, as values that each say where they come from.

A card is no recipe: a value inside its spread is right as it is. Where the genre is uncertain, cards blend by
probability, and a blend is as wide as its parts and what lies between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import OptionError

Status = Literal["measured", "published", "prior"]
"""Measured by us on data we may use; published by others who measured; a practitioner's prior that nobody measured."""


@dataclass(frozen=True)
class Source:
    """Where a value comes from."""

    name: str
    title: str
    status: Status
    licence: str
    note: str = ""


@dataclass(frozen=True)
class Value:
    """A target and its spread (one standard deviation), in the unit its key names; several sources after blending."""

    value: float
    spread: float
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class ToneCurve:
    """Third-octave levels re 1 kHz at `bands_hz`, and how far finished songs spread around them, in dB.

    `ways_db` [W][K] are the ways in which songs part from the level, each one standard deviation long: a dark song is
    dark in all its treble. What the spread has beyond them, each band has for itself.
    """

    bands_hz: tuple[float, ...]
    level_db: tuple[float, ...]
    spread_db: tuple[float, ...]
    sources: tuple[Source, ...]
    ways_db: tuple[tuple[float, ...], ...] = ()

    def covariance(self) -> NDArray[np.float64]:
        """How bands of finished songs vary together [K, K], in dB²."""
        ways = np.array(self.ways_db).reshape(-1, len(self.bands_hz))
        alone = np.square(self.spread_db) - np.square(ways).sum(axis=0)
        return np.asarray(ways.T @ ways + np.diag(np.maximum(alone, 0)))


@dataclass(frozen=True)
class StyleCard:
    """A genre's targets, by key.

    `loudness` in LUFS of masters that compete (platforms' levels are in `delivery`); `width`, `dynamics` and `reverb`
    by measure; `balance` in LU of an instrument's loudness re the whole mix; `rt60_s` and `reverb_lu` per instrument,
    the latter re the reverberation of the lead.
    """

    name: str
    title: str
    tone: ToneCurve
    loudness: Mapping[str, Value]
    width: Mapping[str, Value]
    dynamics: Mapping[str, Value]
    balance: Mapping[str, Value]
    reverb: Mapping[str, Value]
    rt60_s: Mapping[str, Value]
    reverb_lu: Mapping[str, Value]
    aliases: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


ALIGNED_HZ = (200.0, 5000.0)
"""Songs and tones are laid over each other by their level between these, where finished songs differ least."""

SECTIONS = ("loudness", "width", "dynamics", "balance", "reverb", "rt60_s", "reverb_lu")


def blend_styles(cards: Sequence[StyleCard], probabilities: Sequence[float]) -> StyleCard:
    """The mixture of cards: means weighted by probability, with the spread of the mixture.

    Raises:
        OptionError: when there is no card, the counts differ, or the probabilities do not sum to something positive.
    """
    weights = np.array(probabilities, dtype=float)
    if not cards or len(cards) != len(weights) or (weights < 0).any() or not weights.sum() > 0:
        raise OptionError(f"{len(cards)} styles with probabilities {list(probabilities)} cannot be blended")
    chosen = [(card, float(weight)) for card, weight in zip(cards, weights / weights.sum(), strict=True) if weight > 0]
    if len(chosen) == 1:
        return chosen[0][0]
    sections: dict[str, Any] = {
        section: _blend_section([(getattr(card, section), p) for card, p in chosen]) for section in SECTIONS
    }
    return StyleCard(
        name="+".join(card.name for card, _ in chosen),
        title=", ".join(f"{card.title} {weight:.0%}" for card, weight in chosen),
        tone=_blend_tones([(card.tone, weight) for card, weight in chosen]),
        **sections,
    )


def _blend_section(parts: Sequence[tuple[Mapping[str, Value], float]]) -> dict[str, Value]:
    """Each key of any part, blended over the parts that have it."""
    keys = dict.fromkeys(key for section, _ in parts for key in section)
    return {key: _blend([(section[key], weight) for section, weight in parts if key in section]) for key in keys}


def _blend(parts: Sequence[tuple[Value, float]]) -> Value:
    values, spreads = np.array([[value.value, value.spread] for value, _ in parts]).T
    mean, spread = _mixture(values, spreads, np.array([weight for _, weight in parts]))
    return Value(float(mean), float(spread), _sources(value.sources for value, _ in parts))


def _blend_tones(parts: Sequence[tuple[ToneCurve, float]]) -> ToneCurve:
    levels = np.array([tone.level_db for tone, _ in parts])
    spreads = np.array([tone.spread_db for tone, _ in parts])
    mean, spread = _mixture(levels, spreads, np.array([weight for _, weight in parts]))
    sources = _sources(tone.sources for tone, _ in parts)
    ways = [
        np.sqrt(weight) * row
        for tone, weight in parts
        for row in (*np.array(tone.ways_db), np.array(tone.level_db) - mean)
    ]
    return ToneCurve(
        parts[0][0].bands_hz, tuple(mean.tolist()), tuple(spread.tolist()), sources, tuple(map(tuple, ways))
    )


def _mixture(means: Any, spreads: Any, weights: Any) -> tuple[Any, Any]:
    """Mean and standard deviation of a mixture of normals [N, ...]: var = sum p (s² + (m - mean)²)."""
    p = (weights / weights.sum()).reshape(-1, *[1] * (means.ndim - 1))
    mean = (p * means).sum(axis=0)
    return mean, np.sqrt((p * (spreads**2 + (means - mean) ** 2)).sum(axis=0))


def _sources(groups: Any) -> tuple[Source, ...]:
    """Every source once, in order."""
    return tuple(dict.fromkeys(source for group in groups for source in group))
