"""The WaveNets everybody trains, by name: four of the first generation (A1) and two of the second (A2).

Players have fast code for exactly these shapes.

References:
    neural-amp-modeler, nam/train/core.py (A1: standard, lite, feather, nano) and
    nam/train/_resources/config_model_packed.json (A2: lite is half of a container, full the other).
"""

from __future__ import annotations

from dataclasses import replace

from amp_models.wavenet.config import Activation, Head, Layer, LayerArray, WaveNetConfig

_OCTAVES = tuple(2**octave for octave in range(10))
_WIDE = (128, 256, 512)

A1_HEAD_SCALE, A2_HEAD_SCALE = 0.02, 0.01

A2_DILATIONS = (*(1, 3, 7, 17, 41, 101, 239) * 2, 1, 13, *(1, 3, 7, 17, 41, 101, 239))
A2_KERNELS = (*(6,) * 14, 15, 15, *(6,) * 7)


def _first_generation(n_channels: int, *dilations: tuple[int, ...]) -> WaveNetConfig:
    """Two arrays, the second half as wide, the head of the first as wide as the second."""
    n_narrow, tanh = n_channels // 2, Activation("Tanh")
    wide, narrow = (tuple(Layer(3, dilation, tanh) for dilation in each) for each in dilations)
    return WaveNetConfig(
        (
            LayerArray(1, 1, n_channels, n_channels, wide, Head(n_narrow)),
            LayerArray(n_channels, 1, n_narrow, n_narrow, narrow, Head(1, has_bias=True)),
        ),
        A1_HEAD_SCALE,
    )


def _second_generation(n_channels: int) -> WaveNetConfig:
    """One array of layers whose dilations share no factor."""
    leaky = Activation("LeakyReLU", {"negative_slope": 0.01})
    layers = tuple(Layer(kernel, dilation, leaky) for kernel, dilation in zip(A2_KERNELS, A2_DILATIONS, strict=True))
    head = Head(1, kernel=16, has_bias=True)
    return WaveNetConfig((LayerArray(1, 1, n_channels, n_channels, layers, head),), A2_HEAD_SCALE)


SIZES = {
    "standard": _first_generation(16, _OCTAVES, _OCTAVES),
    "lite": _first_generation(12, _OCTAVES[:7], _WIDE + _OCTAVES),
    "feather": _first_generation(8, _OCTAVES[:7], _WIDE + _OCTAVES),
    "nano": _first_generation(4, _OCTAVES[:7], _WIDE + _OCTAVES),
    "a2-lite": _second_generation(3),
    "a2-full": _second_generation(8),
}


def is_second_generation(config: WaveNetConfig) -> bool:
    """Whether it is an A2, at whatever gain."""
    return replace(config, head_scale=A2_HEAD_SCALE) in (SIZES["a2-lite"], SIZES["a2-full"])
