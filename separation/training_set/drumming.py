"""Writes drum parts: patterns of the genre, fills at the end of sections, cymbals at their beginning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from separation.training_set.score import Note, Part, Plan, humanised
from separation.training_set.styles import STRENGTHS, Style

PITCHES = {
    "kick": 36,
    "stick": 37,
    "snare": 38,
    "clap": 39,
    "hat": 42,
    "open_hat": 46,
    "low_tom": 43,
    "mid_tom": 47,
    "high_tom": 50,
    "crash": 49,
    "ride": 51,
    "conga": 63,
}
"""General MIDI."""
GROUPS = {"kick": ("kick",), "snare": ("snare", "stick", "clap"), "cymbals": ("hat", "open_hat", "ride", "crash")}
GROUPS |= {"toms": ("low_tom", "mid_tom", "high_tom", "conga")}
"""Tracks of a recorded kit, as its microphones would give."""
PROGRAMS = {"acoustic": (0, 8, 16), "electronic": (24, 25), "jazz": (32, 0), "brushes": (40,)}
"""Kits of a General MIDI drum bank."""


@dataclass(frozen=True)
class Hit:
    """A stroke on a drum; strength 0 to 1."""

    drum: str
    at_s: float
    strength: float


def write_hits(plan: Plan, style: Style, rng: np.random.Generator) -> list[Hit]:
    """All strokes of a song, in no order."""
    lines = {drum: patterns[rng.integers(len(patterns))] for drum, patterns in style.drums.items()}
    hits: list[Hit] = []
    for section in plan.sections:
        if rng.random() < 0.25 * (1 - section.energy):
            continue
        lines |= {drum: style.drums[drum][rng.integers(len(style.drums[drum]))] for drum in ("kick", "hat")}
        is_riding = section.energy > 0.8 and "ride" not in style.drums and rng.random() < 0.35
        last = min(section.first_bar + section.n_bars, plan.n_bars) - 1
        for bar in range(section.first_bar, last + 1):
            is_fill = (
                bar == last or ((bar - section.first_bar) % 4 == 3 and rng.random() < 0.3)
            ) and rng.random() < 0.8
            first_of_fill = plan.n_steps - int(rng.choice([2, 4, 8])) if is_fill else plan.n_steps
            hits += _bar(plan, bar, lines, first_of_fill, rng)
            hits += _fill(plan, bar, first_of_fill, rng)
            if bar == section.first_bar and rng.random() < 0.7 * section.energy:
                hits.append(Hit("crash", plan.at_s(bar, 0), rng.uniform(0.7, 1)))
        if is_riding:
            hits = [
                Hit("ride", hit.at_s, hit.strength) if _is_in(hit, plan, section.first_bar) else hit for hit in hits
            ]
    return hits


def _is_in(hit: Hit, plan: Plan, first_bar: int) -> bool:
    return hit.drum == "hat" and hit.at_s >= plan.at_s(first_bar, 0)


def _bar(plan: Plan, bar: int, lines: dict[str, str], n_steps: int, rng: np.random.Generator) -> list[Hit]:
    hits = []
    for drum, line in lines.items():
        for step, sign in enumerate((line * 2)[: plan.n_steps][:n_steps]):
            is_dropped, is_added = (
                rng.random() < 0.02,
                sign == "." and drum in ("kick", "snare") and rng.random() < 0.01,
            )
            if (sign in STRENGTHS and not is_dropped) or is_added:
                is_open = drum == "hat" and step % 4 == 2 and rng.random() < 0.06
                strength = STRENGTHS.get(sign, 0.4)
                hits.append(Hit("open_hat" if is_open else drum, plan.at_s(bar, step), strength))
    return hits


def _fill(plan: Plan, bar: int, first: int, rng: np.random.Generator) -> list[Hit]:
    """Strokes that run over snare and toms until the bar is over."""
    drums = ("snare", "high_tom", "mid_tom", "low_tom")
    hits, n_steps = [], plan.n_steps - first
    for step in range(first, plan.n_steps):
        if rng.random() < 0.8:
            drum = drums[min(int((step - first) / max(n_steps, 1) * 4 + rng.random()), 3)]
            hits.append(Hit(drum, plan.at_s(bar, step), rng.uniform(0.6, 1)))
    return hits


def rolled(hits: list[Hit], plan: Plan, likelihood: float, rng: np.random.Generator) -> list[Hit]:
    """The strokes with some on the hat turned into rolls of two to four, swelling or fading."""
    found = []
    for hit in hits:
        n_strokes = int(rng.choice([2, 3, 4])) if hit.drum == "hat" and rng.random() < 0.15 * likelihood else 1
        slope = float(rng.choice([-0.5, 0.5]))
        for place in range(n_strokes):
            strength = hit.strength * (1 + slope * (place / n_strokes - (slope > 0)))
            at_s = hit.at_s + place * plan.step_s / n_strokes
            found.append(Hit(hit.drum, at_s, strength) if n_strokes > 1 else hit)
    return found


def as_parts(hits: list[Hit], kit: str, rng: np.random.Generator) -> list[Part]:
    """Parts for the drum bank of a SoundFont, one per group of drums."""
    program, font = int(rng.choice(PROGRAMS[kit])), int(rng.integers(2))
    parts = []
    for group, drums in GROUPS.items():
        notes = [Note(hit.at_s, 0.2, PITCHES[hit.drum], round(125 * hit.strength)) for hit in hits if hit.drum in drums]
        notes = humanised(notes, 0.003, rng)
        parts.append(Part(group, "drums", notes, program, font, is_drums=True, level_db=float(rng.normal(0, 2))))
    return parts
