"""The mean of runs."""

from __future__ import annotations

import numpy as np
import pytest

from mixassist.errors import OptionError
from mixassist.runtime.run_state import read_state, write_state
from separation.mean_run import mean_run


def write_run(run, value: float, network: str = "lite", **facts: float):
    tensors = {f"{kind}.weight": np.full(3, value, np.float32) for kind in ("average", "best", "net")}
    tensors["best.weight"] = tensors["best.weight"] + 100
    run.mkdir()
    write_state(run, tensors, {"network": network, "n_steps": 10, "minutes": 5.0, "best": {"minutes": 1.0}} | facts)
    return run


def test_weights_lie_between_those_the_runs_ended_with_and_say_so(tmp_path):
    runs = write_run(tmp_path / "a", 1.0), write_run(tmp_path / "b", 2.0, minutes_before=5.0)
    mean_run(runs, tmp_path / "mean")
    tensors, facts = read_state(tmp_path / "mean")
    np.testing.assert_array_equal(tensors["best.weight"], np.full(3, 1.5, np.float32))
    assert facts["mean_of"] == [5.0, 10.0]
    assert facts["best"] == {"minutes": 10.0}


def test_runs_of_different_networks_have_no_mean(tmp_path):
    runs = write_run(tmp_path / "a", 1.0), write_run(tmp_path / "b", 2.0, network="lite-live")
    with pytest.raises(OptionError, match="lite, lite-live"):
        mean_run(runs, tmp_path / "mean")


def test_runs_that_began_apart_have_no_mean_and_means_have_none_either(tmp_path):
    first, other = write_run(tmp_path / "a", 1.0), write_run(tmp_path / "b", 2.0)
    with pytest.raises(OptionError, match="began with weights of its own"):
        mean_run([first, other], tmp_path / "mean")
    second = write_run(tmp_path / "c", 2.0, minutes_before=5.0)
    mean_run([first, second], tmp_path / "mean")
    with pytest.raises(OptionError, match="is a mean of runs itself"):
        mean_run([first, tmp_path / "mean"], tmp_path / "again")


def test_a_run_that_is_there_is_not_written_over(tmp_path):
    runs = write_run(tmp_path / "a", 1.0), write_run(tmp_path / "b", 2.0, minutes_before=5.0)
    with pytest.raises(OptionError, match="holds a run already"):
        mean_run(runs, runs[0])
