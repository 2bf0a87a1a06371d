import pytest

from mixassist.runtime.streaming.timing import N_REMEMBERED, StopWatch


def test_times_and_misses_are_counted():
    watch = StopWatch(block=48, rate=48000)
    for milliseconds in range(1, 101):
        watch.add(milliseconds / 1000, n_frames=2400)
    timing = watch.timing()
    assert (timing.n_blocks, timing.n_misses, timing.budget_ms) == (100, 50, 1)
    assert [timing.median_ms, timing.p95_ms, timing.p99_ms, timing.max_ms] == pytest.approx([50.5, 95.05, 99.01, 100])


def test_the_longest_block_is_remembered_for_good():
    watch = StopWatch(block=64, rate=48000)
    watch.add(1.0, 64)
    for _ in range(N_REMEMBERED):
        watch.add(0.001, 64)
    timing = watch.timing().to_dict()
    assert timing["n_blocks"] == N_REMEMBERED + 1
    assert (timing["max_ms"], timing["p99_ms"], timing["n_misses"]) == (1000, 1, 1)


def test_nothing_was_slow_before_the_first_block():
    assert set(StopWatch(64, 64000).timing().to_dict().values()) == {0, 1.0}
