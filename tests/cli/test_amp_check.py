import numpy as np

from mixassist import read_audio, write_audio
from mixassist.demo import render_guitar_pair
from tests.amp_models.generated_pairs import buffer, driven, dry, moved, recorded
from tests.tolerances import ANSWER_DELAY_SAMPLES


def test_check_reports_and_draws(mixassist, tmp_path):
    di = dry()
    write_audio(tmp_path / "di.wav", buffer(di))
    write_audio(tmp_path / "reamped.wav", buffer(recorded(-moved(driven(di), 77.25))))
    words = ("amp", "check", tmp_path / "di.wav", tmp_path / "reamped.wav")
    outcome = mixassist(*words, "--json", "--plot", tmp_path / "pair.png")
    assert outcome.code == 0, outcome.err
    assert abs(outcome.json["delay_samples"] - 77.25) < 0.05
    assert outcome.json["polarity"] == -1
    assert (tmp_path / "pair.png").read_bytes()[:4] == b"\x89PNG"
    told = mixassist(*words)
    assert "inverted" in told.out
    assert "77.2" in told.out
    assert mixassist(*words, "--plot", tmp_path / "pair.png").code == 2


def test_a_misfit_is_one_line(mixassist, tmp_path):
    write_audio(tmp_path / "di.wav", buffer(dry()))
    write_audio(tmp_path / "reamped.wav", buffer(np.zeros(200000)))
    outcome = mixassist("amp", "check", tmp_path / "di.wav", tmp_path / "reamped.wav")
    assert outcome.code == 2
    assert "reamped.wav is silent" in outcome.error_lines[0]


def test_signal_writes_what_it_says(mixassist, tmp_path):
    path = tmp_path / "capture.wav"
    assert mixassist("amp", "signal", path, "--rate", 22050, "--seconds", 21).code == 0
    written = read_audio(path)
    assert (written.rate, written.n_frames, written.n_channels) == (22050, 21 * 22050, 1)
    assert mixassist("amp", "signal", path).code == 2
    assert mixassist("amp", "signal", tmp_path / "short.wav", "--seconds", 3).code == 2


def test_the_demo_pair_is_one_to_learn_from(mixassist, tmp_path):
    pair = render_guitar_pair()
    write_audio(tmp_path / "di.wav", pair.di)
    write_audio(tmp_path / "reamped.wav", pair.reamped)
    told = mixassist("amp", "check", tmp_path / "di.wav", tmp_path / "reamped.wav", "--json").json
    assert abs(told["delay_samples"] - pair.facts.delay_samples) <= ANSWER_DELAY_SAMPLES
    assert told["polarity"] == pair.facts.polarity
    assert told["verdict"].startswith("usable")
    assert {finding["code"] for finding in told["findings"]} == {"short", "inverted"}
