"""Steppers on OpenVINO, against plain runs of the same session."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from mixassist.errors import EngineError
from mixassist.runtime.artifact import Artifact
from mixassist.runtime.doors.openvino_session import OpenvinoSession, open_session
from mixassist.runtime.doors.openvino_stepper import OpenvinoStepper
from mixassist.runtime.engines import SessionOptions
from mixassist.runtime.stepper import PlainStepper, open_stepper
from tests.runtime.doors.stepping import noise, stepped
from tests.runtime.tiny_networks import STREAMING


@pytest.fixture
def session(streaming: Artifact) -> OpenvinoSession:
    return open_session(streaming, SessionOptions(n_threads=1, use_cache=False))


@pytest.mark.parametrize("n_batch", [1, 3])
def test_bound_steps_give_what_runs_give(session: OpenvinoSession, n_batch: int) -> None:
    blocks = noise(7, n_batch)
    stepper = open_stepper(session, 32, n_batch)
    assert isinstance(stepper, OpenvinoStepper)
    np.testing.assert_array_equal(stepped(stepper, blocks), stepped(PlainStepper(session, 32, n_batch), blocks))


def test_networks_of_any_length_are_bound_at_the_one_they_are_compiled_for(stand_in: Callable[[str], Artifact]) -> None:
    session = open_session(stand_in("gru-step"), SessionOptions(n_threads=1, use_cache=False, n_frames=64))
    bound, plain = session.bind(64), PlainStepper(session, 64)
    for _ in range(3):
        for stepper in (bound, plain):
            stepper.inputs["audio"][:] = np.sin(np.arange(64))
            stepper.step()
        np.testing.assert_array_equal(bound.outputs["audio_out"], plain.outputs["audio_out"])


def test_steps_reuse_their_arrays_and_allocate_nothing(session: OpenvinoSession) -> None:
    stepper = session.bind(32)
    arrays = [*stepper.inputs.values(), *stepper.outputs.values()]
    stepped(stepper, noise(20))
    for _ in range(100):  # the interpreter and the engine keep a few things of their first steps
        stepper.step()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        for _ in range(100):
            stepper.step()
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # A pointer here and there; a single block of 32 samples would be 128 bytes a step.
    assert after - before < 1000
    assert peak - before < 2000
    assert all(a is b for a, b in zip(arrays, [*stepper.inputs.values(), *stepper.outputs.values()], strict=True))


def test_a_block_the_network_does_not_take_is_refused(session: OpenvinoSession) -> None:
    free = {"inputs": [{"name": "block", "shape": [None, 1, None]}]}
    session.spec = session.spec.__class__.from_dict(STREAMING.to_dict() | free)
    with pytest.raises(EngineError, match=r"openvino refuses blocks of 33 frames \([^\n]*\): choose --engine onnx"):
        session.bind(33)


def test_threads_are_tied_to_no_core(session: OpenvinoSession) -> None:
    """Else two processes, each with a thread of its own, would share the first core while others lie idle."""
    assert not session._compiled.get_property("ENABLE_CPU_PINNING")
