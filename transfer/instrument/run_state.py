"""The state of a training run: one safetensors file, no pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from mixassist.errors import ModelError

STATE = "state.safetensors"


def has_state(run: Path) -> bool:
    """Whether a training in this folder can go on."""
    return (run / STATE).is_file()


def write_state(run: Path, arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, Any]) -> None:
    """Replaces the run's state by these arrays and facts (plain JSON values)."""
    run.mkdir(parents=True, exist_ok=True)
    partial = run / f"{STATE}.partial"
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    save_file(contiguous, partial, {"facts": json.dumps(facts)})
    partial.replace(run / STATE)


def read_state(run: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Arrays by name and the facts that `write_state` kept.

    Raises:
        ModelError: when the run has no state yet.
    """
    if not has_state(run):
        raise ModelError(f"{run} holds no {STATE}: train into it first")
    with safe_open(run / STATE, framework="numpy") as file:
        names = file.keys()
        return {name: file.get_tensor(name) for name in names}, json.loads(file.metadata()["facts"])
