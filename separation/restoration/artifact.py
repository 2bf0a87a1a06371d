"""Turns a training run into an artifact: `python -m separation.restoration.artifact --help`.

Task: the best averaged weights of a run become model.onnx, weights.safetensors (both hold the very same numbers in half
precision), a golden pair, scores on what was held out, and a card.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mixassist.errors import MixassistError
from mixassist.runtime import Artifact
from mixassist.runtime.artifact import ModelCard
from separation.lite_artifact import Exported, save_network
from separation.lite_credits import read_credits, weights_licence
from separation.live.artifact import golden_frame
from separation.net import round_to_half
from separation.restoration.card import write_card
from separation.restoration.examples import ExampleMaker
from separation.restoration.judging import draw_trials, judge, take, take_by_oracle
from separation.restoration.net import DESIGNS, Design, RestorationNet, restoration_spec
from separation.restoration.sounds import MADE_SONGS, MANIFEST, SoundLibrary
from separation.restoration.training import load_best

SCORING_SEED = 78
"""Of the examples in the card: not those by which the best weights were chosen."""


@dataclass(frozen=True)
class Material:
    """Where a run is, the sounds it learned from, and the set of songs; `n_trials` examples are scored."""

    run: Path
    sounds: Path
    song_set: Path
    n_trials: int = 80


def export_restoration(
    net: RestorationNet, card: ModelCard, texts: Mapping[str, str], folder: Path, design: Design
) -> Artifact:
    """The artifact of `net` at `folder`, with `texts` as files beside it; rounds the weights of `net` to half.

    Raises:
        ModelError: when the network cannot be exported.
    """
    spec, weights = restoration_spec(design), round_to_half(net)
    return save_network(Exported(net.eval(), spec, golden_frame(net, spec), weights), card, texts, folder)


def publish(material: Material, folder: Path) -> Artifact:
    """The artifact of a run so far at `folder`, scored on examples held out.

    Raises:
        ModelError: when the run has no state yet, or the network cannot be exported.
        OptionError: when there are no sounds.
    """
    net, facts = load_best(material.run)
    round_to_half(net)
    name = facts["network"]
    design = DESIGNS[name]
    scores, n_trials = _score(net, material, design)
    card = _describe(name, net, facts | {"n_trials": n_trials}, material)
    texts = {"scores.json": json.dumps(scores, indent=1) + "\n", "CARD.md": write_card(card, design, scores)}
    return export_restoration(net, card, texts, folder, design)


def _score(net: RestorationNet, material: Material, design: Design) -> tuple[dict[str, dict[str, float]], int]:
    maker = ExampleMaker(SoundLibrary.open(material.sounds, material.song_set, is_judged=True), SCORING_SEED)
    trials = draw_trials(maker, design.network, material.n_trials)
    scores = {
        "network": judge(lambda trial, part: take(net, trial, part), trials),
        "oracle": judge(lambda trial, part: take_by_oracle(trial, part, design.network), trials),
    }
    return scores, len(trials)


def _describe(name: str, net: RestorationNet, facts: Mapping[str, Any], material: Material) -> ModelCard:
    """How it was trained, on what, and whose that is."""
    sources = _credits(material)
    training = {**facts, "n_parameters": sum(parameter.numel() for parameter in net.parameters())}
    return ModelCard(name, weights_licence(sources), training, sources)


def _credits(material: Material) -> list[dict[str, Any]]:
    """The sources of sounds, of rooms and of the songs, each once, with the seconds that were learned from."""
    manifest = json.loads((material.sounds / MANIFEST).read_text(encoding="utf-8"))
    rows = [row for row in (*manifest["dry"], *manifest["rooms"]) if row["name"] != MADE_SONGS]
    for row in read_credits(material.song_set, manifest["held_out"]):
        seconds = row.pop("seconds_in_made_songs") + row.pop("seconds_of_its_own")
        rows.append({**row, "seconds": round(seconds, 1)})
    return list({row["name"]: row for row in reversed(rows)}.values())[::-1]


def main() -> None:
    parser = argparse.ArgumentParser(description="Turn a training run into a model that mixassist finds tails with.")
    parser.add_argument("--run", type=Path, required=True, help="folder that separation.restoration.training wrote")
    parser.add_argument("--sounds", type=Path, required=True, help="sounds it learned from")
    parser.add_argument("--set", type=Path, required=True, help="set of songs it learned from")
    parser.add_argument("-o", "--output", type=Path, required=True, help="artifact folder to write")
    given = parser.parse_args()
    try:
        artifact = publish(Material(given.run, given.sounds, given.set), given.output)
    except MixassistError as error:
        parser.exit(2, f"error: {error}\n")
    print((artifact.path / "CARD.md").read_text(encoding="utf-8"))  # noqa: T201  # the card is this program's answer


if __name__ == "__main__":
    main()
