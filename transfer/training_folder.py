"""The folder `<model>.training`, where a training keeps what it needs to go on, whatever kind of model it makes.

Files:
    dataset.json         whose it is: the data set's name and sha256, and the kind of model
    state.safetensors    where it stands
    log.csv, curve.png   how it went
    listen-*.wav         what it made of held-out passages on the way
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping
from pathlib import Path

from mixassist.audio.atomic import atomic_path
from mixassist.errors import AudioError, ModelError, OptionError
from mixassist.runtime.artifact import MANIFEST
from mixassist.runtime.run_state import STATE
from transfer.dataset import TimbreDataset
from transfer.dataset.manifest import SPLITS

SOURCE = "dataset.json"
LOG, CURVE, LISTENING = "log.csv", "curve.png", "listen-"
SHORTEST_S = 60.0
"""Less than this says nothing of a sound."""

INSTRUMENT = "instrument"
"""The kind of trainings that do not say theirs: once there was no other."""

OURS = (SOURCE, STATE, LOG, CURVE, *(f"{split}.json" for split in SPLITS))
OUR_SUFFIXES = (".takes", ".pcm", ".partial")


def run_folder(model: Path) -> Path:
    """Where the training of `model` keeps what it needs to go on."""
    return model.with_name(f"{model.name}.training")


def require_replaceable(model: Path) -> None:
    """Refuses a place where anything but a model lies: a model takes the place of all that is there.

    Raises:
        OptionError: when it does.
    """
    if model.exists() and not (model / MANIFEST).is_file() and not (model.is_dir() and not any(model.iterdir())):
        raise OptionError(f"{model} holds other things than a model: name a folder of its own")


def require_length(dataset: TimbreDataset) -> None:
    """Refuses a data set that is too short to learn from.

    Raises:
        AudioError: when it is.
    """
    seconds = dataset.manifest["seconds"]["train"]
    if seconds < SHORTEST_S:
        raise AudioError(
            f"{dataset.name} has {seconds:.0f} s to learn from: record {SHORTEST_S:.0f} s or more, better ten minutes"
        )


def claim(run: Path, dataset: TimbreDataset, kind: str) -> None:
    """Makes the folder that of this data set and kind of model.

    Raises:
        OptionError: when it is another's, or does not say whose.
    """
    run.mkdir(parents=True, exist_ok=True)
    source = run / SOURCE
    if not source.is_file():
        mine = {"name": dataset.name, "sha256": dataset.sha256, "kind": kind}
        with atomic_path(source) as temporary:
            temporary.write_text(json.dumps(mine) + "\n", encoding="utf-8")
    try:
        told = json.loads(source.read_text(encoding="utf-8"))
        whose, name = told["sha256"], told["name"]
    except (ValueError, KeyError, TypeError) as error:
        raise OptionError(f"{source} cannot be read ({error}): delete {run}, or pass --force to begin anew") from error
    if whose != dataset.sha256:
        raise OptionError(
            f"{run} is the training of another data set, {name} ({whose[:12]}):"
            " name another model, or delete that folder"
        )
    if told.get("kind", INSTRUMENT) != kind:
        raise OptionError(
            f"{run} is the training of a model of kind {told.get('kind', INSTRUMENT)}, not {kind}: name another"
        )


def append_row(log: Path, figures: Mapping[str, float]) -> None:
    """Adds the figures of a look to the table, with a header before the first."""
    row = {name: round(figure, 4) for name, figure in figures.items()}
    is_new = not log.exists()
    with log.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, row)
        if is_new:
            writer.writeheader()
        writer.writerow(row)


def forget_run(run: Path) -> None:
    """Removes what a training kept, but for files that it did not make."""
    if not (run / SOURCE).is_file():
        return
    for path in run.iterdir():
        if path.name in OURS or path.suffix in OUR_SUFFIXES or path.name.startswith(LISTENING):
            path.unlink()


def held_out_recordings(dataset: TimbreDataset) -> list[str]:
    """The recordings that nothing was learned from, first those of validation; none where they are split in time."""
    of_split = {
        split: {row["recording"] for row in dataset.manifest["segments"] if row["split"] == split} for split in SPLITS
    }
    found = [name for split in ("validation", "test") for name in sorted(of_split[split] - of_split["train"])]
    return list(dict.fromkeys(found))


def require_learned(held_out: float, model: Path) -> None:
    """Refuses to publish what no look ever found good: weights that are not finite score nothing.

    Raises:
        ModelError: when the best spectral distance is not finite.
    """
    if not math.isfinite(held_out):
        raise ModelError(
            f"nothing was learned for {model}: its spectral distance was never a number;"
            f" remove {run_folder(model)} and train anew, or listen to the data set"
        )
