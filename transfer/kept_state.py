"""A training run's networks and optimiser, kept in its folder and put back (a door of torch)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mixassist.runtime.run_state import read_state, under, write_state


def keep_state(
    run: Path, nets: Mapping[str, nn.Module], optimiser: torch.optim.Optimizer, facts: Mapping[str, Any]
) -> None:
    """Replaces the run's state by the weights of `nets`, what the optimiser remembers, and `facts`."""
    tensors = {f"{kind}.{key}": value for kind, net in nets.items() for key, value in net.state_dict().items()}
    moments = optimiser.state_dict()["state"]
    tensors |= {f"adam.{index}.{key}": value for index, state in moments.items() for key, value in state.items()}
    write_state(run, {name: value.numpy() for name, value in tensors.items()}, facts)


def restore_state(run: Path, nets: Mapping[str, nn.Module], optimiser: torch.optim.Optimizer) -> dict[str, Any]:
    """Puts back what `keep_state` kept, and returns the facts.

    Raises:
        ModelError: when the run has no state yet.
    """
    arrays, facts = read_state(run)
    tensors = {name: torch.from_numpy(value) for name, value in arrays.items()}
    for kind, net in nets.items():
        net.load_state_dict(under(f"{kind}.", tensors))
    moments: dict[int, dict[str, Tensor]] = {}
    for name, value in under("adam.", tensors).items():
        index, key = name.split(".", 1)
        moments.setdefault(int(index), {})[key] = value
    optimiser.load_state_dict(optimiser.state_dict() | {"state": moments})
    return facts
