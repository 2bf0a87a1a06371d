"""Benchmarks of tiny networks: that numbers are there and belong together, never how large they are."""

import pytest

from mixassist.errors import OptionError
from mixassist.runtime import bench as bench_module
from mixassist.runtime.artifact import ModelCard
from mixassist.runtime.bench import BenchOptions, BenchRow, bench_model, blocks_of
from mixassist.runtime.bench_process import Runs, time_engine
from mixassist.runtime.candidates import CONTENDERS
from mixassist.runtime.engines import Engine, SessionOptions
from mixassist.runtime.stepper import PlainStepper
from tests.runtime.tiny_networks import HERE

FIELDS = {"n_blocks": 9, "n_misses": 1, "median_ms": 0.5, "p95_ms": 1, "p99_ms": 2, "max_ms": 3, "budget_ms": 4.0}
MEASURED = FIELDS | {"null_db": -120.0, "limit_db": -80.0}


@pytest.fixture(scope="module")
def filter_of_8(tmp_path_factory):
    """A network that streams: one causal convolution."""
    from mixassist.runtime.layers.artifact import write_stream_artifact
    from mixassist.runtime.layers.convolution import CausalConv1d
    from mixassist.runtime.layers.net import Face, StreamNet

    net = StreamNet(CausalConv1d(1, 1, 8), Face("filter", 48000))
    return write_stream_artifact(net, ModelCard("filter-of-8", "MIT"), tmp_path_factory.mktemp("bench") / "filter")


@pytest.fixture
def asked(monkeypatch):
    """Instead of processes: what they were asked for, all measured alike."""
    words = []
    monkeypatch.setattr(Engine, "version", property(lambda self: "1.0"))
    monkeypatch.setattr(bench_module, "why_unusable", lambda engine, artifact, options: None)
    monkeypatch.setattr(bench_module, "ask_module", lambda module, asked, limit_s: words.append(asked) or MEASURED)
    return words


def require_sound(row, block, rate):
    assert row.error is None
    assert row.block == block
    assert row.n_blocks >= 3
    assert 0 < row.median_ms <= row.p95_ms <= row.p99_ms <= row.max_ms
    assert row.budget_ms == pytest.approx(1000 * block / rate)
    assert row.times_real_time == pytest.approx(row.budget_ms / row.median_ms)
    assert row.is_right


def test_each_block_of_a_stream_is_measured_in_a_process_of_its_own(filter_of_8):
    lines = []
    options = BenchOptions(blocks=(64, 100), engine="onnxruntime", device="cpu", seconds=0.02)
    first, second = bench_model(filter_of_8, options, lines.append)
    require_sound(first, 64, 48000)
    require_sound(second, 100, 48000)
    assert lines == [f"measuring filter-of-8 on onnxruntime fp32 in blocks of {block}" for block in (64, 100)]


@pytest.mark.parametrize(("engine", "is_bound"), [("onnxruntime", True), ("onnxruntime", False), ("openvino", True)])
def test_an_engine_that_compiles_for_a_block_is_judged_too(filter_of_8, engine, is_bound):
    """The golden block has 64 frames, the one that is timed 96."""
    options = SessionOptions(n_threads=1, use_cache=False)
    report = time_engine(filter_of_8, engine, options, Runs(96, 0.01, is_bound))
    assert report["null_db"] < report["limit_db"] == -80
    assert report["budget_ms"] == 2


def test_a_bound_form_that_is_wrong_shows_in_its_distance(filter_of_8, monkeypatch):
    class Forgetful(PlainStepper):
        def step(self):
            self.reset()
            super().step()

    monkeypatch.setattr("mixassist.runtime.bench_process.open_stepper", Forgetful)
    options = SessionOptions(n_threads=1, use_cache=False)
    assert time_engine(filter_of_8, "onnxruntime", options, Runs(64, 0.01))["null_db"] > -40
    assert time_engine(filter_of_8, "onnxruntime", options, Runs(64, 0.01, is_bound=False))["null_db"] < -80


def test_a_network_of_segments_runs_on_its_golden_inputs(two_paths):
    options = SessionOptions("bf16", 1, f"{HERE}:build")
    report = time_engine(two_paths, "torch", options, Runs(96, 0.01))
    require_sound(BenchRow("torch", "bf16", "cpu", 96, **report), 96, 44100)
    assert report["limit_db"] == -40


def test_a_crash_is_a_row(two_paths):
    options = BenchOptions(
        segment=96, engine="torch", precision="fp32", device="cpu", torch_builder=f"{HERE}:build_crashing"
    )
    (row,) = bench_model(two_paths, options)
    assert row.error == "crashed (SIGABRT)"
    assert (row.times_real_time, row.is_right) == (None, False)


def test_candidates_that_cannot_run_here_have_one_row_with_the_reason(filter_of_8, asked, monkeypatch):
    monkeypatch.setattr(
        bench_module, "why_unusable", lambda engine, artifact, options: "no GPU" if options.device == "cuda" else None
    )
    rows = bench_model(filter_of_8, BenchOptions(blocks=(64, 128)))
    wanted = [c for c in CONTENDERS if c.precision != "fp16"]
    unmeasured = [row for row in rows if row.error is not None]
    assert [row.candidate for row in unmeasured] == [c for c in wanted if c.device == "cuda"]
    assert all((row.block, row.error) == (None, "no GPU") for row in unmeasured)
    assert len(rows) - len(unmeasured) == len(asked) == 2 * len([c for c in wanted if c.device == "cpu"])


def test_a_row_has_what_was_measured_and_what_follows_from_it(two_paths, asked):
    options = BenchOptions(segment=96, engine="torch", precision="bf16", device="cuda", torch_builder="a:b")
    (row,) = bench_model(two_paths, options)
    face = {"engine": "torch", "precision": "bf16", "device": "cuda", "block": 96, "latency_samples": 0, "error": None}
    assert row.to_dict() == face | MEASURED | {"times_real_time": 8.0}
    assert asked[0][asked[0].index("--torch-builder") + 1] == "a:b"


def test_blocks_are_rounded_up_to_what_the_network_takes(filter_of_8):
    from dataclasses import replace

    spec = replace(filter_of_8.spec, block_multiple=128)
    assert blocks_of(spec, BenchOptions(blocks=(64, 128, 129))) == (128, 256)


def test_a_network_of_segments_needs_their_length(two_paths):
    with pytest.raises(OptionError, match="kind two-paths does not stream: say how many frames its segment has"):
        bench_model(two_paths, BenchOptions())


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"blocks": (64, 0)}, "a block of 0 frames cannot be measured"),
        ({"segment": -1}, "a block of -1 frames"),
        ({"blocks": ()}, "no block is given"),
        ({"seconds": 0}, "seconds is 0"),
    ],
)
def test_options_that_cannot_be_are_refused(wrong, message):
    with pytest.raises(OptionError, match=message):
        BenchOptions(**wrong)
