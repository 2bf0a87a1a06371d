"""`Learner`: steps, averages and the run folder of a training, whatever network of ours learns whatever.

Task:
    A `Lesson` says what is learned from, what loss it has and how a network is judged; the learner takes steps, keeps a
    running average of the weights and the best average so far, and leaves all of it in the run folder, with `log.csv`
    beside it. `learn` steps until the time is up, and goes on when it is called again.
Conventions:
    Weights live in float32. With `use_bfloat16` a bfloat16 copy computes the gradients, which is several times faster
    on a CPU with matrix units. Gradients of a step are summed over `n_together` examples at a time: one on a CPU, whose
    caches then hold them, as many as there are on a GPU.

References:
    Kingma and Ba 2015 (Adam); Loshchilov and Hutter 2019 (decoupled decay); Polyak and Juditsky 1992 (averaging).

This module is a door of torch.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from mixassist.errors import ModelError
from mixassist.runtime.run_state import has_state, read_state, under, write_state
from separation.run_folder import CURE, append_log, machine_line

Net = TypeVar("Net", bound=nn.Module)
Material = TypeVar("Material")


@dataclass(frozen=True)
class LearningOptions:
    """How long and how a network is trained.

    Training ends early when its scores have not risen for `patience_minutes`. After `slice_minutes` a process judges,
    saves and stops, for the next one to go on. A new run begins with the best average of the run `start_from`, if there
    is one.
    """

    minutes: float = 120.0
    slice_minutes: float = math.inf
    n_batch: int = 4
    n_together: int = 1
    learning_rate: float = 2e-3
    n_warmup_steps: int = 150
    weight_decay: float = 0.02
    average_decay: float = 0.999
    judge_every_minutes: float = 6.0
    patience_minutes: float = math.inf
    n_threads: int = 1
    seed: int = 1
    device: str = "cpu"
    use_bfloat16: bool = True
    start_from: Path | None = None


@dataclass(frozen=True)
class Lesson(Generic[Net, Material]):
    """What is to be learned.

    Attributes:
        material: examples from that number on, `n_together` at a time, without end.
        prepare: sets what a network knows of the material before it learns.
        loss: of a network on examples.
        judge: scores of a network; the best one has the greatest `mean`.
        facts: what the run folder says of all this, as plain JSON.
    """

    material: Callable[[int], Iterator[Material]]
    prepare: Callable[[Net], None]
    loss: Callable[[Net, Material], Tensor]
    judge: Callable[[Net], dict[str, float]]
    facts: Mapping[str, Any]


class Learner(Generic[Net, Material]):
    """Steps, averages and keeps the state of the training of `net`, whose weights are the first ones."""

    def __init__(self, run: Path, net: Net, lesson: Lesson[Net, Material], options: LearningOptions) -> None:
        self.run, self.lesson, self.options = run, lesson, options
        self.net = net.to(options.device)
        self.n_steps, self.n_steps_before = 0, 0
        self.minutes, self.minutes_before = 0.0, 0.0
        self.best: dict[str, float] = {"mean": -math.inf, "minutes": 0.0}
        self.average = copy.deepcopy(self.net).eval()
        self.best_net = copy.deepcopy(self.average)
        self.optimiser = torch.optim.AdamW(
            self.net.parameters(), options.learning_rate, betas=(0.9, 0.98), weight_decay=options.weight_decay
        )

    @property
    def _nets(self) -> dict[str, Net]:
        return {"net": self.net, "average": self.average, "best": self.best_net}

    def begin(self) -> None:
        """Takes up the run where it stopped, or another's weights, or prepares its own for the material."""
        if has_state(self.run):
            self.load()
        elif self.options.start_from is not None:
            self.start_from(self.options.start_from)
        else:
            self.lesson.prepare(self.net)
            for net in (self.average, self.best_net):
                net.load_state_dict(self.net.state_dict())

    def material(self) -> Iterator[Material]:
        """The examples of the steps to come."""
        return self.lesson.material(self.n_steps * self.options.n_batch)

    def step(self, material: Iterator[Material]) -> float:
        """Takes one step and returns its loss."""
        started = time.monotonic()
        loss = self._gradients(material)
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        for group in self.optimiser.param_groups:
            group["lr"] = self._learning_rate()
        self.optimiser.step()
        self._update_average()
        self.n_steps += 1
        self.minutes += (time.monotonic() - started) / 60
        return loss

    def _gradients(self, material: Iterator[Material]) -> float:
        net = self.net.train()
        if self.options.use_bfloat16:
            net = copy.deepcopy(net).bfloat16()
            for copied, mine in zip(net.buffers(), self.net.buffers(), strict=True):
                copied.data = mine
        net.zero_grad()
        n_parts = self.options.n_batch // self.options.n_together
        total = 0.0
        for _ in range(n_parts):
            loss = self.lesson.loss(net, next(material)) / n_parts
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

    def judge(self) -> dict[str, float]:
        """Scores of the average; keeps it when they are the best so far."""
        scores = self.lesson.judge(self.average)
        if scores["mean"] > self.best["mean"]:
            self.best = {**scores, "minutes": self.minutes, "step": self.n_steps}
            self.best_net.load_state_dict(self.average.state_dict())
        return scores

    @property
    def is_finished(self) -> bool:
        """Whether time is up, or patience."""
        stale = self.minutes - self.best["minutes"] if math.isfinite(self.best["mean"]) else 0.0
        return self.minutes >= self.options.minutes or stale > self.options.patience_minutes

    def save(self) -> None:
        """Writes everything needed to go on to the run folder."""
        tensors = {
            f"{kind}.{key}": value for kind, net in self._nets.items() for key, value in net.state_dict().items()
        }
        moments = self.optimiser.state_dict()["state"]
        tensors |= {f"adam.{index}.{key}": value for index, state in moments.items() for key, value in state.items()}
        facts: dict[str, Any] = {"n_steps": self.n_steps, "minutes": self.minutes, "best": self.best}
        facts |= {"n_steps_before": self.n_steps_before, "minutes_before": self.minutes_before}
        facts |= {"n_batch": self.options.n_batch, "n_threads": self.options.n_threads, "machine": self._machine()}
        facts |= self.lesson.facts
        write_state(self.run, {name: value.cpu().numpy() for name, value in tensors.items()}, facts)

    def _machine(self) -> str:
        """What computes the steps, in words."""
        is_cuda = self.options.device.startswith("cuda")
        return torch.cuda.get_device_name(self.options.device) if is_cuda else machine_line(self.options.n_threads)

    def load(self) -> None:
        """Takes up the run where `save` left it.

        Raises:
            ModelError: when its state is no training's, as the mean of several has none.
        """
        arrays, facts = read_state(self.run, CURE)
        if not under("net.", arrays):
            raise ModelError(f"{self.run} holds the mean of runs: begin another one with --start-from {self.run}")
        tensors = {name: torch.from_numpy(value) for name, value in arrays.items()}
        for kind, net in self._nets.items():
            net.load_state_dict(under(f"{kind}.", tensors))
        moments: dict[int, dict[str, Tensor]] = {}
        for name, value in under("adam.", tensors).items():
            index, key = name.split(".", 1)
            moments.setdefault(int(index), {})[key] = value
        self.optimiser.load_state_dict(self.optimiser.state_dict() | {"state": moments})
        self.n_steps, self.minutes, self.best = facts["n_steps"], facts["minutes"], facts["best"]
        self.n_steps_before, self.minutes_before = facts.get("n_steps_before", 0), facts.get("minutes_before", 0.0)

    def start_from(self, run: Path) -> None:
        """Begins with the best average of another run, whose steps and minutes count as heard before."""
        weights, facts = read_best(run)
        for mine in self._nets.values():
            mine.load_state_dict(weights)
        self.n_steps_before, self.minutes_before = facts["n_steps"], facts["minutes"]


def read_best(run: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The average of a run that did best so far, and its facts; steps and minutes with those of runs before.

    Raises:
        ModelError: when the run has no state yet.
    """
    arrays, facts = read_state(run, CURE)
    facts["n_steps"] += facts.get("n_steps_before", 0)
    facts["minutes"] = round(facts["minutes"] + facts.get("minutes_before", 0.0), 1)
    return {name: torch.from_numpy(value) for name, value in under("best.", arrays).items()}, facts


def learn(learner: Learner[Any, Any]) -> None:
    """Steps until the time of the slice, or of the run, is up, or patience; judges and saves on the way."""
    options, material, losses = learner.options, learner.material(), list[float]()
    due = learner.minutes + min(2.0, options.judge_every_minutes)
    end = min(options.minutes, learner.minutes + options.slice_minutes)
    while learner.minutes < end and not learner.is_finished:
        losses.append(learner.step(material))
        if learner.minutes >= min(due, end):
            scores = learner.judge()
            row = {"step": learner.n_steps, "minutes": round(learner.minutes, 2), "loss": round(np.mean(losses), 4)}
            append_log(learner.run, row | scores)
            learner.save()
            due, losses = learner.minutes + options.judge_every_minutes, []
