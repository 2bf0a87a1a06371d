"""Amps with knobs as artifacts: turned while they play, fixed at a setting, and read back as they were."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from amp_models import Amp, PlayOptions, load_amp
from amp_models.knobs.fold import fold
from amp_models.knobs.model import amp_at, fold_amp, predictor, read_knob_artifact, write_knob_artifact
from amp_models.knobs.plan import KnobPlan
from amp_models.nam.format import NEWEST_VERSION, Nam, contain
from amp_models.nam.fresh import fresh_nam, wavenet_weights, widened
from amp_models.wavenet.schema import parse_wavenet, write_wavenet
from mixassist import AudioBuffer
from mixassist.dsp.scores import null_db
from mixassist.errors import ModelError, OptionError
from mixassist.runtime import open_stream
from mixassist.runtime.artifact import ModelCard
from mixassist.runtime.streaming.stream import StreamOptions
from tests.amp_models.random_nams import EVERY, legacy
from tests.tolerances import AMP_SAMPLES, STREAM_FLOAT32_DB

PLAN = KnobPlan(("gain", "tone"), ((0.2, 0.5), (0.6, 0.4), (0.9, 0.1)))
METADATA = {"name": "Box", "modeled_by": "A. Nonymous", "gear_type": "amp", "input_level_dbu": 12.0, "loudness": -9.0}
TURNED = {"gain": 0.3, "tone": 0.9}


def fresh(size: str, seed: int, n_knobs: int) -> Nam:
    """An untrained amp; `short` is a WaveNet of five layers: an export takes its time by their number."""
    if size != "short":
        return fresh_nam(size, 48000, seed, n_knobs)
    config = widened(parse_wavenet(legacy()), n_knobs)
    weights = wavenet_weights(config, np.random.default_rng(seed))
    return Nam("WaveNet", write_wavenet(config, is_legacy=False), weights, NEWEST_VERSION, 48000)


def knobbed(size: str) -> Nam:
    nam = fresh(size, 1, n_knobs=2)
    weights = nam.weights if size == "lstm" else np.append(nam.weights[:-1], np.float32(1.0))
    return replace(nam, weights=weights, metadata=METADATA)


@pytest.fixture(scope="module", params=["short", "lstm"])
def written(request, tmp_path_factory) -> tuple[Nam, Amp]:
    folder = tmp_path_factory.mktemp("knobs") / "box"
    nam = knobbed(request.param)
    write_knob_artifact(nam, PLAN, folder, ModelCard("Box", "MIT"))
    return nam, load_amp(folder)


def take(n_frames: int = 1280) -> np.ndarray:
    return (0.3 * np.random.default_rng(3).standard_normal((1, n_frames))).astype(np.float32)


def heard(nam: Nam, x: np.ndarray) -> np.ndarray:
    from amp_models.nam.net import player

    return player(nam)(x)


def test_facts_tell_of_knobs_and_recordings(written):
    nam, amp = written
    assert (amp.facts.knobs, amp.facts.settings) == (PLAN.names, PLAN.settings)
    assert (amp.facts.name, amp.facts.modeled_by, amp.facts.n_weights) == ("Box", "A. Nonymous", nam.weights.size)


def test_a_stream_starts_at_the_default_and_is_turned(written):
    nam, amp = written
    x = take()
    stream = open_stream(amp.artifact, 64, options=StreamOptions(engine="onnxruntime", device="cpu"))
    assert stream.controls == {"knobs": PLAN.default}
    blocks = np.split(x, 20, axis=1)
    played = np.concatenate([stream.process(block).copy() for block in blocks], axis=1)
    assert null_db(played, heard(fold(nam, PLAN.default), x)) < STREAM_FLOAT32_DB
    stream.turn("knobs", PLAN.place(TURNED))
    # Turned, and until all that was heard before lies out of reach.
    for _ in range(100):
        stream.process(np.zeros((1, 64), np.float32))
    played = np.concatenate([stream.process(block).copy() for block in blocks], axis=1)
    assert null_db(played, heard(fold(nam, PLAN.place(TURNED)), x)) < STREAM_FLOAT32_DB


def test_an_amp_fixed_at_a_setting_is_the_folded_model(written):
    nam, amp = written
    x = AudioBuffer(take(), 48000)
    fixed = amp_at(amp, TURNED)
    assert fixed.facts.knobs == ()
    assert fixed.facts.name == "Box gain=0.3,tone=0.9"
    assert (fixed.facts.modeled_by, fixed.facts.input_level_dbu) == ("A. Nonymous", 12.0)
    assert fixed.facts.loudness_db not in (None, -9.0), "it is that of this setting"
    expected = heard(fold(nam, PLAN.place(TURNED)), x.samples)
    assert np.abs(fixed.play(x).samples - expected).max() <= AMP_SAMPLES
    file = fold_amp(amp, PLAN.place(TURNED))
    assert np.abs(heard(file, x.samples) - expected).max() <= AMP_SAMPLES
    assert file.metadata["loudness"] == fixed.facts.loudness_db


def test_a_setting_is_folded_once(written):
    _, amp = written
    first = amp_at(amp, TURNED)
    made = (first.artifact.path / "model.json").stat().st_mtime_ns
    again = amp_at(amp, dict(reversed(TURNED.items())))
    assert again.artifact.path == first.artifact.path
    assert (again.artifact.path / "model.json").stat().st_mtime_ns == made


@pytest.mark.parametrize("written", ["short"], indirect=True)
def test_without_values_knobs_stand_at_their_default(written):
    _, amp = written
    x = AudioBuffer(take(), 48000)
    fixed = amp_at(amp, {})
    assert fixed.facts.name == "Box gain=0.6,tone=0.4"
    np.testing.assert_allclose(fixed.play(x).samples, amp.play(x).samples, atol=AMP_SAMPLES)


def test_it_is_read_back_as_it_was(written):
    nam, amp = written
    back = read_knob_artifact(amp.artifact)
    assert (back.architecture, back.rate, dict(back.metadata)) == (
        nam.architecture,
        48000,
        {key: value for key, value in METADATA.items() if key != "loudness"},
    )
    for values in ((0.3, 0.9), (1.0, 0.0)):
        np.testing.assert_allclose(fold(back, values).weights, fold(nam, values).weights, atol=1e-6)


def test_a_prediction_is_what_the_folded_model_plays(written):
    nam, _ = written
    x = take()
    np.testing.assert_array_equal(predictor(nam, x)((0.9, 0.2)), heard(fold(nam, (0.9, 0.2)), x))


@pytest.mark.parametrize("written", ["short"], indirect=True)
def test_an_amp_without_knobs_stays_as_it_is(written):
    _, amp = written
    amp = replace(amp, facts=replace(amp.facts, name="plain.nam", knobs=(), settings=()))
    assert amp_at(amp, {}) is amp
    with pytest.raises(OptionError, match=r"plain\.nam has no knobs: leave --knob out"):
        amp_at(amp, TURNED)
    with pytest.raises(ModelError, match=r"plain\.nam has no knobs: give an amp that was captured with --knob"):
        fold_amp(amp, (0.5,))


def test_a_model_of_other_knobs_is_refused(tmp_path):
    plan = KnobPlan(("gain",), ((0.5,),))
    with pytest.raises(ModelError, match="Box makes 1 channels of 3: with 1 knobs it takes 2 to 1"):
        write_knob_artifact(knobbed("short"), plan, tmp_path / "box", ModelCard("Box", "MIT"))


def test_of_a_container_the_largest_is_written(tmp_path):
    small, large = (fresh("short", seed, n_knobs=1) for seed in (1, 2))
    nam = contain([(0.5, small), (1.0, large)])
    artifact = write_knob_artifact(nam, KnobPlan(("gain",), ((0.5,),)), tmp_path / "two", ModelCard("Two", "MIT"))
    np.testing.assert_array_equal(read_knob_artifact(artifact).weights, large.weights)


def test_one_from_another_version_says_so(written):
    _, amp = written
    options = {key: value for key, value in amp.artifact.spec.options.items() if key != "network"}
    old = replace(amp.artifact, spec=replace(amp.artifact.spec, options=options))
    with pytest.raises(ModelError, match=r"was made by another version .KeyError.'network'..: capture it again"):
        read_knob_artifact(old)


@pytest.mark.parametrize("written", ["short"], indirect=True)
def test_it_is_oversampled_like_any_amp(written):
    _, amp = written
    x, options = AudioBuffer(take(), 48000), PlayOptions(oversampling=2)
    np.testing.assert_allclose(amp.play(x, options).samples, amp_at(amp, {}).play(x, options).samples, atol=AMP_SAMPLES)


@pytest.mark.parametrize("written", ["short"], indirect=True)
def test_a_network_that_learns_no_knobs_is_refused(written):
    """Somebody's own folder, whose network is said to be of another kind."""
    _, amp = written
    network = {"architecture": "ConvNet", "config": EVERY["conv net"]["config"]}
    spec = replace(amp.artifact.spec, options={**amp.artifact.spec.options, "network": network})
    with pytest.raises(ModelError):
        read_knob_artifact(replace(amp.artifact, spec=spec))
