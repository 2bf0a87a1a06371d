"""The benchmarks of amps: do they still run, and do they compare like with like?"""

import json
import os
import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from amp_models.nam.format import write_nam
from amp_models.nam.fresh import fresh_nam
from benchmarks import amp_training
from benchmarks.alignment import alignment
from benchmarks.amp_pairs import CIRCUITS, DEVICES, PAIRS, training_pair
from benchmarks.amp_training import CONTENDERS, NAM, NAM_SMALL, OURS, Plan, draw, jobs, table, train
from benchmarks.amps import blocks, files, training
from benchmarks.nam_trainer import WAVENETS, recipe
from benchmarks.separation import Bench
from mixassist.runtime.bench import BenchRow

CLIPPER = next(iter(CIRCUITS))
FINAL_ESR = {OURS: 0.01, NAM: 0.04, NAM_SMALL: 0.02}


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path, tmp_path, is_quick=True)


@pytest.fixture
def plan(tmp_path):
    return Plan(tmp_path, tmp_path, Path("peer"), (CLIPPER,), ("nano",), minutes=2.0, seconds=6.0)


@pytest.fixture
def trainers(monkeypatch):
    """Instead of training: what was asked, and rows and files as trainers leave them."""
    asked = []

    def run(command, **_options):
        asked.append(command)
        words = dict(pairwise(command))
        contender = OURS if "benchmarks.our_trainer" in command else NAM_SMALL if words["--batch"] == "1" else NAM
        rows = [{"cpu_s": cpu_s, "esr": FINAL_ESR[contender] * scale} for cpu_s, scale in ((0, 99), (60, 2), (120, 1))]
        Path(words["--out"]).write_text(json.dumps({"size": words["--size"], "n_weights": 842, "rows": rows}))
        write_nam(Path(words["--nam"]), fresh_nam(words["--size"], 48000, 0))

    monkeypatch.setattr(amp_training.subprocess, "run", run)
    return asked


def test_blocks_are_measured_on_one_engine(bench, monkeypatch):
    def bench_model(artifact, options, notify):
        assert artifact.spec.states
        assert (options.blocks, options.engine, options.n_threads) == ((64,), "onnxruntime", 1)
        times = {"median_ms": 0.1, "p99_ms": 0.2, "max_ms": 1.5, "budget_ms": 64 / 48}
        return (BenchRow("onnxruntime", "fp32", "cpu", 64, n_blocks=900, n_misses=1, **times),)

    monkeypatch.setattr("benchmarks.amps.bench_model", bench_model)
    section = blocks(bench)
    assert section.rows == [("nano", "64", "0.1", "0.2", "1.5", "1 of 900", "13.3", "")]
    assert len(section.rows[0]) == len(section.columns)


def test_files_without_a_peer_say_so(bench):
    section = files(bench)
    assert "unmeasured" in section.rows[0][2]
    assert len(section.rows[0]) == len(section.columns)


def test_alignment_is_a_table(bench):
    section = alignment(bench)
    assert [row[0] for row in section.rows] == ["clean", "soft", "all"]
    assert section.rows[-1][4] == "2 of 2"


def test_pairs_are_made_once_and_lie_straight(tmp_path):
    first = training_pair(CLIPPER, tmp_path, tmp_path, seconds=6.0)
    written = first.di.stat().st_mtime_ns
    again = training_pair(CLIPPER, tmp_path, tmp_path, seconds=6.0)
    assert again == first
    assert again.di.stat().st_mtime_ns == written
    di, reamped = first.held_out()
    assert di.size == reamped.size == 6 * first.rate - first.split_at
    likeness = np.correlate(reamped, di[50:-50], "valid")
    assert abs(np.argmax(likeness) - 50) <= 1, "the circuit itself delays by a sample"


def test_a_device_that_is_not_here_is_left_out(tmp_path):
    assert training_pair(next(iter(DEVICES)), tmp_path, tmp_path / "nowhere") is None


def test_the_real_device_makes_a_pair(tmp_path, shared_data):
    pair = training_pair(next(iter(DEVICES)), tmp_path, shared_data / "amp" / "compressors")
    di, reamped = pair.held_out()
    assert di.size == reamped.size == 2 * pair.rate
    assert np.corrcoef(di, reamped)[0, 1] > 0.5


def test_rivals_get_the_same_takes_split_and_time(plan):
    ours, nam, small = (job.command(Path("peer")) for job in jobs(plan))
    for command in (ours, nam, small):
        assert command[command.index("--split-at") + 1] == str(round(6 * 48000 * (1 - 20 / 180)))
        assert command[command.index("--threads") + 1] == "1"
        assert any(word.endswith("-di.wav") for word in command)
    assert ours[ours.index("--minutes") + 1] == "2.0"
    assert nam[nam.index("--seconds") + 1] == small[small.index("--seconds") + 1] == "120.0"
    assert (nam[nam.index("--batch") + 1], small[small.index("--batch") + 1]) == ("16", "1")


def test_a_stopped_benchmark_goes_on_where_it_was(plan, trainers):
    train(replace(plan, contenders=(OURS,)), notify=lambda line: None)
    assert len(trainers) == 1
    train(plan, notify=lambda line: None)
    assert len(trainers) == len(CONTENDERS)
    train(plan, notify=lambda line: None)
    assert len(trainers) == len(CONTENDERS)


def test_a_run_that_fails_leaves_no_rows(plan, monkeypatch):
    def run(command, **_options):
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(amp_training.subprocess, "run", run)
    with pytest.raises(subprocess.CalledProcessError):
        train(plan, notify=lambda line: None)
    assert not any(job.rows.exists() for job in jobs(plan))


def test_the_table_compares_with_the_better_rival(plan, trainers, monkeypatch):
    train(plan, notify=lambda line: None)
    monkeypatch.setattr(amp_training, "file_esr", lambda job: FINAL_ESR[job.contender])
    ((pair, size, length, weights, *scores, ratio, after),) = table(plan).rows
    assert (pair, size, length, weights) == (CLIPPER, "nano", "2 min", "842")
    assert scores == ["0.01000", "0.04000", "0.02000"]
    assert (ratio, after) == ("0.500", "1.0 min")


def test_what_was_not_run_is_said(plan, trainers):
    train(replace(plan, contenders=(OURS,)), notify=lambda line: None)
    ((*_, score, nam, small, ratio, after),) = table(plan).rows
    assert float(score) > 0
    assert (nam, small, ratio, after) == ("not run", "not run", "", "")


def test_curves_are_drawn(plan, trainers, tmp_path):
    train(plan, notify=lambda line: None)
    draw(plan, tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_the_quick_form_trains_ours_alone(bench, trainers):
    section = training(bench)
    assert [row[1] for row in section.rows] == ["nano"]
    assert len(trainers) == 1


@pytest.mark.parametrize("size", sorted(WAVENETS))
def test_the_peer_trains_the_networks_that_we_train(size):
    arrays = recipe(size)["net"]["config"]["layers_configs"]
    ours = fresh_nam(size, 48000, 0).config["layers"]
    for theirs, own in zip(arrays, ours, strict=True):
        assert (theirs["channels"], theirs["dilations"]) == (own["channels"], own["dilations"])
        assert (theirs["input_size"], theirs["head"]["out_channels"]) == (own["input_size"], own["head_size"])


@pytest.mark.parametrize(("size", "n_weights"), [("nano", 842), ("lstm", 2569), ("a2", 12146)])
def test_the_peer_trains_and_scores_as_we_do(plan, size, n_weights):
    """By the peer itself, where MIXASSIST_PEER_PYTHON names its Python."""
    if "MIXASSIST_PEER_PYTHON" not in os.environ:
        pytest.skip("no peer: set MIXASSIST_PEER_PYTHON to the Python of a venv with neural-amp-modeler 0.13.0")
    peer = Path(os.environ["MIXASSIST_PEER_PYTHON"])
    (job,) = jobs(replace(plan, sizes=(size,), contenders=(NAM_SMALL,)))
    subprocess.run([*job.command(peer), "--steps", "2", "--validate-every", "0"], check=True, capture_output=True)
    job.unfinished.replace(job.rows)
    told = json.loads(job.rows.read_text())
    assert told["n_weights"] == n_weights
    assert [row["n_steps"] for row in told["rows"]] == [0, 1, 2]
    assert amp_training.file_esr(job) == pytest.approx(told["rows"][-1]["esr"], rel=1e-3)


def test_every_pair_has_a_name_of_its_own():
    assert len(set(PAIRS)) == 3
