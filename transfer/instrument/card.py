"""The card of an instrument: what it is, whose sound it learned, how well it does, how it is played and where it fails.

Every name and number in it comes from the data set's credits, the facts of the training and the design.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import fill
from typing import Any

from mixassist.runtime.artifact import ModelCard
from transfer.hub_card import model_front_matter, table_row
from transfer.instrument.design import RATE, InstrumentDesign

WIDTH = 120

_CARD = """# {name}

Plays what is sung or played as the sound it learned: it follows pitch and loudness, and makes {n_partials} partials
and {n_bands} bands of noise from them, {frame_ms:.1f} ms at a time{room}. A network of {n_parameters:,} weights, which
looks at the past {past_ms:.0f} ms.

## Credits

| who | what | licence | seconds | share | of proceeds | found at |
|---|---|---|---|---|---|---|
{credits}

Licence: {licence}. Every file that is rendered names them.

## How it was trained

On {train_minutes:.1f} minutes of {dataset} (sha256 {dataset_sha256:.12}), {n_steps:,} steps in {minutes:.1f} minutes of
a CPU's time, by `mixassist transfer train`: first on amplitudes that an analysis found, then on spectra at six
resolutions. Kept is the running average of the weights at minute {best_minutes:.1f}, which did best on {judged}. No
adversarial training, and nothing learned beforehand.

## How well it does

Spectral distance on {judged}: {held_out:.3f}. How near it brings other sounds, and how well it keeps their
pitch and loudness: `benchmarks/RESULTS.md`.

## How it is played

Notes from {lowest_note:.0f} to {highest_note:.0f} (MIDI numbers, the middle 90 %) and loudness from {softest_db:.0f} to
{loudest_db:.0f} dB (A-weighted) are what it learned; matching brings other players there.

## Where it fails

{failures}
"""
_FAILURES = (
    "One note at a time: of chords it follows one note, or none.",
    "It knows pitch and loudness alone. Vowels, consonants and how a string was plucked are not told to it.",
    "Consonants and breath have no pitch: the last one is held while they last.",
    "The room and the microphone that it was recorded with are part of the sound.",
)


@dataclass(frozen=True)
class Facts:
    """What the card tells of a model called `name`."""

    name: str
    card: ModelCard
    design: InstrumentDesign
    statistics: Mapping[str, Any]


def write_card(facts: Facts) -> str:
    """The text of CARD.md."""
    design, training = facts.design, facts.card.training
    notes, loudness_db = facts.statistics["notes"], facts.statistics["loudness_db"]
    text = _CARD.format(
        **{key: training[key] for key in ("dataset", "dataset_sha256", "minutes", "n_steps", "n_parameters")},
        name=facts.name,
        n_partials=design.n_partials,
        n_bands=design.n_bands,
        frame_ms=1000 * design.hop / RATE,
        room=_room(design),
        past_ms=1000 * design.n_past * design.hop / RATE,
        credits="\n".join(map(_credit_row, facts.card.credits)),
        licence=facts.card.licence,
        train_minutes=training["seconds"]["train"] / 60,
        best_minutes=training["best"]["minutes"],
        held_out=training["best"]["held_out"],
        judged=_judged(training),
        lowest_note=notes[1],
        highest_note=notes[-2],
        softest_db=loudness_db[1],
        loudest_db=loudness_db[-2],
        failures="\n".join(f"- {line}" for line in _FAILURES),
    )
    told = "\n\n".join(_wrapped(part) for part in text.strip().split("\n\n")) + "\n"
    return f"{model_front_matter(facts.card, training['dataset'])}\n{told}"


def _room(design: InstrumentDesign) -> str:
    """What is said of the room, if there is one."""
    return f", in a room of {1000 * design.n_room / RATE:.0f} ms that it learned with them" if design.n_room else ""


def _judged(training: Mapping[str, Any]) -> str:
    """What the training was judged by."""
    if not training["seconds"].get("validation"):
        return "what it learned from, for nothing is held out"
    if not training["held_out_recordings"]:
        return "parts of its recordings that are held out"
    return "recordings that are held out"


def _credit_row(credit: Mapping[str, Any]) -> str:
    cells = (
        credit["name"],
        credit["role"],
        credit["licence"],
        f"{credit['seconds']:.0f}",
        f"{credit['share']:.0%}",
        f"{credit['split_percent']:g} %",
        credit["source"],
    )
    return table_row(cells)


def _wrapped(part: str) -> str:
    """A paragraph or list in lines of `WIDTH` or less; tables and headings as they are."""
    if part.startswith(("|", "#")):
        return part
    if part.startswith("- "):
        return "\n".join(
            fill(item, WIDTH, subsequent_indent="  ", break_on_hyphens=False) for item in part.splitlines()
        )
    return fill(part, WIDTH, break_on_hyphens=False)
