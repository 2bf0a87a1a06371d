"""Knobs as a shell sees them: `--knob`, `amp fold`, `amp next`, and what `amp info` tells of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from amp_models.knobs.fold import fold
from amp_models.knobs.model import write_knob_artifact
from amp_models.knobs.plan import KnobPlan
from amp_models.nam.format import read_nam
from amp_models.nam.fresh import fresh_nam
from mixassist import AudioBuffer, read_audio, write_audio
from mixassist.runtime.artifact import ModelCard
from tests.amp_models.numpy_amp import render
from tests.signals import noise
from tests.tolerances import AMP_SAMPLES

PLAN = KnobPlan(("gain", "tone"), ((0.25, 0.5), (0.75, 0.5)))


@pytest.fixture(scope="module")
def nam():
    drawn = fresh_nam("nano", 48000, 1, n_knobs=2)
    return replace(drawn, weights=np.append(drawn.weights[:-1], np.float32(1.0)), metadata={"name": "Box"})


@pytest.fixture(scope="module")
def model(nam, tmp_path_factory):
    folder = tmp_path_factory.mktemp("knobs") / "box"
    write_knob_artifact(nam, PLAN, folder, ModelCard("Box", "MIT"))
    return folder


@pytest.fixture(scope="module")
def take(tmp_path_factory):
    path = tmp_path_factory.mktemp("takes") / "take.wav"
    write_audio(path, AudioBuffer(noise(3000, n_channels=1, amplitude=0.1), 48000))
    return path


def test_run_turns_the_knobs(mixassist, nam, model, take, tmp_path):
    words = ("amp", "run", model, take, "-o", tmp_path / "out.wav", "--bit-depth", "32f", "--json")
    done = mixassist(*words, "--knob", "gain=0.5", "--knob", "tone=1")
    assert (done.code, done.json["model"]) == (0, "Box gain=0.5,tone=1")
    expected = render(fold(nam, (0.5, 1.0)).to_dict(), read_audio(take).samples[0])
    np.testing.assert_allclose(read_audio(tmp_path / "out.wav").samples[0], expected, atol=AMP_SAMPLES)


def test_fold_writes_a_file_for_players(mixassist, nam, model, tmp_path):
    words = ("amp", "fold", model, "--knob", "gain=0.5,tone=1", "-o", tmp_path / "out.nam")
    done = mixassist(*words)
    assert (done.code, "Box gain=0.5,tone=1" in done.out) == (0, True)
    assert "nothing was recorded at gain=0.5,tone=1" in done.err
    written = read_nam(tmp_path / "out.nam")
    assert written.version == "0.5.4"
    np.testing.assert_allclose(written.weights, fold(nam, (0.5, 1.0)).weights, atol=1e-6)
    again = mixassist(*words)
    assert (again.code, len(again.error_lines)) == (2, 1)
    assert "exists: pass --force" in again.error_lines[0]
    report = mixassist(*words, "--force", "--json").json
    assert (report["knobs"], report["was_recorded"]) == ({"gain": 0.5, "tone": 1.0}, False)


def test_next_says_what_to_record(mixassist, model, take):
    done = mixassist("amp", "next", model, take)
    assert (done.code, done.out.startswith("record gain=")) == (0, True)
    assert "the predicted sound changes most (ESR" in done.out
    report = mixassist("amp", "next", model, take, "--json").json
    assert tuple(report["knobs"].values()) not in PLAN.settings


def test_info_tells_of_knobs_and_recordings(mixassist, model):
    shown = mixassist("amp", "info", model).out
    for text in ("gain, tone", "recorded at", "gain 0.25, tone 0.5", "gain 0.75, tone 0.5"):
        assert text in shown
    told = mixassist("amp", "info", model, "--json").json
    assert (told["knobs"], told["settings"]) == (["gain", "tone"], [[0.25, 0.5], [0.75, 0.5]])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--knob", "gain=0.5"), "knob tone is missing: give --knob gain=0.5,tone=0.5"),
        (("--knob", "bass=0.5"), "knob bass is unknown: this amp has gain, tone"),
        (("--knob", "gain=11,tone=0"), "knob gain is set to 11: it goes from 0 to 1"),
        (("--knob", "gain"), "knob 'gain' cannot be read: write it as gain=0.3"),
    ],
)
@pytest.mark.parametrize("command", ["run", "fold"])
def test_what_cannot_be_set_is_told_in_one_line(command, words, message, mixassist, model, take, tmp_path):
    output = tmp_path / ("out.wav" if command == "run" else "out.nam")
    done = mixassist("amp", command, model, *([take] if command == "run" else []), "-o", output, *words)
    assert (done.code, len(done.error_lines)) == (2, 1)
    assert message in done.error_lines[0]
    assert not output.exists()


def test_an_amp_without_knobs_says_so(mixassist, take, tmp_path):
    from amp_models.nam.format import write_nam

    write_nam(tmp_path / "plain.nam", fresh_nam("nano", 48000, 1))
    for words in (
        ("run", tmp_path / "plain.nam", take, "-o", tmp_path / "out.wav", "--knob", "gain=0.5"),
        ("fold", tmp_path / "plain.nam", "-o", tmp_path / "out.nam", "--knob", "gain=0.5"),
        ("next", tmp_path / "plain.nam", take),
    ):
        done = mixassist("amp", *words)
        assert (done.code, len(done.error_lines)) == (2, 1)
        assert "plain.nam has no knobs" in done.error_lines[0]


def test_a_silent_take_tells_nothing(mixassist, model, tmp_path):
    write_audio(tmp_path / "silent.wav", AudioBuffer(np.zeros((1, 3000), np.float32), 48000))
    done = mixassist("amp", "next", model, tmp_path / "silent.wav")
    assert (done.code, len(done.error_lines)) == (2, 1)
    assert "silent.wav is silent" in done.error_lines[0]
