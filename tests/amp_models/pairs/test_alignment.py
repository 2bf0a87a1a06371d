import numpy as np
import pytest
from scipy import signal

from amp_models.pairs.alignment import align, straightened
from amp_models.pairs.phrases import guitar_phrases
from amp_models.pairs.step_fit import StepLine
from mixassist import read_audio
from mixassist.demo import render_guitar_pair
from mixassist.dsp.scores import null_db
from tests.amp_models.generated_pairs import RATE, driven, dry, moved, recorded
from tests.tolerances import (
    ANSWER_DELAY_SAMPLES,
    CAPTURE_DELAY_SAMPLES,
    CAPTURE_DRIFT_PPM,
    COMPRESSOR_DELAY_SAMPLES,
    LOST_DB,
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
    assert abs(found.delay_samples - pair.facts.delay_samples) <= ANSWER_DELAY_SAMPLES
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


def test_a_room_that_answers_softly_at_first_does_not_delay_the_line():
    """The loud part of the response comes 90 samples after its beginning: a causal model has to start with that."""
    decay = np.exp(-np.arange(200) / 10)
    response = 0.3 * decay + np.pad(decay[:110], (90, 0))
    for drive in ("clean", "crunch"):
        di = dry()
        found = align(di, recorded(moved(np.convolve(driven(di, drive), response)[: di.size], 211.0)), RATE)
        assert found.lead_samples > 80
        assert 211 - 10 < found.delay_samples <= 211
        assert found.confidence > 0.9


@pytest.mark.parametrize(
    ("cabinet", "drive"),
    [("Vintage US 001", "clean"), ("Modern UK 001", "crunch"), ("80s UK 001", "fuzz"), ("Modern UK 002", "crunch")],
)
def test_a_measured_cabinet_does_not_delay_the_line(shared_data, cabinet, drive):
    """What of the response lies before the delay that was found is lost to a model: its energy must be small."""
    folder = shared_data / "amp" / "cabinets"
    if not folder.is_dir():
        pytest.skip("no responses of cabinets there")
    rate, di = 48000, guitar_phrases(12.0, 48000, 1)
    measured = read_audio(folder / f"{cabinet}.wav")
    response = signal.resample_poly(measured.samples[0].astype(float), rate // 300, measured.rate // 300)
    heard = driven(di, drive)
    whole = signal.fftconvolve(heard, response)[: di.size]
    found = align(di, recorded(moved(whole, 100.3)), rate)
    n_lost = max(int(np.floor(found.delay_samples - 100.3)), 0)
    assert found.delay_samples > 100.3 - 10
    lost = np.convolve(heard, response[:n_lost]) if n_lost else np.zeros(1)
    assert 10 * np.log10(np.sum(lost**2) / np.sum(whole**2) + 1e-12) < LOST_DB


COMPRESSORS = {
    **dict.fromkeys(("1_PSP", "1_Press", "CL1B_1_ED", "CL1B_3_ED", "CL1B_4_ED"), (0, 0)),
    **dict.fromkeys(("0_LA2A", "2_LA2A", "3_LA2A", "LA2A-ED1", "LA2A-ED2", "LA2A-ED3"), (-1, 0)),
    **dict.fromkeys(("0_ED", "1_ED"), (-14, -14)),
    "0_FET": (-13, -13),
}
"""Where their takes lie, earliest and latest: a valve leveller's transformers turn phases by up to a sample."""


@pytest.mark.parametrize("name", COMPRESSORS)
def test_compressors_are_where_they_are_known_to_be(shared_data, name):
    folder = shared_data / "amp" / "compressors"
    if not folder.is_dir():
        pytest.skip("no recordings of compressors there")
    takes = [read_audio(folder / f"{name}_{side}.mp3") for side in ("inp", "tar")]
    found = align(*(take.samples[0].astype(float) for take in takes), takes[0].rate)
    earliest, latest = COMPRESSORS[name]
    assert earliest - COMPRESSOR_DELAY_SAMPLES <= found.delay_samples <= latest + COMPRESSOR_DELAY_SAMPLES
    assert found.polarity == 1
    assert found.confidence > 0.9
