"""Learning an instrument from recordings, in two stages (a door of torch).

Task:
    First the network learns the amplitudes that an analysis found, frame by frame, which is fast and gets nearly there.
    Then it is heard: what it makes is rendered, and its spectra are brought nearer to those of the recording. The run
    folder keeps the state (weights, their running average, the best average, optimiser); started again it goes on.

Conventions:
    Time is that of computing, in minutes of the processor; both stages lower the rate of learning along a cosine. The
    average of the weights is judged by the spectra of held-out recordings, and the best of these averages is kept.

References:
    Engel et al. 2020, "DDSP: Differentiable digital signal processing", ICLR (the second stage).
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mixassist.runtime.run_state import has_state, read_facts, read_state, under
from transfer.instrument.design import InstrumentDesign
from transfer.instrument.loss import shape_loss
from transfer.instrument.material import Crop, Material
from transfer.instrument.net import InstrumentNet
from transfer.instrument.passage import Passage, run_net
from transfer.instrument.rendering import Renderer
from transfer.kept_state import keep_state, restore_state

JUDGING_SEED = 77


@dataclass(frozen=True)
class TrainingOptions:
    """How long and how an instrument is learned.

    Attributes:
        minutes: of the processor, in all.
        first_share: of them for the first stage.
        n_frames: of a passage; `n_before` more go before it, for the network to remember.
        judge_every_minutes: how often held-out recordings are played.
        astray_semitones: deviation of the pitch that is told from the one that sounds, another for each passage: so
            notes learn from their neighbours, and one that was never recorded is known better.
    """

    minutes: float = 30.0
    first_share: float = 0.3
    n_frames: int = 256
    n_before: int = 128
    n_first_batch: int = 12
    n_second_batch: int = 3
    first_rate: float = 3e-3
    second_rate: float = 1e-3
    n_warmup_steps: int = 50
    average_decay: float = 0.995
    judge_every_minutes: float = 2.0
    n_judged: int = 12
    astray_semitones: float = 1.0
    n_threads: int = 1
    seed: int = 1
    clock: Callable[[], float] = field(default=time.process_time)


@dataclass(frozen=True)
class Look:
    """Where a training stands: minutes, steps, stage, mean loss since the last look, distance on what is held out."""

    minutes: float
    n_steps: int
    stage: int
    loss: float
    held_out: float


Watch = Callable[[Look], None]


class Trainer:
    """One run over `material`, judged on `held_out`; goes on where the folder `run` says that it was."""

    def __init__(
        self, run: Path, material: Material, held_out: Material, design: InstrumentDesign, options: TrainingOptions
    ) -> None:
        self.run_folder, self.options, self._design, self._material = run, options, design, material
        torch.manual_seed(options.seed)
        torch.set_num_threads(options.n_threads)
        self._net = InstrumentNet(design)
        self._average = copy.deepcopy(self._net).eval()
        self._best = copy.deepcopy(self._average)
        self._optimiser = torch.optim.AdamW(self._net.parameters(), options.first_rate, betas=(0.9, 0.98))
        self._renderer = Renderer(design, options.seed)
        self.minutes, self.n_steps = 0.0, 0
        self.best = Look(0.0, 0, 1, math.inf, math.inf)
        self._judged = _judged_crops(held_out, options)
        self._first_minutes = options.minutes * options.first_share
        if has_state(run):
            self._load()

    @property
    def best_net(self) -> InstrumentNet:
        """The best average so far, at rest in silence."""
        net = copy.deepcopy(self._best)
        net.settle()
        return net

    @torch.no_grad()
    def listen(self, n_passages: int = 4) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Some held-out passages [T], each with what the average makes of its pitch and loudness."""
        passages = [Passage.of(crop, self._renderer) for crop in self._judged[:n_passages]]
        return [(passage.sound.numpy(), passage.render(self._average, self._renderer).numpy()) for passage in passages]

    @property
    def is_done(self) -> bool:
        return self.minutes >= self.options.minutes

    def run(self, watch: Watch = lambda look: None) -> None:
        """Learns until the time is up; looks, keeps and tells `watch` every few minutes."""
        losses: list[float] = []
        due = self.minutes + self.options.judge_every_minutes
        while not self.is_done:
            losses.append(self._timed_step())
            if self.minutes >= due or self.is_done:
                look = self._look(float(np.mean(losses)))
                self._save()
                watch(look)
                due, losses = self.minutes + self.options.judge_every_minutes, []

    @property
    def _is_first(self) -> bool:
        return self.minutes < self._first_minutes

    def _timed_step(self) -> float:
        begin = self.options.clock()
        rng = np.random.default_rng((self.options.seed, self.n_steps))
        self._optimiser.zero_grad()
        loss = self._first_loss(rng) if self._is_first else self._second_loss(rng)
        torch.nn.utils.clip_grad_norm_(self._net.parameters(), 1.0)
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate()
        self._optimiser.step()
        self._update_average()
        self.n_steps += 1
        self.minutes += (self.options.clock() - begin) / 60
        return loss

    def _first_loss(self, rng: np.random.Generator) -> float:
        options = self.options
        crops = [self._draw(rng) for _ in range(options.n_first_batch)]
        told = torch.from_numpy(np.stack([crop.told(self._design, self._astray(rng)) for crop in crops]))
        wanted = torch.from_numpy(np.stack([crop.shapes for crop in crops]).astype(np.float32))
        weights = torch.from_numpy(np.stack([crop.weights for crop in crops]))
        loss = shape_loss(run_net(self._net, told), wanted, weights)
        loss.backward()
        return float(loss.detach())

    def _second_loss(self, rng: np.random.Generator) -> float:
        total = 0.0
        for _ in range(self.options.n_second_batch):
            passage = Passage.of(self._draw(rng), self._renderer, self._astray(rng))
            loss = passage.loss(self._net, self._renderer) / self.options.n_second_batch
            loss.backward()
            total += float(loss.detach())
        return total

    def _draw(self, rng: np.random.Generator) -> Crop:
        return self._material.draw(rng, self.options.n_frames, self.options.n_before)

    def _astray(self, rng: np.random.Generator) -> float:
        return float(rng.normal(0, self.options.astray_semitones))

    def _rate(self) -> float:
        options, first = self.options, self._first_minutes
        warm = min(1.0, (self.n_steps + 1) / options.n_warmup_steps)
        if self._is_first:
            return options.first_rate * warm * (0.2 + 0.4 * (1 + math.cos(math.pi * self.minutes / first)))
        done = min(1.0, (self.minutes - first) / (options.minutes - first))
        return options.second_rate * (0.01 + 0.495 * (1 + math.cos(math.pi * done)))

    @torch.no_grad()
    def _update_average(self) -> None:
        decay = min(self.options.average_decay, (1 + self.n_steps) / (10 + self.n_steps))
        for averaged, current in zip(self._average.parameters(), self._net.parameters(), strict=True):
            averaged.lerp_(current, 1 - decay)

    @torch.no_grad()
    def _look(self, loss: float) -> Look:
        passages = (Passage.of(crop, self._renderer) for crop in self._judged)
        distances = [float(passage.loss(self._average, self._renderer)) for passage in passages]
        look = Look(self.minutes, self.n_steps, 1 if self._is_first else 2, loss, float(np.mean(distances)))
        if look.held_out < self.best.held_out:
            self.best = look
            self._best.load_state_dict(self._average.state_dict())
        return look

    @property
    def _nets(self) -> dict[str, InstrumentNet]:
        return {"net": self._net, "average": self._average, "best": self._best}

    def _save(self) -> None:
        facts = {"n_steps": self.n_steps, "minutes": self.minutes, "best": vars(self.best)}
        facts |= {"design": self._design.to_dict(), "first_minutes": self._first_minutes}
        keep_state(self.run_folder, self._nets, self._optimiser, facts)

    def _load(self) -> None:
        facts = restore_state(self.run_folder, self._nets, self._optimiser)
        self.n_steps, self.minutes, self.best = facts["n_steps"], facts["minutes"], Look(**facts["best"])
        if self.minutes >= facts["first_minutes"]:  # with more minutes in all, the second stage is the one to go on
            self._first_minutes = facts["first_minutes"]


def design_of_run(run: Path, asked: InstrumentDesign) -> InstrumentDesign:
    """The design that a run has begun with; the one that is asked for where it has not.

    Raises:
        ModelError: when what the run kept is damaged.
    """
    return InstrumentDesign.from_dict(read_facts(run)["design"]) if has_state(run) else asked


def load_best(run: Path) -> tuple[InstrumentNet, dict[str, Any]]:
    """The network of a run that did best so far, at rest in silence, and the facts of the run.

    Raises:
        ModelError: when the run has no state yet.
    """
    arrays, facts = read_state(run)
    net = InstrumentNet(InstrumentDesign.from_dict(facts["design"]))
    net.load_state_dict({name: torch.from_numpy(value) for name, value in under("best.", arrays).items()})
    net.settle()
    return net.eval(), facts


def _judged_crops(held_out: Material, options: TrainingOptions) -> list[Crop]:
    rng = np.random.default_rng(JUDGING_SEED)
    return [held_out.draw(rng, 2 * options.n_frames, options.n_before) for _ in range(options.n_judged)]
