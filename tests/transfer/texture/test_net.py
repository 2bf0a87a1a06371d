import numpy as np
import pytest
import torch
from torch import nn

from mixassist.dsp.scores import null_db
from mixassist.errors import ModelError
from mixassist.runtime.layers.layer import Delay, Pointwise
from mixassist.runtime.layers.structure import Chain
from tests.tolerances import BANDS_DB, STREAM_FLOAT64_DB
from tests.transfer.texture.tiny_texture import TINY, tiny_net
from transfer.texture.bands import band_filters
from transfer.texture.design import RATE, TextureDesign
from transfer.texture.net import TextureNet

N_TRUNK_LATE = 16
LONGEST_LATENCY_S = 0.015


class Passing(nn.Module):
    """Bands as waves, and no noise."""

    def __init__(self, tilt):
        super().__init__()
        self.tilt = tilt

    def forward(self, x):
        return torch.cat([x / self.tilt.sqrt(), torch.full_like(x, -100.0)], dim=1)


def sound_and_noise(rng, n_frames):
    return torch.from_numpy(rng.standard_normal((1, 2, n_frames)))


def test_cut_anywhere_it_gives_the_same(rng):
    net, played = tiny_net().double(), sound_and_noise(rng, 128 * 40)
    with torch.inference_mode():
        whole = net(played, *net.layer.zeros())[0].numpy()[0]
        cut = net.run_blocks(played, [128, 128 * 9, 128, 128 * 29]).numpy()[0]
    assert null_db(cut, whole) < STREAM_FLOAT64_DB


def test_with_nothing_between_the_bands_give_sound_back_as_late_as_is_declared(rng):
    net, played = tiny_net().double(), sound_and_noise(rng, 128 * 60)
    layer = net.layer
    assert layer.trunk.latency_samples == N_TRUNK_LATE
    layer.trunk = Chain(Delay(TINY.n_bands, N_TRUNK_LATE), Pointwise(Passing(layer.tilt)))
    with torch.inference_mode():
        heard = net(played, *layer.zeros())[0].numpy()[0]
    late = net.spec.latency_samples
    assert null_db(heard[:, late + 512 :], played.numpy()[0, :1, 512:-late]) < BANDS_DB


def test_a_burst_is_heard_as_late_as_is_declared(rng):
    net, played = tiny_net(), sound_and_noise(rng, 128 * 80).float()
    burst = slice(128 * 30 + 50, 128 * 31 + 50)
    played[0, 0] = 0
    played[0, 0, burst] = 0.1 * torch.sin(0.2 * torch.arange(128))
    with torch.inference_mode():
        heard = net(played, *net.layer.zeros())[0].numpy()[0, 0]
    powers = np.cumsum(heard.astype(np.float64) ** 2)
    begin = int(np.searchsorted(powers, 0.02 * powers[-1]))
    assert abs(begin - burst.start - net.spec.latency_samples) < TINY.n_taps
    assert (net.spec.latency_samples + TINY.frame) / RATE < LONGEST_LATENCY_S


def test_silence_stays_silence_whatever_the_noise(rng):
    net, played = tiny_net(), sound_and_noise(rng, 1280).float()
    played[:, 0] = 0
    with torch.inference_mode():
        assert not net(played, *net.layer.zeros())[0].any()


def test_twice_as_loud_is_twice_as_loud(rng):
    net, played = tiny_net().double(), sound_and_noise(rng, 128 * 20)
    louder = played * torch.tensor([2.0, 1.0])[None, :, None]
    with torch.inference_mode():
        once, twice = (net(sound, *net.layer.zeros())[0].numpy() for sound in (played, louder))
    np.testing.assert_allclose(twice, 2 * once, rtol=1e-3, atol=1e-6)


def test_bands_keep_to_themselves():
    spectrum_db = 20 * np.log10(np.abs(np.fft.rfft(band_filters(16, 96)[0], 4096)) + 1e-9)
    assert spectrum_db[4096 // 16 :].max() < spectrum_db.max() - 40


def test_the_usual_one_is_of_the_size_that_a_core_plays():
    n_weights = sum(weight.numel() for weight in TextureNet(TextureDesign()).parameters())
    assert n_weights == pytest.approx(800_000, rel=0.2)
    assert TextureDesign().frame == 128


def test_a_design_is_read_back():
    assert TextureDesign.from_dict(TINY.to_dict()) == TINY
    for broken in (None, {"n_bandages": 16}):
        with pytest.raises(ModelError, match="train it again"):
            TextureDesign.from_dict(broken)
