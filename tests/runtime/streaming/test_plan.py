"""How long a host waits for a network's blocks, against a count of every frame."""

from fractions import Fraction
from math import ceil, gcd

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixassist.errors import ModelError, OptionError
from mixassist.runtime.streaming.plan import ORDINARY_RATES, HostFormat, plan_blocks
from tests.runtime.streaming.stream_sessions import Echo, EchoSession

lengths = st.integers(1, 300)


def spec(rate=48000, block_multiple=1):
    return EchoSession(Echo(rate=rate, block_multiple=block_multiple)).spec


def longest_wait(net_rate, n_run, host, n_calls):
    """The most host frames that are owed and not there, over the first calls."""
    p, q = Fraction(net_rate, host.rate).as_integer_ratio()
    step = host.block if host.is_block_fixed else 1
    owed = step * np.arange(1, n_calls + 1)
    n_fed = -(-owed * p // q)
    there = -(-(n_fed // n_run * n_run) * q // p)
    return max(owed - there)


@given(lengths, lengths)
def test_equal_rates_wait_no_longer_than_they_must(block, block_multiple):
    plan = plan_blocks(spec(block_multiple=block_multiple), host := HostFormat(block, 48000))
    if block % block_multiple == 0:
        assert (plan.n_run, plan.n_ahead) == (block, 0)
    else:
        assert (plan.n_run, plan.n_ahead) == (block_multiple, block_multiple - gcd(block, block_multiple))
    assert plan.n_ahead == max(0, longest_wait(48000, plan.n_run, host, block_multiple))


@given(lengths, lengths)
def test_varying_blocks_wait_for_one_run_less_a_frame(block, block_multiple):
    plan = plan_blocks(spec(block_multiple=block_multiple), host := HostFormat(block, 48000, is_block_fixed=False))
    assert plan.n_run == ceil(block / block_multiple) * block_multiple
    assert plan.n_ahead == plan.n_run - 1 == longest_wait(48000, plan.n_run, host, 2 * plan.n_run)


@given(
    st.sampled_from(ORDINARY_RATES),
    st.sampled_from(ORDINARY_RATES),
    lengths,
    st.sampled_from([1, 16, 64]),
    st.booleans(),
)
def test_other_rates_never_run_dry_and_hardly_wait_longer_than_they_must(host_rate, rate, block, multiple, is_fixed):
    host = HostFormat(block, host_rate, is_block_fixed=is_fixed)
    plan = plan_blocks(spec(rate, multiple), host)
    needed = max(0, longest_wait(rate, plan.n_run, host, 4000))
    if is_fixed and block * rate % host_rate:
        # What is left over may skip the last few frames of a run, fewer than a block multiple.
        assert needed <= plan.n_ahead <= needed + ceil(multiple * host_rate / rate)
    else:
        assert plan.n_ahead == needed


@given(st.sampled_from(ORDINARY_RATES), st.sampled_from(ORDINARY_RATES), lengths, st.sampled_from([1, 16, 64]))
def test_runs_per_block_are_as_promised(host_rate, rate, block, multiple):
    for is_fixed in (True, False):
        plan = plan_blocks(spec(rate, multiple), HostFormat(block, host_rate, is_block_fixed=is_fixed))
        n_made = Fraction(block * rate, host_rate)
        if is_fixed and n_made.denominator == 1:
            assert plan.n_run == (n_made if n_made % multiple == 0 else multiple)
        else:
            assert n_made <= plan.n_run < n_made + 1 + multiple


@given(lengths, lengths, st.booleans())
def test_a_fixed_length_is_kept(block, n_run, is_fixed):
    fixed = spec().with_frames(n_run)
    host = HostFormat(block, 48000, is_block_fixed=is_fixed)
    plan = plan_blocks(fixed, host)
    assert plan.n_run == n_run
    assert plan.n_ahead == longest_wait(48000, n_run, host, 2 * n_run)


def test_the_network_runs_at_most_once_per_host_block_where_rates_do_not_divide():
    assert plan_blocks(spec(44100), HostFormat(64, 48000)).n_run == 59
    assert plan_blocks(spec(48000), HostFormat(64, 44100)).n_run == 70
    assert plan_blocks(spec(48000), HostFormat(64, 96000)) == plan_blocks(spec(48000), HostFormat(32, 48000))


@pytest.mark.parametrize(("rate", "cure"), [(12345, "192000"), (0, "48000")])
def test_a_rate_that_no_sound_card_has_is_refused(rate, cure):
    with pytest.raises(ModelError, match=rf"48000 Hz cannot .* {rate} Hz: .*{cure}"):
        plan_blocks(spec(48000), HostFormat(64, rate))


def test_an_odd_model_runs_at_its_own_rate_alone():
    assert plan_blocks(spec(12345), HostFormat(64, 12345)).n_ahead == 0
    with pytest.raises(ModelError, match=r"12345 Hz cannot .* 48000 Hz: run it at its own 12345 Hz$"):
        plan_blocks(spec(12345), HostFormat(64, 48000))


def test_nothing_runs_in_empty_blocks():
    with pytest.raises(ModelError, match="blocks of 0 frames: give"):
        HostFormat(0, 48000)
    with pytest.raises(OptionError, match="n_channels is 0"):
        HostFormat(64, 48000, n_channels=0)
