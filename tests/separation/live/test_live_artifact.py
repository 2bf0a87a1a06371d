"""`lite-live` as an artifact: the same numbers on every engine, a frame at a time."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mixassist.dsp.scores import null_db
from mixassist.runtime.artifact import GOLDEN, WEIGHTS
from mixassist.runtime.bench_process import Runs, time_engine
from mixassist.runtime.doors.tensorrt_ops import unsupported_ops
from mixassist.runtime.engines import SessionOptions, open_engine
from mixassist.runtime.probe import probe, replay_golden
from mixassist.runtime.stepper import open_stepper
from separation.live.net import build_live, live_spec, run_frame
from separation.net import LIVE
from tests.live_models import SMALL
from tests.tolerances import ENGINE_FP32_DB

BUILDER = "separation.live.net:build_live"


def test_the_shipped_size_answers_in_time():
    spec = live_spec(LIVE, {})
    waiting = spec.block_multiple - 1
    assert (spec.latency_samples + waiting) / spec.rate <= 0.05
    assert spec.has_fixed_shapes
    assert len(spec.states) == len(LIVE.dilations) + sum(map(len, LIVE.song_dilations))


def test_frame_by_frame_it_is_the_network(small_net, small_live, rng):
    magnitude = rng.exponential(size=(1, 4, SMALL.n_fft // 2 + 1, 30)).astype(np.float32)
    stepper = open_stepper(open_engine("onnxruntime", small_live, SessionOptions("fp32", 1)), 1)
    found = []
    for frame in range(30):
        stepper.inputs["magnitude"][:] = magnitude[..., frame : frame + 1]
        stepper.step()
        found.append(stepper.outputs["mask"].copy())
    with torch.inference_mode():
        expected = small_net(torch.from_numpy(magnitude)).numpy()
    assert null_db(np.concatenate(found, axis=-1).reshape(1, -1), expected.reshape(1, -1)) < ENGINE_FP32_DB


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino", "torch"])
def test_engines_reproduce_the_golden_frame(small_live, engine):
    session = open_engine(engine, small_live, SessionOptions("fp32", 1, BUILDER, use_cache=False))
    golden = small_live.golden()
    assert all(golden.inputs[state.name].any() for state in small_live.spec.states)
    assert replay_golden(session, golden) <= golden.tolerance_db


def test_an_engine_can_be_chosen_for_it(small_live):
    """What engines are compared with is noise, and half of that is no magnitude."""
    found = probe(small_live, "onnxruntime", SessionOptions("fp32", 1, use_cache=False))
    assert found["null_db"] <= found["limit_db"]


def test_a_block_of_several_hops_is_measured_as_a_whole(small_live):
    report = time_engine(small_live, "onnxruntime", SessionOptions("fp32", 1, use_cache=False), Runs(64, 0.01))
    assert report["budget_ms"] == pytest.approx(1000 * 64 / 44100)
    assert report["null_db"] <= report["limit_db"]


def test_tensorrt_takes_its_graph(small_live):
    assert unsupported_ops(small_live.file("model.onnx")) == {}


def test_its_weights_are_stored_in_half_and_give_the_same_network(small_live):
    net, golden = build_live(small_live), small_live.golden()
    for name, found in run_frame(net, small_live.spec, golden.inputs).items():
        np.testing.assert_allclose(found, golden.outputs[name], atol=1e-6)
    n_weights = sum(value.numel() for value in net.state_dict().values())
    assert small_live.file(WEIGHTS).stat().st_size < 2 * n_weights + 8000


def test_the_golden_pair_is_small(small_live):
    assert small_live.file(GOLDEN).stat().st_size < 30_000
