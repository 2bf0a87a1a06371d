"""Examples as the network and its loss take them: what is looked at of some bins, and the powers of the parts there.

Conventions: P parts that may be taken (tail, noise), T frames, F bins, N points: bins of frames. Powers are sums over
channels.

This module is a door of torch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mixassist.dsp.stream_spectrum import SpectrumGrid, StreamStft
from separation.restoration.examples import Example, ExampleMaker
from separation.restoration.net import RestorationNet, RestorationNetOptions, first_states
from separation.restoration.stream import PARTS
from separation.restoration.views import Views
from separation.songs import RATE

Floats = NDArray[np.float32]

QUIET_FLOOR = 1e-4
"""Of the mean power per bin: what is quieter than that counts by its energy."""


@dataclass(frozen=True)
class Points:
    """Bins drawn from an example, and what its loss needs of the parts that may be taken there.

    Attributes:
        seen: what the network looks at, [D, N], half precision.
        power: of what is heard, [2, N]: how much of its energy each point stands for, and how much of its energy when
            each bin is weighed by the inverse root of its power.
        common: Re(X Y*) of what is heard X and each part Y, weighed alike, [P, 2, N].
        parts: power of each part, weighed alike, [P, 2, N].
        is_dry: whether the tail is known.
    """

    seen: Tensor
    power: Tensor
    common: Tensor
    parts: Tensor
    is_dry: bool


@dataclass
class PointBank:
    """Points of `n_examples` examples, each made when it is first asked for; of each example `n_points`, about."""

    maker: ExampleMaker
    options: RestorationNetOptions
    n_examples: int
    n_points: int
    _kept: dict[int, Points] = field(default_factory=dict)

    def stream(self, first: int) -> Iterator[Points]:
        """Examples from number `first` on, without end; each time through the bank in another order."""
        for index in count(first):
            turn, at = divmod(index, self.n_examples)
            order = np.random.default_rng((self.maker.seed, turn)).permutation(self.n_examples)
            yield self[int(order[at])]

    def __getitem__(self, number: int) -> Points:
        if number not in self._kept:
            rng = np.random.default_rng((self.maker.seed, number, 1))
            self._kept[number] = draw_points(self.maker[number], self.options, self.n_points, rng)
        return self._kept[number]


def heard_by(example: Example, options: RestorationNetOptions) -> Floats:
    """Views [V, F, T] of an example as the network will meet it in a stream that begins with it."""
    whole = _whole_hops(example, options).sum(axis=0)
    return Views(options.n_bins, options.hop, RATE).process(_spectrum(whole, options), whole)


@torch.no_grad()
def draw_points(example: Example, options: RestorationNetOptions, n_points: int, rng: np.random.Generator) -> Points:
    """About `n_points` points of an example, the likelier the more they have of its energy."""
    views = torch.from_numpy(heard_by(example, options)[None])
    power, common, parts = _powers(example, options)
    seen = RestorationNet(options).see(views, *first_states(options))[0]
    n_judged = len(power) - options.n_ahead
    likely = np.sqrt(power[:n_judged] + 1e-12)
    likely = np.minimum(likely * n_points / likely.sum(), 1)
    frames, bins = np.nonzero(rng.random(likely.shape) < likely)
    stands_for = 1 / likely[frames, bins]
    mean = power[:n_judged].mean()
    weights = np.stack([stands_for, stands_for / np.sqrt(power[frames, bins] + QUIET_FLOOR * mean + 1e-12)])
    weights /= np.maximum((weights * power[frames, bins]).sum(axis=1, keepdims=True), 1e-9)

    def weighed(powers: Floats) -> Tensor:
        return torch.from_numpy((weights * powers[..., None, frames, bins]).astype(np.float32))

    looked_at = seen[:, frames + options.n_ahead, bins].half()
    return Points(looked_at, weighed(power), weighed(common), weighed(parts), example.is_dry)


def _powers(example: Example, options: RestorationNetOptions) -> tuple[Floats, Floats, Floats]:
    """Power of what is heard [T, F], Re(X Y*) and power of each part [P, T, F], at a level of about 1."""
    sounds = _whole_hops(example, options)
    whole = sounds.sum(axis=0)
    level = np.float32(max(float(np.sqrt(np.mean(whole**2))), 1e-5))
    heard = _spectrum(whole / level, options)
    power = _product(heard, heard)
    common, parts = np.zeros((2, len(PARTS) - 1, *power.shape), np.float32)
    for index, sound in enumerate(sounds[1:]):
        if sound.any():
            found = _spectrum(sound / level, options)
            common[index], parts[index] = _product(heard, found), _product(found, found)
    return power, common, parts


def _whole_hops(example: Example, options: RestorationNetOptions) -> Floats:
    return example.parts[..., : example.parts.shape[-1] // options.hop * options.hop]


def _spectrum(sound: Floats, options: RestorationNetOptions) -> NDArray[np.complex64]:
    return StreamStft(SpectrumGrid(options.n_fft, options.hop), len(sound)).process(sound)


def _product(one: NDArray[np.complex64], other: NDArray[np.complex64]) -> Floats:
    """Re(X Y*) [T, F] of two spectra [C, F, T]."""
    product: Floats = np.sum(one.real * other.real + one.imag * other.imag, axis=0).T
    return product
