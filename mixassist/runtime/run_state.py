"""The state of a training run in its folder: arrays by name and facts, in one safetensors file, no pickle.

Conventions: the state is replaced whole, never in part. Names of arrays begin with what they belong to: `net.`,
`average.`, `best.`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from mixassist.errors import ModelError

STATE = "state.safetensors"
CURE = "train into it first"
"""What is said to be done where there is no state yet; `{run}` in a cure becomes the folder."""

Tensors = dict[str, NDArray[Any]]
Tensor = TypeVar("Tensor")


def has_state(run: Path) -> bool:
    """Whether a training in this folder can go on."""
    return (run / STATE).is_file()


def write_state(run: Path, tensors: Mapping[str, NDArray[Any]], facts: Mapping[str, Any]) -> None:
    """Replaces the run's state by these arrays and facts (plain JSON values)."""
    run.mkdir(parents=True, exist_ok=True)
    partial = run / f"{STATE}.partial"
    contiguous = {name: np.ascontiguousarray(array) for name, array in tensors.items()}
    save_file(contiguous, partial, {"facts": json.dumps(facts)})
    partial.replace(run / STATE)


def read_state(run: Path, cure: str = CURE) -> tuple[Tensors, dict[str, Any]]:
    """Arrays by name and the facts that `write_state` kept.

    Raises:
        ModelError: when the run has no state yet.
    """
    with safe_open(_state(run, cure), framework="numpy") as file:
        names = file.keys()
        return {name: file.get_tensor(name) for name in names}, json.loads(file.metadata()["facts"])


def read_facts(run: Path, cure: str = CURE) -> dict[str, Any]:
    """The facts alone that `write_state` kept.

    Raises:
        ModelError: when the run has no state yet.
    """
    with safe_open(_state(run, cure), framework="numpy") as file:
        facts: dict[str, Any] = json.loads(file.metadata()["facts"])
        return facts


def under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors whose name starts with `prefix`, by the rest of their name."""
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _state(run: Path, cure: str) -> Path:
    if not has_state(run):
        raise ModelError(f"{run} holds no {STATE}: {cure.format(run=run)}")
    return run / STATE
