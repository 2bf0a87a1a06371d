"""Training of `LiteNet`: `python -m separation.training --data SET --run RUN --minutes 600`, and again to go on.

Task:
    Remixes become examples in processes beside this one, examples become steps (`separation.learning`), and the SDR on
    songs held out says how good they are.

This module is a door of torch.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from mixassist.errors import MixassistError, OptionError
from separation.batches import Batch, Examples, batch_stream
from separation.learning import Learner, LearningOptions, Lesson, learn, read_best
from separation.mask_loss import mask_loss
from separation.net import LIVE, LiteNet, LiteOptions, compress
from separation.remix import Remixer
from separation.run_folder import RunFacts, machine_line
from separation.songs import MADE, RATE, Song, SongLibrary
from separation.training_set.manifest import MANIFEST, is_set, refuse_unknown_songs
from separation.validation import validate

NETWORKS = {"lite": LiteOptions(), "lite-live": LIVE}


@dataclass(frozen=True)
class TrainingOptions(LearningOptions):
    """How long and how a network is trained; `use_compiler` fuses the loss and needs a C++ compiler.

    `held_out` is the recorded song, and `n_held_made` counts the made songs, that are kept for validation.
    """

    patience_minutes: float = 90.0
    held_out: str = "sodium"
    n_held_made: int = 6
    seconds: float = 3.0
    n_workers: int = 1
    use_compiler: bool = True

    def n_samples(self, network: LiteOptions) -> int:
        """Length of an example: whole frames, about `seconds`."""
        return network.n_fft + (round(self.seconds * RATE / network.hop) - 1) * network.hop


def lite_learner(
    run: Path, examples: Examples, options: TrainingOptions, songs: Mapping[str, Song]
) -> Learner[LiteNet, Batch]:
    """What trains a network on `examples`, with weights drawn at random, and judges it by `songs`."""
    torch.manual_seed(options.seed)
    loss = torch.compile(mask_loss) if options.use_compiler else mask_loss

    def loss_of(net: LiteNet, batch: Batch) -> Tensor:
        there = batch.to(options.device)
        return loss(net.logits(there.magnitude), there.stems)

    lesson = Lesson(
        material=lambda first: batch_stream(examples, first, options.n_together, options.n_workers),
        prepare=lambda net: _measure_levels(net, examples),
        loss=loss_of,
        judge=lambda net: validate(net, songs),
        facts={"network": _name_of(examples.options), "held_out": options.held_out},
    )
    return Learner(run, LiteNet(examples.options), lesson, options)


def _measure_levels(net: LiteNet, examples: Examples, n_examples: int = 32) -> None:
    """Brings the levels of this material to mean 0 and deviation 1 per bin."""
    batches = batch_stream(examples, 0, 1, 0)
    levels = torch.cat([compress(next(batches).magnitude) for _ in range(n_examples)])
    net.mean.copy_(levels.mean(dim=(0, 1, 3)))
    net.deviation.copy_(levels.std(dim=(0, 1, 3)).clamp_min(0.2))


def load_best(run: Path) -> tuple[LiteNet, RunFacts]:
    """The averaged network of a run that did best so far, and what there is to say about it.

    Raises:
        ModelError: when the run has no state yet.
    """
    weights, facts = read_best(run)
    net = LiteNet(NETWORKS[facts["network"]])
    net.load_state_dict(weights)
    n_parameters = sum(parameter.numel() for parameter in net.parameters())
    machine = facts.get("machine") or machine_line(facts["n_threads"])
    return net.eval(), RunFacts(facts["n_steps"], facts["minutes"], facts["held_out"], n_parameters, machine)


def train(data: Path, run: Path, network: LiteOptions, options: TrainingOptions) -> LiteNet:
    """The averaged network after `options.minutes` of steps in all, going on from the run folder's state.

    `data` is a set that `python -m separation.training_set` built.

    Raises:
        OptionError: when it is none, when something in it has no licence and no credit, or heard the song held out, or
            when that song is missing.
    """
    if not is_set(data):
        raise OptionError(f"{data} holds no {MANIFEST}: build a set there with python -m separation.training_set")
    refuse_unknown_songs(data, options.held_out)
    torch.set_num_threads(options.n_threads)
    run.mkdir(parents=True, exist_ok=True)
    held = _held_songs(data, options)
    judged = SongLibrary.open(data).songs
    if options.held_out not in judged:
        raise OptionError(f"{data} holds no song {options.held_out} to judge by: build the set from data that has it")
    remixer = Remixer(SongLibrary.open(data, held), options.n_samples(network))
    examples = Examples(remixer, network, options.seed)
    learner = lite_learner(run, examples, options, {name: judged[name] for name in held})
    learner.begin()
    learn(learner)
    return learner.average


def _held_songs(songs: Path, options: TrainingOptions) -> tuple[str, ...]:
    """Names of the songs kept for validation: the recorded one, and the first made ones."""
    made = sorted(path.name for path in (songs / "songs").glob(f"{MADE}*"))
    return (options.held_out, *made[: options.n_held_made])


def _name_of(network: LiteOptions) -> str:
    return next(name for name, known in NETWORKS.items() if known == network)


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
