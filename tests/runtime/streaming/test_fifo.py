import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mixassist.runtime.streaming.fifo import Fifo


@given(st.integers(0, 30), st.lists(st.integers(0, 20), max_size=60))
def test_what_is_popped_is_what_was_pushed_so_much_later(n_ahead, lengths):
    fifo = Fifo(n_channels=2, n_max=n_ahead + 20)
    fifo.refill(n_ahead)
    samples = np.arange(1, 2 * sum(lengths) + 1, dtype=np.float32).reshape(2, -1)
    heard, first = [np.zeros((2, 0))], 0
    for length in lengths:
        fifo.push(samples[:, first : first + length])
        heard.append(fifo.pop(length).copy())
        first += length
        assert len(fifo) == n_ahead
    expected = np.pad(samples, ((0, 0), (n_ahead, 0)))[:, : samples.shape[1]]
    np.testing.assert_array_equal(np.concatenate(heard, axis=1), expected)
