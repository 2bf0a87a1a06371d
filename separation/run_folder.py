"""The folder of a training run: its state (one safetensors file, no pickle) and its log."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from mixassist.errors import ModelError

STATE = "state.safetensors"
LOG = "log.csv"

Tensors = dict[str, NDArray[Any]]
Tensor = TypeVar("Tensor")


@dataclass(frozen=True)
class RunFacts:
    """What a card says about a run."""

    n_steps: int
    minutes: float
    held_out: str
    n_parameters: int
    machine: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def write_state(run: Path, tensors: Mapping[str, NDArray[Any]], facts: Mapping[str, Any]) -> None:
    """Replaces the run's state by these arrays and facts (plain JSON values)."""
    partial = run / f"{STATE}.partial"
    contiguous = {name: np.ascontiguousarray(array) for name, array in tensors.items()}
    save_file(contiguous, partial, {"facts": json.dumps(facts)})
    partial.rename(run / STATE)


def read_state(run: Path) -> tuple[Tensors, dict[str, Any]]:
    """Arrays by name and the facts that `write_state` kept.

    Raises:
        ModelError: when the run has no state yet.
    """
    with safe_open(_state(run), framework="numpy") as file:
        names = file.keys()
        return {name: file.get_tensor(name) for name in names}, json.loads(file.metadata()["facts"])


def read_facts(run: Path) -> dict[str, Any]:
    """The facts alone that `write_state` kept.

    Raises:
        ModelError: when the run has no state yet.
    """
    with safe_open(_state(run), framework="numpy") as file:
        facts: dict[str, Any] = json.loads(file.metadata()["facts"])
        return facts


def _state(run: Path) -> Path:
    if not (run / STATE).is_file():
        raise ModelError(f"{run} holds no {STATE}: train with --run {run} first")
    return run / STATE


def under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors whose name starts with `prefix`, by the rest of their name."""
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def append_log(run: Path, row: Mapping[str, Any]) -> None:
    """Adds a row to the run's table, with a header before the first."""
    path = run / LOG
    if not path.exists():
        path.write_text(",".join(row) + "\n", encoding="utf-8")
    with path.open("a", encoding="utf-8") as file:
        file.write(",".join(str(value) for value in row.values()) + "\n")


def machine_line(n_threads: int) -> str:
    """The kind of machine in words: threads used and processor family, no names."""
    cpuinfo = Path("/proc/cpuinfo")
    has_matrix_unit = cpuinfo.is_file() and "amx_bf16" in cpuinfo.read_text(encoding="utf-8")
    threads = "one thread" if n_threads == 1 else f"{n_threads} threads"
    return f"{threads} of an {platform.machine()} CPU{' with bfloat16 matrix units' if has_matrix_unit else ''}"
