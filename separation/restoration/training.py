"""Training: `python -m separation.restoration.training --sounds SOUNDS --set SET --run RUN --minutes 600`, and again.

Task: examples are made and learned from in turn, in one process and one thread; the run folder keeps the state
(weights, their running average, the best average so far, optimiser) and `log.csv` with scores on what is kept for
judging. Started again it goes on; `--from RUN` begins with the best weights of another run.

Conventions: weights live in float32. With `use_bfloat16` a bfloat16 copy computes the gradients, which is several times
faster on a CPU with matrix units.

References: as `separation.training`.

This module is a door of torch.
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mixassist.errors import MixassistError
from separation.net import compress
from separation.restoration.batches import Heard, heard_stream
from separation.restoration.examples import ExampleMaker
from separation.restoration.judging import Trial, draw_trials, judge, take
from separation.restoration.loss import restoration_loss
from separation.restoration.net import DESIGNS, Design, RestorationNet
from separation.restoration.sounds import SoundLibrary
from separation.run_folder import STATE, append_log, machine_line, read_facts, read_state, under, write_state

JUDGING_SEED = 77


@dataclass(frozen=True)
class TrainingOptions:
    """How long and how a network is trained; after `slice_minutes` a process scores, saves and stops for the next."""

    minutes: float = 600.0
    slice_minutes: float = math.inf
    n_batch: int = 2
    n_trials: int = 40
    learning_rate: float = 2e-3
    n_warmup_steps: int = 100
    weight_decay: float = 0.02
    average_decay: float = 0.998
    judge_every_minutes: float = 10.0
    n_threads: int = 1
    seed: int = 1
    use_bfloat16: bool = True


class Trainer:
    """Steps, averages and keeps the state of one training run of the network called `name`."""

    def __init__(self, run: Path, name: str, design: Design, maker: ExampleMaker, options: TrainingOptions) -> None:
        self.run, self.name, self.design, self.maker, self.options = run, name, design, maker, options
        torch.manual_seed(options.seed)
        self.net = RestorationNet(design.network, design.n_ahead)
        self.n_steps = 0
        self.minutes = 0.0
        self.best = {"mean": -math.inf, "minutes": 0.0}
        self.average = copy.deepcopy(self.net).eval()
        self.best_net = copy.deepcopy(self.average)
        self.optimiser = torch.optim.AdamW(
            self.net.parameters(), options.learning_rate, betas=(0.9, 0.98), weight_decay=options.weight_decay
        )

    def begin(self, n_examples: int = 24) -> None:
        """Brings the views of this material to mean 0 and deviation 1."""
        heard = heard_stream(self.maker, self.design.network, 0)
        levels = torch.cat([compress(next(heard).views).transpose(2, 3).flatten(0, 2) for _ in range(n_examples)])
        for net in (self.net, self.average, self.best_net):
            net.mean.copy_(levels.mean(dim=0))
            net.deviation.copy_(levels.std(dim=0).clamp_min(0.2))

    def begin_from(self, run: Path) -> None:
        """Begins with the best weights of another run."""
        found, _ = load_best(run)
        for net in (self.net, self.average, self.best_net):
            net.load_state_dict(found.state_dict())

    def examples(self) -> Iterator[Heard]:
        """The examples of the steps to come."""
        return heard_stream(self.maker, self.design.network, self.n_steps * self.options.n_batch)

    def step(self, examples: Iterator[Heard]) -> float:
        """Takes one step and returns its loss."""
        started = time.monotonic()
        loss = self._gradients(examples)
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        for group in self.optimiser.param_groups:
            group["lr"] = self._learning_rate()
        self.optimiser.step()
        self._update_average()
        self.n_steps += 1
        self.minutes += (time.monotonic() - started) / 60
        return loss

    def _gradients(self, examples: Iterator[Heard]) -> float:
        net = self.net.train()
        if self.options.use_bfloat16:
            net = copy.deepcopy(net).bfloat16()
            net.mean, net.deviation = self.net.mean, self.net.deviation
        net.zero_grad()
        total = 0.0
        for _ in range(self.options.n_batch):
            heard = next(examples)
            logits = net.logits(heard.views)
            loss = restoration_loss(logits, heard.parts, heard.is_dry, self.design.n_ahead) / self.options.n_batch
            loss.backward()
            total += float(loss.detach())
        for mine, copied in zip(self.net.parameters(), net.parameters(), strict=True):
            mine.grad = None if copied.grad is None else copied.grad.float()
        return total

    def _learning_rate(self) -> float:
        warm = min(1.0, (self.n_steps + 1) / self.options.n_warmup_steps)
        done = min(1.0, self.minutes / self.options.minutes)
        return self.options.learning_rate * warm * (0.02 + 0.49 * (1 + math.cos(math.pi * done)))

    @torch.no_grad()
    def _update_average(self) -> None:
        decay = min(self.options.average_decay, (1 + self.n_steps) / (10 + self.n_steps))
        for averaged, current in zip(self.average.parameters(), self.net.parameters(), strict=True):
            averaged.lerp_(current, 1 - decay)

    def judge(self, trials: list[Trial]) -> dict[str, float]:
        """Scores of the average; keeps it when they are the best so far."""
        scores = judge(lambda trial, part: take(self.average, trial, part, self.design.n_ahead), trials)
        if scores["mean"] > self.best["mean"]:
            self.best = {**scores, "minutes": self.minutes, "step": self.n_steps}
            self.best_net.load_state_dict(self.average.state_dict())
        return scores

    def save(self) -> None:
        """Writes everything needed to go on to the run folder."""
        nets = {"net": self.net, "average": self.average, "best": self.best_net}
        tensors = {f"{kind}.{key}": value for kind, net in nets.items() for key, value in net.state_dict().items()}
        moments = self.optimiser.state_dict()["state"]
        tensors |= {f"adam.{index}.{key}": value for index, state in moments.items() for key, value in state.items()}
        facts: dict[str, Any] = {"network": self.name, "n_steps": self.n_steps, "minutes": self.minutes}
        facts |= {"best": self.best, "n_batch": self.options.n_batch, "seconds": self.maker.options.seconds}
        facts |= {"machine": machine_line(self.options.n_threads)}
        write_state(self.run, {name: value.numpy() for name, value in tensors.items()}, facts)

    def load(self) -> None:
        """Takes up the run where `save` left it."""
        arrays, facts = read_state(self.run)
        tensors = {name: torch.from_numpy(value) for name, value in arrays.items()}
        for kind, net in {"net": self.net, "average": self.average, "best": self.best_net}.items():
            net.load_state_dict(under(f"{kind}.", tensors))
        moments: dict[int, dict[str, Tensor]] = {}
        for name, value in under("adam.", tensors).items():
            index, key = name.split(".", 1)
            moments.setdefault(int(index), {})[key] = value
        self.optimiser.load_state_dict(self.optimiser.state_dict() | {"state": moments})
        self.n_steps, self.minutes, self.best = facts["n_steps"], facts["minutes"], facts["best"]


def load_best(run: Path) -> tuple[RestorationNet, dict[str, Any]]:
    """The averaged network of a run that did best so far, and the facts of the run.

    Raises:
        ModelError: when the run has no state yet.
    """
    facts = read_facts(run)
    arrays, _ = read_state(run)
    design = DESIGNS[facts["network"]]
    net = RestorationNet(design.network, design.n_ahead)
    net.load_state_dict({name: torch.from_numpy(value) for name, value in under("best.", arrays).items()})
    return net.eval(), facts


def train(trainer: Trainer, trials: list[Trial], options: TrainingOptions) -> None:
    """Steps until the time of the slice, or of the run, is up; scores and saves on the way."""
    examples, losses = trainer.examples(), list[float]()
    due = trainer.minutes + min(2.0, options.judge_every_minutes)
    end = min(options.minutes, trainer.minutes + options.slice_minutes)
    while trainer.minutes < end:
        losses.append(trainer.step(examples))
        if trainer.minutes >= min(due, end):
            scores = trainer.judge(trials)
            row = {"step": trainer.n_steps, "minutes": round(trainer.minutes, 2), "loss": round(np.mean(losses), 4)}
            append_log(trainer.run, row | scores)
            trainer.save()
            due, losses = trainer.minutes + options.judge_every_minutes, []


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the network that finds tails and noise.")
    parser.add_argument("--sounds", type=Path, required=True, help="folder that separation.restoration.sounds made")
    parser.add_argument("--set", type=Path, required=True, help="set that separation.training_set built")
    parser.add_argument("--run", type=Path, required=True, help="folder of this run: state and log")
    parser.add_argument("--network", choices=DESIGNS, default="restore")
    parser.add_argument("--from", type=Path, dest="other", help="begin with the best weights of this run")
    parser.add_argument("--minutes", type=float, default=TrainingOptions.minutes, help="minutes of training in all")
    parser.add_argument("--slice", type=float, default=math.inf, help="minutes after which to save and stop for now")
    parser.add_argument("--learning-rate", type=float, default=TrainingOptions.learning_rate)
    parser.add_argument("--threads", type=int, default=TrainingOptions.n_threads, help="processor threads to use")
    given = parser.parse_args()
    options = TrainingOptions(
        minutes=given.minutes, slice_minutes=given.slice, learning_rate=given.learning_rate, n_threads=given.threads
    )
    torch.set_num_threads(options.n_threads)
    try:
        _run(given, options)
    except MixassistError as error:
        parser.exit(2, f"error: {error}\n")


def _run(given: argparse.Namespace, options: TrainingOptions) -> None:
    design = DESIGNS[given.network]
    maker = ExampleMaker(SoundLibrary.open(given.sounds, given.set), options.seed)
    judged = ExampleMaker(SoundLibrary.open(given.sounds, given.set, is_judged=True), JUDGING_SEED)
    given.run.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(given.run, given.network, design, maker, options)
    if (given.run / STATE).is_file():
        trainer.load()
    elif given.other is not None:
        trainer.begin_from(given.other)
    else:
        trainer.begin()
    train(trainer, draw_trials(judged, design.network, options.n_trials), options)


if __name__ == "__main__":
    main()
