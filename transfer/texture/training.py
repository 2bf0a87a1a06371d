"""Learning a texture from recordings (a door of torch).

Task:
    Passages are heard in disguise and given back as they were. The run folder keeps the state (weights, their running
    average, the best average, optimiser); started again it goes on.

Conventions:
    Time is that of computing, in minutes of the processor; the rate of learning is lowered along a cosine. The average
    of the weights is judged by the spectra of held-out passages that it hears in disguise, and the best is kept.
    There is no adversarial phase.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mixassist.runtime.run_state import has_state
from transfer.kept_state import keep_state, restore_state
from transfer.texture.design import TextureDesign
from transfer.texture.disguise import disguise, shift_phases
from transfer.texture.loss import spectra_loss, wave_loss
from transfer.texture.material import Sounds
from transfer.texture.net import TextureNet

JUDGING_SEED = 77
LENGTHS_IN_TURN = ((2048, 512, 128), (1024, 256, 64))
"""Transforms that spectra are compared by, these in one step, those in the next: each step takes half the time."""


@dataclass(frozen=True)
class TrainingOptions:
    """How long and how a texture is learned.

    Attributes:
        minutes: of the processor, in all.
        n_samples: of a passage that count; `n_before` more go before it, for the network to remember.
        judge_every_minutes: how often held-out recordings are played.
    """

    minutes: float = 30.0
    n_samples: int = 16384
    n_before: int = 6144
    n_batch: int = 6
    rate: float = 2e-3
    n_warmup_steps: int = 100
    average_decay: float = 0.998
    wave_weight: float = 3.0
    judge_every_minutes: float = 2.0
    n_judged: int = 8
    n_threads: int = 1
    seed: int = 1
    clock: Callable[[], float] = field(default=time.process_time)


@dataclass(frozen=True)
class Look:
    """Where a training stands: minutes, steps, mean loss since the last look, distance on what is held out."""

    minutes: float
    n_steps: int
    loss: float
    held_out: float


Watch = Callable[[Look], None]
Sound = NDArray[np.float32]


@dataclass(frozen=True)
class Passages:
    """Passages in disguise with noise beside them [B, 2, T], and as they were [B, T]."""

    given: Tensor
    wanted: Tensor

    @classmethod
    def draw(cls, sounds: Sounds, rng: np.random.Generator, n_batch: int, n_samples: int) -> Passages:
        """So many passages of these sounds."""
        wanted = np.stack([shift_phases(sounds.draw(rng, n_samples), rng) for _ in range(n_batch)])
        hidden = np.stack([disguise(sound, rng) for sound in wanted])
        noise = rng.standard_normal(wanted.shape, np.float32)
        return cls(torch.from_numpy(np.stack([hidden, noise], axis=1)), torch.from_numpy(wanted))


class Trainer:
    """One run over `sounds`, judged on `held_out`; goes on where the folder `run` says that it was."""

    def __init__(
        self, run: Path, sounds: Sounds, held_out: Sounds, design: TextureDesign, options: TrainingOptions
    ) -> None:
        self.run_folder, self.options, self._design, self._sounds = run, options, design, sounds
        torch.manual_seed(options.seed)
        torch.set_num_threads(options.n_threads)
        self._net = TextureNet(design)
        self._average = copy.deepcopy(self._net).eval()
        self._best = copy.deepcopy(self._average)
        self._optimiser = torch.optim.AdamW(_learned(self._net), options.rate, betas=(0.8, 0.99), weight_decay=1e-4)
        self.minutes, self.n_steps = 0.0, 0
        self.best = Look(0.0, 0, math.inf, math.inf)
        judging = np.random.default_rng(JUDGING_SEED)
        self._judged = Passages.draw(held_out, judging, options.n_judged, options.n_before + 2 * options.n_samples)
        if has_state(run):
            self._load()

    @property
    def best_net(self) -> TextureNet:
        """The best average so far."""
        return copy.deepcopy(self._best)

    @property
    def is_done(self) -> bool:
        return self.minutes >= self.options.minutes

    @torch.no_grad()
    def listen(self, n_passages: int = 4) -> list[tuple[Sound, Sound, Sound]]:
        """Some held-out passages [T]: as they were, in disguise, and what the average makes of these."""
        made = self._average(self._judged.given, *self._average.layer.zeros(self.options.n_judged))[0][:, 0]
        late = self._average.spec.latency_samples
        sounds = (self._judged.wanted[:, :-late], self._judged.given[:, 0, :-late], made[:, late:])
        was, hidden, heard = (sound[:n_passages].numpy() for sound in sounds)
        return list(zip(was, hidden, heard, strict=True))

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

    def _timed_step(self) -> float:
        options, begin = self.options, self.options.clock()
        rng = np.random.default_rng((options.seed, self.n_steps))
        passages = Passages.draw(self._sounds, rng, options.n_batch, options.n_before + options.n_samples)
        self._optimiser.zero_grad()
        loss = self._loss(passages)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(_learned(self._net), 1.0)
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate()
        self._optimiser.step()
        self._update_average()
        self.n_steps += 1
        self.minutes += (options.clock() - begin) / 60
        return float(loss.detach())

    def _loss(self, passages: Passages) -> Tensor:
        """What the network makes of passages against what they were; the sound has noise in it, the waves have not."""
        layer, options = self._net.layer, self.options
        states = layer.zeros(len(passages.wanted))
        waves, noise, kept, *_ = layer.bands(passages.given, *states[:-1])
        sound = layer.synthesis(kept * (waves + noise), states[-1])[0][:, 0]
        unhidden = torch.stack([passages.wanted, torch.zeros_like(passages.wanted)], dim=1)
        bands = layer.analysis(unhidden, states[0])[0][:, : self._design.n_bands]
        late, first = layer.delay.n_frames, options.n_before // self._design.n_bands
        far = wave_loss((kept * waves)[..., first + late :], bands[..., first:-late])
        lengths = LENGTHS_IN_TURN[self.n_steps % 2]
        late, first = self._net.spec.latency_samples, options.n_before
        near = spectra_loss(sound[:, first + late :], passages.wanted[:, first:-late], lengths)
        return options.wave_weight * far + near

    def _rate(self) -> float:
        warm = min(1.0, (self.n_steps + 1) / self.options.n_warmup_steps)
        done = min(1.0, self.minutes / self.options.minutes)
        return self.options.rate * warm * (0.02 + 0.49 * (1 + math.cos(math.pi * done)))

    @torch.no_grad()
    def _update_average(self) -> None:
        decay = min(self.options.average_decay, (1 + self.n_steps) / (10 + self.n_steps))
        for averaged, current in zip(self._average.parameters(), self._net.parameters(), strict=True):
            averaged.lerp_(current, 1 - decay)

    @torch.no_grad()
    def _look(self, loss: float) -> Look:
        pairs = self.listen(self.options.n_judged)
        was, _, heard = (torch.from_numpy(np.stack(sounds)) for sounds in zip(*pairs, strict=True))
        first = self.options.n_before
        distance = float(spectra_loss(heard[:, first:], was[:, first:]))
        look = Look(self.minutes, self.n_steps, loss, distance)
        if look.held_out < self.best.held_out:
            self.best = look
            self._best.load_state_dict(self._average.state_dict())
        return look

    @property
    def _nets(self) -> dict[str, TextureNet]:
        return {"net": self._net, "average": self._average, "best": self._best}

    def _save(self) -> None:
        facts = {"n_steps": self.n_steps, "minutes": self.minutes, "best": vars(self.best)}
        keep_state(self.run_folder, self._nets, self._optimiser, facts | {"design": self._design.to_dict()})

    def _load(self) -> None:
        facts = restore_state(self.run_folder, self._nets, self._optimiser)
        self.n_steps, self.minutes, self.best = facts["n_steps"], facts["minutes"], Look(**facts["best"])


def _learned(net: TextureNet) -> list[torch.nn.Parameter]:
    """The weights that are not filters."""
    return [weight for weight in net.parameters() if weight.requires_grad]
