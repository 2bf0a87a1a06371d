import numpy as np
import pytest

from benchmarks.timbre_stream import count_misses


@pytest.mark.parametrize(
    ("took_ms", "n_misses"),
    [
        ([1.0, 1.0, 1.0], 0),
        ([1.5, 0.2, 0.2], 1),  # ready at 1.5, 1.7 and 2.2
        ([2.5, 0.9, 0.2, 0.2], 3),  # ready at 2.5, 3.4, 3.6 and 3.8: two waited for the first
    ],
)
def test_a_block_waits_for_those_before_it(took_ms, n_misses):
    assert count_misses(np.array(took_ms), 1.0) == n_misses
