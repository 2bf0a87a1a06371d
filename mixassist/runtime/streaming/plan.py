"""How the blocks of a host meet the blocks of a network: how long a run is, and how long the host has to wait for it.

Derivation. The network runs at p/q times the host's rate (a fraction in lowest terms) and takes runs of B frames, a
multiple of m. After n host frames, s = ⌈n p/q⌉ network frames are there, B ⌊s/B⌋ of them have been run, and they make
⌈B ⌊s/B⌋ q/p⌉ host frames. The host is owed n; it waits for the largest difference, (B - g) q/p rounded down, where
B - g is the most network frames that can be left over: g = 1 where any n can occur, and g = gcd(F, B) where each host
block makes F network frames exactly. For equal rates that is B - gcd(h, B) for host blocks of h, and 0 if m divides h.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

from mixassist.errors import ModelError, OptionError
from mixassist.runtime.spec import ModelSpec

ORDINARY_RATES = (8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 176400, 192000)
"""Rates in Hz between which a stream is resampled: their ratios have small terms, and so the filters small tables."""


@dataclass(frozen=True)
class HostFormat:
    """What the host of a stream sends: blocks [n_channels, block] at `rate` Hz.

    Where `is_block_fixed` is False, blocks may have any length, and `block` is the usual one.

    Raises:
        ModelError: for a block without frames.
        OptionError: for less than one channel.
    """

    block: int
    rate: int
    n_channels: int = 1
    is_block_fixed: bool = True

    def __post_init__(self) -> None:
        if self.block < 1:
            raise ModelError(f"no model runs in blocks of {self.block} frames: give a block of at least 1")
        if self.n_channels < 1:
            raise OptionError(f"n_channels is {self.n_channels}: at least 1 is needed")


@dataclass(frozen=True)
class BlockPlan:
    """Frames per run of the network, at its rate, and host frames of silence that are sent ahead."""

    n_run: int
    n_ahead: int


def plan_blocks(spec: ModelSpec, host: HostFormat) -> BlockPlan:
    """How the network is run for this host: with the least waiting, or at most once per block where that is dear.

    Where a host block makes a whole number of network frames, waiting is least. If that number is a block multiple the
    network runs once per block and nobody waits, else it runs in single block multiples, several in a block where
    they are shorter. For other hosts, at rates that make no whole number or with blocks that vary, the least waiting
    could mean a run for every frame: there a run is `block` rounded up to a block multiple, at most one per block,
    and the wait is that less a frame. A smaller `block` then trades computing for latency. A session that was opened
    for one length is run at that length.

    Raises:
        ModelError: when the host's rate is not the model's and one of them is no ordinary rate.
    """
    _require_ordinary(spec, host.rate)
    divisor = gcd(spec.rate, host.rate)
    p, q = spec.rate // divisor, host.rate // divisor
    n_made = -(-host.block * p // q)
    is_exact = host.is_block_fixed and host.block * p % q == 0
    multiple = spec.block_multiple
    n_run = spec.inputs[0].shape[-1]
    if n_run is None:
        n_run = multiple if is_exact and n_made % multiple else -(-n_made // multiple) * multiple
    n_in_step = gcd(n_made, n_run) if is_exact else 1
    return BlockPlan(n_run, (n_run - n_in_step) * q // p)


def _require_ordinary(spec: ModelSpec, rate: int) -> None:
    if spec.rate == rate:
        return
    for odd in (rate, spec.rate):
        if odd not in ORDINARY_RATES:
            offered = ", ".join(map(str, ORDINARY_RATES))
            cure = f"run it at its own {spec.rate} Hz" + (f" or at {offered}" if odd == rate else "")
            raise ModelError(f"a model of {spec.rate} Hz cannot be resampled to a stream of {rate} Hz: {cure}")
