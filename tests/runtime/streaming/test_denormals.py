import platform
import sys
import threading

import numpy as np
import pytest

from mixassist.runtime import open_stream
from mixassist.runtime.streaming.denormals import DenormalsOff
from tests.runtime.streaming.stream_sessions import EchoSession

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"), reason="engines alone see to it there"
)


def tiny():
    """1e-40, as a product: zero where denormals are off."""
    return float((np.full(4, 1e-20, np.float32) * np.full(4, 1e-20, np.float32))[0])


def in_a_thread(work):
    """What `work` gives in a new thread, which starts with denormals as this one has them: off, once torch was here."""
    given = []
    thread = threading.Thread(target=lambda: given.append(work()))
    thread.start()
    thread.join()
    return given[0]


def test_denormals_are_off_inside_and_as_before_outside():
    def work():
        before, scope = tiny(), DenormalsOff()
        inside = []
        for _ in range(2):
            with scope:
                inside.append(tiny())
        return before == tiny(), inside

    assert in_a_thread(work) == (True, [0.0, 0.0])


def test_an_error_inside_leaves_them_as_before():
    before = tiny()
    with pytest.raises(ZeroDivisionError), DenormalsOff():
        1 / 0  # noqa: B018 -- for its error
    assert tiny() == before


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
    in_a_thread(lambda: stream.process(np.zeros((1, 64), np.float32)))
    assert session.seen == [0.0]
