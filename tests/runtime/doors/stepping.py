"""Blocks of noise, and what a stepper of the tiny streaming network makes of them."""

from __future__ import annotations

from typing import Any

import numpy as np


def stepped(stepper: Any, blocks: list[np.ndarray]) -> np.ndarray:
    found = []
    for block in blocks:
        stepper.inputs["block"][:] = block
        stepper.step()
        found.append(stepper.outputs["wave"].copy())
    return np.concatenate(found, axis=-1)


def noise(n_blocks: int, n_batch: int = 1) -> list[np.ndarray]:
    rng = np.random.default_rng(5)
    return [rng.standard_normal((n_batch, 1, 32)).astype(np.float32) for _ in range(n_blocks)]
