"""`train`: a data set becomes a model that plays as it sounds."""

from __future__ import annotations

from pathlib import Path

from transfer.timbre import Timbre, load_timbre


def train(dataset: Path | str, model: Path | str, minutes: float = 30.0) -> Timbre:
    """The timbre of a data set's sound, learned for so many minutes of the processor, in the folder `model`.

    A training that was interrupted goes on where it was; what it needs for that lies in `<model>.training`.

    Raises:
        AudioError: when there is no such data set, it is too short, or what it holds has changed.
        OptionError: when `<model>.training` is the training of another data set.
    """
    from transfer.dataset import open_dataset
    from transfer.instrument.learning import LearningOptions, learn_instrument
    from transfer.instrument.training import TrainingOptions

    learn_instrument(open_dataset(Path(dataset)), Path(model), LearningOptions(TrainingOptions(minutes=minutes)))
    return load_timbre(model)
