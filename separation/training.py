"""Training of `LiteNet`: `python -m separation.training --data DATA --run RUN --minutes 70`, and again to go on.

Task:
    Remixes become batches of spectra, batches become steps; the run folder keeps the decoded songs, the state (weights,
    their running average, optimiser, random generator) and `log.csv` with the SDR on a song held out.
Conventions:
    Weights live in float32. With `use_bfloat16` a bfloat16 copy computes the gradients, which is several times faster
    on a CPU with matrix units. Spectra are [..., F, T], F contiguous in memory.

References:
    Kingma and Ba 2015 (Adam); Loshchilov and Hutter 2019 (decoupled decay); Polyak and Juditsky 1992 (averaging).

This module is a door of torch.
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from separation.generated_songs import generate_songs
from separation.lite_scores import median_sdrs
from separation.net import LiteNet, LiteOptions, compress
from separation.remix import Remixer
from separation.run_folder import STATE, RunFacts, append_log, machine_line, read_state, under, write_state
from separation.songs import RATE, STEMS, Song, SongLibrary, as_float, build_cache
from separation.training_set.manifest import is_set, refuse_unknown_songs

N_FFT = 4096
HOP = 1024

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class TrainingOptions:
    """How long and how a network is trained; `use_compiler` fuses the loss and needs a C++ compiler."""

    minutes: float = 70.0
    held_out: str = "sodium"
    n_batch: int = 4
    n_frames: int = 128
    learning_rate: float = 2e-3
    n_warmup_steps: int = 150
    weight_decay: float = 0.02
    average_decay: float = 0.998
    validate_every_minutes: float = 5.0
    n_threads: int = 2
    n_generated: int = 24
    seed: int = 1
    use_bfloat16: bool = True
    use_compiler: bool = True


@dataclass(frozen=True)
class Batch:
    """One step's material: magnitudes [B, 4, F, T] for the network, and the stems' spectra [2, B, S, 2, F, T].

    The first axis of `stems` is real and imaginary part. F is contiguous in memory.
    """

    magnitude: Tensor
    stems: Tensor


def views(mix: Tensor) -> Tensor:
    """|L|, |R|, |(L+R)/2|, |(L-R)/2| [B, 4, F, T] of a spectrum in real and imaginary parts [2, B, 2, F, T]."""
    left, right = mix[:, :, 0], mix[:, :, 1]
    seen = torch.stack([left, right, (left + right) / 2, (left - right) / 2], dim=2)
    return seen.square().sum(dim=0).sqrt()


class BatchMaker:
    """Turns remixes into batches: transforms, random equaliser per stem, level of the mix."""

    def __init__(self, remixer: Remixer, n_bins: int, n_batch: int, seed: int) -> None:
        self.remixer = remixer
        self.n_bins = n_bins
        self.n_batch = n_batch
        self.rng = np.random.default_rng(seed)
        self.window = torch.hann_window(N_FFT)

    def next(self) -> Batch:
        stems = np.stack([self.remixer.example(self.rng) for _ in range(self.n_batch)])
        mono = stems.sum(axis=1).mean(axis=1)
        level = np.maximum(mono.std(axis=-1), 1e-3) * np.exp(self.rng.normal(0.15, 0.35, self.n_batch))
        waves = torch.from_numpy(stems / level[:, None, None, None].astype(np.float32))
        spectra = torch.stft(waves.flatten(0, 2), N_FFT, HOP, window=self.window, center=False, return_complex=True)
        spectra = spectra.transpose(1, 2)[..., : self.n_bins].unflatten(0, waves.shape[:3])
        parts = torch.stack([spectra.real, spectra.imag]).mul_(self._equaliser()).transpose(-1, -2)
        return Batch(views(parts.sum(dim=2)), parts)

    def _equaliser(self) -> Tensor:
        """Gains [B, S, 1, 1, F]: for half of the stems a tilt and one broad bump."""
        shape = (self.n_batch, len(STEMS), 1, 1, 1)
        octave = np.log2(np.maximum(np.arange(self.n_bins), 1) * RATE / N_FFT / 1000)
        tilt_db = self.rng.uniform(-1.5, 1.5, shape) * octave
        centre, width = self.rng.uniform(-4, 4, shape), self.rng.uniform(0.5, 2, shape)
        bump_db = self.rng.uniform(-8, 8, shape) * np.exp(-(((octave - centre) / width) ** 2))
        gain_db = np.clip(tilt_db + bump_db, -15, 12) * (self.rng.random(shape) < 0.5)
        return torch.from_numpy((10 ** (gain_db / 20)).astype(np.float32))


def mask_loss(mask: Tensor, stems: Tensor) -> Tensor:
    """Error of masks [B, S, 2, F, T] on the sum of `stems` [2, B, S, 2, F, T], real and imaginary parts.

    The mean absolute complex error, which follows the SDR, and half of the mean error of square-rooted magnitudes,
    which hears quiet bins too. Each enters as the logarithm of its share in the mix, per example and stem, so that a
    quiet stem counts as much as a loud one; the floor of 0.05 keeps silent stems from counting for more.
    """
    mix = stems.sum(dim=2, keepdim=True)
    size = (mix.square().sum(dim=0) + 1e-6).sqrt()
    error = ((mask * mix - stems).square().sum(dim=0) + 1e-4).sqrt()
    root = (stems.square().sum(dim=0) + 1e-6).sqrt().sqrt()
    quiet = ((mask * size + 1e-3).sqrt() - root).abs()
    return _log_share(error, size) + 0.5 * _log_share(quiet, size.sqrt())


def _log_share(error: Tensor, size: Tensor) -> Tensor:
    over = (2, 3, 4)
    return (error.mean(dim=over) / (size.mean(dim=over) + 1e-3) + 0.05).log().mean()


class Trainer:
    """Steps, averages and keeps the state of one training run."""

    def __init__(self, run: Path, batches: BatchMaker, options: TrainingOptions) -> None:
        self.run, self.batches, self.options = run, batches, options
        torch.manual_seed(options.seed)
        self.net = LiteNet(LiteOptions())
        self.loss = torch.compile(mask_loss) if options.use_compiler else mask_loss
        self._measure_levels()
        self.average = copy.deepcopy(self.net)
        self.optimiser = torch.optim.AdamW(
            self.net.parameters(), options.learning_rate, betas=(0.9, 0.98), weight_decay=options.weight_decay
        )
        self.n_steps = 0
        self.minutes = 0.0

    def _measure_levels(self) -> None:
        levels = torch.cat([compress(self.batches.next().magnitude) for _ in range(8)])
        self.net.mean.copy_(levels.mean(dim=(0, 1, 3)))
        self.net.deviation.copy_(levels.std(dim=(0, 1, 3)).clamp_min(0.2))

    def step(self) -> float:
        """Takes one step and returns its loss."""
        started = time.monotonic()
        batch = self.batches.next()
        loss = self._gradients(batch)
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        for group in self.optimiser.param_groups:
            group["lr"] = self._learning_rate()
        self.optimiser.step()
        self._update_average()
        self.n_steps += 1
        self.minutes += (time.monotonic() - started) / 60
        return loss

    def _gradients(self, batch: Batch) -> float:
        net = self.net
        if self.options.use_bfloat16:
            net = copy.deepcopy(net).bfloat16()
            net.mean, net.deviation = self.net.mean, self.net.deviation
        loss = self.loss(net.known_mask(batch.magnitude).float(), batch.stems)
        net.zero_grad()
        loss.backward()
        for mine, copied in zip(self.net.parameters(), net.parameters(), strict=True):
            mine.grad = None if copied.grad is None else copied.grad.float()
        return float(loss.detach())

    def _learning_rate(self) -> float:
        warm = min(1.0, (self.n_steps + 1) / self.options.n_warmup_steps)
        done = min(1.0, self.minutes / self.options.minutes)
        return self.options.learning_rate * warm * (0.02 + 0.49 * (1 + math.cos(math.pi * done)))

    @torch.no_grad()
    def _update_average(self) -> None:
        decay = min(self.options.average_decay, (1 + self.n_steps) / (10 + self.n_steps))
        for averaged, current in zip(self.average.parameters(), self.net.parameters(), strict=True):
            averaged.lerp_(current, 1 - decay)

    def save(self) -> None:
        """Writes everything needed to go on to the run folder."""
        moments = self.optimiser.state_dict()["state"]
        tensors = {f"net.{key}": value for key, value in self.net.state_dict().items()}
        tensors |= {f"average.{key}": value for key, value in self.average.state_dict().items()}
        tensors |= {f"adam.{index}.{key}": value for index, state in moments.items() for key, value in state.items()}
        facts = {"n_steps": self.n_steps, "minutes": self.minutes, "rng": self.batches.rng.bit_generator.state}
        facts |= {"held_out": self.options.held_out, "n_threads": self.options.n_threads}
        write_state(self.run, {name: value.numpy() for name, value in tensors.items()}, facts)

    def load(self) -> None:
        """Takes up the run where `save` left it."""
        arrays, facts = read_state(self.run)
        tensors = {name: torch.from_numpy(value) for name, value in arrays.items()}
        self.net.load_state_dict(under("net.", tensors))
        self.average.load_state_dict(under("average.", tensors))
        moments: dict[int, dict[str, Tensor]] = {}
        for name, value in under("adam.", tensors).items():
            index, key = name.split(".", 1)
            moments.setdefault(int(index), {})[key] = value
        self.optimiser.load_state_dict(self.optimiser.state_dict() | {"state": moments})
        self.n_steps, self.minutes = facts["n_steps"], facts["minutes"]
        self.batches.rng.bit_generator.state = facts["rng"]


def load_average(run: Path) -> tuple[LiteNet, RunFacts]:
    """The averaged network of a run so far, and what there is to say about it."""
    arrays, facts = read_state(run)
    net = LiteNet(LiteOptions())
    net.load_state_dict({name: torch.from_numpy(value) for name, value in under("average.", arrays).items()})
    n_parameters = sum(parameter.numel() for parameter in net.parameters())
    machine = machine_line(facts["n_threads"])
    return net.eval(), RunFacts(facts["n_steps"], round(facts["minutes"], 1), facts["held_out"], n_parameters, machine)


@torch.inference_mode()
def separate_piece(net: LiteNet, mix: Floats, scale: float) -> Floats:
    """Stems [S, 2, T] of a piece [2, T] of a song whose level is `scale`, in one pass through the network."""
    window = torch.hann_window(N_FFT)
    spectrum = torch.stft(torch.from_numpy(mix / np.float32(scale)), N_FFT, HOP, window=window, return_complex=True)
    masks = net(views(torch.stack([spectrum.real, spectrum.imag])[:, None]))[0]
    waves = [torch.istft(mask * spectrum, N_FFT, HOP, window=window, length=mix.shape[-1]) for mask in masks]
    stems: Floats = torch.stack(waves).numpy() * np.float32(scale)
    return stems


def validate(net: LiteNet, song: Song, every: int = 2, n_piece: int = 12 * RATE) -> dict[str, float]:
    """Median SDR in dB of each audible stem of a song, over every second piece of `n_piece` samples."""
    starts = range(0, min(stem.shape[1] for stem in song.values()) - n_piece + 1, every * n_piece)
    pieces = [np.stack([as_float(song[name][:, at : at + n_piece]) for name in STEMS]) for at in starts]
    scale = max(float(np.std([piece.sum(axis=0).mean(axis=0) for piece in pieces])), 1e-5)
    estimates = [separate_piece(net.eval(), piece.sum(axis=0), scale) for piece in pieces]
    return median_sdrs(np.concatenate(pieces, axis=-1), np.concatenate(estimates, axis=-1), RATE)


def train(data: Path, run: Path, options: TrainingOptions) -> LiteNet:
    """The averaged network after `options.minutes` of steps in all, going on from the run folder's state.

    `data` is a folder with train/ and voices/, or a set that `python -m separation.training_set` built.

    Raises:
        OptionError: when something in the set has no licence and no credit, or heard the song held out.
    """
    torch.set_num_threads(options.n_threads)
    run.mkdir(parents=True, exist_ok=True)
    songs = _song_folder(data, run, options)
    remixer = Remixer(SongLibrary.open(songs, (options.held_out,)), N_FFT + (options.n_frames - 1) * HOP)
    held_out = SongLibrary.open(songs).songs[options.held_out]
    trainer = Trainer(run, BatchMaker(remixer, LiteOptions().n_bins, options.n_batch, options.seed), options)
    if (run / STATE).is_file():
        trainer.load()
    losses: list[float] = []
    due = trainer.minutes + min(2.0, options.validate_every_minutes)
    while trainer.minutes < options.minutes:
        losses.append(trainer.step())
        if trainer.minutes >= min(due, options.minutes):
            append_log(run, _log_row(trainer, float(np.mean(losses)), validate(trainer.average, held_out)))
            trainer.save()
            due, losses = trainer.minutes + options.validate_every_minutes, []
    return trainer.average


def _song_folder(data: Path, run: Path, options: TrainingOptions) -> Path:
    """Where the decoded songs are: the set itself, or the run's cache of a data folder."""
    if is_set(data):
        refuse_unknown_songs(data, options.held_out)
        return data
    build_cache(data, run / "cache")
    generate_songs(run / "cache", options.n_generated)
    return run / "cache"


def _log_row(trainer: Trainer, loss: float, scores: dict[str, float]) -> dict[str, Any]:
    row: dict[str, Any] = {"step": trainer.n_steps, "minutes": round(trainer.minutes, 2), "loss": round(loss, 4)}
    return row | scores | {"mean": round(float(np.mean(list(scores.values()))), 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the small separator on songs with stems.")
    parser.add_argument("--data", type=Path, required=True, help="a set, or a folder with train/ and voices/")
    parser.add_argument("--run", type=Path, required=True, help="folder of this run: decoded songs, state, log")
    parser.add_argument("--minutes", type=float, default=TrainingOptions.minutes, help="minutes of training in all")
    parser.add_argument("--threads", type=int, default=TrainingOptions.n_threads, help="processor threads to use")
    arguments = parser.parse_args()
    options = TrainingOptions(minutes=arguments.minutes, n_threads=arguments.threads)
    train(arguments.data, arguments.run, options)


if __name__ == "__main__":
    main()
