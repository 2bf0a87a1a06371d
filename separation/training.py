"""Training of `LiteNet`: `python -m separation.training --data SET --run RUN --minutes 600`, and again to go on.

Task:
    Remixes become examples in processes beside this one, examples become steps; the run folder keeps the state
    (weights, their running average, the best average so far, optimiser) and `log.csv` with the SDR on songs held out.
Conventions:
    Weights live in float32. With `use_bfloat16` a bfloat16 copy computes the gradients, which is several times faster
    on a CPU with matrix units. Gradients of a step are summed over `n_together` examples at a time: one on a CPU, whose
    caches then hold them, as many as there are on a GPU.

References:
    Kingma and Ba 2015 (Adam); Loshchilov and Hutter 2019 (decoupled decay); Polyak and Juditsky 1992 (averaging).

This module is a door of torch.
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mixassist.errors import MixassistError, OptionError
from separation.batches import Batch, Examples, batch_stream
from separation.mask_loss import mask_loss
from separation.net import LIVE, LiteNet, LiteOptions, compress
from separation.remix import Remixer
from separation.run_folder import STATE, RunFacts, append_log, machine_line, read_state, under, write_state
from separation.songs import MADE, RATE, Song, SongLibrary
from separation.training_set.manifest import MANIFEST, is_set, refuse_unknown_songs
from separation.validation import validate

NETWORKS = {"lite": LiteOptions(), "lite-live": LIVE}


@dataclass(frozen=True)
class TrainingOptions:
    """How long and how a network is trained; `use_compiler` fuses the loss and needs a C++ compiler.

    `held_out` is the recorded song, and `n_held_made` counts the made songs, that are kept for validation. Training
    ends early when their SDR has not risen for `patience_minutes`. After `slice_minutes` a process scores, saves and
    stops, for the next one to go on. A new run begins with the best average of the run `start_from`, if there is one.
    """

    minutes: float = 120.0
    slice_minutes: float = math.inf
    held_out: str = "sodium"
    n_held_made: int = 6
    n_batch: int = 4
    n_together: int = 1
    seconds: float = 3.0
    learning_rate: float = 2e-3
    n_warmup_steps: int = 150
    weight_decay: float = 0.02
    average_decay: float = 0.999
    validate_every_minutes: float = 6.0
    patience_minutes: float = 90.0
    n_threads: int = 1
    n_workers: int = 1
    seed: int = 1
    device: str = "cpu"
    use_bfloat16: bool = True
    use_compiler: bool = True
    start_from: Path | None = None

    def n_samples(self, network: LiteOptions) -> int:
        """Length of an example: whole frames, about `seconds`."""
        return network.n_fft + (round(self.seconds * RATE / network.hop) - 1) * network.hop


class Trainer:
    """Steps, averages and keeps the state of one training run."""

    def __init__(self, run: Path, examples: Examples, options: TrainingOptions) -> None:
        self.run, self.examples, self.options = run, examples, options
        torch.manual_seed(options.seed)
        self.net = LiteNet(examples.options)
        self.loss = torch.compile(mask_loss) if options.use_compiler else mask_loss
        self.n_steps, self.n_steps_before = 0, 0
        self.minutes, self.minutes_before = 0.0, 0.0
        self.best = {"mean": -math.inf, "minutes": 0.0}
        if not (run / STATE).is_file():
            self._measure_levels()
        self.net.to(options.device)
        self.average = copy.deepcopy(self.net).eval()
        self.best_net = copy.deepcopy(self.average)
        self.optimiser = torch.optim.AdamW(
            self.net.parameters(), options.learning_rate, betas=(0.9, 0.98), weight_decay=options.weight_decay
        )

    def _measure_levels(self, n_examples: int = 32) -> None:
        batches = batch_stream(self.examples, 0, 1, 0)
        levels = torch.cat([compress(next(batches).magnitude) for _ in range(n_examples)])
        self.net.mean.copy_(levels.mean(dim=(0, 1, 3)))
        self.net.deviation.copy_(levels.std(dim=(0, 1, 3)).clamp_min(0.2))

    def batches(self) -> Iterator[Batch]:
        """The examples of the steps to come, `n_together` at a time."""
        first = self.n_steps * self.options.n_batch
        return batch_stream(self.examples, first, self.options.n_together, self.options.n_workers)

    def step(self, batches: Iterator[Batch]) -> float:
        """Takes one step and returns its loss."""
        started = time.monotonic()
        loss = self._gradients(batches)
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        for group in self.optimiser.param_groups:
            group["lr"] = self._learning_rate()
        self.optimiser.step()
        self._update_average()
        self.n_steps += 1
        self.minutes += (time.monotonic() - started) / 60
        return loss

    def _gradients(self, batches: Iterator[Batch]) -> float:
        net = self.net.train()
        if self.options.use_bfloat16:
            net = copy.deepcopy(net).bfloat16()
            net.mean, net.deviation = self.net.mean, self.net.deviation
        net.zero_grad()
        n_parts = self.options.n_batch // self.options.n_together
        total = 0.0
        for _ in range(n_parts):
            batch = next(batches).to(self.options.device)
            loss = self.loss(net.logits(batch.magnitude), batch.stems) / n_parts
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

    def judge(self, songs: Mapping[str, Song]) -> dict[str, float]:
        """Scores of the average on `songs`; keeps it when they are the best so far."""
        scores = validate(self.average, songs)
        if scores["mean"] > self.best["mean"]:
            self.best = {"mean": scores["mean"], "minutes": self.minutes}
            self.best_net.load_state_dict(self.average.state_dict())
        return scores

    @property
    def is_finished(self) -> bool:
        """Whether time is up, or patience."""
        stale = self.minutes - self.best["minutes"] if math.isfinite(self.best["mean"]) else 0.0
        return self.minutes >= self.options.minutes or stale > self.options.patience_minutes

    def save(self) -> None:
        """Writes everything needed to go on to the run folder."""
        nets = {"net": self.net, "average": self.average, "best": self.best_net}
        tensors = {f"{kind}.{key}": value for kind, net in nets.items() for key, value in net.state_dict().items()}
        moments = self.optimiser.state_dict()["state"]
        tensors |= {f"adam.{index}.{key}": value for index, state in moments.items() for key, value in state.items()}
        facts: dict[str, Any] = {"n_steps": self.n_steps, "minutes": self.minutes, "best": self.best}
        facts |= {"held_out": self.options.held_out, "n_threads": self.options.n_threads}
        facts |= {"network": _name_of(self.examples.options), "n_batch": self.options.n_batch}
        facts |= {"n_steps_before": self.n_steps_before, "minutes_before": self.minutes_before}
        facts |= {"machine": self._machine()}
        write_state(self.run, {name: value.cpu().numpy() for name, value in tensors.items()}, facts)

    def _machine(self) -> str:
        """What computes the steps, in words."""
        is_cuda = self.options.device.startswith("cuda")
        return torch.cuda.get_device_name(self.options.device) if is_cuda else machine_line(self.options.n_threads)

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
        self.n_steps_before, self.minutes_before = facts.get("n_steps_before", 0), facts.get("minutes_before", 0.0)

    def start_from(self, run: Path) -> None:
        """Begins with the best average of another run, whose steps and minutes count as heard before."""
        net, facts = load_best(run)
        for mine in (self.net, self.average, self.best_net):
            mine.load_state_dict(net.state_dict())
        self.n_steps_before, self.minutes_before = facts.n_steps, facts.minutes


def load_best(run: Path) -> tuple[LiteNet, RunFacts]:
    """The averaged network of a run that did best so far, and what there is to say about it."""
    arrays, facts = read_state(run)
    net = LiteNet(NETWORKS[facts["network"]])
    net.load_state_dict({name: torch.from_numpy(value) for name, value in under("best.", arrays).items()})
    n_parameters = sum(parameter.numel() for parameter in net.parameters())
    minutes = round(facts["minutes"] + facts.get("minutes_before", 0.0), 1)
    n_steps = facts["n_steps"] + facts.get("n_steps_before", 0)
    machine = facts.get("machine") or machine_line(facts["n_threads"])
    return net.eval(), RunFacts(n_steps, minutes, facts["held_out"], n_parameters, machine)


def train(data: Path, run: Path, network: LiteOptions, options: TrainingOptions) -> LiteNet:
    """The averaged network after `options.minutes` of steps in all, going on from the run folder's state.

    `data` is a set that `python -m separation.training_set` built.

    Raises:
        OptionError: when it is none, when something in it has no licence and no credit, or heard the song held out.
    """
    if not is_set(data):
        raise OptionError(f"{data} holds no {MANIFEST}: build a set there with python -m separation.training_set")
    refuse_unknown_songs(data, options.held_out)
    torch.set_num_threads(options.n_threads)
    run.mkdir(parents=True, exist_ok=True)
    held = _held_songs(data, options)
    remixer = Remixer(SongLibrary.open(data, held), options.n_samples(network))
    judged = SongLibrary.open(data).songs
    trainer = Trainer(run, Examples(remixer, network, options.seed), options)
    if (run / STATE).is_file():
        trainer.load()
    elif options.start_from is not None:
        trainer.start_from(options.start_from)
    batches = trainer.batches()
    losses: list[float] = []
    due = trainer.minutes + min(2.0, options.validate_every_minutes)
    end = min(options.minutes, trainer.minutes + options.slice_minutes)
    while trainer.minutes < end and not trainer.is_finished:
        losses.append(trainer.step(batches))
        if trainer.minutes >= min(due, end):
            scores = trainer.judge({name: judged[name] for name in held})
            append_log(run, _log_row(trainer, float(np.mean(losses)), scores))
            trainer.save()
            due, losses = trainer.minutes + options.validate_every_minutes, []
    return trainer.average


def _held_songs(songs: Path, options: TrainingOptions) -> tuple[str, ...]:
    """Names of the songs kept for validation: the recorded one, and the first made ones."""
    made = sorted(path.name for path in (songs / "songs").glob(f"{MADE}*"))
    return (options.held_out, *made[: options.n_held_made])


def _name_of(network: LiteOptions) -> str:
    return next(name for name, known in NETWORKS.items() if known == network)


def _log_row(trainer: Trainer, loss: float, scores: dict[str, float]) -> dict[str, Any]:
    return {"step": trainer.n_steps, "minutes": round(trainer.minutes, 2), "loss": round(loss, 4)} | scores


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the small separator on songs with stems.")
    parser.add_argument("--data", type=Path, required=True, help="a set that separation.training_set built")
    parser.add_argument("--run", type=Path, required=True, help="folder of this run: state and log")
    parser.add_argument("--network", choices=NETWORKS, default="lite", help="which network to train")
    parser.add_argument("--start-from", type=Path, help="a run whose best average a new run begins with")
    parser.add_argument("--minutes", type=float, default=TrainingOptions.minutes, help="minutes of training in all")
    parser.add_argument("--slice", type=float, default=math.inf, help="minutes after which to save and stop for now")
    parser.add_argument("--threads", type=int, default=TrainingOptions.n_threads, help="processor threads to use")
    parser.add_argument("--workers", type=int, default=TrainingOptions.n_workers, help="processes that make examples")
    parser.add_argument("--device", default=TrainingOptions.device, help="cpu or cuda")
    parser.add_argument("--batch", type=int, default=TrainingOptions.n_batch, help="examples of 3 s per step")
    parser.add_argument("--learning-rate", type=float, default=TrainingOptions.learning_rate)
    arguments = parser.parse_args()
    is_cpu = arguments.device == "cpu"
    options = TrainingOptions(
        minutes=arguments.minutes,
        slice_minutes=arguments.slice,
        n_threads=arguments.threads,
        n_workers=arguments.workers,
        n_batch=arguments.batch,
        n_together=1 if is_cpu else arguments.batch,
        learning_rate=arguments.learning_rate,
        device=arguments.device,
        use_compiler=is_cpu,
        start_from=arguments.start_from,
    )
    try:
        train(arguments.data, arguments.run, NETWORKS[arguments.network], options)
    except MixassistError as error:
        parser.exit(2, f"error: {error}\n")


if __name__ == "__main__":
    main()
