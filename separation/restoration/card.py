"""The card of a restoration network: what it is, what it learned from, how well it does and where it fails.

Every name and number in it comes from the manifest of its sounds, the facts of its run and its scores.
"""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill
from typing import Any

from mixassist.runtime.artifact import ModelCard
from separation.restoration.net import Design
from separation.songs import RATE

WIDTH = 120

_CARD = """# {name}

{what} A tiny network ({n_parameters:,} weights), the same for every bin of the spectrum, that looks at the past{ahead}
and says how much of the bin is sound (the first 50 ms of the room included), tail of the room and noise; the three sum
to 1, and are the same for all channels.

## How it was trained

{minutes:.0f} minutes ({n_steps:,} steps of {n_batch} out of {n_examples:,} examples of {seconds:g} s, of each of which
some thousand bins of frames were drawn) on {machine}, by
`python -m separation.restoration.training` (docs/restoration.md), on dry sounds in rooms drawn at random or measured,
under noises drawn at random: hiss, hum, crackle. Finished songs take part with noise alone. Kept is the running average
of the weights at minute {best_minute:.0f}, which did best on sounds, rooms and noises held out.

## Credits

| learned from | licence | seconds | found at |
|---|---|---|---|
{credits}

Licence: {licence}. Neither these recordings nor pieces of them are part of the model.{gpl_note}

## How well it does

On {n_trials} examples held out: mean gain in SI-SDR, dB, where there is a tail (against the first 50 ms of the room)
and where there is noise, at -5 to 35 dB; what is left of a sound that has no tail, or no noise, re what is wrongly
taken from it; and the worst gain of all. `oracle` is the best that shares of this kind can do.

{table}

## Where it fails

{failures}
"""
_GPL_NOTE = (
    " {credit} is under {licence}: its samples are heard in made songs alone, compositions which that exception frees."
)
_OFFLINE = "Finds the tail of rooms, and noise, in recordings of voices, instruments and music."
_LIVE = "Finds the tail of rooms, and noise, while somebody plays, {latency_ms:.0f} ms late at most."
_FAILURES = (
    "It turns bins down and leaves their phase as it is: of a held note in a room it takes what its early part and its"
    " tail have in common at most, see the oracle.",
    "Frames of 46 ms smear what is shorter: of loud clicks something stays, and something around them goes.",
    "Above 22 kHz nothing is found.",
    "Reverberation that a producer chose is a tail like any other.",
)


def write_card(card: ModelCard, design: Design, scores: Mapping[str, Mapping[str, float]]) -> str:
    """The text of CARD.md; `scores` holds a row of `judge` for "network" and one for "oracle"."""
    options = design.network
    ahead_ms = 1000 * options.n_ahead * options.hop / RATE
    latency_ms = 1000 * (options.n_fft + (options.n_ahead + design.n_run - 1) * options.hop) / RATE
    text = _CARD.format(
        **card.training,
        name=card.name,
        what=_OFFLINE if options.n_ahead else _LIVE.format(latency_ms=latency_ms),
        ahead=f" and {ahead_ms:.0f} ms ahead" if options.n_ahead else " alone",
        best_minute=card.training["best"]["minutes"],
        credits="\n".join(_credit_row(credit) for credit in card.credits),
        licence=card.licence,
        gpl_note="".join(_GPL_NOTE.format(**credit) for credit in card.credits if credit["licence"].startswith("GPL")),
        table=_table(card.name, scores),
        failures="\n".join(f"- {line}" for line in _FAILURES),
    )
    return "\n\n".join(_wrapped(part) for part in text.strip().split("\n\n")) + "\n"


def _credit_row(credit: Mapping[str, Any]) -> str:
    seconds = f"{credit['seconds']:.0f}" if credit.get("seconds") else ""
    return f"| {credit['credit']} | {credit['licence']} | {seconds} | {credit.get('url', '')} |"


def _table(name: str, scores: Mapping[str, Mapping[str, float]]) -> str:
    columns = {"tail": "tail", "noise": "noise", "harm": "nothing to take", "worst": "worst"}
    lines = [f"| held out | {' | '.join(columns.values())} |", "|---" * (len(columns) + 1) + "|"]
    for method, row in scores.items():
        cells = [f"{row[column]:.1f}" if column in row else "" for column in columns]
        lines.append(f"| {name if method == 'network' else method} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _wrapped(part: str) -> str:
    """A paragraph or list in lines of `WIDTH` or less; tables and headings as they are."""
    if part.startswith(("|", "#")):
        return part
    if part.startswith("- "):
        return "\n".join(
            fill(item, WIDTH, subsequent_indent="  ", break_on_hyphens=False) for item in part.splitlines()
        )
    return fill(part, WIDTH, break_on_hyphens=False)
