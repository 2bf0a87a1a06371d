"""Random models of every architecture, as the JSON object of their file. Seeded; small."""

from __future__ import annotations

from typing import Any

import numpy as np

from amp_models.wavenet.net import WaveNet
from amp_models.wavenet.schema import parse_wavenet

FILMS = (
    *("conv_pre_film", "conv_post_film", "input_mixin_pre_film", "input_mixin_post_film"),
    *("activation_pre_film", "activation_post_film", "layer1x1_post_film", "head1x1_post_film"),
)

NEW_ARRAY: dict[str, Any] = {
    "input_size": 1,
    "condition_size": 1,
    "head": {"out_channels": 1, "kernel_size": 1, "bias": True},
    "channels": 4,
    "kernel_sizes": [3, 2, 4],
    "dilations": [1, 4, 9],
    "activation": [{"type": "Tanh"}, {"type": "LeakyReLU", "negative_slope": 0.2}, {"type": "SiLU"}],
    "bottleneck": 4,
    "gating_mode": ["none", "none", "none"],
    "secondary_activation": [None, None, None],
}


def legacy(gated: bool = False, activation: str = "Tanh") -> dict[str, Any]:
    same = {"kernel_size": 3, "activation": activation, "gated": gated, "condition_size": 1}
    wide = {"input_size": 1, "head_size": 2, "channels": 4, "dilations": [1, 2, 4], "head_bias": False}
    narrow = {"input_size": 4, "head_size": 1, "channels": 2, "dilations": [8, 1], "head_bias": True}
    return {"layers": [same | wide, same | narrow], "head": None, "head_scale": 0.02}


def new(*, head: Any = None, **changes: Any) -> dict[str, Any]:
    return {"layers": [NEW_ARRAY | changes], "head": head, "head_scale": 0.02}


def draw(config: dict[str, Any], seed: int) -> list[float]:
    """As many weights as the WaveNet takes, in float32."""
    n_weights = sum(parameter.numel() for parameter in WaveNet(parse_wavenet(config)).own_parameters())
    return _normal(n_weights, seed)


def _normal(n_weights: int, seed: int) -> list[float]:
    weights = 0.3 * np.random.default_rng(seed).standard_normal(n_weights)
    return weights.astype(np.float32).astype(float).tolist()


def conditioned() -> dict[str, Any]:
    inner: dict[str, Any] = {
        "version": "0.7.0",
        "architecture": "WaveNet",
        "config": new(head={"channels": 3, "out_channels": 2, "kernel_sizes": [2, 3], "activation": "Tanh"}),
        "sample_rate": 48000,
    }
    inner["weights"] = draw(inner["config"], 5)
    films = {name: {"active": True, "shift": True, "groups": 1} for name in FILMS[:-1]}
    return new(condition_size=2, **films) | {"condition_dsp": inner}


LONG_HEAD = {"out_channels": 1, "kernel_size": 5, "bias": True}
GATED: dict[str, Any] = {
    "gating_mode": ["gated", "blended", "none"],
    "secondary_activation": ["Sigmoid", {"type": "LeakyHardtanh", "min_val": 0.0, "max_val": 0.9}, ""],
    "bottleneck": 2,
}
SLOPES = [{"type": "PReLU", "negative_slopes": [0.1, 0.2, 0.3, 0.4]}, "Hardswish", {"type": "Fasttanh"}]
WAVENETS: dict[str, dict[str, Any]] = {
    "legacy": legacy(),
    "legacy gated": legacy(gated=True),
    "legacy relu": legacy(activation="ReLU"),
    "new": new(),
    "long head": {"layers": [NEW_ARRAY | {"head": LONG_HEAD}], "head": None, "head_scale": 0.02},
    "mixed keys": {
        "layers": [NEW_ARRAY | {"head": None, "head_size": 1, "head_bias": True}],
        "head": None,
        "head_scale": 1.0,
    },
    "gates": new(**GATED),
    "slopes": new(activation=SLOPES),
    "hard curves": new(activation=["Hardtanh", "Softsign", {"type": "LeakyHardTanh", "max_slope": 0.3}]),
    "groups": new(groups_input=2, head1x1={"active": True, "out_channels": 6, "groups": 2}),
    "grouped layer1x1": new(layer1x1={"active": True, "groups": 4}),
    "no layer1x1": new(layer1x1={"active": False, "groups": 1}),
    "films": new(
        **GATED,
        **{name: {"active": True, "shift": index % 2 == 0, "groups": 1} for index, name in enumerate(FILMS)},
        head1x1={"active": True, "out_channels": 3, "groups": 1},
    ),
    "post head": new(head={"channels": 3, "out_channels": 1, "kernel_sizes": [1, 4], "activation": {"type": "ReLU"}}),
    "condition": conditioned(),
}


def nam(architecture: str, config: dict[str, Any], weights: list[float], version: str = "0.5.4") -> dict[str, Any]:
    return {
        "version": version,
        "architecture": architecture,
        "config": config,
        "weights": weights,
        "sample_rate": 48000,
    }


def wavenet(name: str, seed: int = 0) -> dict[str, Any]:
    config = WAVENETS[name]
    return nam("WaveNet", config, draw(config, seed), "0.5.4" if "legacy" in name else "0.7.0")


def lstm(n_layers: int = 1, n_cells: int = 5) -> dict[str, Any]:
    config = {"input_size": 1, "hidden_size": n_cells, "num_layers": n_layers}
    widths = [1] + [n_cells] * (n_layers - 1)
    n_weights = sum(4 * n_cells * (width + n_cells + 1) + 2 * n_cells for width in widths) + n_cells + 1
    return nam("LSTM", config, _normal(n_weights, 1))


def conv_net(batchnorm: bool) -> dict[str, Any]:
    config = {"channels": 3, "dilations": [1, 2, 8], "batchnorm": batchnorm, "activation": "Tanh"}
    weights, n_in = [], 1
    for index in range(3):
        weights += _normal(3 * n_in * 2, index)
        # mean, variance, gain, bias and epsilon of the norm, or a bias
        norm = [*_normal(3, 7), 0.5, 1.25, 2.0, *_normal(3, 8), *_normal(3, 9), 0.0009765625]
        weights += norm if batchnorm else _normal(3, index + 20)
        n_in = 3
    return nam("ConvNet", config, weights + _normal(4, 30))


def linear(bias: bool = True) -> dict[str, Any]:
    return nam("Linear", {"receptive_field": 9, "bias": bias}, _normal(9 + bias, 4))


def container() -> dict[str, Any]:
    models = [(0.5, wavenet("new", 1)), (1.0, wavenet("long head", 2))]
    submodels = [{"max_value": limit, "model": model} for limit, model in models]
    return nam("SlimmableContainer", {"submodels": submodels}, [], "0.7.0")


EVERY: dict[str, dict[str, Any]] = {
    **{name: wavenet(name) for name in WAVENETS},
    "lstm": lstm(),
    "two lstms": lstm(2),
    "conv net": conv_net(batchnorm=False),
    "conv net with norm": conv_net(batchnorm=True),
    "impulse response": linear(),
    "impulse response without bias": linear(bias=False),
    "container": container(),
}
