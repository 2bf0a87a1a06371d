"""Timbres that are played live: on a card without hardware, and from one to the next."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from mixassist.audio.live_desk import DeskOptions
from mixassist.dsp.scores import null_db
from mixassist.errors import OptionError
from mixassist.runtime.streaming.plan import HostFormat
from tests.audio.simulated_card import VirtualCard
from tests.tolerances import HEARD_DELAY_S
from tests.transfer.instrument.tiny_instrument import LEARNED, NetSession, tiny_net
from transfer.controls import ControlMatch, MatchOptions
from transfer.instrument.stream import InstrumentStream
from transfer.live import FADE_S, LISTEN_S, LiveTimbre, LiveTimbreOptions

BLOCK, RATE = 128, 48000
AS_IT_IS = LiveTimbreOptions(MatchOptions(shift_semitones=0.0, use_loudness=False, use_mask=False))


def tiny_timbre(taps=()):
    session = NetSession(tiny_net(taps))

    def open_stream(options, match, played):
        return InstrumentStream(session, ControlMatch(LEARNED, played, match), options)

    return SimpleNamespace(open_stream=open_stream)


def level_timbre(level, latency_samples=0):
    """Gives nothing but a level: the least step in it is heard as a click."""
    stream = SimpleNamespace(
        latency_samples=latency_samples, process=lambda block: np.full_like(block, level), reset=lambda: None
    )
    return SimpleNamespace(open_stream=lambda options, match, played: stream)


def tone(n_blocks, hz=220.0):
    return (0.3 * np.sin(2 * np.pi * hz / RATE * np.arange(n_blocks * BLOCK)))[None].astype(np.float32)


def fed(live, sound, block=BLOCK):
    return np.concatenate([live.process(piece).copy() for piece in np.split(sound, sound.shape[1] // block, axis=1)], 1)


def test_one_timbre_is_its_stream():
    sound = tone(60)
    stream = tiny_timbre().open_stream(None, AS_IT_IS.match, None)
    live = LiveTimbre([tiny_timbre()], HostFormat(BLOCK, RATE), AS_IT_IS)
    expected = np.concatenate([stream.process(block) for block in np.split(sound, 60, axis=1)], axis=1)
    np.testing.assert_array_equal(fed(live, sound), expected)
    assert live.latency_samples == stream.latency_samples
    assert live.timing.n_blocks == 60
    assert live.heard.level_db == pytest.approx(-10.5, abs=0.1)


def test_another_takes_over_without_a_click():
    live = LiveTimbre([level_timbre(0.5), level_timbre(-0.5, 300)], HostFormat(BLOCK, RATE))
    before = fed(live, tone(10))
    live.choose(1)
    after = fed(live, tone(80))
    played = np.concatenate([before, after], axis=1)[0]
    # A raised cosine of n frames is nowhere steeper than π / 2n.
    assert np.abs(np.diff(played)).max() <= 1.01 * np.pi / (2 * FADE_S * RATE)
    assert (played[0], played[-1]) == (0.5, -0.5)
    begin = np.flatnonzero(played < 0.5)[0] - before.shape[1]
    assert begin == pytest.approx(300 + LISTEN_S * RATE, abs=64)
    assert (live.chosen, live.latency_samples, live.was_heard) == (1, 300, {0, 1})


@pytest.mark.parametrize("taps", [(), [0.0] * 200 + [0.3] * 100], ids=["dry", "in a room"])
@pytest.mark.parametrize(("block", "n_before"), [(64, 321), (128, 160)])
def test_two_instruments_never_cancel_each_other(block, n_before, taps):
    """The same instrument twice, on a note that is held: nobody hears when the other takes over."""
    live, sound = LiveTimbre([tiny_timbre(taps), tiny_timbre(taps)], HostFormat(block, RATE), AS_IT_IS), tone(320)
    before = fed(live, sound[:, : n_before * block], block)[0, -9600:]
    live.choose(1)
    after = fed(live, sound[:, n_before * block :][:, :19200], block)[0]
    assert live._index == 1
    levels = [np.sqrt(np.mean(each.reshape(-1, 960) ** 2, axis=1)) for each in (before, after)]
    assert levels[1].min() > 0.9 * levels[0].min()


def test_who_changes_their_mind_hears_both_fades():
    live = LiveTimbre([level_timbre(0.5), level_timbre(-0.5)], HostFormat(BLOCK, RATE))
    live.choose(1)
    first = fed(live, tone(20))
    live.choose(0)
    played = np.concatenate([first, fed(live, tone(200))], axis=1)[0]
    assert played.min() == -0.5
    assert played[-1] == 0.5
    assert np.abs(np.diff(played)).max() <= 1.01 * np.pi / (2 * FADE_S * RATE)


def test_what_was_learned_of_the_player_stays():
    """220 Hz lies in the register that was learned, 2 kHz above it: both timbres have it two octaves lower."""
    live = LiveTimbre([tiny_timbre(), tiny_timbre()], HostFormat(BLOCK, RATE))
    pause = np.zeros((1, 64 * BLOCK), np.float32)
    fed(live, np.concatenate([tone(300, 2000.0), pause], axis=1))
    live.choose(1)
    fed(live, np.zeros((1, 60 * BLOCK), np.float32))
    first, second = (lane._stream._match.shift_semitones for lane in live._lanes)
    assert first == second < 0


@pytest.mark.parametrize("rate", [44100, 96000])
def test_a_card_at_another_rate_hears_it_as_late_as_it_is_told(rate):
    n_frames = rate * 3 // 4 // BLOCK * BLOCK
    sound = np.zeros((1, n_frames), np.float32)
    burst = slice(n_frames // 4, n_frames * 3 // 4)
    sound[0, burst] = 0.3 * np.sin(2 * np.pi * 500 / rate * np.arange(n_frames)[burst])
    live = LiveTimbre([tiny_timbre()], HostFormat(BLOCK, rate), AS_IT_IS)
    played = fed(live, sound)[0]
    envelopes = [np.sqrt(np.convolve(each**2, np.ones(400) / 400, "same")) for each in (sound[0], played)]
    inside = [np.flatnonzero(envelope > 0.5 * np.median(envelope[burst])) for envelope in envelopes]
    middles = [(found[0] + found[-1]) / 2 for found in inside]
    assert abs(middles[1] - middles[0] - live.latency_samples) / rate < HEARD_DELAY_S


def test_on_a_card_that_trembles_what_is_late_is_dry_and_counted():
    live = LiveTimbre([tiny_timbre()], HostFormat(BLOCK, RATE), AS_IT_IS)
    card = VirtualCard(lambda index: 40.0 if index == 100 else 0.5, jitter_ms=1.0)
    played, desk = card.play(live, tone(200), DeskOptions(block=BLOCK, n_blocks_ahead=2))
    assert np.isfinite(played).all()
    assert 0 < desk.n_misses < 20
    alone = LiveTimbre([tiny_timbre()], HostFormat(BLOCK, RATE), AS_IT_IS)
    expected = fed(alone, tone(200))
    n_ahead = 2 * BLOCK
    assert null_db(played[:, n_ahead : 90 * BLOCK], expected[:, : 90 * BLOCK - n_ahead]) == -np.inf


def test_what_cannot_be_is_refused():
    host = HostFormat(BLOCK, RATE)
    with pytest.raises(OptionError, match="choose 1 to 1"):
        LiveTimbre([level_timbre(0.0)], host).choose(1)
    with pytest.raises(OptionError, match="no timbre is given"):
        LiveTimbre([], host)
    with pytest.raises(OptionError, match="cannot be resampled to 12345 Hz"):
        LiveTimbre([tiny_timbre()], HostFormat(BLOCK, 12345))
