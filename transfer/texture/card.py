"""The card of a texture: what it is, whose sound it learned, what training it has had, and where it fails.

Every name and number in it comes from the data set's credits, the facts of the training and the design.
"""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill
from typing import Any

from mixassist.runtime.artifact import ModelCard
from mixassist.runtime.spec import ModelSpec
from transfer.credits import Credit
from transfer.hub_card import credits_table, model_front_matter
from transfer.texture.design import RATE, TextureDesign

WIDTH = 120

_CARD = """# {name}

Makes what is played sound as what it learned, chords and beats as well as tunes: an autoencoder of {n_parameters:,}
weights on {n_bands} bands, which passes all sound through {n_latent} numbers per {frame} samples. It is
{late_ms:.1f} ms late, and one block.

## Credits

{credits}

Licence: {licence}. Every file that is rendered names them.

## How it was trained

On {train_minutes:.1f} minutes of {dataset} (sha256 {dataset_sha256:.12}), {n_steps:,} steps in {minutes:.1f} minutes of
a CPU's time, by `mixassist transfer train --kind texture`: one to three passages at once are heard with their spectrum
bent at random, distorted or with noise, and given back as they were. Kept is the running average of the weights at
minute {best_minutes:.1f}, which did best on {judged}. It has had no adversarial training, which such networks need to
sound crisp, and nothing was learned beforehand.

## How well it does

Spectral distance on {judged}, heard in disguise: {held_out:.3f}. How near it brings other sounds, and what it
keeps of them: `benchmarks/RESULTS.md`.

## Where it fails

{failures}
"""
_FAILURES = (
    "What is unlike anything that it learned comes through in its own colours, or blurred.",
    "It plays the notes that it hears, where it hears them: it does not move them into the register that it knows.",
    "Highs are noisier and softer than in the recordings: they were learned by their spectra alone.",
    "The room and the microphone that it was recorded with are part of the sound.",
)


def write_card(name: str, card: ModelCard, spec: ModelSpec) -> str:
    """The text of CARD.md."""
    training, design = card.training, TextureDesign.from_dict(spec.options.get("design"))
    text = _CARD.format(
        **{key: training[key] for key in ("dataset", "dataset_sha256", "minutes", "n_steps", "n_parameters")},
        name=name,
        n_bands=design.n_bands,
        n_latent=design.n_latent,
        frame=design.frame,
        late_ms=1000 * spec.latency_samples / RATE,
        credits=credits_table([Credit.from_dict(told) for told in card.credits]).strip(),
        licence=card.licence,
        train_minutes=training["seconds"]["train"] / 60,
        best_minutes=training["best"]["minutes"],
        held_out=training["best"]["held_out"],
        judged=_judged(training),
        failures="\n".join(f"- {line}" for line in _FAILURES),
    )
    told = "\n\n".join(_wrapped(part) for part in text.strip().split("\n\n")) + "\n"
    return f"{model_front_matter(card, training['dataset'])}\n{told}"


def _judged(training: Mapping[str, Any]) -> str:
    """What the training was judged by."""
    if not training["seconds"].get("validation"):
        return "what it learned from, for nothing is held out"
    if not training["held_out_recordings"]:
        return "parts of its recordings that are held out"
    return "recordings that are held out"


def _wrapped(part: str) -> str:
    """A paragraph or list in lines of `WIDTH` or less; tables and headings as they are."""
    if part.startswith(("|", "#")):
        return part
    if part.startswith("- "):
        items = part.splitlines()
        return "\n".join(fill(item, WIDTH, subsequent_indent="  ", break_on_hyphens=False) for item in items)
    return fill(part, WIDTH, break_on_hyphens=False)
