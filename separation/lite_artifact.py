"""Turns a training run into the artifact of the embedded model: `python -m separation.lite_artifact --help`.

Task:
    The best averaged weights of a run become model.onnx, weights.safetensors (both hold the very same numbers in half
    precision), a golden pair, a table of scores and a card.
Conventions:
    The transforms around the network are those of `separation.lite`. `publish` is shared with other networks of the
    same design, which bring an `Export` of their own.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from mixassist.dsp.spectrum import stft
from mixassist.errors import MixassistError
from mixassist.runtime import Artifact, ModelSpec
from mixassist.runtime.artifact import GRAPH, WEIGHTS, Golden, ModelCard, save_artifact
from mixassist.runtime.export import export_onnx
from mixassist.runtime.half_storage import store_in_half
from mixassist.runtime.run_state import read_facts
from mixassist.runtime.spec import TensorSpec
from separation.lite import magnitudes
from separation.lite_card import write_card
from separation.lite_credits import count_material, genres_of, read_credits, weights_licence
from separation.lite_scores import leaks_of_folder, score_folder
from separation.net import LiteNet, LiteOptions, Network, masks, round_to_half
from separation.run_folder import CURE, RunFacts
from separation.songs import RATE, STEMS
from separation.training import TrainingOptions, load_best

N_SEGMENT_FRAMES = 256
N_GOLDEN_FRAMES = 12
"""Frames of sound at the start of the golden segment; the silence after it compresses well."""

GOLDEN_STEPS = 2**16
"""Golden masks are kept in steps of 1 / 65536, which are 100 dB below them and compress to half."""

Floats = NDArray[np.float32]


class Export(Protocol):
    """Writes the artifact of a network with the data of its card, and with texts, by name, as files beside it.

    `refinement` is what `separation.refinement` shall do to its masks.
    """

    def __call__(
        self, net: LiteNet, card: ModelCard, texts: Mapping[str, str], folder: Path, refinement: Mapping[str, float]
    ) -> Artifact: ...


@dataclass(frozen=True)
class Material:
    """Where a run is, the set it learned from, and a folder of songs to test on (one folder each), when it is time.

    `refinement` is what shall be done to the network's masks.
    """

    run: Path
    song_set: Path
    test: Path | None = None
    refinement: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Exported:
    """A network as its graph is drawn, what it declares, a pair to be judged by, and its weights in half precision."""

    net: Network
    spec: ModelSpec
    golden: Golden
    weights: dict[str, NDArray[np.float16]]


def lite_spec(options: LiteOptions, refinement: Mapping[str, float]) -> ModelSpec:
    """The declared face of a `lite` network."""
    n_bins, n_frames = options.n_fft // 2 + 1, N_SEGMENT_FRAMES
    return ModelSpec(
        kind="lite",
        rate=RATE,
        n_channels=2,
        inputs=(TensorSpec("magnitude", (None, 4, n_bins, n_frames)),),
        outputs=(TensorSpec("mask", (None, len(STEMS), 2, n_bins, n_frames)),),
        options={
            "stems": list(STEMS),
            "n_fft": options.n_fft,
            "hop": options.hop,
            "n_segment_frames": n_frames,
            "refinement": dict(refinement),
            "network": asdict(options),
        },
    )


def export_lite(
    net: LiteNet, card: ModelCard, texts: Mapping[str, str], folder: Path, refinement: Mapping[str, float]
) -> Artifact:
    """The artifact of `net` at `folder`, with `texts` as files beside it; rounds the weights of `net` to half."""
    spec, weights = lite_spec(net.options, refinement), round_to_half(net)
    magnitude = _golden_magnitude(spec)
    mask = np.round(masks(net, magnitude) * GOLDEN_STEPS) / np.float32(GOLDEN_STEPS)
    golden = Golden({"magnitude": magnitude}, {"mask": mask})
    return save_network(Exported(net, spec, golden, weights), card, texts, folder)


def save_network(exported: Exported, card: ModelCard, texts: Mapping[str, str], folder: Path) -> Artifact:
    """The artifact of a network at `folder`: graph and weights in half precision, golden pair, card and `texts`.

    Raises:
        ModelError: when the network cannot be exported.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    spec, golden = exported.spec, exported.golden
    with tempfile.TemporaryDirectory(dir=folder.parent) as staging:
        files = {name: Path(staging) / name for name in (GRAPH, WEIGHTS, *texts)}
        save_file(exported.weights, files[WEIGHTS])
        export_onnx(exported.net, spec, list(golden.inputs.values()), files[GRAPH])
        store_in_half(files[GRAPH])
        for name, text in texts.items():
            files[name].write_text(text, encoding="utf-8")
        return save_artifact(folder, spec=spec, card=card, files=files, golden=golden)


def _golden_magnitude(spec: ModelSpec) -> Floats:
    """Seeded and song-like [1, 4, F, T]: a chord on the left, a beat on the right, then silence."""
    n_fft, hop = spec.options["n_fft"], spec.options["hop"]
    n_frames = spec.options["n_segment_frames"]
    n_heard = min(N_GOLDEN_FRAMES, n_frames)
    time_s = np.arange(n_heard * hop) / spec.rate
    noise = np.random.default_rng(0).standard_normal((2, time_s.size))
    chord = sum(np.sin(2 * np.pi * pitch_hz * time_s) for pitch_hz in (55.0, 220.0, 277.18, 329.63, 1318.5))
    beat = np.exp(-30 * (time_s % 0.25))
    mix = np.stack([chord, 0.3 * chord]) + noise * (0.02 + np.stack([0.5 * beat, beat]))
    spectrum = stft((mix / mix.std()).astype(np.float32)[None], n_fft, hop)[..., :n_heard]
    seen = np.zeros((1, 4, n_fft // 2 + 1, n_frames), np.float32)
    seen[..., :n_heard] = magnitudes(spectrum)
    return seen


def publish(name: str, material: Material, folder: Path, export: Export) -> Artifact:
    """The artifact of a run so far at `folder`, scored on the songs held out and, where there is one, on the test set.

    Raises:
        ModelError: when the run has no state yet, or the network cannot be exported.
    """
    net, run = load_best(material.run)
    card = describe(name, material, run)
    with tempfile.TemporaryDirectory() as trial:
        scores = _score(material, card, export(net, card, {}, Path(trial) / name, material.refinement).path)
    texts = {"scores.json": json.dumps(scores, indent=1) + "\n", "CARD.md": write_card(card, net.options, scores)}
    return export(net, card, texts, folder, material.refinement)


def describe(name: str, material: Material, run: RunFacts) -> ModelCard:
    """What there is to say of a run before it is scored: how it was trained, on what, and whose that is."""
    facts, genres = read_facts(material.run, CURE), genres_of(material.song_set)
    made = sorted(genres)[: TrainingOptions.n_held_made]
    held_out = [run.held_out, *made]
    sources = read_credits(material.song_set, held_out)
    training: dict[str, Any] = run.to_dict() | {
        "n_batch": facts["n_batch"],
        "example_s": TrainingOptions.seconds,
        "best": {key: round(value, 2) for key, value in facts["best"].items()},
        **{key: facts[key] for key in ("mean_of",) if key in facts},
        "held_out": held_out,
        "genres_held_out": {name: f"{name}, {genres[name]}" for name in made},
        "material": count_material(material.song_set, held_out),
    }
    return ModelCard(name, weights_licence(sources), training, sources)


def _score(material: Material, card: ModelCard, model: Path) -> dict[str, Any]:
    scores: dict[str, Any] = {"held_out": score_folder(material.song_set / "songs", model, card.training["held_out"])}
    if material.test is not None:
        scores["test"] = score_folder(material.test, model)
        scores["leak"] = leaks_of_folder(material.test, model)
    return scores


def run_command(name: str, export: Export) -> None:
    """The command that publishes a run; its answer is the card."""
    parser = argparse.ArgumentParser(description=f"Turn a training run into the embedded model {name}.")
    parser.add_argument("--run", type=Path, required=True, help="folder that separation.training wrote")
    parser.add_argument("--set", type=Path, required=True, help="set it learned from: sources and songs held out")
    parser.add_argument("--test", type=Path, help="folder of songs to score on too: once, at the end")
    parser.add_argument("--refine", action="append", default=[], type=_setting, help="sharpness=0.6, for example")
    parser.add_argument("-o", "--output", type=Path, required=True, help="artifact folder to write")
    arguments = parser.parse_args()
    material = Material(arguments.run, arguments.set, arguments.test, dict(arguments.refine))
    try:
        artifact = publish(name, material, arguments.output, export)
    except MixassistError as error:
        parser.exit(2, f"error: {error}\n")
    print((artifact.path / "CARD.md").read_text(encoding="utf-8"))  # noqa: T201  # the card is this program's answer


def _setting(text: str) -> tuple[str, float]:
    """Reads `name=number`."""
    name, value = text.split("=")
    return name, float(value)


if __name__ == "__main__":
    run_command("lite", export_lite)
