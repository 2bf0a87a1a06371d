import numpy as np
import pytest

from separation.lanes import LaneOptions, plan_lanes
from separation.model import Member
from separation.song_stream import SongStream
from separation.survey import measure_level
from tests.fakes import ShareNetwork, fake_model

SHARES = (0.25, 0.5)
STEMS = ("low", "high")


def separate(song, rate, block=4096):
    model = fake_model(Member(ShareNetwork(SHARES, segment=20000), (1.0, 1.0)), stems=STEMS)
    level = measure_level([song], rate, model.rate)
    stream = SongStream(plan_lanes(model, STEMS, level.n_frames, LaneOptions()), level, rate, model.rate)
    blocks = (song[:, start : start + block] for start in range(0, song.shape[1], block))
    mixes, stems = zip(*stream.run(blocks, lambda n_frames: None), strict=True)
    return np.concatenate(mixes, axis=-1), np.concatenate(stems, axis=-1)


def tone(rate, n_channels, n_frames):
    time_s = np.arange(n_frames) / rate
    channels = np.stack([np.sin(2 * np.pi * (440 + 220 * channel) * time_s) for channel in range(n_channels)])
    return (channels - channels.mean()).astype("float32")


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000, 96000])
@pytest.mark.parametrize("n_channels", [1, 2])
@pytest.mark.parametrize("n_frames", [1, 997, 30011])
def test_rate_channels_frames_and_time_position_are_kept(rate, n_channels, n_frames):
    song = tone(rate, n_channels, n_frames)
    mix, stems = separate(song, rate)
    np.testing.assert_array_equal(mix, song)
    assert stems.shape == (2, n_channels, n_frames)
    if n_frames > 20000:
        middle = slice(2000, -2000)
        for stem, share in zip(stems, SHARES, strict=True):
            np.testing.assert_allclose(stem[:, middle], share * song[:, middle], atol=2e-4)


@pytest.mark.parametrize("block", [1000, 8193])
def test_blocks_may_be_cut_anywhere(block):
    song = tone(48000, 2, 30011)
    np.testing.assert_allclose(separate(song, 48000, block)[1], separate(song, 48000, 30011)[1], atol=1e-6)


def test_silence_gives_silence():
    _, stems = separate(np.zeros((2, 30000), dtype=np.float32), 44100)
    assert not stems.any()


def test_dc_goes_to_no_stem():
    """A song's offset is nobody's sound."""
    song = tone(44100, 2, 44100)
    _, stems = separate(song + np.float32(0.1), 44100)
    np.testing.assert_allclose(stems, separate(song, 44100)[1], atol=1e-4)


def test_level_is_what_demucs_normalises_by(rng):
    import torch

    song = rng.standard_normal((2, 5000)).astype(np.float32)
    mono = torch.from_numpy(song).mean(0)
    level = measure_level([song[:, :1234], song[:, 1234:]], 44100, 44100)
    assert level.mean == pytest.approx(float(mono.mean()), abs=1e-7)
    assert level.deviation == pytest.approx(float(mono.std()), rel=1e-6)
    assert level.n_frames == 5000
