"""What every door that binds blocks promises alike."""

from __future__ import annotations

import numpy as np
import pytest

from mixassist.runtime.artifact import Artifact
from mixassist.runtime.doors import onnx_session, openvino_session
from mixassist.runtime.doors.onnx_session import OnnxSession
from mixassist.runtime.doors.openvino_session import OpenvinoSession
from mixassist.runtime.engines import SessionOptions
from tests.runtime.doors.stepping import noise, stepped

Session = OnnxSession | OpenvinoSession


@pytest.fixture(params=[onnx_session, openvino_session], ids=["onnx", "openvino"])
def session(request: pytest.FixtureRequest, streaming: Artifact) -> Session:
    opened: Session = request.param.open_session(streaming, SessionOptions(n_threads=1, use_cache=False))
    return opened


@pytest.mark.parametrize("n_before", [1, 2])
def test_reset_is_a_fresh_start(session: Session, n_before: int) -> None:
    stepper, blocks = session.bind(32), noise(3)
    first = stepped(stepper, blocks)
    stepped(stepper, noise(n_before))
    stepper.reset()
    np.testing.assert_array_equal(stepped(stepper, blocks), first)


def test_two_steppers_of_a_session_are_two_streams(session: Session) -> None:
    blocks = noise(4)
    alone = stepped(session.bind(32), blocks)
    one, other = session.bind(32), session.bind(32)
    found = []
    for block in blocks:
        found.append(stepped(one, [block]))
        stepped(other, [-block])
    np.testing.assert_array_equal(np.concatenate(found, axis=-1), alone)
