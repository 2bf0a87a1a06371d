import numpy as np
import pytest

from mixassist.dsp.scores import null_db
from mixassist.errors import AudioError
from tests.tolerances import CUT_FLOAT32_DB, HEARD_DELAY_S
from tests.transfer.instrument.tiny_instrument import LEARNED, NetSession, tiny_net
from transfer.controls import ControlMatch, MatchOptions
from transfer.instrument.design import RATE
from transfer.instrument.stream import InstrumentOptions, InstrumentStream


def open_stream(block=128, is_block_fixed=True, match=None):
    return InstrumentStream(NetSession(tiny_net()), match, InstrumentOptions(block, is_block_fixed))


def fed(stream, sound, cuts):
    return np.concatenate([stream.process(block) for block in np.split(sound, cuts, axis=1)], axis=1)


@pytest.fixture
def phrase():
    time_s = np.arange(RATE // 4) / RATE
    swell = np.sin(np.pi * time_s / time_s[-1])
    return (0.3 * swell * np.sin(2 * np.pi * 220 * time_s * (1 + 0.1 * time_s)))[None].astype(np.float32)


@pytest.mark.parametrize("block", [1, 65, 8193])
def test_cut_anywhere_it_is_the_same_sound(phrase, block):
    n_frames = phrase.shape[1] if block > 1 else 2000
    sound = phrase[:, :n_frames]
    whole = open_stream(4096, is_block_fixed=False)
    cut = open_stream(block, is_block_fixed=False)
    assert cut.latency_samples == whole.latency_samples
    made = fed(cut, sound, np.arange(block, n_frames, block))
    assert null_db(made, fed(whole, sound, [])) < CUT_FLOAT32_DB


def test_whole_hops_wait_for_nothing(phrase):
    hops, any_cut = open_stream(), open_stream(4096, is_block_fixed=False)
    assert any_cut.latency_samples - hops.latency_samples == 127
    sound = phrase[:, : 128 * 90]
    late = fed(any_cut, sound, [])[:, 127:]
    assert null_db(fed(hops, sound, np.arange(128, sound.shape[1], 128))[:, :-127], late) < CUT_FLOAT32_DB


def test_it_is_as_late_as_it_says():
    sound = np.zeros((1, 128 * 200), np.float32)
    burst = slice(128 * 60, 128 * 120)
    sound[0, burst] = 0.3 * np.sin(2 * np.pi * 500 * np.arange(128 * 60) / RATE)
    stream = open_stream()
    made = fed(stream, sound, np.arange(128, sound.shape[1], 128))[0]
    envelopes = [np.sqrt(np.convolve(each**2, np.ones(256) / 256, "same")) for each in (sound[0], made)]
    inside = [np.flatnonzero(envelope > 0.5 * np.median(envelope[128 * 80 : 128 * 110])) for envelope in envelopes]
    middles = [(found[0] + found[-1]) / 2 for found in inside]
    assert abs(middles[1] - middles[0] - stream.latency_samples) / RATE < HEARD_DELAY_S


@pytest.mark.parametrize("sound", [np.zeros((1, 12800)), np.full((1, 12800), 0.5)], ids=["silence", "DC"])
def test_what_has_no_pitch_stays_silent(sound):
    stream = open_stream(match=ControlMatch(LEARNED, None, MatchOptions()))
    made = fed(stream, sound.astype(np.float32), np.arange(128, 12800, 128))
    assert np.isfinite(made).all()
    assert np.abs(made[:, 6400:]).max() < 1e-4


def test_reset_begins_anew(phrase):
    stream = open_stream(4096, is_block_fixed=False, match=ControlMatch(LEARNED))
    first = stream.process(phrase)
    stream.reset()
    np.testing.assert_array_equal(stream.process(phrase), first)


def test_other_blocks_than_promised_are_refused(phrase):
    with pytest.raises(AudioError, match="the stream takes 128"):
        open_stream().process(phrase)


def test_a_broken_sample_is_heard_as_silence(phrase):
    broken, mended = phrase.copy(), phrase.copy()
    broken[0, 5000:5003], mended[0, 5000:5003] = (np.nan, np.inf, -np.inf), 0
    made = [open_stream(4096, is_block_fixed=False).process(sound) for sound in (broken, mended)]
    np.testing.assert_array_equal(*made)
