"""`mixassist amp capture` as a shell sees it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from amp_models.capturing import files as capture_files
from amp_models.capturing import run as capture_run
from amp_models.nam.format import read_nam
from mixassist import write_audio
from tests.amp_models.captures import pair
from tests.amp_models.generated_pairs import buffer, dry, recorded

SHORT = ("--size", "nano", "--epochs", "0.12", "--threads", "1")


@pytest.fixture(scope="module")
def takes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("takes")
    for name, take in zip(("di.wav", "reamped.wav"), pair(), strict=True):
        write_audio(folder / name, take)
    return folder / "di.wav", folder / "reamped.wav"


@pytest.fixture
def interrupted_after(monkeypatch):
    """Interrupts the training after that many steps, as Ctrl-C does."""
    told = capture_run._tell

    def arrange(n_steps: int):
        def tell(*arguments):
            tell_on = told(*arguments)

            def watch(share, progress, findings):
                tell_on(share, progress, findings)
                if progress.n_steps == n_steps:
                    raise KeyboardInterrupt

            return watch

        monkeypatch.setattr(capture_run, "_tell", tell)

    return arrange


def test_one_command_makes_everything(mixassist, takes, tmp_path):
    output = tmp_path / "new" / "box.nam"
    words = ("amp", "capture", *takes, "-o", output, *SHORT, "--name", "Box", "--gear-type", "amp")
    done = mixassist(*words)
    assert done.code == 0, done.err
    assert "box.nam: ESR" in done.out
    for text in ("inverted, and learned so", "delay taken out", "folded tones", "worst band", "box.json"):
        assert text in done.out
    written = sorted(path.name for path in output.parent.iterdir())
    assert written == ["box", "box.json", "box.nam", "box.png"]
    assert (read_nam(output).metadata["name"], read_nam(output).metadata["gear_type"]) == ("Box", "amp")
    again = mixassist(*words)
    assert (again.code, len(again.error_lines)) == (2, 1)
    assert "exists: pass --force to overwrite it, or another -o" in again.error_lines[0]


def test_an_interrupted_training_is_resumed(mixassist, takes, tmp_path, interrupted_after, monkeypatch):
    words = ("amp", "capture", *takes, "-o", tmp_path / "box.nam", *SHORT)
    with monkeypatch.context():
        interrupted_after(2)
        broken = mixassist(*words)
    assert (broken.code, broken.out) == (130, "")
    assert "interrupted: what was learned is kept in" in broken.err
    assert "Traceback" not in broken.err
    assert [path.name for path in tmp_path.iterdir()] == ["box.training"]
    monkeypatch.undo()
    unsaid = mixassist(*words)
    assert (unsaid.code, len(unsaid.error_lines)) == (2, 1)
    assert "pass --resume to go on, or --force to begin anew" in unsaid.error_lines[0]
    done = mixassist(*words, "--resume", "--json")
    assert done.code == 0, done.err
    assert done.json == json.loads((tmp_path / "box.json").read_text())
    (network,) = done.json["networks"]
    assert network["curve"][-1][1] > 2
    assert not (tmp_path / "box.training").exists()
    left = mixassist(*words, "--resume", "--force")
    assert (left.code, len(left.error_lines)) == (2, 1)
    assert "there is nothing to go on from, leave --resume out" in left.error_lines[0]


def test_an_interrupt_while_files_are_written_is_resumed(mixassist, takes, tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    words = ("amp", "capture", *takes, "-o", tmp_path / "box.nam", *SHORT)
    with monkeypatch.context() as while_drawing:
        while_drawing.setattr(capture_files, "draw_capture", stop)
        broken = mixassist(*words)
    assert broken.code == 130
    assert "the same command with --resume goes on" in broken.err
    assert (tmp_path / "box.nam").exists()
    done = mixassist(*words, "--resume")
    assert done.code == 0, done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["box", "box.json", "box.nam", "box.png"]


def test_force_forgets_a_training_only_when_another_begins(mixassist, takes, tmp_path):
    kept = tmp_path / "box.training" / "nano.npz"
    kept.parent.mkdir()
    kept.write_text("hours of it")
    write_audio(tmp_path / "bad.wav", buffer(np.zeros(200000)))
    words = ("-o", tmp_path / "box.nam", *SHORT, "--force")
    wrong = mixassist("amp", "capture", takes[0], tmp_path / "bad.wav", *words)
    assert (wrong.code, "bad.wav is silent" in wrong.err) == (2, True)
    assert kept.read_text() == "hours of it"
    done = mixassist("amp", "capture", *takes, *words)
    assert done.code == 0, done.err
    assert not kept.parent.exists()


def test_a_place_in_a_file_is_one_line(mixassist, takes, tmp_path):
    (tmp_path / "notes").write_text("mine")
    done = mixassist("amp", "capture", *takes, "-o", tmp_path / "notes" / "box.nam", *SHORT)
    assert (done.code, len(done.error_lines)) == (2, 1)
    assert "notes is a file: give another -o" in done.error_lines[0]


def test_an_interrupt_before_anything_was_learned_says_so(mixassist, takes, tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(capture_run, "check_pair", stop)
    done = mixassist("amp", "capture", *takes, "-o", tmp_path / "box.nam", *SHORT)
    assert (done.code, done.out) == (130, "")
    assert "interrupted: nothing was learned yet" in done.err


WRONG = {
    "a size that is none": (("--size", "huge"), "size 'huge' is unknown: take one of nano"),
    "no time": (("--minutes", "0"), "minutes is 0: give more than 0"),
    "minutes and epochs": (("--minutes", "1", "--epochs", "1"), "both minutes and epochs are given"),
    "a device that is none": (("--device", "toaster"), "device 'toaster' is unknown"),
    "a type that is none": (("--gear-type", "toaster"), "gear_type 'toaster' is unknown"),
    "a knob too many": (("--knob", "gain=0.1", "--knob", "gain=0.2"), "1 reamped takes and 2 --knob settings"),
    "a knob beyond its end": (("--knob", "gain=11"), "knob gain is set to 11: it goes from 0 to 1"),
    "nothing to resume": (("--resume",), "there is nothing to go on from"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_asked_for_is_one_line(name, mixassist, takes, tmp_path):
    words, message = WRONG[name]
    done = mixassist("amp", "capture", *takes, "-o", tmp_path / "box.nam", *words)
    assert (done.code, len(done.error_lines)) == (2, 1)
    assert message in done.error_lines[0]
    assert not list(tmp_path.iterdir())


def test_two_takes_need_their_settings(mixassist, takes, tmp_path):
    done = mixassist("amp", "capture", *takes, takes[1], "-o", tmp_path / "box.nam")
    assert (done.code, len(done.error_lines)) == (2, 1)
    assert "2 reamped takes and 0 --knob settings: give each take one" in done.error_lines[0]


BROKEN = {
    "a muted take": (lambda: np.zeros(200000), "bad.wav is silent"),
    "3 s": (lambda: recorded(dry(3.0)), "bad.wav is 3.0 s long"),
    "the DI itself": (lambda: 0.5 * dry(12.0), "bad.wav is di.wav itself"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_take_that_cannot_be_learned_from_is_one_line(name, mixassist, takes, tmp_path):
    make, message = BROKEN[name]
    write_audio(tmp_path / "bad.wav", buffer(make()))
    done = mixassist("amp", "capture", takes[0], tmp_path / "bad.wav", "-o", tmp_path / "box.nam", *SHORT)
    assert (done.code, len(done.error_lines)) == (2, 1)
    assert message in done.error_lines[0]
    assert "Traceback" not in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["bad.wav"]


def test_swapped_files_are_one_line(mixassist, takes, tmp_path):
    done = mixassist("amp", "capture", takes[1], takes[0], "-o", tmp_path / "box.nam", *SHORT)
    assert (done.code, len(done.error_lines)) == (2, 1)
    assert "seem to be swapped: give the DI first" in done.error_lines[0]
    assert not list(tmp_path.iterdir())
