"""`learn_instrument`: from a data set to a model that plays as it, in one call that can be interrupted and repeated.

What a run makes lies in `<model>.training` beside the model: the takes it learns from, its state, the log, and a
listening sample of each look: held-out passages, each followed by what the network makes of its pitch and loudness.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from mixassist.audio.buffer import AudioBuffer, Samples
from mixassist.audio.writer import write_audio
from mixassist.runtime import Artifact
from mixassist.runtime.artifact import ModelCard
from mixassist.runtime.layers.artifact import write_stream_artifact
from transfer.credits import weights_licence
from transfer.dataset import TimbreDataset
from transfer.dataset.manifest import Split
from transfer.instrument.card import Facts, write_card
from transfer.instrument.curve import draw_curve
from transfer.instrument.design import KIND, RATE, InstrumentDesign
from transfer.instrument.material import Material, has_material, prepare, write_material
from transfer.instrument.statistics import material_statistics
from transfer.instrument.training import Look, Trainer, TrainingOptions, design_of_run
from transfer.training_folder import (
    CURVE,
    LISTENING,
    LOG,
    append_row,
    claim,
    held_out_recordings,
    require_learned,
    require_length,
    require_replaceable,
    run_folder,
)

TAKES = ".takes"

Watch = Callable[[Look], None]
Notify = Callable[[str], None]


@dataclass(frozen=True)
class LearningOptions:
    """What is learned, how long, and how large the network is; a training that goes on keeps the size it began with."""

    training: TrainingOptions = field(default_factory=TrainingOptions)
    design: InstrumentDesign = field(default_factory=InstrumentDesign)


def learn_instrument(
    dataset: TimbreDataset,
    model: Path,
    options: LearningOptions | None = None,
    watch: Watch = lambda look: None,
    notify: Notify = lambda message: None,
) -> Artifact:
    """The model of a data set's sound at `model`; a training that was interrupted goes on where it was.

    Raises:
        AudioError: when the data set is too short, or what it holds has changed.
        OptionError: when the run folder is that of another data set, or other things lie where the model shall.
    """
    require_replaceable(model)
    require_length(dataset)
    options, run = options or LearningOptions(), run_folder(model)
    claim(run, dataset, KIND)
    design = design_of_run(run, options.design)
    learned, held_out = (_material(dataset, split, run, design, notify) for split in ("train", "validation"))
    trainer = Trainer(run, learned, held_out, design, options.training)

    def look_on(look: Look) -> None:
        append_row(run / LOG, asdict(look))
        write_audio(run / f"{LISTENING}{look.minutes:05.1f}min.wav", AudioBuffer(_listen(trainer), RATE))
        draw_curve(run / LOG, run / CURVE)
        watch(look)

    trainer.run(look_on)
    return publish(trainer, dataset, learned, model)


def publish(trainer: Trainer, dataset: TimbreDataset, learned: Material, model: Path) -> Artifact:
    """The artifact of the best network so far at `model`."""
    require_learned(trainer.best.held_out, model)
    net, look = trainer.best_net, trainer.best
    statistics = material_statistics(learned).to_dict()
    net.keep_statistics(statistics)
    net.keep_room()
    named = dataset.credits
    training = {
        "dataset": dataset.name,
        "dataset_sha256": dataset.sha256,
        "seconds": dict(dataset.manifest["seconds"]),
        "held_out_recordings": held_out_recordings(dataset),
        "minutes": round(trainer.minutes, 1),
        "n_steps": trainer.n_steps,
        "best": {"minutes": round(look.minutes, 1), "held_out": round(look.held_out, 4)},
        "n_parameters": sum(parameter.numel() for parameter in net.parameters()),
    }
    card = ModelCard(model.name, weights_licence(named), training, [credit.to_dict() for credit in named])
    facts = Facts(model.name, card, net.design, statistics)
    return write_stream_artifact(net, card, model, {"CARD.md": write_card(facts)})


def _material(dataset: TimbreDataset, split: Split, run: Path, design: InstrumentDesign, notify: Notify) -> Material:
    """The takes of a split, from the run folder or prepared now; a data set without the split is judged on `train`."""
    path = run / f"{split}{TAKES}"
    if has_material(path):
        return Material(path)
    chosen = split if dataset.names(split) else "train"
    if chosen != split:
        notify("nothing is held out: it is judged by what it learns from")
    n_segments = len(dataset.names(chosen))
    notify(f"analysing {n_segments} segments to {'learn from' if split == 'train' else 'judge by'}")
    return write_material(path, (prepare(segment.samples[None], design) for segment in dataset.segments(chosen)))


def _listen(trainer: Trainer) -> Samples:
    """Held-out passages, each followed by what the network makes of them, [1, T]."""
    pairs = [part for passage in trainer.listen() for part in passage]
    return np.concatenate(pairs)[None].astype(np.float32)
