"""One file, several widths: a WaveNet whose first channels alone are a smaller amp.

Conventions:
    An array says under `slimmable` which widths it was trained for; those of the smaller networks are the first
    channels of every convolution. Input, condition, and what leaves the last array keep their channels. A size in 0..1
    chooses evenly among the widths, as sizes choose in a container.

References:
    S. Atkinson 2025, "Slimmable NAM", arXiv:2511.07470; neural-amp-modeler, nam/models/wavenet/_slimmable_conv.py;
    NeuralAmpModelerCore, NAM/wavenet/slimmable.cpp, whose order of weights and choice of widths this is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from amp_models.wavenet.config import LayerArray, WaveNetConfig
from mixassist.errors import ModelError

Shape = tuple[int, ...]


def n_widths(config: WaveNetConfig) -> int:
    """How many sizes there are to choose from: 1 where the WaveNet is not slimmable."""
    return max((len(array.widths) for array in config.arrays), default=1) or 1


def slim(config: WaveNetConfig, weights: NDArray[np.float32], size: float) -> tuple[WaveNetConfig, NDArray[np.float32]]:
    """The network of one size, with its own weights and no other size to choose from.

    Raises:
        ModelError: when there are parts of which the format does not say how they are slimmed, or the weights are too
            few or too many.
    """
    if config.post_head is not None or any(_is_special(array) for array in config.arrays):
        raise ModelError("this WaveNet has parts that cannot be slimmed: leave the size out")
    slimmed = _slimmed(config, [_width(array, size) for array in config.arrays])
    full, small = (list(_shapes(each)) for each in (config, slimmed))
    ends = np.cumsum([0, *(int(np.prod(shape)) for shape in full)])
    if ends[-1] != weights.size:
        raise ModelError(f"the file holds {weights.size} weights, its WaveNet takes {ends[-1]}: download it again")
    tensors = (weights[start:end].reshape(shape) for (start, end), shape in zip(pairwise(ends), full, strict=True))
    kept = [tensor[tuple(map(slice, shape))].ravel() for tensor, shape in zip(tensors, small, strict=True)]
    return slimmed, np.concatenate(kept)


def _width(array: LayerArray, size: float) -> int:
    widths = array.widths or (array.n_channels,)
    return widths[min(int(size * len(widths)), len(widths) - 1)]


def _is_special(array: LayerArray) -> bool:
    has_slopes = any(isinstance(value, list) for layer in array.layers for value in layer.activation.values.values())
    is_grouped = max(array.groups, array.mixer_groups, array.layer1x1_groups) > 1
    return is_grouped or has_slopes or array.head1x1_groups > 0 or array.head.kernel > 1 or bool(array.films)


def _slimmed(config: WaveNetConfig, widths: list[int]) -> WaveNetConfig:
    """The config with that many channels in each array; neighbours follow."""
    arrays = []
    for index, (array, width) in enumerate(zip(config.arrays, widths, strict=True)):
        bottleneck = max(1, array.n_bottleneck * width // array.n_channels) if array.layer1x1_groups else width
        is_last = index == len(widths) - 1
        arrays.append(
            replace(
                array,
                n_in=array.n_in if index == 0 else widths[index - 1],
                n_channels=width,
                n_bottleneck=bottleneck,
                head=array.head if is_last else replace(array.head, n_out=widths[index + 1]),
                widths=(),
            )
        )
    return replace(config, arrays=tuple(arrays))


def _shapes(config: WaveNetConfig) -> Iterator[Shape]:
    """The shapes of the weights, in the order of the file."""
    for array in config.arrays:
        n, n_inner = array.n_channels, array.n_bottleneck
        yield n, array.n_in
        for layer in array.layers:
            n_bent = n_inner if layer.gating == "none" else 2 * n_inner
            yield from ((n_bent, n, layer.kernel), (n_bent,), (n_bent, array.n_condition))
            if array.layer1x1_groups:
                yield from ((n, n_inner), (n,))
        yield array.head.n_out, n_inner
        if array.head.has_bias:
            yield (array.head.n_out,)
    yield (1,)
