"""Learns how falls of level, and jumps before them, tell of a room: `mixassist.dsp.fall_reading`, `jump_reading`.

`python -m benchmarks.dereverb_learning [--takes 3000]`; `--only room-estimates` of the benchmarks says how good it is.
Times are learned by their logarithm with an error of Laplace's kind, so that each comes with how far off it may be.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.dereverb_takes import RATE, RoomTakes
from mixassist.dsp.blind_decay import FallCounter
from mixassist.dsp.fall_reading import SCALES, WEIGHTS, fall_features
from mixassist.dsp.falls import Falls
from mixassist.dsp.hops import Floats
from mixassist.dsp.jump_reading import WEIGHTS as JUMP_WEIGHTS
from mixassist.dsp.jump_reading import jump_features

Weights = dict[str, NDArray[np.float32]]
Batch = NDArray[np.int64]

N_HIDDEN = 32
N_BATCH, N_EPOCHS = 32, 100
RATE_OF_LEARNING, DECAY, DROPOUT, NOISE = 2e-3, 1e-2, 0.2, 0.1
DRRS_DB = (-10.0, 25.0)
TOLD_TO_DB, TOLD_TO_S = 12.0, 6.0
"""Of drier takes and longer rooms no time is learned: nothing of it is heard."""

DRR_UNIT_DB = 4.0


@dataclass(frozen=True)
class Lessons:
    """What is seen of takes' falls and jumps [N, octave, features], RT60 in s [N, octave], and DRR in dB [N]."""

    falls: Floats
    jumps: Floats
    rt60_s: Floats
    drr_db: NDArray[np.floating]


def lessons_from(takes: RoomTakes, n_takes: int) -> Lessons:
    """The first takes, as the networks see them."""
    heard, times, ratios = [], [], []
    for index in range(n_takes):
        take = takes.take(index)
        counter = FallCounter(RATE)
        counter.update(take.sound[None].astype(np.float32))
        heard.append(counter.falls())
        times.append(take.rt60_s)
        ratios.append(take.drr_db)
    falls = Falls(np.asarray([each.counts for each in heard]), np.asarray([each.jumps for each in heard]))
    return Lessons(fall_features(falls.counts), jump_features(falls), np.asarray(times), np.asarray(ratios))


def learn_falls(lessons: Lessons, n_epochs: int = N_EPOCHS, seed: int = 0) -> Weights:
    """The weights that `mixassist.dsp.fall_reading` reads."""
    has_time = np.nan_to_num(lessons.rt60_s, nan=np.inf) < TOLD_TO_S
    has_time &= (lessons.drr_db <= TOLD_TO_DB)[:, None]
    logarithms = torch.tensor(np.log(np.where(has_time, lessons.rt60_s, 1)), dtype=torch.float32)
    is_told = torch.tensor(has_time)

    def loss(told: Tensor, batch: Batch) -> Tensor:
        scales = told[..., 1].clamp(*SCALES)
        off = (told[..., 0] - logarithms[batch]).abs()
        return (off / scales.exp() + scales)[is_told[batch]].mean()

    return _learn(lessons.falls, 2, loss, n_epochs, seed)


def learn_jumps(lessons: Lessons, n_epochs: int = N_EPOCHS // 2, seed: int = 0) -> Weights:
    """The weights that `mixassist.dsp.jump_reading` reads."""
    drr = torch.tensor(np.clip(lessons.drr_db, *DRRS_DB) / DRR_UNIT_DB, dtype=torch.float32)

    def loss(told: Tensor, batch: Batch) -> Tensor:
        return nn.functional.smooth_l1_loss(told[..., 0].mean(dim=1) / DRR_UNIT_DB, drr[batch])

    return _learn(lessons.jumps, 1, loss, n_epochs, seed)


def _learn(seen: Floats, n_out: int, loss: Callable[[Tensor, Batch], Tensor], n_epochs: int, seed: int) -> Weights:
    """The weights of a network that tells `n_out` numbers per octave of what is seen."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    mean = seen.mean(axis=(0, 1))
    deviation = seen.std(axis=(0, 1)) + 0.05
    scaled = torch.tensor((seen - mean) / deviation, dtype=torch.float32)
    net = nn.Sequential(
        nn.Linear(scaled.shape[-1], N_HIDDEN), nn.Tanh(), nn.Dropout(DROPOUT),
        nn.Linear(N_HIDDEN, N_HIDDEN), nn.Tanh(), nn.Dropout(DROPOUT), nn.Linear(N_HIDDEN, n_out),
    )  # fmt: skip
    optimiser = torch.optim.AdamW(net.parameters(), RATE_OF_LEARNING, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, n_epochs)
    for _ in range(n_epochs):
        for batch in np.array_split(rng.permutation(len(scaled)), max(len(scaled) // N_BATCH, 1)):
            off = loss(net(scaled[batch] + NOISE * torch.randn_like(scaled[batch])), batch)
            optimiser.zero_grad()
            off.backward()
            optimiser.step()
        schedule.step()
    layers = [layer for layer in net if isinstance(layer, nn.Linear)]
    weights = {"mean": mean, "deviation": deviation}
    for index, layer in enumerate(layers):
        weights[f"matrix_{index}"] = layer.weight.detach().numpy().T
        weights[f"bias_{index}"] = layer.bias.detach().numpy()
    return {name: np.ascontiguousarray(array, dtype=np.float32) for name, array in weights.items()}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dereverb_learning", description=__doc__)
    parser.add_argument("--takes", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--output", type=Path, default=WEIGHTS.parent, help="folder of both networks")
    root = Path(__file__).resolve().parent.parent
    parser.add_argument("--data", type=Path, default=root.parent / "shared" / "data")
    options = parser.parse_args()
    lessons = lessons_from(RoomTakes(options.data, options.seed), options.takes)
    for path, weights in ((WEIGHTS, learn_falls(lessons)), (JUMP_WEIGHTS, learn_jumps(lessons))):
        np.savez_compressed(options.output / path.name, **weights)  # type: ignore[arg-type]  # names of arrays
        print(f"{path.name}: {sum(array.size for array in weights.values())} numbers from {options.takes} takes")


if __name__ == "__main__":
    main()
