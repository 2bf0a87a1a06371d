"""Live stems as a bundle plays them, mixed anew: `open_process` is what its manifest names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.errors import OptionError
from mixassist.runtime.bundle.device.opening import Order
from separation.live.separator import LiveSeparator

RESIDUAL = "residual"
DEFAULT_GAINS = {"vocals": 0.0}
"""Whoever takes a separator along wants to sing himself."""


def open_process(order: Order) -> StemMixer:
    """The separator of an order with its stems mixed anew.

    Settings: `gains`, a factor from 0 to 4 by name of a stem or `residual`; 1 for what is not named.

    Raises:
        EngineError: when no engine can run it.
        OptionError: for another setting, a stem that the model does not have, or a gain out of range.
    """
    settings: dict[str, Any] = dict(order.settings)
    gains = settings.pop("gains", DEFAULT_GAINS)
    if settings:
        raise OptionError(f"a separator has no setting {', '.join(sorted(settings))}: it has gains")
    if not isinstance(gains, Mapping):
        raise OptionError(f"gains are {gains!r}: give a factor from 0 to 4 by name of a stem or {RESIDUAL}")
    session = order.compute.open(order.artifact)
    block = order.host.block if order.host.is_block_fixed else None
    return StemMixer(LiveSeparator(session, block=block), gains)


class StemMixer:
    """What is heard of a song with its stems at other levels."""

    def __init__(self, separator: LiveSeparator, gains: Mapping[str, float]) -> None:
        names = (*separator.stems, RESIDUAL)
        for name, gain in gains.items():
            if name not in names:
                raise OptionError(f"there is no stem {name}: gains are for {', '.join(names)}")
            if not isinstance(gain, (int, float)) or not 0 <= gain <= 4:
                raise OptionError(f"the gain of {name} is {gain!r}: give a factor from 0 to 4")
        self._separator = separator
        self._gains = np.array([gains.get(name, 1.0) for name in names], np.float32)
        self.rate, self.latency_samples = separator.rate, separator.latency_samples

    def process(self, block: Samples) -> Samples:
        """What is heard while `block` [2, n] comes in."""
        heard = self._separator.process(block)
        mixed: Samples = np.tensordot(self._gains[:-1], heard.stems, 1) + self._gains[-1] * heard.residual
        return mixed
