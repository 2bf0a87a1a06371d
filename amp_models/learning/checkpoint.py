"""A training run on disk, so that an interrupted one goes on where it stopped; arrays alone, no pickle."""

from __future__ import annotations

import json
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amp_models.learning.training import Moment, Trainer
from mixassist.audio.atomic import atomic_path
from mixassist.errors import CaptureError

OPTIMISER = "optimiser."
SUFFIX = ".npz"


def save_progress(trainer: Trainer, path: Path, identity: str) -> None:
    """Writes everything that the next step depends on; `identity` says what is trained on what.

    Raises:
        AudioError: when the folder cannot be written or the disk is full.
    """
    progress = trainer.progress
    facts = {
        "identity": identity,
        "seconds": progress.seconds,
        "n_steps": progress.n_steps,
        "curve": [[moment.seconds, moment.n_steps, moment.esr] for moment in progress.curve],
        "rng": progress.rng.bit_generator.state,
    }
    arrays: dict[str, Any] = {OPTIMISER + name: value for name, value in progress.optimiser.state().items()}
    arrays |= {
        "weights": progress.weights,
        "average": progress.average,
        "best_weights": progress.best_weights,
        "facts": np.array(json.dumps(facts)),
    }
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)


def load_progress(trainer: Trainer, path: Path, identity: str) -> None:
    """Takes a run up where `save_progress` left it.

    Raises:
        CaptureError: when the file is damaged, or holds a run with other takes or options.
    """
    facts, kept = _read(path)
    if facts["identity"] != identity:
        raise CaptureError(f"{path.name} is of other takes or options: delete it, or pass --force, to begin anew")
    progress = trainer.progress
    progress.weights[:], progress.best_weights[:] = kept["weights"], kept["best_weights"]
    progress.average[:] = kept["average"]
    state = {name.removeprefix(OPTIMISER): value for name, value in kept.items() if name.startswith(OPTIMISER)}
    progress.optimiser.take_up(state)
    progress.seconds, progress.n_steps = facts["seconds"], facts["n_steps"]
    progress.curve[:] = [Moment(*moment) for moment in facts["curve"]]
    progress.rng.bit_generator.state = facts["rng"]


def forget_progress(folder: Path) -> None:
    """Deletes the runs that are kept in a folder, and the folder if nothing else is in it."""
    for file in folder.glob(f"*{SUFFIX}"):
        file.unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()


def _read(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The facts, and the arrays by name.

    Raises:
        CaptureError: when the file is damaged.
    """
    try:
        if not zipfile.is_zipfile(path):
            raise ValueError("it is cut off, or no archive")
        with np.load(path, allow_pickle=False) as arrays:
            kept = {name: arrays[name] for name in arrays.files}
        return json.loads(str(kept.pop("facts"))), kept
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise CaptureError(f"{path.name} cannot be read ({error}): delete it to begin anew") from error
