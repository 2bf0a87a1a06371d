"""Every replaced layer gives what demucs' own gives, and what has no equal stays."""

from __future__ import annotations

import copy

import pytest
import torch
from demucs.hdemucs import HDecLayer, HEncLayer
from torch import nn

from separation.demucs_adapter import Core
from separation.demucs_planar import Decoder, Encoder, make_planar
from separation.planar_layers import Attention, Gate, SequenceNorm, Upsample
from tests.demucs_models import htdemucs
from tests.tolerances import PLANAR_DB

DEEP = {"depth": 4, "dconv_depth": 2}
"""As the published networks are."""


@pytest.fixture(autouse=True)
def in_float64():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def null_db(estimate, reference):
    error = (estimate - reference).square().sum()
    return float(10 * torch.log10(error / reference.square().sum()))


def shuffled(module, seed=0):
    """All parameters random and large, so that none can be left out unseen: scales start as 1e-4."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(0.5 * torch.randn(parameter.shape))
    return module.eval()


def settings(**changes):
    return {"norm": False, "dconv_kw": {"depth": 2, "compress": 4}} | changes


@pytest.mark.parametrize("is_spectral", [True, False])
def test_encoder_equals_demucs(is_spectral):
    layer = shuffled(HEncLayer(4, 8, freq=is_spectral, **settings()))
    x = torch.randn((2, 4, 32, 21) if is_spectral else (2, 4, 333))
    with torch.inference_mode():
        assert null_db(Encoder(layer)(x), layer(x)) < PLANAR_DB


@pytest.mark.parametrize("is_spectral", [True, False])
@pytest.mark.parametrize("is_last", [True, False])
def test_decoder_equals_demucs(is_spectral, is_last):
    layer = shuffled(HDecLayer(8, 4, freq=is_spectral, last=is_last, **settings()))
    x = torch.randn((2, 8, 8, 21) if is_spectral else (2, 8, 83))
    skip = torch.randn_like(x)
    with torch.inference_mode():
        for ours, demucs in zip(Decoder(layer)(x, skip, 331), layer(x, skip, 331), strict=True):
            assert ours.shape == demucs.shape
            assert null_db(ours, demucs) < PLANAR_DB


def test_the_time_branch_joins_the_spectral_one():
    layer = shuffled(HEncLayer(4, 8, **settings()))
    x, inject = torch.randn(1, 4, 4, 21), torch.randn(1, 8, 21)
    with torch.inference_mode():
        assert null_db(Encoder(layer)(x, inject), layer(x, inject)) < PLANAR_DB


@pytest.mark.parametrize(("kernel", "stride"), [(8, 4), (6, 2), (4, 4)])
def test_upsampling_equals_a_transposed_convolution(kernel, stride):
    conv = shuffled(nn.ConvTranspose1d(5, 3, kernel, stride))
    x = torch.randn(2, 5, 17)
    with torch.inference_mode():
        assert null_db(Upsample(conv, 1)(x, None), conv(x)[..., 1:-1]) < PLANAR_DB


def test_gate_equals_a_gated_linear_unit():
    conv = shuffled(nn.Conv2d(4, 6, 3, padding=1))
    x = torch.randn(1, 4, 9, 9)
    with torch.inference_mode():
        assert null_db(Gate(conv)(x), nn.functional.glu(conv(x), dim=1)) < PLANAR_DB


def test_attention_equals_torch():
    attention = shuffled(nn.MultiheadAttention(16, 4, batch_first=True))
    query, key = torch.randn(2, 9, 16), torch.randn(2, 5, 16)
    with torch.inference_mode():
        expected = attention(query, key, key, need_weights=False)[0]
        assert null_db(Attention(attention)(query, key, key, need_weights=False)[0], expected) < PLANAR_DB


@pytest.mark.parametrize("changes", [{}, {"dconv_mode": 1}, {"t_layers": 2, "t_cross_first": True}, {"t_layers": 0}])
def test_the_whole_network_equals_demucs(changes):
    network = shuffled(htdemucs(**DEEP, **changes))
    planar = copy.deepcopy(network)
    make_planar(planar)
    spectrum, mix = torch.randn(1, 4, 512, 87), torch.randn(1, 2, 22050)
    with torch.inference_mode():
        for ours, demucs in zip(Core(planar)(spectrum, mix), Core(network)(spectrum, mix), strict=True):
            assert demucs.isfinite().all()
            assert null_db(ours, demucs) < PLANAR_DB
    kinds = {type(module) for module in planar.modules()}
    assert {Encoder, Decoder} <= kinds
    assert not {HEncLayer, HDecLayer, nn.MultiheadAttention, nn.ConvTranspose2d} & kinds
    assert ({Attention, SequenceNorm} <= kinds) == (changes.get("t_layers") != 0)


def test_layers_of_another_make_stay():
    network = htdemucs(**DEEP, norm_starts=2)
    make_planar(network)
    assert [type(layer) for layer in network.encoder] == [Encoder, Encoder, HEncLayer, HEncLayer]
