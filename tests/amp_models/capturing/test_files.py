"""Captures from a pair of takes to files that play: what is written loads, and is as good as its report says."""

from __future__ import annotations

import json

import numpy as np
import pytest

from amp_models import load_amp
from amp_models.capturing.files import capture_paths
from amp_models.knobs.model import predictor
from amp_models.knobs.next_setting import loudest_part, suggest_setting
from amp_models.knobs.plan import KnobPlan
from amp_models.learning.material import N_LEAD
from amp_models.nam.format import CONTAINER, choose_model, read_nam
from amp_models.nam.loudness import measure_loudness
from amp_models.nam.net import player
from amp_models.playing.amp import describe_amp
from mixassist import AudioBuffer
from mixassist.dsp.scores import esr, null_db
from mixassist.errors import OptionError
from tests.amp_models.captures import LATE_SAMPLES, PLAN, captured, captured_with_knobs
from tests.tolerances import ENGINE_FP32_DB, LOUDNESS_DB, TRAINED_ESR

BUDGETS = {"nano": {}, "lstm": {"n_epochs": None, "minutes": 0.03}, "a2": {"n_epochs": 0.1}}

REPORT_KEYS = {
    *("name", "size", "esr", "band_esr", "mrstft", "aliasing_db", "loudness", "gain", "minutes", "epochs", "level_db"),
    *(
        "findings",
        "rest_dc",
        "predicted_esr_floor",
        "ended_at_floor",
        "networks",
        "pairs",
        "nam",
        "artifact",
        "picture",
        "data",
    ),
}


@pytest.fixture(scope="module", params=BUDGETS)
def done(request, tmp_path_factory):
    return captured(request.param, tmp_path_factory.mktemp(request.param), **BUDGETS[request.param])


@pytest.fixture(scope="module", params=["nano"])
def turned(request, tmp_path_factory):
    return captured_with_knobs(request.param, tmp_path_factory.mktemp(f"{request.param}-knobs"))


@pytest.fixture
def report(done):
    return json.loads(done.files.report.read_text())


def test_the_report_holds_what_was_promised(done, report):
    assert report.keys() == REPORT_KEYS
    size = done.capture.options.size
    assert (report["name"], report["size"]) == (size, size)
    assert 0 < report["esr"] < 1.5
    assert all(value is None or value > 0 for value in report["band_esr"].values())
    assert report["mrstft"] > 0
    assert report["aliasing_db"] < 0
    assert report["minutes"] == pytest.approx(sum(one.seconds for one in done.capture.learned) / 60, abs=0.01)
    assert report["epochs"] == pytest.approx(sum(one.n_epochs for one in done.capture.learned), abs=0.01)
    (pair,) = report["pairs"]
    assert pair["delay_samples"] == pytest.approx(LATE_SAMPLES, abs=0.1)
    assert pair["polarity"] == -1
    for told, one in zip(report["networks"], done.capture.learned, strict=True):
        assert (told["name"], told["esr"], len(told["curve"])) == (one.name, one.esr, len(one.curve))


def test_the_file_says_who_how_loud_and_how_good(done, report):
    metadata = read_nam(done.files.nam).metadata
    assert (metadata["modeled_by"], metadata["gear_make"], metadata["input_level_dbu"]) == ("me", "Own", 12.0)
    measured = measure_loudness(player(choose_model(read_nam(done.files.nam))))
    for told in (metadata, report):
        assert told["loudness"] == pytest.approx(measured.loudness_db, abs=LOUDNESS_DB)
        assert told["gain"] == pytest.approx(measured.compression, abs=1e-4)
    assert metadata["training"]["validation_esr"] == done.capture.best.esr
    own = metadata["training"]["mixassist"]
    assert (own["polarity"], round(own["delay_samples"])) == (-1, LATE_SAMPLES)


def test_the_file_renders_with_the_error_that_was_reported(done, report):
    (take,) = done.capture.takes
    first, end = take.held_out
    answer = player(choose_model(read_nam(done.files.nam)))(take.audio[None, first:end])[:, N_LEAD:]
    found = esr(take.truth[None, first + N_LEAD : end], answer)
    assert found == pytest.approx(report["esr"], rel=TRAINED_ESR)
    assert found == pytest.approx(done.capture.best.esr, rel=TRAINED_ESR)


def test_file_and_folder_are_one_amp(done):
    size = done.capture.options.size
    folder = load_amp(done.files.folder)
    assert (folder.rate, folder.facts.name, folder.facts.modeled_by) == (48000, size, "me")
    assert describe_amp(done.files.nam).name == size
    (take,) = done.capture.takes
    first, _ = take.held_out  # something is played there: of next to nothing, rounding is a large part
    sound = AudioBuffer(take.audio[None, first : first + 30000], 48000)
    heard, played = folder.play(sound).samples, player(choose_model(read_nam(done.files.nam)))(sound.samples)
    assert null_db(heard, played) < ENGINE_FP32_DB
    if size == "nano":
        assert null_db(load_amp(done.files.nam).play(sound).samples, played) < ENGINE_FP32_DB


def test_the_picture_is_one(done):
    assert done.files.picture.read_bytes()[:4] == b"\x89PNG"
    assert done.files.picture.stat().st_size > 20000


def test_a2_is_a_container_of_both(done):
    if done.capture.options.size != "a2":
        pytest.skip("another size")
    nam = read_nam(done.files.nam)
    assert nam.architecture == CONTAINER
    small, large = (choose_model(nam, size) for size in (0.2, 1.0))
    assert (small.weights.size, large.weights.size) == (1871, 12146)
    assert [one.name for one in done.capture.learned] == ["a2-lite", "a2-full"]


def test_knobs_are_learned_and_folded(turned):
    report = json.loads(turned.files.report.read_text())
    assert report.keys() == REPORT_KEYS | {"knobs", "folded", "next_setting"}
    assert report["knobs"] == {"names": ["gain"], "settings": [[0.2], [0.8]]}
    assert report["data"] == "recordings by its author"
    size = turned.capture.options.size
    assert [path.name for path in turned.files.folded] == [f"{size}-gain-0.2.nam", f"{size}-gain-0.8.nam"]
    amp = load_amp(turned.files.folder)
    assert (amp.facts.knobs, amp.facts.settings) == (PLAN.names, PLAN.settings)
    for path in (turned.files.nam, *turned.files.folded):
        metadata = read_nam(path).metadata
        assert {"loudness", "gain", "training", "modeled_by"} <= metadata.keys()
        assert metadata["training"]["validation_esr"] == turned.capture.best.esr
    assert report["loudness"] == read_nam(turned.files.nam).metadata["loudness"]
    (setting,) = report["next_setting"]["setting"]
    assert 0 <= setting <= 1
    assert setting not in (0.2, 0.8)
    assert "predicted sound changes" in report["next_setting"]["reason"]
    heard = loudest_part(turned.capture.takes[0].audio[None], 48000)
    assert turned.files.suggestion == suggest_setting(PLAN, predictor(turned.capture.best.nam, heard))


def test_folded_files_together_have_the_error_that_was_reported(turned):
    error = signal = 0.0
    for path, take in zip(turned.files.folded, turned.capture.takes, strict=True):
        first, end = take.held_out
        answer = player(read_nam(path))(take.audio[None, first:end])[0, N_LEAD:].astype(np.float64)
        truth = take.truth[first + N_LEAD : end]
        error, signal = error + np.sum((answer - truth) ** 2), signal + np.sum(truth.astype(np.float64) ** 2)
    assert error / signal == pytest.approx(turned.files.scores.esr, rel=TRAINED_ESR)


def test_nothing_is_overwritten_unasked(tmp_path):
    output = tmp_path / "box.nam"
    assert [path.name for path in capture_paths(output, False)] == ["box.nam", "box", "box.png", "box.json"]
    (tmp_path / "box-gain-0.2.nam").write_text("mine")
    assert capture_paths(output, False)
    with pytest.raises(OptionError, match=r"box-gain-0\.2\.nam exists: pass --force"):
        capture_paths(output, False, PLAN)
    (tmp_path / "box.json").write_text("mine")
    with pytest.raises(OptionError, match=r"box\.json exists: pass --force to overwrite it, or another -o"):
        capture_paths(output, False)
    assert capture_paths(output, True, PLAN)


def test_a_folder_that_is_no_model_is_never_replaced(tmp_path):
    (tmp_path / "box").mkdir()
    with pytest.raises(OptionError, match=r"box is in the way and no model: give another -o"):
        capture_paths(tmp_path / "box.nam", True)


def test_a_place_in_a_file_is_none(tmp_path):
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(OptionError, match=r"box\.nam finds no place, .*notes is a file: give another -o"):
        capture_paths(tmp_path / "notes" / "new" / "box.nam", True)


def test_a_name_must_be_one_that_players_find(tmp_path):
    with pytest.raises(OptionError, match=r"box\.wav is no \.nam name"):
        capture_paths(tmp_path / "box.wav", False)


def test_a_setting_recorded_twice_has_one_file(tmp_path):
    plan = KnobPlan(("gain",), ((0.5,), (0.5,)))
    (tmp_path / "box-gain-0.5.nam").write_text("mine")
    with pytest.raises(OptionError, match="exists"):
        capture_paths(tmp_path / "box.nam", False, plan)
