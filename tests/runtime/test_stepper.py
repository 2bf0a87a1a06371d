"""Steppers: the states stay inside, the arrays stay the same."""

import numpy as np

from mixassist.runtime.stepper import PlainStepper, open_stepper
from tests.runtime.streaming.stream_sessions import BoundSession, BoundStepper, Echo, EchoSession


def test_states_go_from_step_to_step_and_back_to_zero():
    stepper = PlainStepper(EchoSession(Echo(latency_samples=3)), n_frames=4, n_batch=2)
    audio = np.arange(16, dtype=np.float32).reshape(2, 1, 8)
    given = stepper.inputs["audio"], stepper.outputs["audio_out"]
    heard = []
    for half in np.split(audio, 2, axis=-1):
        given[0][:] = half
        stepper.step()
        heard.append(given[1].copy())
    np.testing.assert_array_equal(np.concatenate(heard, axis=-1), np.pad(audio, ((0, 0), (0, 0), (3, 0)))[..., :8])
    assert stepper.inputs["audio"] is given[0]
    assert stepper.outputs["audio_out"] is given[1]
    stepper.reset()
    stepper.step()
    np.testing.assert_array_equal(given[1][..., :3], 0)


def test_an_engine_with_a_stepper_of_its_own_is_taken_at_its_word():
    assert isinstance(open_stepper(BoundSession(), 64, 2), BoundStepper)
    assert isinstance(open_stepper(EchoSession(), 64, 2), PlainStepper)
