"""Law 11 for amps: what cannot be learned from or played is one line and exit code 2; what can is told with a cure."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile
from scipy import signal

from tests.amp_models.generated_pairs import RATE, driven, dry, moved, recorded
from tests.amp_models.random_nams import wavenet

SECONDS = 10.0
DI = dry(SECONDS)
LATE = 120.0
REAMPED = recorded(moved(driven(DI), LATE))
AS_LOUD = recorded(driven(DI))
OTHER_RATE = RATE * 147 // 160


def as_wav(path, take, rate=RATE):
    soundfile.write(path, np.asarray(take).T, rate, subtype="PCM_24")


@pytest.fixture
def check(mixassist, tmp_path):
    """Checks two takes, or what other functions wrote into the files."""

    def run(di, reamped, suffix=".wav"):
        paths = tmp_path / "di.wav", tmp_path / f"reamped{suffix}"
        for path, take in zip(paths, (di, reamped), strict=True):
            take(path) if callable(take) else as_wav(path, take)
        return mixassist("amp", "check", *paths, "--json")

    return run


REFUSED = {
    "the DI again": (0.5 * DI, "is di.wav itself", "choose the file that went through the amplifier"),
    "a muted take": (0 * DI, "reamped.wav is silent", "see whether the track was muted"),
    "another song": (recorded(driven(dry(SECONDS, seed=9))), "does not hold the playing of di.wav", "the right take"),
    "3 s": (REAMPED[: 3 * RATE], "reamped.wav is 3.0 s long", "record a minute or more"),
    "44.1 kHz said to be 48": (
        recorded(signal.resample_poly(driven(DI), 147, 160)),
        "it says 48000 Hz and was recorded at 44100 Hz",
        "correct its sample rate",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_pair_that_cannot_be_learned_from_is_one_line(check, name):
    reamped, message, cure = REFUSED[name]
    outcome = check(DI, reamped)
    assert (outcome.code, len(outcome.error_lines)) == (2, 1)
    assert "Traceback" not in outcome.err
    assert message in outcome.error_lines[0]
    assert cure in outcome.error_lines[0]


FOUND = {
    "swapped files": (AS_LOUD, DI, "swapped", "give the DI first"),
    "clipped at -0.1 dBFS": (DI, np.clip(3 * REAMPED, -0.9886, 0.9886), "clipped", "turn the interface's input down"),
    "a stereo take": (
        DI,
        np.stack([REAMPED, 0.3 * np.roll(REAMPED, 40)]),
        "stereo",
        "export the one you mean as mono",
    ),
    "44.1 kHz against 48": (
        DI,
        lambda path: as_wav(path, recorded(signal.resample_poly(driven(DI), 147, 160)), OTHER_RATE),
        "different-rates",
        "was resampled to the DI's rate",
    ),
    "a take that ends early": (DI, REAMPED[: -2 * RATE], "shorter-take", "record to the end"),
}


@pytest.mark.parametrize("name", FOUND)
def test_a_pair_with_a_flaw_is_told_with_its_cure(check, name):
    di, reamped, code, cure = FOUND[name]
    outcome = check(di, reamped)
    assert outcome.code == 0, outcome.err
    assert any(finding["code"] == code and cure in finding["message"] for finding in outcome.json["findings"])


def test_an_mp3_is_told_and_its_delay_is_found(check):
    """As late as an encoder and a decoder make it where neither takes its own delay out."""
    padded = np.pad(REAMPED, (1105, 0))
    outcome = check(DI, lambda path: soundfile.write(path, padded, RATE), ".mp3")
    assert outcome.code == 0, outcome.err
    assert outcome.json["delay_samples"] == pytest.approx(LATE + 1105, abs=0.5)
    assert any(f["code"] == "lossy-file" and "export WAV" in f["message"] for f in outcome.json["findings"])


WHOLE = wavenet("legacy")
BROKEN = {
    "cut off": (json.dumps(WHOLE)[:-300], "is damaged or cut off after"),
    "too few weights": (WHOLE | {"weights": [0.5] * 7}, "holds 7 weights, its WaveNet takes"),
    "a weight too many": (
        WHOLE | {"weights": [*WHOLE["weights"], 0.0]},
        "weights, its WaveNet",
    ),
    "another architecture": (WHOLE | {"architecture": "Transformer"}, "a network of kind 'Transformer'"),
    "version 0.9": (WHOLE | {"version": "0.9.0"}, "is of version 0.9.0"),
    "a weight that is no number": (WHOLE | {"weights": ["a"]}, "its weights are no list of numbers"),
    "no model": ({"song": "Vibe Ace"}, "is no .nam file: it lacks version"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_model_is_one_line(mixassist, tmp_path, name):
    content, message = BROKEN[name]
    path = tmp_path / "broken.nam"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    as_wav(tmp_path / "take.wav", DI[:2000])
    outcome = mixassist("amp", "run", path, tmp_path / "take.wav", "-o", tmp_path / "out.wav")
    assert (outcome.code, len(outcome.error_lines)) == (2, 1)
    assert "Traceback" not in outcome.err
    assert "broken.nam" in outcome.error_lines[0]
    assert message in outcome.error_lines[0]
    assert not (tmp_path / "out.wav").exists()


def test_a_missing_model_is_one_line(mixassist, tmp_path):
    outcome = mixassist("amp", "info", tmp_path / "missing.nam")
    assert (outcome.code, len(outcome.error_lines)) == (2, 1)
    assert "missing.nam cannot be read" in outcome.error_lines[0]
