import numpy as np
import pytest

from separation.segments import Segments
from tests.signals import noise


@pytest.mark.parametrize("cut", [1, 7, 64, 1000])
def test_segments_give_back_what_was_late(cut):
    late = np.zeros((1, 30), "float32")

    def work(segment):
        nonlocal late
        whole = np.concatenate([late, segment], axis=1)
        late = whole[:, segment.shape[1] :]
        return whole[:, : segment.shape[1]]

    sound = noise(1000, 1)
    segments = Segments(1, 64, 30, work)
    given = [segments.process(sound[:, first : first + cut]) for first in range(0, 1000, cut)]
    np.testing.assert_array_equal(np.concatenate([*given, segments.finish()], axis=1), sound)
