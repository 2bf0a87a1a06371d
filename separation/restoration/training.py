"""Training: `python -m separation.restoration.training --sounds SOUNDS --set SET --run RUN --minutes 600`, and again.

Task: a bank of points is drawn from examples and learned from many times over (`separation.learning`), and scores on
what is kept for judging say how good a network is. A new process draws the bank again.

This module is a door of torch.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mixassist.errors import MixassistError
from separation.learning import Learner, LearningOptions, Lesson, learn, read_best
from separation.restoration.batches import PointBank, Points
from separation.restoration.examples import ExampleMaker
from separation.restoration.judging import Trial, draw_trials, judge, take
from separation.restoration.loss import restoration_loss
from separation.restoration.net import DESIGNS, RestorationNet
from separation.restoration.sounds import SoundLibrary

JUDGING_SEED = 77


@dataclass(frozen=True)
class TrainingOptions(LearningOptions):
    """How long and how a network is trained, on how many examples and points of each, and by how many it is judged."""

    minutes: float = 30.0
    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    n_warmup_steps: int = 50
    average_decay: float = 0.998
    judge_every_minutes: float = 6.0
    use_bfloat16: bool = False
    n_trials: int = 24
    n_examples: int = 1000
    n_points: int = 6000


def restoration_learner(
    run: Path, name: str, maker: ExampleMaker, options: TrainingOptions, trials: Sequence[Trial]
) -> Learner[RestorationNet, Points]:
    """What trains the network called `name` on examples, with weights drawn at random, and judges it by `trials`."""
    torch.manual_seed(options.seed)
    network = DESIGNS[name].network
    bank = PointBank(maker, network, options.n_examples, options.n_points)

    def loss_of(net: RestorationNet, points: Points) -> Tensor:
        return restoration_loss(net.logits(points.seen.float()), points)

    def judge_net(net: RestorationNet) -> dict[str, float]:
        return judge(lambda trial, part: take(net, trial, part), trials)

    lesson = Lesson(
        material=bank.stream,
        prepare=lambda net: _measure(net, bank),
        loss=loss_of,
        judge=judge_net,
        facts={"network": name, "seconds": maker.options.seconds, "n_examples": options.n_examples},
    )
    return Learner(run, RestorationNet(network), lesson, options)


def _measure(net: RestorationNet, bank: PointBank, n_examples: int = 100) -> None:
    """Brings what is looked at to mean 0 and deviation 1."""
    seen = torch.cat([bank[number].seen.float() for number in range(min(n_examples, bank.n_examples))], dim=1)
    net.mean.copy_(seen.mean(dim=1, keepdim=True))
    net.deviation.copy_(seen.std(dim=1, keepdim=True).clamp_min(0.05))


def load_best(run: Path) -> tuple[RestorationNet, dict[str, Any]]:
    """The averaged network of a run that did best so far, and the facts of the run.

    Raises:
        ModelError: when the run has no state yet.
    """
    weights, facts = read_best(run)
    net = RestorationNet(DESIGNS[facts["network"]].network)
    net.load_state_dict(weights)
    return net.eval(), facts


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the network that finds tails and noise.")
    parser.add_argument("--sounds", type=Path, required=True, help="folder that separation.restoration.sounds made")
    parser.add_argument("--set", type=Path, required=True, help="set that separation.training_set built")
    parser.add_argument("--run", type=Path, required=True, help="folder of this run: state and log")
    parser.add_argument("--network", choices=DESIGNS, default="restore")
    parser.add_argument("--start-from", type=Path, help="a run whose best average a new run begins with")
    parser.add_argument("--minutes", type=float, default=TrainingOptions.minutes, help="minutes of training in all")
    parser.add_argument("--slice", type=float, default=math.inf, help="minutes after which to save and stop for now")
    parser.add_argument("--learning-rate", type=float, default=TrainingOptions.learning_rate)
    parser.add_argument("--threads", type=int, default=TrainingOptions.n_threads, help="processor threads to use")
    given = parser.parse_args()
    options = TrainingOptions(
        minutes=given.minutes,
        slice_minutes=given.slice,
        learning_rate=given.learning_rate,
        n_threads=given.threads,
        start_from=given.start_from,
    )
    torch.set_num_threads(options.n_threads)
    try:
        _run(given, options)
    except MixassistError as error:
        parser.exit(2, f"error: {error}\n")


def _run(given: argparse.Namespace, options: TrainingOptions) -> None:
    network = DESIGNS[given.network].network
    maker = ExampleMaker(SoundLibrary.open(given.sounds, given.set), options.seed)
    judged = ExampleMaker(SoundLibrary.open(given.sounds, given.set, is_judged=True), JUDGING_SEED)
    given.run.mkdir(parents=True, exist_ok=True)
    trials = draw_trials(judged, network, options.n_trials)
    learner = restoration_learner(given.run, given.network, maker, options, trials)
    learner.begin()
    learn(learner)


if __name__ == "__main__":
    main()
