"""`alto-sax` against a DDSP as it was published, at 48 kHz, which learns the same notes for as many minutes.

`python -m benchmarks --only timbre-baseline`

The decoder is that of ddsp's `RnnFcDecoder` in the size its plug-in ships: pitch and loudness through a dense layer
each, a GRU, both inputs again, a dense layer, and from it the amplitude of all harmonics, their distribution, and
bands of noise. It learns by spectra alone, from the first step on. Controls, synthesiser, passages, spectral distance,
optimiser, rate of learning and running average are those of `transfer.instrument`.

References:
    Engel et al. 2020, "DDSP: Differentiable digital signal processing", ICLR, and ddsp/training/decoders.py.
"""

from __future__ import annotations

import copy
import math
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.alto_sax import prepare_notes
from benchmarks.results import Section
from benchmarks.separation import Bench
from benchmarks.timbre import AS_IT_IS, MODEL, RATE, Mono, held_out_notes
from mixassist.audio.buffer import AudioBuffer
from transfer.controls import ControlStream
from transfer.dataset import build_dataset
from transfer.dataset.manifest import Split
from transfer.instrument.design import QUIETEST_DB, InstrumentDesign
from transfer.instrument.loss import spectral_loss
from transfer.instrument.material import Crop, Material, prepare, write_material
from transfer.instrument.passage import Passage
from transfer.instrument.rendering import Renderer
from transfer.instrument.synth import Synth, audible
from transfer.instrument.training import JUDGING_SEED, TrainingOptions
from transfer.timbre import load_timbre

N_HARMONICS, N_BANDS, N_HIDDEN = 64, 65, 128
DESIGN = InstrumentDesign(n_partials=N_HARMONICS, n_bands=N_BANDS)
NOISE_BIAS = -5.0
LOUDNESS_RANGE_DB = 80.0
JUDGE_EVERY_MINUTES = 1.0
QUICK_MINUTES = 0.02


class Ddsp(nn.Module):
    """Pitch and loudness [B, K] to linear amplitudes [B, K, N_HARMONICS + N_BANDS]."""

    def __init__(self) -> None:
        super().__init__()
        self.pitch, self.loudness = _dense(1), _dense(1)
        self.memory = nn.GRU(2 * N_HIDDEN, N_HIDDEN, batch_first=True)
        self.last = _dense(N_HIDDEN + 2)
        self.out = nn.Linear(N_HIDDEN, 1 + N_HARMONICS + N_BANDS)

    def forward(self, f0_hz: Tensor, loudness_db: Tensor) -> Tensor:
        note = (69 + 12 * torch.log2(f0_hz / 440)) / 127
        level = loudness_db.clamp_min(QUIETEST_DB) / LOUDNESS_RANGE_DB + 1
        told = torch.stack([note, level], dim=-1)
        heard, _ = self.memory(torch.cat([self.pitch(told[..., :1]), self.loudness(told[..., 1:])], dim=-1))
        whole, shares, bands = self.out(self.last(torch.cat([heard, told], dim=-1))).split([1, N_HARMONICS, N_BANDS], 2)
        is_heard = audible(np.multiply.outer(f0_hz.numpy().astype(np.float64), np.arange(1, N_HARMONICS + 1))) > 0
        shares = _positive(shares) * torch.from_numpy(is_heard)
        harmonics = _positive(whole) * shares / shares.sum(dim=-1, keepdim=True).clamp_min(1e-7)
        return torch.cat([harmonics, _positive(bands + NOISE_BIAS)], dim=-1)


@dataclass(frozen=True, eq=False)
class Learned:
    """What a training came to: the average of the weights that did best on what is held out, after so many steps."""

    net: Ddsp
    n_steps: int


def timbre_baseline(bench: Bench) -> Section:
    """Held-out notes made again by both."""
    model = load_timbre(MODEL)
    training = model.artifact.manifest["training"]
    minutes = QUICK_MINUTES if bench.is_quick else float(training["minutes"])
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
        learned = learn(*_materials(bench, Path(folder)), minutes)
    notes = [note for _, note in held_out_notes(bench, model)][:: 8 if bench.is_quick else 1]
    ours = _distance(notes, lambda note: model.render(AudioBuffer(note[None], RATE), AS_IT_IS).samples[0])
    theirs = _distance(notes, lambda note: play(learned.net, note))
    n_parameters = sum(parameter.numel() for parameter in learned.net.parameters())
    rows = [
        (MODEL, f"{training['n_parameters']:,}", f"{training['minutes']:g}", f"{training['n_steps']:,}", f"{ours:.3f}"),
        ("DDSP, GRU of 128", f"{n_parameters:,}", f"{minutes:g}", f"{learned.n_steps:,}", f"{theirs:.3f}"),
        ("silence", "", "", "", f"{_distance(notes, np.zeros_like):.3f}"),
    ]
    return Section(
        f"Timbre transfer: {MODEL} against a DDSP of equal training time",
        "python -m benchmarks --only timbre-baseline",
        ["model", "weights", "minutes of the processor", "steps", "spectral distance"],
        rows,
        f"{len(notes)} notes that neither learned, made again from their own pitch and loudness; mean over six"
        " resolutions (transfer/instrument/loss.py). Controls, synthesiser, data, passages and optimiser are the same"
        " for both; the DDSP has 64 harmonics and 65 bands of noise, and no stage that learns amplitudes first.",
    )


SECTIONS: dict[str, Callable[[Bench], Section]] = {"timbre-baseline": timbre_baseline}


def learn(material: Material, held_out: Material, minutes: float) -> Learned:
    """The baseline after so many minutes of the processor."""
    options = TrainingOptions(minutes)
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.n_threads)
    renderer = Renderer(DESIGN, options.seed)
    judged = _draw(held_out, np.random.default_rng(JUDGING_SEED), options.n_judged, 2 * options.n_frames)
    net = Ddsp()
    average, best, least = copy.deepcopy(net), copy.deepcopy(net), math.inf
    optimiser = torch.optim.AdamW(net.parameters(), options.second_rate, betas=(0.9, 0.98))
    n_steps, done, due = 0, 0.0, JUDGE_EVERY_MINUTES
    while done < minutes:
        begin_s = time.process_time()
        optimiser.zero_grad()
        rng = np.random.default_rng((options.seed, n_steps))
        _loss(net, _draw(material, rng, options.n_second_batch, options.n_frames), renderer).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        for group in optimiser.param_groups:
            warm = min(1.0, (n_steps + 1) / options.n_warmup_steps)
            group["lr"] = options.second_rate * warm * (0.01 + 0.495 * (1 + math.cos(math.pi * done / minutes)))
        optimiser.step()
        n_steps += 1
        _follow(average, net, min(options.average_decay, n_steps / (9 + n_steps)))
        done += (time.process_time() - begin_s) / 60
        if done >= due or done >= minutes:
            due += JUDGE_EVERY_MINUTES
            with torch.no_grad():
                distance = float(_loss(average, judged, renderer))
            print(f"{done:.1f} min, {n_steps} steps: {distance:.3f} on what is held out", flush=True)
            if distance < least:
                least = distance
                best.load_state_dict(average.state_dict())
    return Learned(best, n_steps)


@torch.no_grad()
def play(net: Ddsp, note: Mono) -> Mono:
    """A note [T] made again from its pitch and loudness, in time with it."""
    stream, synth = ControlStream(RATE), Synth(DESIGN)
    n_padded = stream.latency_samples + -(note.size + stream.latency_samples) % DESIGN.hop
    controls = stream.process(np.pad(note, (0, n_padded))[None])
    told = (torch.from_numpy(each)[None].float() for each in (controls.f0_hz, controls.loudness_db))
    frames = zip(controls.f0_hz, net(*told)[0].numpy().astype(np.float64), strict=True)
    sound = np.concatenate([synth.process(float(pitch), amplitudes) for pitch, amplitudes in frames])
    return sound[stream.latency_samples :][: note.size].astype(np.float32)


def _materials(bench: Bench, folder: Path) -> tuple[Material, Material]:
    """What is learned from, and what is held out."""
    prepare_notes(bench.data / "timbre" / MODEL, folder / "notes", 8 if bench.is_quick else 1)
    dataset = build_dataset(folder / "notes", folder / "set")
    splits: tuple[Split, Split] = ("train", "validation")
    learned, held_out = (
        write_material(
            folder / f"{split}.takes", (prepare(each.samples[None], DESIGN) for each in dataset.segments(split))
        )
        for split in splits
    )
    return learned, held_out


def _draw(material: Material, rng: np.random.Generator, n_crops: int, n_frames: int) -> list[Crop]:
    return [material.draw(rng, n_frames, TrainingOptions.n_before) for _ in range(n_crops)]


def _loss(net: Ddsp, crops: Sequence[Crop], renderer: Renderer) -> Tensor:
    """Mean spectral distance of passages of equal length."""
    f0_hz, loudness_db = (
        torch.from_numpy(np.stack([getattr(crop, name) for crop in crops])) for name in ("f0_hz", "loudness_db")
    )
    losses = []
    for crop, amplitudes in zip(crops, net(f0_hz, loudness_db), strict=True):
        passage = Passage.of(crop, renderer)
        losses.append(spectral_loss(renderer.render(amplitudes[crop.n_before :], passage.waves), passage.sound))
    return torch.stack(losses).mean()


@torch.no_grad()
def _follow(average: Ddsp, net: Ddsp, decay: float) -> None:
    for averaged, current in zip(average.parameters(), net.parameters(), strict=True):
        averaged.lerp_(current, 1 - decay)


def _distance(notes: Sequence[Mono], make: Callable[[Mono], Mono]) -> float:
    """Mean spectral distance of what is made of notes to them."""
    pairs = [(torch.from_numpy(make(note)), torch.from_numpy(note)) for note in notes]
    return float(np.mean([float(spectral_loss(*pair)) for pair in pairs]))


def _dense(n_in: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(n_in, N_HIDDEN), nn.LayerNorm(N_HIDDEN), nn.LeakyReLU())


def _positive(values: Tensor) -> Tensor:
    """DDSP's `exp_sigmoid`."""
    return 2 * torch.sigmoid(values) ** math.log(10) + 1e-7
