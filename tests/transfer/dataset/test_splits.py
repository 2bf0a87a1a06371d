from __future__ import annotations

from collections import Counter

import pytest

from transfer.dataset.splits import split_sounds, split_takes


@pytest.mark.parametrize("n_takes", [3, 4, 9, 20, 128])
def test_every_split_gets_its_part(n_takes):
    found = split_takes({f"{index:03d}": 5.0 for index in range(n_takes)})
    counts = Counter(found.values())
    assert counts["validation"] == counts["test"] == max(round(n_takes / 10), 1)
    assert counts["train"] == n_takes - 2 * counts["test"]


def test_held_out_notes_are_spread_over_the_range():
    found = split_takes({f"{index:03d}": 5.0 for index in range(40)})
    held_out = [int(name) for name, split in found.items() if split != "train"]
    assert max(b - a for a, b in zip([0, *held_out], [*held_out, 39], strict=True)) <= 5


def test_a_long_performance_is_rather_learned_from():
    found = split_takes({"long": 500.0, "b": 20.0, "c": 20.0, "d": 20.0})
    assert found["long"] == "train"


def test_sounds_are_split_in_order_of_time():
    found = split_sounds([1.0] * 20)
    assert found == ["train"] * 16 + ["validation"] * 2 + ["test"] * 2
    assert split_sounds([9.0, 1.0, 1.0]) == ["train", "validation", "test"]
    assert split_sounds([3.0, 3.0]) == ["train", "train"]
