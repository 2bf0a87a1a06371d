"""A run that is interrupted and taken up is the run that was not."""

from __future__ import annotations

import json
import re
import signal

import numpy as np
import pytest

from amp_models.learning.checkpoint import forget_progress, load_progress, save_progress
from amp_models.learning.material import Take
from amp_models.learning.training import Trainer, TrainingOptions
from amp_models.nam.fresh import fresh_nam
from mixassist.errors import CaptureError
from tests.amp_models.learning.teachers import RATE

N_STEPS = 14
"""Beyond the second turn of the optimiser's axes."""


@pytest.fixture(scope="module")
def take() -> Take:
    audio = (0.2 * np.random.default_rng(0).standard_normal(80000)).astype(np.float32)
    return Take(audio, np.tanh(3 * audio), (60000, 80000))


@pytest.fixture
def start(take):
    def begin(size: str) -> Trainer:
        n_judged = {"nano": 8192, "lstm": 2048}[size]
        epochs = N_STEPS * 2 * n_judged / 60000
        return Trainer(fresh_nam(size, RATE, 0), [take], TrainingOptions(n_epochs=epochs, n_threads=1, n_looks=3))

    return begin


def stop_after(n_steps: int):
    def watch(_, progress):
        if progress.n_steps == n_steps:
            raise KeyboardInterrupt

    return watch


@pytest.mark.parametrize("size", ["nano", "lstm"])
@pytest.mark.parametrize("n_before", [3, 11])
def test_an_interrupted_run_ends_as_one_that_was_not(start, size, n_before, tmp_path):
    whole = start(size)
    whole.run()
    broken, resumed = start(size), start(size)
    with pytest.raises(KeyboardInterrupt):
        broken.run(stop_after(n_before))
    save_progress(broken, tmp_path / "run.npz", "these takes")
    load_progress(resumed, tmp_path / "run.npz", "these takes")
    assert (resumed.progress.n_steps, resumed.progress.seconds) == (n_before, broken.progress.seconds)
    resumed.run()
    assert resumed.progress.n_steps == N_STEPS
    np.testing.assert_array_equal(resumed.progress.weights, whole.progress.weights)
    np.testing.assert_array_equal(resumed.nam.weights, whole.nam.weights)
    told = [[(moment.n_steps, moment.esr) for moment in one.progress.curve] for one in (resumed, whole)]
    assert told[0] == told[1]
    resumed.run()
    assert resumed.progress.n_steps == N_STEPS


@pytest.mark.parametrize("at", ["learn", "play"])
@pytest.mark.usefixtures("ctrl_c")
def test_an_interrupt_inside_a_step_waits_for_its_end(start, at, tmp_path, monkeypatch):
    """In a gradient, where a thread of the pool is at work, or while what was held out is played."""
    whole, broken, resumed = (start("nano") for _ in range(3))
    whole.run()
    does, calls = getattr(broken._learner, at), []

    def does_and_interrupts(*arguments):
        calls.append(at)
        if len(calls) == 2:
            signal.raise_signal(signal.SIGINT)
        return does(*arguments)

    monkeypatch.setattr(broken._learner, at, does_and_interrupts)
    with pytest.raises(KeyboardInterrupt):
        broken.run()
    assert 0 < broken.progress.n_steps < N_STEPS
    save_progress(broken, tmp_path / "run.npz", "these takes")
    load_progress(resumed, tmp_path / "run.npz", "these takes")
    resumed.run()
    np.testing.assert_array_equal(resumed.progress.weights, whole.progress.weights)
    told = [[(moment.n_steps, moment.esr) for moment in one.progress.curve] for one in (resumed, whole)]
    assert told[0] == told[1]


@pytest.fixture
def kept(start, tmp_path):
    trainer = start("nano")
    save_progress(trainer, tmp_path / "run.npz", "these takes")
    return trainer, tmp_path / "run.npz"


def test_a_run_with_other_takes_is_refused(kept):
    with pytest.raises(
        CaptureError,
        match=f"^{re.escape(str(kept[1]))} is of other takes or options: delete it, or pass --force without --resume",
    ):
        load_progress(*kept, "other takes")


DAMAGED = {
    "empty": lambda data: b"",
    "cut off": lambda data: data[: len(data) // 2],
    "no archive": lambda data: b"song" + data[4:200],
    "a flipped byte": lambda data: data[:2000] + bytes([data[2000] ^ 255]) + data[2001:],
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_one_line(kept, name):
    trainer, path = kept
    path.write_bytes(DAMAGED[name](path.read_bytes()))
    with pytest.raises(CaptureError, match=rf"^{re.escape(str(path))} cannot be read \(.*\): delete it to begin anew$"):
        load_progress(trainer, path, "these takes")


def facts_without(name):
    def spoil(arrays):
        facts = json.loads(str(arrays["facts"]))
        del facts[name]
        return arrays | {"facts": np.array(json.dumps(facts))}

    return spoil


UNLIKE = {
    "no facts": lambda arrays: {"weights": arrays["weights"]},
    "facts that are none": lambda arrays: arrays | {"facts": np.array("[1]")},
    "no curve": facts_without("curve"),
    "no identity": facts_without("identity"),
    "no draws": facts_without("rng"),
    "no average": lambda arrays: {name: array for name, array in arrays.items() if name != "average"},
    "other weights": lambda arrays: arrays | {"weights": np.zeros(3, np.float32)},
    "words for weights": lambda arrays: arrays | {"weights": np.full(arrays["weights"].shape, "one")},
    "other axes": lambda arrays: arrays | {"optimiser.0.rows": np.zeros((1, 2, 2))},
}


@pytest.mark.parametrize("name", UNLIKE)
def test_a_file_of_something_else_is_one_line_and_nothing_is_taken_of_it(kept, name):
    trainer, path = kept
    before = trainer.progress.weights.copy()
    with np.load(path) as arrays:
        held = UNLIKE[name](dict(arrays))
    np.savez(path, **held)
    with pytest.raises(CaptureError, match=rf"^{re.escape(str(path))} cannot be read .*: delete it to begin anew$"):
        load_progress(trainer, path, "these takes")
    np.testing.assert_array_equal(trainer.progress.weights, before)


def test_forgetting_leaves_what_is_not_ours(kept):
    folder = kept[1].parent
    (folder / "notes.txt").write_text("mine")
    forget_progress(folder)
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    (folder / "notes.txt").unlink()
    forget_progress(folder)
    assert not folder.exists()
    forget_progress(folder)
