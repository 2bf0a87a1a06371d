import numpy as np
import pytest
import soundfile
from scipy import signal

from amp_models.pairs.check import check_pair
from amp_models.pairs.signal import capture_signal
from mixassist import AudioBuffer
from mixassist.errors import AudioError, CaptureError
from tests.amp_models.generated_pairs import RATE, buffer, driven, dry, moved, recorded

DI = dry(24.0)
REAMPED = recorded(moved(driven(DI), 300.5))


def codes(report):
    return {finding.code for finding in report.findings}


def test_a_good_pair_is_called_good():
    report = check_pair(buffer(DI), buffer(REAMPED))
    assert report.verdict.startswith("good")
    assert codes(report) <= {"no-pause", "drift"}
    assert report.noise_floor_db == pytest.approx(-60, abs=4)  # strings ring on a little
    assert report.predicted_esr_floor < 1e-3


def test_the_report_has_the_promised_keys():
    promised = (
        "delay_samples polarity drift_ppm gain_db confidence noise_floor_db clipped_runs predicted_esr_floor "
        "verdict findings"
    )
    assert set(promised.split()) <= set(check_pair(buffer(DI), buffer(REAMPED)).to_dict())


@pytest.mark.parametrize(
    ("di", "reamped", "message"),
    [
        (DI, 0 * REAMPED, "silent"),
        (DI, REAMPED[: 3 * RATE], "3.0 s long"),
        (DI, 0.5 * DI, "is the DI itself"),
        (DI, recorded(driven(dry(24.0, seed=9))), "does not hold the playing"),
    ],
    ids=["muted", "short", "the-di-again", "another-song"],
)
def test_what_cannot_be_learned_from_is_refused_with_a_cure(di, reamped, message):
    with pytest.raises(CaptureError, match=message):
        check_pair(buffer(di), buffer(reamped))


def test_a_wrong_sample_rate_in_the_header_is_named():
    slower = recorded(signal.resample_poly(driven(DI), 147, 160))
    with pytest.raises(CaptureError, match="says 48000 Hz and was recorded at 44100 Hz"):
        check_pair(buffer(DI), buffer(slower))


def test_another_true_rate_is_no_obstacle():
    slower = recorded(signal.resample_poly(moved(driven(DI), 300.5), 147, 160))
    report = check_pair(buffer(DI), buffer(slower, RATE * 147 // 160))
    assert "different-rates" in codes(report)
    assert report.delay_samples == pytest.approx(300.5, abs=0.2)


def test_swapped_files_are_noticed():
    report = check_pair(buffer(REAMPED[300:]), buffer(DI))
    assert "swapped" in codes(report)
    assert report.verdict.startswith("not usable")


def test_a_take_that_comes_early_may_be_swapped():
    report = check_pair(buffer(REAMPED), buffer(DI))
    assert "early" in codes(report)
    assert report.delay_samples == pytest.approx(-300.5, abs=0.05)


@pytest.mark.parametrize("name", ["start", "end"])
def test_what_was_cut_off_is_neither_measured_nor_learned(name):
    """Of 24 s a third is missing: gain, noise and floor are those of the rest, and silence is no answer."""
    cut = {"start": REAMPED[8 * RATE :], "end": REAMPED[: 16 * RATE]}[name]
    delay, rest = {"start": (300.5 - 8 * RATE, DI[8 * RATE - 301 :]), "end": (300.5, DI[: 16 * RATE - 300])}[name]
    report = check_pair(buffer(DI), buffer(cut))
    assert report.delay_samples == pytest.approx(delay, abs=0.1)
    assert report.pair.di.size == report.straight.size == pytest.approx(rest.size, abs=2)
    np.testing.assert_allclose(report.pair.di[100:-100], rest[100 : report.pair.di.size - 100], atol=1e-6)
    whole = check_pair(buffer(DI), buffer(REAMPED))
    assert report.gain_db == pytest.approx(whole.gain_db, abs=1.5)
    assert report.noise_floor_db == pytest.approx(whole.noise_floor_db, abs=5)
    assert np.abs(report.straight).reshape(-1)[-RATE:].max() > 1e-3
    assert np.abs(report.straight)[:RATE].max() > 1e-3


def test_too_little_of_the_di_is_refused():
    late = np.concatenate([np.zeros(20 * RATE), REAMPED[: 4 * RATE]])
    with pytest.raises(CaptureError, match=r"the reamped take holds 4\.0 s of the DI: at least 5 s are needed"):
        check_pair(buffer(DI), buffer(late))


def test_the_signal_itself_is_no_answer():
    sent = capture_signal(RATE, 20.0)
    with pytest.raises(CaptureError, match="is the DI itself"):
        check_pair(sent, sent)


def test_clipping_below_full_scale_is_counted():
    clipped = np.clip(3 * REAMPED, -0.9886, 0.9886)
    report = check_pair(buffer(DI), buffer(clipped))
    assert report.clipped_runs > 10
    assert "clipped" in codes(report)


def test_of_a_stereo_take_the_louder_side_is_taken():
    other = np.roll(0.3 * REAMPED, 40)
    report = check_pair(buffer(DI), buffer(np.stack([other, REAMPED])))
    assert "stereo" in codes(report)
    assert report.delay_samples == pytest.approx(300.5, abs=0.05)


def test_an_mp3_is_named_with_its_cure(tmp_path):
    soundfile.write(tmp_path / "di.wav", DI, RATE, subtype="PCM_24")
    soundfile.write(tmp_path / "reamped.mp3", REAMPED, RATE)
    report = check_pair(tmp_path / "di.wav", tmp_path / "reamped.mp3")
    assert "lossy-file" in codes(report)
    assert any("export WAV" in finding.message for finding in report.findings)


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(AudioError, match=r"di\.wav"):
        check_pair(tmp_path / "di.wav", tmp_path / "reamped.wav")


def test_an_echo_is_a_finding():
    dried = driven(DI)
    echo = np.pad(dried, (6000, 0))[: dried.size]
    assert "tail" in codes(check_pair(buffer(DI), buffer(recorded(dried + 0.5 * echo))))


def test_a_gate_is_a_finding():
    envelope = signal.sosfiltfilt(signal.butter(1, 20, fs=RATE, output="sos"), np.abs(DI))
    gated = recorded(driven(DI), -140) * (envelope > 0.01)
    assert "gate" in codes(check_pair(buffer(DI), buffer(gated)))


def test_our_own_signal_is_understood():
    sent = capture_signal(RATE, 20.0)
    came_back = recorded(-moved(driven(sent.samples[0].astype(float)), 812.4, -7.0))
    report = check_pair(sent, AudioBuffer(came_back[None].astype(np.float32), RATE))
    assert report.delay_samples == pytest.approx(812.4, abs=0.05)
    assert report.polarity == -1
    noise_to_signal = 1e-6 / np.mean(came_back**2)
    assert report.quality.replicate_esr is not None
    assert report.predicted_esr_floor == pytest.approx(3 * noise_to_signal, rel=0.7)  # the phrase is softer
