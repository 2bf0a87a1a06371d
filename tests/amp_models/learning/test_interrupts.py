"""Interrupts wait until what is under way is done, and come then."""

from __future__ import annotations

import signal
import threading

import pytest

from amp_models.learning.interrupts import held_interrupts


@pytest.fixture(autouse=True)
def usual(ctrl_c):
    return ctrl_c


def test_it_comes_at_the_end(usual):
    done = []

    def work():
        with held_interrupts():
            signal.raise_signal(signal.SIGINT)
            done.append("all of it")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["all of it"]
    assert signal.getsignal(signal.SIGINT) is usual


def test_without_one_nothing_comes(usual):
    with held_interrupts():
        pass
    assert signal.getsignal(signal.SIGINT) is usual


def test_an_error_inside_is_told_and_the_usual_comes_back(usual):
    with pytest.raises(ValueError, match="mine"), held_interrupts():
        raise ValueError("mine")
    assert signal.getsignal(signal.SIGINT) is usual


def test_where_interrupts_are_ignored_they_stay_so():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with held_interrupts():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_other_threads_leave_it_alone(usual):
    seen = []

    def work():
        with held_interrupts():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [usual]
