"""`learn_texture`: from a data set to a model that sounds as it, in one call that can be interrupted and repeated.

What a run makes lies in `<model>.training` beside the model: the sounds it learns from, its state, the log, and a
listening sample of each look: held-out passages, each as it was, in disguise, and as the network gives it back.
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
from transfer.texture.card import write_card
from transfer.texture.curve import draw_curve
from transfer.texture.design import KIND, RATE, TextureDesign
from transfer.texture.material import Sounds, keep_sounds, open_sounds
from transfer.texture.training import Look, Trainer, TrainingOptions
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

Watch = Callable[[Look], None]
Notify = Callable[[str], None]


@dataclass(frozen=True)
class LearningOptions:
    """What is learned, how long, and how large the network is."""

    training: TrainingOptions = field(default_factory=TrainingOptions)
    design: TextureDesign = field(default_factory=TextureDesign)


def learn_texture(
    dataset: TimbreDataset,
    model: Path,
    options: LearningOptions | None = None,
    watch: Watch = lambda look: None,
    notify: Notify = lambda message: None,
) -> Artifact:
    """The model of a data set's sound at `model`; a training that was interrupted goes on where it was.

    Raises:
        AudioError: when the data set is too short, or what it holds has changed.
        OptionError: when the run folder is that of another training, or other things lie where the model shall.
    """
    require_replaceable(model)
    require_length(dataset)
    options, run = options or LearningOptions(), run_folder(model)
    claim(run, dataset, KIND)
    learned, held_out = _sounds(dataset, "train", run, notify), _sounds(dataset, "validation", run, notify)
    trainer = Trainer(run, learned, held_out, options.design, options.training)

    def look_on(look: Look) -> None:
        append_row(run / LOG, asdict(look))
        write_audio(run / f"{LISTENING}{look.minutes:05.1f}min.wav", AudioBuffer(_listen(trainer), RATE))
        draw_curve(run / LOG, run / CURVE)
        watch(look)

    trainer.run(look_on)
    return publish(trainer, dataset, model)


def publish(trainer: Trainer, dataset: TimbreDataset, model: Path) -> Artifact:
    """The artifact of the best network so far at `model`."""
    require_learned(trainer.best.held_out, model)
    net, look, named = trainer.best_net, trainer.best, dataset.credits
    training = {
        "dataset": dataset.name,
        "dataset_sha256": dataset.sha256,
        "seconds": dict(dataset.manifest["seconds"]),
        "held_out_recordings": held_out_recordings(dataset),
        "minutes": round(trainer.minutes, 1),
        "n_steps": trainer.n_steps,
        "best": {"minutes": round(look.minutes, 1), "held_out": round(look.held_out, 4)},
        "n_parameters": sum(parameter.numel() for parameter in net.parameters()),
        "adversarial_steps": 0,
    }
    card = ModelCard(model.name, weights_licence(named), training, [credit.to_dict() for credit in named])
    return write_stream_artifact(net, card, model, {"CARD.md": write_card(model.name, card, net.spec)})


def _sounds(dataset: TimbreDataset, split: Split, run: Path, notify: Notify) -> Sounds:
    """The sounds of a split; a data set without the split is judged on `train`."""
    path = run / f"{split}.pcm"
    if not path.is_file():
        chosen = split if dataset.names(split) else "train"
        if chosen != split:
            notify("nothing is held out: it is judged by what it learns from")
        keep_sounds((segment.samples for segment in dataset.segments(chosen)), path)
    return open_sounds(path)


def _listen(trainer: Trainer) -> Samples:
    """Held-out passages as they were, in disguise, and given back, [1, T]."""
    return np.concatenate([sound for passage in trainer.listen() for sound in passage])[None].astype(np.float32)
