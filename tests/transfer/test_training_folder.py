"""What is no model is not published as one."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from mixassist.errors import ModelError
from transfer.training_folder import require_learned


@pytest.mark.parametrize("held_out", [math.inf, math.nan])
def test_a_training_that_was_never_good_gives_no_model(held_out):
    with pytest.raises(ModelError, match=r"horn\.training"):
        require_learned(held_out, Path("horn"))


def test_any_distance_will_do():
    require_learned(2.5, Path("horn"))
