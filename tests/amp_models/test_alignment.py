import numpy as np
import pytest
from scipy import signal

from amp_models.alignment import align, straightened
from amp_models.step_fit import StepLine
from mixassist.demo import render_guitar_pair
from mixassist.dsp.scores import null_db
from tests.amp_models.pairs import RATE, driven, dry, moved, recorded
from tests.tolerances import (
    AMPLIFIER_DELAY_SAMPLES,
    CAPTURE_DELAY_SAMPLES,
    CAPTURE_DRIFT_PPM,
    COMPRESSOR_DELAY_SAMPLES,
    STRAIGHTENED_DB,
)


@pytest.mark.parametrize(
    ("drive", "delay", "drift_ppm", "polarity"),
    [("clean", -412.3, 0.0, 1), ("crunch", 2731.62, 17.5, -1), ("fuzz", 87.41, -20.0, -1), ("clean", 5.5, -6.0, -1)],
)
def test_the_line_is_found_between_samples(drive, delay, drift_ppm, polarity):
    di = dry()
    found = align(di, recorded(polarity * moved(driven(di, drive), delay, drift_ppm)), RATE)
    assert abs(found.delay_samples - delay) <= CAPTURE_DELAY_SAMPLES
    assert abs(found.drift_ppm - drift_ppm) <= CAPTURE_DRIFT_PPM
    assert found.polarity == polarity
    assert found.confidence > 0.9
    assert found.jumps == ()


def test_the_demo_pair_is_understood():
    pair = render_guitar_pair()
    found = align(pair.di.samples[0].astype(float), pair.reamped.samples[0].astype(float), pair.di.rate)
    assert abs(found.delay_samples - pair.facts.delay_samples) <= AMPLIFIER_DELAY_SAMPLES
    assert found.polarity == pair.facts.polarity
    assert abs(found.drift_ppm) <= CAPTURE_DRIFT_PPM


def test_lost_and_repeated_samples_are_jumps():
    di = dry(24.0)
    sound = recorded(driven(di))
    broken = np.concatenate([sound[:110000], sound[110064:240000], sound[239900:]])
    first, second = align(di, broken, RATE).jumps
    assert (round(first.samples), round(second.samples)) == (-64, 100)
    assert abs(first.at - 110000) < 2 * RATE
    assert abs(second.at - 240000) < 2 * RATE


def test_another_playing_earns_no_confidence():
    assert align(dry(seed=1), recorded(driven(dry(seed=2))), RATE).confidence < 0.05


def test_a_straightened_take_lies_on_the_di():
    di = signal.sosfilt(signal.butter(8, 0.3, output="sos"), dry())
    take = moved(di, 1000.37, 12.0)
    straight = straightened(di, take, StepLine(1000.37, 12e-6))
    assert null_db(straight[None, 500:-500], di[None, 500:-500]) < STRAIGHTENED_DB


@pytest.mark.parametrize(("name", "delay"), [("CL1B_3_ED", 0), ("0_FET", -13), ("1_ED", -14), ("1_Press", 0)])
def test_compressors_are_where_they_are_known_to_be(shared_data, name, delay):
    from mixassist import read_audio

    folder = shared_data / "amp" / "compressors"
    if not folder.is_dir():
        pytest.skip("no recordings of compressors there")
    takes = [read_audio(folder / f"{name}_{side}.mp3") for side in ("inp", "tar")]
    found = align(*(take.samples[0].astype(float) for take in takes), takes[0].rate)
    assert abs(found.delay_samples - delay) <= COMPRESSOR_DELAY_SAMPLES
    assert found.polarity == 1
