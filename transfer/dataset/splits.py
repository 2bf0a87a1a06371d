"""Which recordings are learned from, which judge the learning, and which nobody sees until the end.

No recording lies in two splits, and neither do recordings of one performance (`takes`): what was heard once is known.
Where there are fewer than three performances, sounds of one recording have to be parted, in stretches of time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from transfer.dataset.manifest import Split

HELD_OUT = 0.1
"""Of the performances go to validation, and as many to test; at least one."""
LONGEST_HELD_OUT = 0.15
"""A performance longer than this part of all is rather learned from."""
MIN_TAKES = 3


def split_takes(seconds: Mapping[str, float]) -> dict[str, Split]:
    """The split of each performance; held-out ones are spread evenly over the order they are given in.

    Args:
        seconds: of at least three performances.
    """
    total = sum(seconds.values())
    n_held_out = max(round(HELD_OUT * len(seconds)), 1)
    names = [name for name, length in seconds.items() if length <= LONGEST_HELD_OUT * total]
    if len(names) < 2 * n_held_out:
        names = sorted(seconds, key=lambda name: seconds[name])[: max(2 * n_held_out, 2)]
    # The middles of 2 n stretches of equal length, by turns validation and test.
    middles = ((np.arange(2 * n_held_out) + 0.5) * len(names) / (2 * n_held_out)).astype(int)
    found: dict[str, Split] = dict.fromkeys(seconds, "train")
    for turn, index in enumerate(middles):
        found[names[index]] = "test" if turn % 2 else "validation"
    return found


def split_sounds(seconds: Sequence[float]) -> list[Split]:
    """The split of each sound, in order of time: first those that are learned from; all of them where there are few."""
    if len(seconds) < MIN_TAKES:
        return ["train"] * len(seconds)
    begins = (np.cumsum(seconds) - np.asarray(seconds)) / sum(seconds)
    validation = int(np.clip(np.searchsorted(begins, 1 - 2 * HELD_OUT), 1, len(seconds) - 2))
    test = int(np.clip(np.searchsorted(begins, 1 - HELD_OUT), validation + 1, len(seconds) - 1))
    kinds: tuple[tuple[Split, int], ...] = (
        ("train", validation),
        ("validation", test - validation),
        ("test", len(seconds) - test),
    )
    return [split for split, n_sounds in kinds for _ in range(n_sounds)]
