import re
from typing import Any

import pytest
import typer

from cli.app import app
from mixassist.runtime.bench import BenchRow, blocks_of
from mixassist.runtime.bench_process import Runs, time_engine
from mixassist.runtime.engines import ENGINES, SessionOptions
from transfer.catalogue import find_timbre

RIGHT: dict[str, Any] = {
    "n_blocks": 900,
    "n_misses": 7,
    "median_ms": 0.0625,
    "p95_ms": 0.0751,
    "p99_ms": 0.0802,
    "max_ms": 2.01,
    "budget_ms": 1.0,
}
ROWS = (
    BenchRow("onnxruntime", "fp32", "cpu", 64, **RIGHT, null_db=-120.4, limit_db=-80.0),
    BenchRow("openvino", "bf16", "cpu", 64, **RIGHT, null_db=-31.0, limit_db=-40.0),
    BenchRow("openvino", "fp32", "cpu", 64, error="crashed (SIGSEGV)"),
    BenchRow("torch", "fp32", "cuda", error="no NVIDIA GPU here"),
    BenchRow("torch", "bf16", "cuda", error="no NVIDIA GPU here"),
)


@pytest.fixture
def measured(monkeypatch):
    """Instead of measuring: what was asked, and prepared rows."""
    asked = []
    monkeypatch.setattr(
        "mixassist.runtime.bench.bench_model", lambda artifact, options, notify: asked.append(options) or ROWS
    )
    return asked


def test_a_segment_is_timed_on_the_asked_engine(mixassist, tiny_htdemucs):
    words = ("model", "bench", tiny_htdemucs.path, "--engine", "onnxruntime", "--device", "cpu", "--seconds", "0.01")
    outcome = mixassist(*words, "--json")
    assert outcome.code == 0, outcome.err
    (row,) = outcome.json["rows"]
    assert (row["network"], row["engine"], row["block"]) == (tiny_htdemucs.name, "onnxruntime", 22050)
    assert row["budget_ms"] == 500
    assert row["null_db"] < -80
    assert row["times_real_time"] > 0


def test_a_timbre_is_timed_hop_by_hop(mixassist, measured):
    assert mixassist("model", "bench", "alto-sax", "--json").code == 0
    (options,) = measured
    artifact = find_timbre("alto-sax")
    assert blocks_of(artifact.spec, options) == (128, 256)
    runs = Runs(256, 0.01, hop=options.hop)
    assert runs.steps(artifact.spec, 64) == (1, 2)
    report = time_engine(artifact, "onnxruntime", SessionOptions("fp32", 1), runs)
    assert report["n_blocks"] >= 3
    assert report["budget_ms"] == pytest.approx(1000 * 256 / 48000)
    assert report["null_db"] < report["limit_db"]


def test_the_table_has_a_row_for_each_measurement_and_a_line_for_each_reason(mixassist, tiny_htdemucs, measured):
    outcome = mixassist("model", "bench", tiny_htdemucs.path)
    right, wrong = outcome.out.splitlines()[-2:]
    assert [cell.strip() for cell in right.split("│")] == [
        *("onnxruntime fp32", "64", "0.0625", "0.0751", "0.0802", "2.01", "7", "16", "-120")
    ]
    assert wrong.split("│")[0].strip() == "openvino bf16"
    assert wrong.split("│")[-1].strip() == "-31!"
    assert max(map(len, outcome.out.splitlines())) <= 80
    assert "never chosen: openvino bf16: -31.0 dB from the golden pair, -40 dB or less is asked for" in outcome.err
    assert "not measured: openvino fp32 at 64: crashed (SIGSEGV)" in outcome.err
    assert "not measured: torch fp32 on cuda, torch bf16 on cuda: no NVIDIA GPU here" in outcome.err


def test_options_arrive(mixassist, tiny_htdemucs, measured):
    mixassist("model", "bench", tiny_htdemucs.path, "--block", "32,48", "--threads", "2", "--precision", "fp32")
    (options,) = measured
    assert (options.blocks, options.n_threads, options.precision) == ((32, 48), 2, "fp32")
    assert options.segment == 22050


@pytest.mark.parametrize("command", [("model", "bench"), ("separate",)])
def test_help_names_every_engine(command):
    found = typer.main.get_command(app)
    for word in command:
        found = found.commands[word]
    (option,) = (parameter for parameter in found.params if parameter.name == "engine")
    assert set(re.findall(r"[\w-]+", option.help.replace("(all)", ""))) - {"auto", "or"} == set(ENGINES)


@pytest.mark.parametrize("block", ["64,x", "", "0", "6.4"])
def test_a_list_of_blocks_that_is_none_is_one_line(mixassist, tiny_htdemucs, block):
    outcome = mixassist("model", "bench", tiny_htdemucs.path, "--block", block)
    assert (outcome.code, len(outcome.error_lines)) == (2, 1)
