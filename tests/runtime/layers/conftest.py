"""Seeds for the weights that torch draws: each test and each example begins with the same."""

from __future__ import annotations

import pytest
import torch
from hypothesis import register_random


class TorchRandom:
    """torch's generator as hypothesis wants to see one."""

    seed = staticmethod(torch.manual_seed)
    getstate = staticmethod(torch.get_rng_state)
    setstate = staticmethod(torch.set_rng_state)


TORCH_RANDOM = TorchRandom()
register_random(TORCH_RANDOM)


@pytest.fixture(autouse=True)
def _seeded_weights() -> None:
    torch.manual_seed(0)
