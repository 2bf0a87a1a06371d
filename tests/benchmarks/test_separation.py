"""The quick form of each benchmark, with a tiny network and no peer: do they still run?"""

import sys

import pytest

from benchmarks.measure import Paired, Run, run_process
from benchmarks.separation import SECTIONS, Bench
from tests.demucs_models import HTDEMUCS


@pytest.fixture
def bench(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.material.HTDEMUCS", HTDEMUCS)
    monkeypatch.setattr("benchmarks.separation.ENGINES", (("onnxruntime", "fp32"),))
    monkeypatch.setattr("benchmarks.separation.peer_command", lambda bench, repository, song: ("no", "peer"))
    return Bench(tmp_path, tmp_path, is_quick=True)


@pytest.fixture
def instant_runs(monkeypatch):
    """Whole separations take too long for a test; one is run by `everyday`."""
    run = Run(seconds=1.0, peak_mb=100.0)
    monkeypatch.setattr("benchmarks.separation.run_process", lambda command: run)
    monkeypatch.setattr("benchmarks.separation.run_paired", lambda ours, peer, n_pairs: Paired(run, run, 1.0))


@pytest.mark.parametrize("name", ["speed", "memory"])
def test_a_comparison_has_a_full_table(bench, instant_runs, name):
    require_full_table(SECTIONS[name](bench))


@pytest.mark.parametrize("name", ["parity", "everyday"])
def test_a_measurement_has_a_full_table(bench, name):
    require_full_table(SECTIONS[name](bench))


def require_full_table(section):
    assert section.rows
    assert all(len(row) == len(section.columns) for row in section.rows)
    assert section.render().startswith(f"## {section.title}")


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")
def test_peak_memory_is_that_of_the_process():
    small = run_process((sys.executable, "-c", "import time; time.sleep(0.2)"))
    large = run_process((sys.executable, "-c", "import time; x = bytearray(200_000_000); time.sleep(0.2)"))
    assert 190 < large.peak_mb - small.peak_mb < 230
