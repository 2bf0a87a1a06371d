"""An independent reading of `.nam` files: plain numpy in float64, the whole signal at once, nothing of ours imported.

It follows the format's description key by key, and takes weights off the flat list as it meets them. The past is
silence for as long as anything reaches back, so that no start has to be known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

FILMS = (
    *("conv_pre_film", "conv_post_film", "input_mixin_pre_film", "input_mixin_post_film"),
    *("activation_pre_film", "activation_post_film", "layer1x1_post_film", "head1x1_post_film"),
)


class Weights:
    def __init__(self, values: list[float]) -> None:
        self.values = np.asarray(values, np.float32).astype(np.float64)
        self.place = 0

    def take(self, *shape: int) -> np.ndarray:
        n = int(np.prod(shape))
        part = self.values[self.place : self.place + n]
        self.place += n
        return part.reshape(shape)

    def conv(self, n_in: int, n_out: int, kernel: int = 1, bias: bool = True, groups: int = 1):
        weight = np.zeros((n_out, n_in, kernel))
        per_in, per_out = n_in // groups, n_out // groups
        for group in range(groups):
            rows, columns = slice(group * per_out, (group + 1) * per_out), slice(group * per_in, (group + 1) * per_in)
            weight[rows, columns] = self.take(per_out, per_in, kernel)
        return weight, self.take(n_out) if bias else np.zeros(n_out)


def convolve(x: np.ndarray, conv: tuple[np.ndarray, np.ndarray], dilation: int = 1) -> np.ndarray:
    """The last tap is the newest frame; before the beginning lie zeros."""
    weight, bias = conv
    y = np.tile(bias[:, None], (1, x.shape[1]))
    kernel = weight.shape[2]
    for tap in range(kernel):
        late = (kernel - 1 - tap) * dilation
        y[:, late:] += weight[:, :, tap] @ x[:, : x.shape[1] - late]
    return y


def activate(spec: Any, x: np.ndarray) -> np.ndarray:
    spec = {"type": spec} if isinstance(spec, str) else spec
    kind = spec["type"]
    if kind == "PReLU":
        slopes = np.asarray(spec["negative_slopes"])[:, None]
        return np.where(x > 0, x, slopes * x)
    if kind.lower() == "leakyhardtanh":
        low, high = spec.get("min_val", -1), spec.get("max_val", 1)
        below = (x - low) * spec.get("min_slope", 0.01) + low
        above = (x - high) * spec.get("max_slope", 0.01) + high
        return np.where(x < low, below, np.where(x > high, above, x))
    if kind == "Fasttanh":
        a = np.abs(x)
        over = x * (2.45550750702956 + 2.45550750702956 * a + (0.893229853513558 + 0.821226666969744 * a) * x * x)
        return over / (2.44506634652299 + (2.44506634652299 + x * x) * np.abs(x + 0.814642734961073 * x * a))
    curves: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "Tanh": np.tanh,
        "Hardtanh": lambda v: np.clip(v, -1, 1),
        "ReLU": lambda v: np.maximum(v, 0),
        "LeakyReLU": lambda v: np.where(v > 0, v, spec.get("negative_slope", 0.01) * v),
        "Sigmoid": lambda v: 1 / (1 + np.exp(-v)),
        "SiLU": lambda v: v / (1 + np.exp(-v)),
        "Hardswish": lambda v: v * np.clip(v + 3, 0, 6) / 6,
        "Softsign": lambda v: v / (1 + np.abs(v)),
    }
    return curves[kind](x)


def pick(value: Any, index: int) -> Any:
    return value[index] if isinstance(value, list) else value


def film(weights: Weights, spec: Any, n_condition: int, n: int):
    """A function of x and the condition; the identity where there is none."""
    if not spec or not spec.get("active", True):
        return lambda x, c: x
    has_shift = spec.get("shift", True)
    conv = weights.conv(n_condition, 2 * n if has_shift else n, groups=spec.get("groups", 1))

    def apply(x: np.ndarray, c: np.ndarray) -> np.ndarray:
        made = convolve(c, conv)
        return x * made[:n] + (made[n:] if has_shift else 0)

    return apply


def layer(weights: Weights, cfg: dict[str, Any], index: int):
    channels, n_condition = cfg["channels"], cfg["condition_size"]
    inner = cfg.get("bottleneck", channels)
    gating = pick(cfg.get("gating_mode", "gated" if cfg.get("gated") else "none"), index)
    bent = inner if gating == "none" else 2 * inner
    kernel = pick(cfg.get("kernel_sizes", cfg.get("kernel_size")), index)
    conv = weights.conv(channels, bent, kernel, groups=cfg.get("groups_input", 1))
    mixer = weights.conv(n_condition, bent, bias=False, groups=cfg.get("groups_input_mixin", 1))
    one, head = cfg.get("layer1x1", {"active": True, "groups": 1}), cfg.get("head1x1", {"active": False})
    layer1x1 = weights.conv(inner, channels, groups=one["groups"]) if one["active"] else None
    n_head = head["out_channels"] if head["active"] else inner
    head1x1 = weights.conv(inner, n_head, groups=head["groups"]) if head["active"] else None
    sizes = (channels, bent, n_condition, bent, bent, inner, channels, n_head)
    films = {name: film(weights, cfg.get(name), n_condition, n) for name, n in zip(FILMS, sizes, strict=True)}
    second = pick(cfg.get("secondary_activation"), index) or "Sigmoid"

    def run(x: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        z = films["conv_post_film"](convolve(films["conv_pre_film"](x, c), conv, cfg["dilations"][index]), c)
        z = z + films["input_mixin_post_film"](convolve(films["input_mixin_pre_film"](c, c), mixer), c)
        z = films["activation_pre_film"](z, c)
        a = activate(pick(cfg["activation"], index), z[:inner])
        if gating != "none":
            gate = activate(second, z[inner:])
            a = a * gate if gating == "gated" else gate * a + (1 - gate) * z[:inner]
        a = films["activation_post_film"](a, c)
        on = a if layer1x1 is None else films["layer1x1_post_film"](convolve(a, layer1x1), c)
        off = a if head1x1 is None else films["head1x1_post_film"](convolve(a, head1x1), c)
        return x + on, off

    return run, (kernel - 1) * cfg["dilations"][index]


def wavenet(model: dict[str, Any]):
    """The network as a function of [n_in, T], and how far it reaches back."""
    cfg, weights = model["config"], Weights(model["weights"])
    condition, reach = wavenet(cfg["condition_dsp"]) if cfg.get("condition_dsp") else (lambda x: x, 0)
    arrays = []
    for array in cfg["layers"]:
        rechannel = weights.conv(array["input_size"], array["channels"], bias=False)
        layers = []
        for index in range(len(array["dilations"])):
            run, span = layer(weights, array, index)
            layers.append(run)
            reach += span
        head1x1 = array.get("head1x1", {"active": False})
        inner = array.get("bottleneck", array["channels"])
        n_skipped = head1x1["out_channels"] if head1x1["active"] else inner
        old = {"out_channels": array.get("head_size"), "kernel_size": 1, "bias": array.get("head_bias")}
        end = array.get("head") or old
        arrays.append(
            (rechannel, layers, weights.conv(n_skipped, end["out_channels"], end["kernel_size"], end["bias"]))
        )
        reach += end["kernel_size"] - 1
    post, n_in = [], arrays[-1][2][0].shape[0]
    if cfg.get("head"):
        kernels = cfg["head"]["kernel_sizes"]
        for index, kernel in enumerate(kernels):
            n_out = cfg["head"]["out_channels" if index == len(kernels) - 1 else "channels"]
            post.append(weights.conv(n_in, n_out, kernel))
            reach += kernel - 1
            n_in = n_out
    (scale,) = weights.take(1)
    assert weights.place == weights.values.size

    def run_all(x: np.ndarray) -> np.ndarray:
        c, head = condition(x), np.zeros(1)
        for rechannel, layers, end in arrays:
            x = convolve(x, rechannel)
            for run in layers:
                x, off = run(x, c)
                head = head + off
            head = convolve(head, end)
        y = scale * head
        for conv in post:
            y = convolve(activate(cfg["head"]["activation"], y), conv)
        return y

    return run_all, reach


def lstm(model: dict[str, Any], x: np.ndarray) -> np.ndarray:
    cfg, weights = model["config"], Weights(model["weights"])
    cells, n_in, n = [], cfg["input_size"], cfg["hidden_size"]
    for _ in range(cfg["num_layers"]):
        cells.append([weights.take(4 * n, n_in + n), weights.take(4 * n), weights.take(n), weights.take(n)])
        n_in = n
    head, bias = weights.take(n), weights.take(1)
    assert weights.place == weights.values.size
    y = np.zeros(x.size)
    for t, value in enumerate(x):
        fed = np.array([value])
        for cell in cells:
            w, b, hidden, memory = cell
            i, f, g, o = np.split(w @ np.concatenate([fed, hidden]) + b, 4)
            memory = memory / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
            fed = np.tanh(memory) / (1 + np.exp(-o))
            cell[2:] = fed, memory
        y[t] = head @ fed + bias[0]
    return y


def conv_net(model: dict[str, Any], x: np.ndarray) -> np.ndarray:
    cfg, weights = model["config"], Weights(model["weights"])
    x, n_in, n = x[None], 1, cfg["channels"]
    for dilation in cfg["dilations"]:
        x = convolve(x, weights.conv(n_in, n, 2, bias=not cfg["batchnorm"]), dilation)
        if cfg["batchnorm"]:
            mean, variance, gain, bias = (weights.take(n)[:, None] for _ in range(4))
            x = (x - mean) / np.sqrt(variance + weights.take(1)) * gain + bias
        x = activate(cfg["activation"], x)
        n_in = n
    y = convolve(x, weights.conv(n, 1))
    assert weights.place == weights.values.size
    return y[0]


def render(model: dict[str, Any], x: np.ndarray) -> np.ndarray:
    """What a model's JSON object makes of `x` [T], after silence; of a container, the largest model."""
    x = np.asarray(x, np.float64)
    kind, cfg = model["architecture"], model["config"]
    if kind == "SlimmableContainer":
        return render(cfg["submodels"][-1]["model"], x)
    if kind == "LSTM":
        return lstm(model, x)
    if kind == "WaveNet":
        run, reach = wavenet(model)
        return run(np.concatenate([np.zeros(reach), x])[None])[0, reach:]
    if kind == "ConvNet":
        reach = sum(cfg["dilations"])
        return conv_net(model, np.concatenate([np.zeros(reach), x]))[reach:]
    taps = np.asarray(model["weights"], np.float32).astype(np.float64)
    response, bias = taps[: cfg["receptive_field"]], taps[cfg["receptive_field"] :]
    return np.convolve(x, response)[: x.size] + (bias[0] if cfg["bias"] else 0)
