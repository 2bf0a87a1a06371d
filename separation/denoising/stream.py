"""`NoiseStream`: sound in, its noise out: clicks, hum and hiss, one after the other.

Task: lead a stream through a stage per kind of noise, each hearing what the one before left.

Conventions: blocks are float32 [C, n] with any n; the noise lies exactly beside the sound, and sound - noise is clean.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from separation.denoising.clicks import ClickStream
from separation.denoising.hiss import HissStream
from separation.denoising.hum import HumStream
from separation.denoising.options import DenoiseOptions
from separation.removal_cascade import Cascade

Floats = NDArray[np.float32]


class NoiseStream:
    """The noise of a stream of `n_channels` at `rate` Hz."""

    def __init__(self, rate: int, n_channels: int, options: DenoiseOptions) -> None:
        self._clicks = ClickStream(rate, n_channels) if "clicks" in options.kinds else None
        self._hum = HumStream(rate, n_channels) if "hum" in options.kinds else None
        self._hiss = HissStream(rate, n_channels) if "hiss" in options.kinds else None
        self._stages = Cascade(*(stage for stage in (self._clicks, self._hum, self._hiss) if stage is not None))

    @property
    def latency_samples(self) -> int:
        """How much later than its sound something comes, at most, beyond the block it is in."""
        return self._stages.latency_samples

    def process(self, block: Floats) -> Floats:
        """What is ready by now [C, m], following what earlier calls gave; m may be 0. NaN and infinity count as 0."""
        return self._stages.process(np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0))

    def finish(self) -> Floats:
        """The rest: with it, there is as much as there was sound."""
        return self._stages.finish()

    def measured(self) -> dict[str, Any]:
        """What was found so far, as plain JSON: clicks, mains in Hz, the floor in dBFS; None where there was none."""
        found: dict[str, Any] = {}
        if self._clicks is not None:
            found["n_clicks"] = self._clicks.n_clicks
        if self._hum is not None:
            found["hum_hz"] = self._hum.frequency_hz
        if self._hiss is not None:
            found["floor_dbfs"] = self._hiss.floor_dbfs
        return found
