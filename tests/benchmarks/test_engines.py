"""The quick form of the benchmarks of engines and streams: do they still run, and do they say what was not measured?"""

from types import SimpleNamespace

import pytest

from benchmarks.engines import engines, streams
from benchmarks.separation import Bench
from mixassist.runtime.bench import BenchRow
from mixassist.runtime.doors.nvidia import Nvidia

TIMES = {"n_blocks": 900, "n_misses": 7, "p95_ms": 3.0, "p99_ms": 4.0, "max_ms": 5.0, "null_db": -120.0}


def row(engine, block, median_ms, limit_db=-80.0, device="cpu"):
    budget_ms = 1000 * block / 48000
    return BenchRow(engine, "fp32", device, block, **TIMES, median_ms=median_ms, budget_ms=budget_ms, limit_db=limit_db)


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path, tmp_path, is_quick=True)


@pytest.fixture
def measured(monkeypatch):
    """Instead of measuring: what was asked, and rows as engines give them."""
    asked = []

    def bench_model(artifact, options, notify):
        asked.append((artifact.name, options))
        if not options.is_bound:
            return (row("torch", 64, 0.4, device="cuda"),)
        return (
            row("torch", 64, 1.0),
            row("onnxruntime", 64, 0.25),
            row("openvino", 64, 0.5, limit_db=-130.0),
            BenchRow("openvino", "bf16", "cpu", 64, error="crashed (SIGSEGV)"),
            BenchRow("tensorrt", "fp32", "cuda", error="no NVIDIA GPU here: install one"),
        )

    monkeypatch.setattr("benchmarks.engines.bench_model", bench_model)
    monkeypatch.setattr("benchmarks.engines.write_stand_in", lambda name, folder: SimpleNamespace(name=name))
    monkeypatch.setattr("benchmarks.engines.probe_nvidia", lambda: None)
    return asked


def require_full_table(section):
    assert section.rows
    assert all(len(cells) == len(section.columns) for cells in section.rows)
    assert section.render().startswith(f"## {section.title}")


def test_every_model_is_in_one_format_beside_torch(bench, measured):
    section = engines(bench)
    require_full_table(section)
    table = {(model, engine): cells for model, engine, *cells in section.rows}
    for model in ("lite", "conv-stack-16"):
        assert table[model, "onnxruntime fp32"] == [
            *("64", "0.25", "3", "4", "5", "7 of 900", "5.33", "4.00", "0", "-120")
        ]
        assert table[model, "openvino fp32"][-1] == "-120 (too far)"
        assert table[model, "openvino bf16"][:2] == ["64", "crashed (SIGSEGV)"]
    assert section.rows[-1][:4] == ("all", "tensorrt fp32 on cuda", "", "unmeasured (no NVIDIA GPU here)")


def test_models_are_asked_for_as_they_are_used(bench, measured):
    engines(bench)
    (separator, lite), (stream, amplifier) = measured
    assert (separator, lite.segment, lite.n_threads) == ("lite", 255 * 1024, 2)
    assert (stream, amplifier.blocks, amplifier.n_threads) == ("conv-stack-16", (64,), 1)


def test_a_gpu_is_also_measured_with_torch_as_it_comes(bench, measured, monkeypatch):
    monkeypatch.setattr("benchmarks.engines.probe_nvidia", lambda: Nvidia("GPU", "9.0", "580.1", "13.0"))
    engine_names = [cells[1] for cells in engines(bench).rows]
    assert engine_names.count("torch eager fp32 on cuda") == 2


def test_a_stream_is_compared_with_its_bare_network(bench):
    section = streams(bench)
    require_full_table(section)
    ((name, block, *times),) = section.rows
    assert (name, block) == ("conv-stack-16", "64")
    assert all(float(time) > 0 for time in times[:2])
