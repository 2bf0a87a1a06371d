"""`train`: a data set becomes a model that plays as it sounds."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

from mixassist.errors import OptionError
from transfer.timbre import Timbre, load_timbre

Kind = Literal["instrument", "texture"]


def train(dataset: Path | str, model: Path | str, minutes: float = 30.0, kind: Kind = "instrument") -> Timbre:
    """The timbre of a data set's sound, learned for so many minutes of the processor, in the folder `model`.

    An `instrument` follows one note at a time, a `texture` takes the place of whatever is played. A training that was
    interrupted goes on where it was; what it needs for that lies in `<model>.training`.

    Raises:
        AudioError: when there is no such data set, it is too short, or what it holds has changed.
        OptionError: when `<model>.training` is the training of another data set or kind, or there is no such kind.
    """
    from transfer.dataset import open_dataset

    if kind not in get_args(Kind):
        raise OptionError(f"no kind of timbre is called {kind!r}: choose {' or '.join(get_args(Kind))}")
    given = open_dataset(Path(dataset))
    if kind == "texture":
        from transfer.texture import learning as texture
        from transfer.texture import training as texture_training

        options = texture.LearningOptions(texture_training.TrainingOptions(minutes=minutes))
        texture.learn_texture(given, Path(model), options)
    else:
        from transfer.instrument import learning as instrument
        from transfer.instrument import training as instrument_training

        instrument.learn_instrument(
            given, Path(model), instrument.LearningOptions(instrument_training.TrainingOptions(minutes=minutes))
        )
    return load_timbre(model)
