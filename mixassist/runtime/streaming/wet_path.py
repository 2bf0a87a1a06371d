"""`WetPath`: from the host's blocks through a network and back, with its delay known to the sample.

    host ─ resampler ─ Fifo ─ network, n_run frames at a time ─ resampler ─ Fifo, n_ahead zeros at the start ─ host

Where the rates are equal and the network runs the very blocks of the host, nothing is left of that but the network.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.runtime.session import Session
from mixassist.runtime.spec import ModelSpec
from mixassist.runtime.streaming.channels import ChannelRunner
from mixassist.runtime.streaming.fifo import Fifo
from mixassist.runtime.streaming.plan import HostFormat, plan_blocks
from mixassist.runtime.streaming.resampler import HALF_LENGTH, PolyphaseResampler


class WetPath:
    """What a host hears of a network. `latency_samples` counts everything, at the host's rate, and is exact."""

    def __init__(self, session: Session, host: HostFormat) -> None:
        rate = session.spec.rate
        plan = plan_blocks(session.spec, host)
        self._n_run, self._n_ahead = plan.n_run, plan.n_ahead
        self._runner = ChannelRunner(session, host.n_channels, plan.n_run)
        self.controls = self._runner.controls
        self._is_direct = rate == host.rate and host.is_block_fixed and plan.n_run == host.block
        delay_samples, extra_delay = _whole_delay(session.spec, host.rate)
        self.latency_samples = plan.n_ahead + delay_samples
        self._to_net = self._from_net = None
        if rate != host.rate:
            self._to_net = PolyphaseResampler((host.rate, rate), host.n_channels, host.block)
            self._from_net = PolyphaseResampler((rate, host.rate), host.n_channels, plan.n_run, extra_delay)
        self._result = np.empty((host.n_channels, plan.n_run), dtype=np.float32)
        n_given = ceil(host.block * rate / host.rate) + 1
        n_made = ceil(plan.n_run * host.rate / rate) + 1
        self._waiting = Fifo(host.n_channels, plan.n_run + n_given)
        self._ready = Fifo(host.n_channels, plan.n_ahead + host.block + n_made)
        self.reset()

    def process(self, block: Samples, out: Samples) -> None:
        """Writes the network's part of `block` into `out`, both [C, n] with n up to the host's block."""
        if self._is_direct:
            self._runner.run(block, out)
            return
        self._waiting.push(block if self._to_net is None else self._to_net.process(block))
        while len(self._waiting) >= self._n_run:
            self._runner.run(self._waiting.pop(self._n_run), self._result)
            self._ready.push(self._result if self._from_net is None else self._from_net.process(self._result))
        out[:] = self._ready.pop(out.shape[1])

    def reset(self) -> None:
        """Back to silence, as if just opened."""
        self._runner.reset()
        self._waiting.refill(0)
        self._ready.refill(self._n_ahead)
        for resampler in (self._to_net, self._from_net):
            if resampler is not None:
                resampler.reset()


def _whole_delay(spec: ModelSpec, rate: int) -> tuple[int, float]:
    """Delay of network and resamplers in samples at `rate`, and what the way back must add to make it whole.

    The latter is in samples at the network's rate. Only a whole delay lets the dry signal be aligned exactly.
    """
    if spec.rate == rate:
        return spec.latency_samples, 0.0
    ratio = Fraction(rate, spec.rate)
    shortest = 2 * HALF_LENGTH * max(Fraction(1), ratio) + spec.latency_samples * ratio
    return ceil(shortest), float((ceil(shortest) - shortest) / ratio)
