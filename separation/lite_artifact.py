"""Turns a training run into the artifact of the embedded model: `python -m separation.lite_artifact --help`.

Task:
    Averaged weights of a run become model.onnx, weights.safetensors (half precision: the graph holds the very same
    numbers), a golden pair, a table of scores and a card.
Conventions:
    The transforms around the network are those of `separation.lite`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from mixassist.dsp.spectrum import stft
from mixassist.runtime import Artifact, ModelSpec
from mixassist.runtime.artifact import GRAPH, WEIGHTS, Golden, ModelCard, save_artifact
from mixassist.runtime.export import export_onnx
from mixassist.runtime.spec import TensorSpec
from separation.lite import magnitudes
from separation.lite_card import CREDITS, LICENCE, write_card
from separation.lite_scores import score_folder
from separation.net import LiteNet, LiteOptions, masks, round_to_half
from separation.songs import RATE, STEMS
from separation.training import load_best

N_SEGMENT_FRAMES = 256
N_GOLDEN_FRAMES = 12
"""Frames of sound at the start of the golden segment; the silence after it compresses well."""

Floats = NDArray[np.float32]


def lite_spec(options: LiteOptions, n_frames: int = N_SEGMENT_FRAMES) -> ModelSpec:
    """The declared face of a `lite` network."""
    n_bins = options.n_fft // 2 + 1
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
            "network": asdict(options),
        },
    )


def export_lite(net: LiteNet, spec: ModelSpec, card: ModelCard, texts: Mapping[str, str], folder: Path) -> Artifact:
    """The artifact of `net` at `folder`, with `texts` as files beside it; rounds the weights of `net` to half."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as staging:
        files = {name: Path(staging) / name for name in (GRAPH, WEIGHTS, *texts)}
        save_file(round_to_half(net), files[WEIGHTS])
        magnitude = _golden_magnitude(spec)
        export_onnx(net, spec, [magnitude], files[GRAPH])
        for name, text in texts.items():
            files[name].write_text(text, encoding="utf-8")
        golden = Golden({"magnitude": magnitude}, {"mask": masks(net, magnitude)})
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


def publish(run: Path, data: Path, folder: Path, is_final: bool) -> Artifact:
    """The artifact of the run so far at `folder`, scored on the held-out song and, when final, on the test set."""
    net, facts = load_best(run)
    spec = lite_spec(net.options)
    card = ModelCard("lite", LICENCE, training=facts.to_dict(), credits=CREDITS)
    with tempfile.TemporaryDirectory() as trial:
        candidate = export_lite(net, spec, card, {}, Path(trial) / "lite").path
        scores = {"held_out": score_folder(data / "train", candidate, only=(facts.held_out,))}
        if is_final:
            scores["test"] = score_folder(data / "eval", candidate)
    texts = {"scores.json": json.dumps(scores, indent=2) + "\n", "CARD.md": write_card(facts, scores)}
    return export_lite(net, spec, card, texts, folder)


def main() -> None:
    parser = argparse.ArgumentParser(description="Turn a training run into the embedded model.")
    parser.add_argument("--run", type=Path, required=True, help="folder that separation.training wrote")
    parser.add_argument("--data", type=Path, required=True, help="folder with train/ and eval/")
    parser.add_argument("-o", "--output", type=Path, required=True, help="artifact folder to write")
    parser.add_argument("--final", action="store_true", help="score on the test set, eval/, too: once, at the end")
    arguments = parser.parse_args()
    artifact = publish(arguments.run, arguments.data, arguments.output, arguments.final)
    print((artifact.path / "CARD.md").read_text(encoding="utf-8"))  # noqa: T201  # the card is this program's answer


if __name__ == "__main__":
    main()
