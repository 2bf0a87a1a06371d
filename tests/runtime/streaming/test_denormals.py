import ctypes
import platform
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from mixassist.runtime import open_stream
from mixassist.runtime.streaming.denormals import DenormalsOff
from tests.runtime.streaming.stream_sessions import EchoSession, in_a_thread

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"), reason="engines alone see to it there"
)


def tiny():
    """1e-40, as a product: zero where denormals are off."""
    return float((np.full(4, 1e-20, np.float32) * np.full(4, 1e-20, np.float32))[0])


FE_DFL_ENV = ctypes.c_void_p(-1)
"""The environment that a program starts with, as glibc and musl write it."""


def with_denormals(work):
    """What `work` gives in a thread that has them; without this, threads are as torch left the one that starts them."""

    def switched_on():
        ctypes.CDLL(None).fesetenv(FE_DFL_ENV)
        assert tiny() > 0
        return work()

    return in_a_thread(switched_on)


def test_denormals_are_off_inside_and_as_before_outside():
    def work():
        before, scope = tiny(), DenormalsOff()
        inside = []
        for _ in range(2):
            with scope:
                inside.append(tiny())
        return before == tiny(), inside

    assert with_denormals(work) == (True, [0.0, 0.0])


def test_an_error_inside_leaves_them_as_before():
    def work():
        with pytest.raises(ZeroDivisionError), DenormalsOff():
            1 / 0  # noqa: B018 -- for its error
        return tiny()

    assert with_denormals(work) > 0


def test_a_system_without_the_functions_is_left_as_it_is(monkeypatch):
    monkeypatch.setattr(ctypes, "PyDLL", lambda name: SimpleNamespace())
    scope = DenormalsOff()
    assert not scope.is_able
    with scope:
        pass


class WatchingSession(EchoSession):
    def __init__(self):
        super().__init__()
        self.seen = []

    def run(self, inputs):
        self.seen.append(tiny())
        return super().run(inputs)


def test_a_network_runs_without_denormals_whatever_thread_plays():
    session = WatchingSession()
    stream = open_stream(session)
    session.seen.clear()
    with_denormals(lambda: stream.process(np.zeros((1, 64), np.float32)))
    assert session.seen == [0.0]
