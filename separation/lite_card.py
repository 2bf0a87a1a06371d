"""The card of an embedded model: what it is, what it learned from, how well it does and where it fails.

Task:
    A `ModelCard` and the scores of `separation.lite_scores` become the text of CARD.md. Every name and number in it
    comes from those two: the sources from the training set's manifest, the failures from the scores.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np

from mixassist.runtime.artifact import ModelCard
from separation.net import LiteOptions
from separation.songs import RATE, STEMS

WIDTH = 120
_KEPT_SPACE = "\0"
"""Stands for a space within code, where no line is broken."""

Figures = Mapping[str, Mapping[str, float]]
"""{method: {stem: dB}} of a song."""

_CARD = """# {name}

{what} It is a small band-split network ({n_parameters:,} weights) that gives every bin of the mixture's spectrogram to
the stems by a softmax, so the stems always sum to the mixture.

## How it was trained

{minutes:.0f} minutes ({n_steps:,} steps of {n_batch} examples of {example_s:g} s) on {machine}, by
`python -m separation.training` (docs/training.md), on remixes of recorded songs ({recorded_minutes:g} min), loose
voices ({voice_minutes:g} min) and {n_made} made songs ({made_minutes:g} min: {genres}), see docs/training-set.md.
{kept} Songs held out: {held_out}.

## Credits

Seconds: those of made songs in which a source plays, and of its own recordings that are learned from directly.

| learned from | licence | in made songs | of its own | found at |
|---|---|---|---|---|
{credits}

Licence: {licence}. Neither these recordings nor pieces of them are part of the model.{gpl_note}

## How well it does

Median SDR in dB over the 1-s frames in which a stem is audible (above -60 dB), then over songs. `mixture` is what doing
nothing scores, silence scores 0; `oracle` is the ratio mask of the true stems, about the best a mask of this kind can
do. Song by song: scores.json.

{tables}

## Where it fails

{failures}
"""

_OFFLINE = (
    "The separator that comes with mixassist: drums, bass, other and vocals of a finished song, offline, on any CPU."
)
_LIVE = (
    "The separator that comes with mixassist for songs while they play: drums, bass, other and vocals, at most"
    " {latency_ms:.0f} ms late."
)
_BEST = "Kept is the running average of the weights at minute {minutes:.0f}, which did best on songs held out."
_MEAN = """Kept is the mean of the running averages of the weights at minutes {minutes}: each run began with what the
one before it had learned."""

_GPL_NOTE = """ {credit} is under {licence}: a
composition into which its samples are mixed is not covered by the GPL for that reason. Made songs are such
compositions, and were learned from as such; whoever would rather do without builds a set with `--sources FILE` that
leaves it out."""

_TEST_NOTE = """The test set is the MusicDelta songs of MedleyDB (CC BY-NC-SA 4.0), mixed from mono tracks as they are,
the drums quiet; each folder is named after its genre. Nothing was learned from it or chosen by it."""


def write_card(card: ModelCard, network: LiteOptions, scores: Mapping[str, Any]) -> str:
    """The text of CARD.md.

    `scores` holds what `score_folder` gave for "held_out" and, when final, for "test", and what `leaks_of_folder` gave
    for "leak".
    """
    training = card.training
    what = _LIVE.format(latency_ms=1000 * network.n_fft / RATE) if network.is_causal else _OFFLINE
    material = training["material"]
    text = _CARD.format(
        **{**training, **material, "held_out": _listed(training["held_out"])},
        name=card.name,
        what=what,
        kept=_kept(training),
        n_made=sum(material["made_songs"].values()),
        genres=_listed([genre.replace("_", " ") for genre in material["made_songs"]]),
        credits="\n".join(_credit_row(credit) for credit in card.credits),
        licence=card.licence,
        gpl_note="".join(_GPL_NOTE.format(**credit) for credit in card.credits if credit["licence"].startswith("GPL")),
        tables="\n\n".join(_tables(card, scores)),
        failures="\n".join(f"- {line}" for line in _failures(network, scores, _singing(card.credits))),
    )
    return "\n\n".join(_wrapped(part) for part in text.strip().split("\n\n")) + "\n"


def _kept(training: Mapping[str, Any]) -> str:
    """Which of the weights that a training went through these are."""
    if "mean_of" not in training:
        return _BEST.format(**training["best"])
    return _MEAN.format(minutes=_listed([f"{minutes:.0f}" for minutes in training["mean_of"]]))


def _credit_row(credit: Mapping[str, Any]) -> str:
    seconds = [credit[key] for key in ("seconds_in_made_songs", "seconds_of_its_own")]
    cells = [credit["credit"], credit["licence"], *(f"{value:.0f}" if value else "" for value in seconds)]
    return f"| {' | '.join([*cells, credit.get('url', '')])} |"


def _tables(card: ModelCard, scores: Mapping[str, Any]) -> list[str]:
    held_out, genres = scores["held_out"], card.training["genres_held_out"]
    tables = [
        _medians(card.name, f"{len(held_out['songs'])} songs held out", held_out["median"]),
        _songs({genres.get(name, name): figures for name, figures in held_out["songs"].items()}, "held out"),
    ]
    if "test" in scores:
        test = scores["test"]
        title = f"test set, {len(test['songs'])} songs"
        tables += [_medians(card.name, title, test["median"]), _songs(test["songs"], "test set"), _TEST_NOTE]
    return tables


def _medians(name: str, title: str, rows: Figures) -> str:
    columns = (*STEMS, "mean")
    lines = [f"| {title} | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for method, figures in rows.items():
        cells = [f"{figures[column]:.2f}" if column in figures else "" for column in columns]
        lines.append(f"| {name if method == 'model' else method} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _songs(songs: Mapping[str, Figures], title: str) -> str:
    """A row per song: the model's figures, the oracle's in brackets."""
    lines = [f"| {title}: song (oracle) | {' | '.join(STEMS)} |", "|---" * (len(STEMS) + 1) + "|"]
    for name, figures in songs.items():
        found, best = figures["model"], figures["oracle"]
        cells = [f"{found[stem]:.1f} ({best[stem]:.1f})" if stem in found else "" for stem in STEMS]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _singing(sources: Sequence[Mapping[str, Any]]) -> str:
    """How the made songs sing: with words where somebody spoke them, which Flite's voices do."""
    if any("Flite" in credit["credit"] for credit in sources):
        return "the words they sing are spoken ones set to a tune"
    return "they sing recorded phrases in their key, seldom their own tune"


def _failures(network: LiteOptions, scores: Mapping[str, Any], singing: str) -> list[str]:
    """What goes wrong: by the scores of the test set, or of the songs held out, and by what a mask of this kind is."""
    judged = scores.get("test", scores["held_out"])
    songs = {name: figures["model"] for name, figures in judged["songs"].items()}
    weakest = min(STEMS, key=lambda stem: judged["median"]["model"].get(stem, np.inf))
    lines = [f"{weakest.capitalize()} come out worst, {judged['median']['model'][weakest]:.1f} dB."]
    for stem in STEMS:
        figures = {name: song[stem] for name, song in songs.items() if stem in song}
        poor = [name for name, figure in figures.items() if figure < 0]
        if poor:
            lines.append(f"{stem.capitalize()} are worse than silence on {_listed(poor)} ({_span(figures, poor)}).")
    if "leak" in scores:
        leaks = list(scores["leak"].values())
        lines.append(
            f"On the test songs without their vocals, a vocals stem is left {np.median(leaks):.0f} dB against the mix"
            f" (median; {max(leaks):.0f} dB at worst)."
        )
    frame_ms, top_khz = 1000 * network.n_fft / RATE, network.n_bins * RATE / network.n_fft / 1000
    return [
        *lines,
        "It masks magnitudes and keeps the mixture's phase: where stems overlap, they sound hollow or pump.",
        f"Frames of {frame_ms:.0f} ms smear attacks; above {top_khz:.1f} kHz all bins share one mask.",
        "Made songs know one articulation per instrument, no bends, slides, scratches or feedback;"
        f" {singing}. What it never heard, it gives to other or to vocals.",
    ]


def _wrapped(part: str) -> str:
    """A paragraph or list in lines of `WIDTH` or less; tables and headings as they are."""
    if part.startswith(("|", "#")):
        return part
    joined = re.sub("`.*?`", lambda code: code[0].replace(" ", _KEPT_SPACE), part)
    if part.startswith("- "):
        wrapped = "\n".join(
            fill(item, WIDTH, subsequent_indent="  ", break_on_hyphens=False) for item in joined.splitlines()
        )
    else:
        wrapped = fill(joined, WIDTH, break_on_hyphens=False)
    return wrapped.replace(_KEPT_SPACE, " ")


def _span(figures: Mapping[str, float], names: Sequence[str]) -> str:
    found = sorted(figures[name] for name in names)
    return f"{found[0]:.1f} dB" if len(found) == 1 else f"{found[0]:.1f} to {found[-1]:.1f} dB"


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
