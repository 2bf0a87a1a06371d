"""A WaveNet's config as `.nam` files say it, in either of two schemas.

Legacy (files up to 0.5.4) says `head_size`, `head_bias`, `kernel_size`, `gated` and one activation by name for each
array of layers; new (0.6.0 and later) says everything for each layer. Files in between mix the keys, so that every key
is read in both forms.

References:
    NeuralAmpModelerCore, NAM/wavenet/model.cpp, parse_config_json (defaults of missing keys).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from amp_models.wavenet.config import (
    FILM_PLACES,
    Activation,
    Film,
    Head,
    Layer,
    LayerArray,
    PostHead,
    WaveNetConfig,
)
from mixassist.errors import ModelError

GATINGS = ("none", "gated", "blended")

SLIMMING = "slice_channels_uniform"
"""The one way there is to make a WaveNet narrower."""


def parse_wavenet(config: Mapping[str, Any]) -> WaveNetConfig:
    """The config in plain data.

    Raises:
        ModelError: when a key is missing, has another type, or says what no WaveNet can be.
    """
    try:
        arrays = tuple(_array(data) for data in config["layers"])
        parsed = WaveNetConfig(
            arrays=arrays,
            head_scale=float(config["head_scale"]),
            post_head=_post_head(config["head"]) if config.get("head") else None,
            condition=config.get("condition_dsp"),
            n_in=int(config.get("in_channels", 1)),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"a WaveNet's config cannot be read ({error!r}): export the model again") from error
    if not arrays:
        raise ModelError("a WaveNet has no layers: export the model again")
    for before, after in itertools.pairwise(arrays):
        if before.head.n_out != after.n_skipped or before.n_channels != after.n_in:
            raise ModelError(
                f"a WaveNet's arrays do not fit together: {before.n_channels} channels and {before.head.n_out} of the"
                f" head meet {after.n_in} and {after.n_skipped}: export the model again"
            )
    return parsed


def _array(data: Mapping[str, Any]) -> LayerArray:
    n_channels = int(data["channels"])
    layer1x1 = data.get("layer1x1") or {"active": True, "groups": 1}
    head1x1 = data.get("head1x1") or {"active": False}
    return LayerArray(
        n_in=int(data["input_size"]),
        n_condition=int(data["condition_size"]),
        n_channels=n_channels,
        n_bottleneck=int(data.get("bottleneck", n_channels)),
        layers=_layers(data),
        head=_head(data),
        layer1x1_groups=int(layer1x1.get("groups", 1)) if layer1x1["active"] else 0,
        head1x1_groups=int(head1x1.get("groups", 1)) if head1x1["active"] else 0,
        n_head1x1=int(head1x1.get("out_channels", 1)) if head1x1["active"] else 1,
        groups=int(data.get("groups_input", 1)),
        mixer_groups=int(data.get("groups_input_mixin", 1)),
        films={place: film for place in FILM_PLACES if (film := _film(data.get(place))) is not None},
        widths=_widths(data.get("slimmable"), n_channels),
    )


def _widths(data: Mapping[str, Any] | None, n_channels: int) -> tuple[int, ...]:
    """Widths that an array may be slimmed to; all up to its own where they are not listed."""
    if not data:
        return ()
    if data["method"] != SLIMMING:
        raise ValueError(f"slimming by {data['method']!r} is unknown")
    allowed = (data.get("kwargs") or {}).get("allowed_channels")
    widths = tuple(range(1, n_channels + 1)) if allowed is None else tuple(int(width) for width in allowed)
    if list(widths) != sorted(set(widths)) or not widths or widths[0] < 1 or widths[-1] != n_channels:
        raise ValueError(f"widths {widths} do not rise from 1 or more to {n_channels}")
    return widths


def _layers(data: Mapping[str, Any]) -> tuple[Layer, ...]:
    dilations = [int(dilation) for dilation in data["dilations"]]
    n_layers = len(dilations)
    kernels = _each(data["kernel_sizes"] if "kernel_sizes" in data else data["kernel_size"], n_layers)
    activations = _each(data["activation"], n_layers)
    gatings = _each(data.get("gating_mode", "gated" if data.get("gated", False) else "none"), n_layers)
    secondaries = _each(data.get("secondary_activation"), n_layers)
    layers = zip(kernels, dilations, activations, gatings, secondaries, strict=True)
    return tuple(
        Layer(int(kernel), dilation, activation_of(kind), _gating(gating), activation_of(second or "Sigmoid"))
        for kernel, dilation, kind, gating, second in layers
    )


def _each(value: Any, n_layers: int) -> list[Any]:
    """One value per layer, of a list or of one for all."""
    values = value if isinstance(value, list) else [value] * n_layers
    if len(values) != n_layers:
        raise ValueError(f"{len(values)} values for {n_layers} layers")
    return values


def _gating(mode: str) -> str:
    if mode not in GATINGS:
        raise ValueError(f"gating {mode!r} is none of {', '.join(GATINGS)}")
    return mode


def activation_of(data: Any) -> Activation:
    """The activation that a file names, by its name alone or with parameters."""
    if isinstance(data, str):
        return Activation(data)
    return Activation(data["type"], {key: value for key, value in data.items() if key != "type"})


def _head(data: Mapping[str, Any]) -> Head:
    head = data.get("head")
    if head is None:
        return Head(int(data["head_size"]), has_bias=bool(data["head_bias"]))
    dilation = int(head.get("head_dilation", 1))
    return Head(int(head["out_channels"]), int(head["kernel_size"]), bool(head["bias"]), dilation)


def _film(data: Any) -> Film | None:
    if not data or not data.get("active", True):
        return None
    return Film(bool(data.get("shift", True)), int(data.get("groups", 1)))


def _post_head(data: Mapping[str, Any]) -> PostHead:
    # Older trainers wrote how many convolutions there are, of one kernel, and before that always of kernel 1.
    sizes = data["kernel_sizes"] if "kernel_sizes" in data else [data.get("kernel_size", 1)] * int(data["num_layers"])
    kernels = tuple(map(int, sizes))
    if not kernels:
        raise ValueError("the head has no kernels")
    return PostHead(int(data["channels"]), int(data["out_channels"]), kernels, activation_of(data["activation"]))


def write_wavenet(config: WaveNetConfig, is_legacy: bool) -> dict[str, Any]:
    """The config as JSON: the legacy schema, which every player reads, or the new one with every key it knows.

    Players choose their fast path by the presence of those keys.

    Raises:
        ModelError: when the legacy schema has no words for it.
    """
    if is_legacy and not config.is_legacy:
        raise ModelError("this WaveNet does not fit the legacy schema of .nam files: write it as 0.7.0")
    layers = [(_legacy_json if is_legacy else _new_json)(array) for array in config.arrays]
    data: dict[str, Any] = {"layers": layers, "head": None, "head_scale": config.head_scale}
    if config.post_head is not None:
        head = config.post_head
        data["head"] = {
            "channels": head.n_channels,
            "out_channels": head.n_out,
            "kernel_sizes": list(head.kernels),
            "activation": head.activation.to_json(),
        }
    if config.condition is not None:
        data["condition_dsp"] = config.condition
    return data if config.n_in == 1 else data | {"in_channels": config.n_in}


def _legacy_json(array: LayerArray) -> dict[str, Any]:
    first = array.layers[0]
    return {
        "input_size": array.n_in,
        "condition_size": array.n_condition,
        "head_size": array.head.n_out,
        "channels": array.n_channels,
        "kernel_size": first.kernel,
        "dilations": [layer.dilation for layer in array.layers],
        "activation": first.activation.kind,
        "gated": first.gating == "gated",
        "head_bias": array.head.has_bias,
    }


def _new_json(array: LayerArray) -> dict[str, Any]:
    head = {"out_channels": array.head.n_out, "kernel_size": array.head.kernel, "bias": array.head.has_bias}
    films = {place: array.films.get(place) for place in FILM_PLACES}
    return {
        "input_size": array.n_in,
        "condition_size": array.n_condition,
        "head": head if array.head.dilation == 1 else head | {"head_dilation": array.head.dilation},
        "channels": array.n_channels,
        "kernel_sizes": [layer.kernel for layer in array.layers],
        "dilations": [layer.dilation for layer in array.layers],
        "activation": [layer.activation.to_json() for layer in array.layers],
        "bottleneck": array.n_bottleneck,
        "head1x1": {
            "active": array.head1x1_groups > 0,
            "out_channels": array.n_head1x1,
            "groups": max(array.head1x1_groups, 1),
        },
        "layer1x1": {"active": array.layer1x1_groups > 0, "groups": max(array.layer1x1_groups, 1)},
        "groups_input": array.groups,
        "groups_input_mixin": array.mixer_groups,
        **{place: _film_json(film) for place, film in films.items()},
        "gating_mode": [layer.gating for layer in array.layers],
        "secondary_activation": [
            None if layer.gating == "none" else layer.secondary.to_json() for layer in array.layers
        ],
        "slimmable": {"method": SLIMMING, "kwargs": {"allowed_channels": list(array.widths)}} if array.widths else None,
    }


def _film_json(film: Film | None) -> dict[str, Any]:
    if film is None:
        return {"active": False, "shift": True, "groups": 1}
    return {"active": True, "shift": film.has_shift, "groups": film.groups}
