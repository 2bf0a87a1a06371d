"""Learns how falls of level tell of a room, and puts what it learned beside `mixassist.dsp.fall_reading`.

`python -m benchmarks.dereverb_learning [--takes 3000]`; `--only room-estimates` of the benchmarks says how good it is.
Times are learned by their logarithm with an error of Laplace's kind, so that each comes with how far off it may be.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.dereverb_takes import RATE, RoomTakes
from mixassist.dsp.blind_decay import FallCounter
from mixassist.dsp.fall_reading import SCALES, WEIGHTS, fall_features
from mixassist.dsp.hops import Floats

N_HIDDEN, N_OUT = 32, 3
N_BATCH, N_EPOCHS = 32, 100
RATE_OF_LEARNING, DECAY, DROPOUT, NOISE = 2e-3, 1e-2, 0.2, 0.1
DRRS_DB = (-10.0, 25.0)
TOLD_TO_DB, TOLD_TO_S = 12.0, 6.0
"""Of drier takes and longer rooms no time is learned: nothing of it is heard."""

DRR_UNIT_DB = 4.0


@dataclass(frozen=True)
class Lessons:
    """What is seen of takes [N, octave, features], RT60 in s [N, octave], and DRR in dB [N]."""

    seen: Floats
    rt60_s: Floats
    drr_db: NDArray[np.floating]


def lessons_from(takes: RoomTakes, n_takes: int) -> Lessons:
    """The first takes, as the network sees them."""
    counts, times, ratios = [], [], []
    for index in range(n_takes):
        take = takes.take(index)
        counter = FallCounter(RATE)
        counter.update(take.sound[None].astype(np.float32))
        counts.append(counter.counts())
        times.append(take.rt60_s)
        ratios.append(take.drr_db)
    return Lessons(fall_features(np.asarray(counts)), np.asarray(times), np.asarray(ratios))


def learn(lessons: Lessons, n_epochs: int = N_EPOCHS, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """The weights that `mixassist.dsp.fall_reading` reads."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    mean = lessons.seen.mean(axis=(0, 1))
    deviation = lessons.seen.std(axis=(0, 1)) + 0.05
    seen = torch.tensor((lessons.seen - mean) / deviation, dtype=torch.float32)
    truth = _truth(lessons)
    net = nn.Sequential(
        nn.Linear(seen.shape[-1], N_HIDDEN), nn.Tanh(), nn.Dropout(DROPOUT),
        nn.Linear(N_HIDDEN, N_HIDDEN), nn.Tanh(), nn.Dropout(DROPOUT), nn.Linear(N_HIDDEN, N_OUT),
    )  # fmt: skip
    optimiser = torch.optim.AdamW(net.parameters(), RATE_OF_LEARNING, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, n_epochs)
    for _ in range(n_epochs):
        for batch in np.array_split(rng.permutation(len(seen)), max(len(seen) // N_BATCH, 1)):
            told = net(seen[batch] + NOISE * torch.randn_like(seen[batch]))
            loss = _loss(told, *(each[batch] for each in truth))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        schedule.step()
    layers = [layer for layer in net if isinstance(layer, nn.Linear)]
    weights = {"mean": mean, "deviation": deviation}
    for index, layer in enumerate(layers):
        weights[f"matrix_{index}"] = layer.weight.detach().numpy().T
        weights[f"bias_{index}"] = layer.bias.detach().numpy()
    return {name: np.ascontiguousarray(array, dtype=np.float32) for name, array in weights.items()}


def _truth(lessons: Lessons) -> tuple[Tensor, Tensor, Tensor]:
    """Logarithms of the times, which of them are learned, and the ratios within bounds."""
    is_told = np.nan_to_num(lessons.rt60_s, nan=np.inf) < TOLD_TO_S
    is_told &= (lessons.drr_db <= TOLD_TO_DB)[:, None]
    logarithms = np.log(np.where(is_told, lessons.rt60_s, 1))
    return (
        torch.tensor(logarithms, dtype=torch.float32),
        torch.tensor(is_told),
        torch.tensor(np.clip(lessons.drr_db, *DRRS_DB), dtype=torch.float32),
    )


def _loss(told: Tensor, logarithms: Tensor, is_told: Tensor, drr_db: Tensor) -> Tensor:
    scales = told[..., 1].clamp(*SCALES)
    off = (told[..., 0] - logarithms).abs()
    of_times = (off / scales.exp() + scales)[is_told].mean()
    of_ratio = nn.functional.smooth_l1_loss(told[..., 2].mean(dim=1) / DRR_UNIT_DB, drr_db / DRR_UNIT_DB)
    return of_times + of_ratio


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dereverb_learning", description=__doc__)
    parser.add_argument("--takes", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--output", type=Path, default=WEIGHTS)
    root = Path(__file__).resolve().parent.parent
    parser.add_argument("--data", type=Path, default=root.parent / "shared" / "data")
    options = parser.parse_args()
    weights = learn(lessons_from(RoomTakes(options.data, options.seed), options.takes))
    np.savez_compressed(options.output, **weights)  # type: ignore[arg-type]  # names of arrays, not options
    print(f"{options.output}: {sum(array.size for array in weights.values())} numbers from {options.takes} takes")


if __name__ == "__main__":
    main()
