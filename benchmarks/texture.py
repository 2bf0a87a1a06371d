"""Textures: what one that learned a saxophone makes of other sounds, and how late and fast any of them is.

`python -m benchmarks --only texture texture-stream`
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import torch

from benchmarks.alto_sax import prepare_notes
from benchmarks.results import Section
from benchmarks.separation import Bench
from benchmarks.timbre import RATE, Kept, Mono, Target, phrases, what_is_kept
from benchmarks.timbre_distance import discrepancy, mfccs
from benchmarks.timbre_stream import count_misses
from mixassist.audio.buffer import AudioBuffer, Samples
from mixassist.dsp.hops import Floats
from mixassist.runtime import open_session
from mixassist.runtime.artifact import ModelCard
from mixassist.runtime.layers.artifact import write_stream_artifact
from transfer.catalogue import BUILDERS
from transfer.dataset import TimbreDataset, build_dataset, open_dataset
from transfer.dataset.manifest import MANIFEST
from transfer.instrument.loss import spectral_loss
from transfer.instrument.stream import InstrumentOptions
from transfer.texture.design import KIND, TextureDesign
from transfer.texture.learning import LearningOptions, learn_texture
from transfer.texture.net import TextureNet
from transfer.texture.training import TrainingOptions
from transfer.timbre import Timbre, load_timbre

SOUND = "alto-sax"
MINUTES, QUICK_MINUTES = 30.0, 0.02
CHORD = ("trumpet", "made: guitar")
BLOCKS = (64, 128, 256, 512)
STREAMED_S, QUICK_S = 600.0, 2.0
BURST_AT, BURST = 48000, 128
HEARD_SHARE = 0.02
"""A burst is there when this part of its energy has come."""


def texture(bench: Bench) -> Section:
    """Phrases of other instruments, voices and two of them at once, as a texture of a saxophone."""
    dataset, model = _learned(bench)
    notes = [segment.samples for segment in dataset.segments("validation")][:: 8 if bench.is_quick else 1]
    target = Target(notes)
    rows = []
    for name, sound in _played(bench):
        made = model.render(AudioBuffer(sound, RATE)).samples
        near, kept = target.at_the_pitch_of(made), what_is_kept(sound, made)
        before, after = (discrepancy(mfccs(each[0]), near, target.width) for each in (sound, made))
        to_all = [discrepancy(mfccs(each[0]), target.cloud, target.width) for each in (made, sound)]
        shares = (f"{after / before:.0%}", f"{to_all[0] / to_all[1]:.0%}")
        rows.append((name, f"{before:.3f}", f"{after:.3f}", *shares, *_kept(name, kept), ""))
    made_again, silence = _made_again(model, notes)
    rows.append(("held-out notes", "", "", "", "", "", "", f"{made_again:.3f} (silence: {silence:.3f})"))
    training = model.artifact.manifest["training"]
    return Section(
        f"Textures: phrases as a texture of {SOUND}",
        "python -m benchmarks --only texture",
        ["played", "before", "after", "of before", "all notes", "pitch kept", "loudness", "spectral distance"],
        rows,
        f"Learned for {training['minutes']:g} minutes of the processor, {training['n_steps']:,} steps, without an"
        " adversarial phase; no such model is shipped. Columns as for timbres (benchmarks/timbre.py), held-out notes"
        " those of validation. Pitch is not told where two play at once.",
    )


def texture_stream(bench: Bench) -> Section:
    """How late and how fast a texture of the usual size is, on one thread."""
    model = _untrained(bench)
    seconds = QUICK_S if bench.is_quick else STREAMED_S
    random = np.random.default_rng(0)
    rows = []
    for block in BLOCKS:
        stream = model.open_stream(InstrumentOptions(block))
        heard_ms = 1000 * _burst_is_late_by(stream.process, block) / RATE
        stream.reset()
        took_ms = 1000 * _timed(stream.process, random, block, seconds)
        budget_ms, late_ms = 1000 * block / RATE, 1000 * stream.latency_samples / RATE
        median_ms, p99_ms, max_ms = np.percentile(took_ms, [50, 99, 100])
        busy, misses = took_ms.sum() / (took_ms.size * budget_ms), count_misses(took_ms, budget_ms)
        lates = (f"{late_ms:.1f}", f"{heard_ms:.1f}", f"{late_ms + budget_ms:.1f}")
        times = (f"{each:.2f}" for each in (busy, median_ms, p99_ms, max_ms, budget_ms))
        rows.append((str(block), *lates, *times, f"{misses} of {took_ms.size}"))
    return Section(
        "Textures: one of the usual size as a stream",
        "python -m benchmarks --only texture-stream",
        [
            *("block", "declared, ms", "burst, ms", "with one block, ms"),
            *("share of real time", "median, ms", "p99, ms", "max, ms", "budget, ms", "misses"),
        ],
        rows,
        f"{seconds:g} s of noise on {model.session.engine}, one thread;"
        f" {sum(weight.numel() for weight in TextureNet(TextureDesign()).parameters()):,} weights, as they are drawn"
        " before training, which changes no time. Burst: when a fiftieth of the energy of one of 128 samples has come.",
    )


SECTIONS: dict[str, Callable[[Bench], Section]] = {"texture": texture, "texture-stream": texture_stream}


def _learned(bench: Bench) -> tuple[TimbreDataset, Timbre]:
    """The data set and the model, from the folder of an earlier run, or made now; learning goes on where it was."""
    folder = bench.folder / ("texture-quick" if bench.is_quick else "texture")
    if not (folder / "set" / MANIFEST).is_file():
        prepare_notes(bench.data / "timbre" / SOUND, folder / "notes", 8 if bench.is_quick else 1)
        build_dataset(folder / "notes", folder / "set")
    dataset = open_dataset(folder / "set")
    minutes = QUICK_MINUTES if bench.is_quick else MINUTES
    learn_texture(dataset, folder / SOUND, LearningOptions(TrainingOptions(minutes=minutes)), notify=print)
    return dataset, load_timbre(folder / SOUND)


def _played(bench: Bench) -> Iterator[tuple[str, Samples]]:
    """The phrases that instruments are measured with, and two of them at once."""
    found = dict(phrases(bench))
    yield from found.items()
    n_frames = min(found[name].shape[1] for name in CHORD)
    yield " and ".join(CHORD), np.mean([found[name][:, :n_frames] for name in CHORD], axis=0)


def _kept(name: str, kept: Kept) -> tuple[str, str]:
    is_chord = name == " and ".join(CHORD)
    return "" if is_chord else f"{kept.pitch:.3f}", f"{kept.loudness:.3f}"


def _made_again(model: Timbre, notes: list[Mono]) -> tuple[float, float]:
    """Mean spectral distance of notes made again, and of silence in their place."""
    distances = []
    for note in notes:
        made = model.render(AudioBuffer(note[None], RATE)).samples[0]
        each = [float(spectral_loss(torch.from_numpy(sound), torch.from_numpy(note))) for sound in (made, 0 * note)]
        distances.append(each)
    made_again, silence = np.mean(distances, axis=0)
    return float(made_again), float(silence)


def _untrained(bench: Bench) -> Timbre:
    torch.manual_seed(0)
    net = TextureNet(TextureDesign())
    artifact = write_stream_artifact(net, ModelCard("texture", "none"), bench.folder / "texture-untrained")
    return Timbre(artifact, open_session(artifact, "auto", "fp32", 1, BUILDERS[KIND], device="cpu", n_frames=128))


def _burst_is_late_by(process: Callable[[Samples], Samples], block: int) -> int:
    sound = np.zeros((1, -(-2 * BURST_AT // block) * block), np.float32)
    sound[0, BURST_AT : BURST_AT + BURST] = 0.1 * np.sin(0.2 * np.arange(BURST))
    heard = np.concatenate([process(piece) for piece in np.split(sound, range(block, sound.shape[1], block), 1)], 1)
    energy = np.cumsum(heard[0].astype(np.float64) ** 2)
    before = np.cumsum(sound[0].astype(np.float64) ** 2)
    there, here = (int(np.searchsorted(each, HEARD_SHARE * each[-1])) for each in (energy, before))
    return there - here


def _timed(process: Callable[[Samples], Samples], random: np.random.Generator, block: int, seconds: float) -> Floats:
    """Seconds that each block took, after a second to warm up."""
    took_s = []
    for _ in range(int((seconds + 1) * RATE / block)):
        piece = 0.1 * random.standard_normal((1, block), np.float32)
        begin_s = time.perf_counter()
        process(piece)
        took_s.append(time.perf_counter() - begin_s)
    return np.array(took_s[RATE // block :])
