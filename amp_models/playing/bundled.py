"""An amp as a bundle plays it: `open_process` is what its manifest names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from amp_models.nam.facts import facts_of_spec
from amp_models.playing.play_path import LONGEST_PARTITION, SHORTEST_PARTITION, PlayOptions, gains, open_amp_stream
from mixassist.audio.buffer import Samples
from mixassist.dsp.partitioned_convolution import PartitionedConvolution
from mixassist.errors import ModelError, OptionError
from mixassist.runtime.bundle.device.opening import Order
from mixassist.runtime.streaming.channels import count_streams
from mixassist.runtime.streaming.plan import HostFormat, plan_blocks
from mixassist.runtime.streaming.stream import Stream

CABINET = "cabinet.npz"
"""A file beside the network: `response` [T] of a loudspeaker, at `rate` Hz."""

SETTINGS = ("input_dbu", "is_normalized", "use_cabinet")


def open_process(order: Order) -> BundledAmp:
    """The amp of an order, and its cabinet where it has one.

    Settings: `input_dbu` and `is_normalized` as in `PlayOptions`; `use_cabinet` False leaves the cabinet out.

    Raises:
        EngineError: when no engine can run it.
        ModelError: when the network cannot be streamed at such a rate, or its cabinet is for another.
        OptionError: for a setting that amps do not have.
    """
    settings = dict(order.settings)
    odd = ", ".join(sorted(set(settings) - set(SETTINGS)))
    if odd:
        raise OptionError(f"an amp has no setting {odd}: it has {', '.join(SETTINGS)}")
    level_dbu = settings.get("input_dbu")
    if level_dbu is not None and not isinstance(level_dbu, (int, float)):
        raise OptionError(f"an amp's input_dbu is {level_dbu!r}: give the dBu that reach full scale, or null")
    cabinet = _cabinet(order) if settings.pop("use_cabinet", True) else None
    spec = order.artifact.spec
    n_streams = count_streams(spec, order.host.n_channels)
    session = order.compute.open(order.artifact, plan_blocks(spec, order.host).n_run, n_streams)
    facts = facts_of_spec(spec, order.artifact.name)
    options = PlayOptions(**settings)
    return BundledAmp(open_amp_stream(session, order.host, options), gains(facts, options), cabinet)


class BundledAmp:
    """An amp and the cabinet behind it; `gains` lie before and after them."""

    def __init__(
        self, stream: Stream, gains: tuple[np.float32, np.float32], cabinet: PartitionedConvolution | None
    ) -> None:
        self._stream, self._cabinet = stream, cabinet
        self._gain_in, self._gain_out = gains
        self.rate, self.latency_samples = stream.rate, stream.latency_samples

    def process(self, block: Samples) -> Samples:
        """What is heard while `block` [1, n] comes in; the array is used again by the next call."""
        out = self._stream.process(self._gain_in * block)
        if self._cabinet is not None:
            self._cabinet.process(out, out)
        return np.multiply(out, self._gain_out, out=out)


def cabinet_arrays(response: Samples, rate: int) -> dict[str, Any]:
    """What `CABINET` holds, for `numpy.savez`."""
    return {"response": response, "rate": np.array(rate)}


def _cabinet(order: Order) -> PartitionedConvolution | None:
    path: Path = order.artifact.path / CABINET
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as arrays:
        response, rate = arrays["response"], int(arrays["rate"])
    host: HostFormat = order.host
    if rate != host.rate:
        raise ModelError(
            f"the cabinet of {order.artifact.name} is for {rate} Hz, the card runs at {host.rate} Hz: set rate"
            f" to {rate}, or use_cabinet to false"
        )
    n_partition = min(max(host.block, SHORTEST_PARTITION), LONGEST_PARTITION)
    return PartitionedConvolution(response, host.n_channels, n_partition)
