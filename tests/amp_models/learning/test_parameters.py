"""A flat vector seen as matrices."""

from __future__ import annotations

import numpy as np

from amp_models.learning.parameters import Layout, beside, stacked

LAYOUT = Layout(((2, 3), (2,), (1, 4), (1,)))


def test_views_write_through_and_places_say_where():
    vector = np.arange(LAYOUT.n_weights, dtype=np.float32)
    for view, where in zip(LAYOUT.views(vector), LAYOUT.places(), strict=True):
        np.testing.assert_array_equal(view, vector[where])
        view += 100
    np.testing.assert_array_equal(vector, 100 + np.arange(13))


def test_a_map_holds_its_bias_and_those_of_one_shape_lie_together():
    weight, bias, head, head_bias = LAYOUT.places()
    whole = beside(weight, bias)
    np.testing.assert_array_equal(whole, [[0, 1, 2, 6], [3, 4, 5, 7]])
    stacks = stacked([whole, beside(head, head_bias), whole + 20])
    assert [stack.shape for stack in stacks] == [(2, 2, 4), (1, 1, 5)]
    np.testing.assert_array_equal(stacks[0][1], whole + 20)
