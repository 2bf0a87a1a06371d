"""A training run on disk, so that an interrupted one goes on where it stopped; arrays alone, no pickle."""

from __future__ import annotations

import json
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amp_models.learning.training import Moment, Progress, Trainer
from mixassist.audio.atomic import atomic_path
from mixassist.errors import CaptureError

OPTIMISER = "optimiser."
SUFFIX = ".npz"
DAMAGES = (OSError, EOFError, ValueError, KeyError, TypeError, NotImplementedError, zipfile.BadZipFile, zlib.error)
"""What readers raise that meet other bytes than were written."""


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
    arrays: dict[str, Any] = {"facts": np.array(json.dumps(facts)), **_arrays(progress)}
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)


def load_progress(trainer: Trainer, path: Path, identity: str) -> None:
    """Takes a run up where `save_progress` left it.

    Raises:
        CaptureError: when the file is damaged, or holds a run with other takes or options.
    """
    try:
        facts, kept = _read(path)
        is_same = facts["identity"] == identity
        if is_same:
            _take_up(trainer.progress, facts, kept)
    except DAMAGES as error:
        raise CaptureError(f"{path} cannot be read ({error}): delete it to begin anew") from error
    if not is_same:
        raise CaptureError(
            f"{path} is of other takes or options: delete it, or pass --force without --resume, to begin anew"
        )


def forget_progress(folder: Path) -> None:
    """Deletes the runs that are kept in a folder, and the folder if nothing else is in it."""
    for file in folder.glob(f"*{SUFFIX}"):
        file.unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()


def is_kept(folder: Path) -> bool:
    """Whether a folder keeps a run."""
    return any(folder.glob(f"*{SUFFIX}"))


def _take_up(progress: Progress, facts: dict[str, Any], kept: dict[str, NDArray[Any]]) -> None:
    """Brings a run to where another was.

    Raises:
        ValueError, KeyError, TypeError: when arrays or facts are not those of such a run.
    """
    for name, own in _arrays(progress).items():
        if name not in kept or kept[name].shape != own.shape or kept[name].dtype != own.dtype:
            raise ValueError(f"its {name} are not those of this network")
    curve = [Moment(*moment) for moment in facts["curve"]]
    seconds, n_steps = float(facts["seconds"]), int(facts["n_steps"])
    progress.rng.bit_generator.state = facts["rng"]
    progress.weights[:], progress.best_weights[:] = kept["weights"], kept["best_weights"]
    progress.average[:] = kept["average"]
    state = {name.removeprefix(OPTIMISER): value for name, value in kept.items() if name.startswith(OPTIMISER)}
    progress.optimiser.take_up(state)
    progress.curve[:], progress.seconds, progress.n_steps = curve, seconds, n_steps


def _arrays(progress: Progress) -> dict[str, NDArray[Any]]:
    """All arrays of a run by the names they are kept under."""
    arrays: dict[str, NDArray[Any]] = {OPTIMISER + name: value for name, value in progress.optimiser.state().items()}
    for name in ("weights", "average", "best_weights"):
        arrays[name] = getattr(progress, name)
    return arrays


def _read(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The facts, and the arrays by name."""
    if not zipfile.is_zipfile(path):
        raise ValueError("it is cut off, or no archive")
    with np.load(path, allow_pickle=False) as arrays:
        kept = {name: arrays[name] for name in arrays.files}
    return json.loads(str(kept.pop("facts"))), kept
