"""A timbre as a bundle plays it: `open_process` is what its manifest names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mixassist.audio.live_desk import BlockProcess
from mixassist.errors import OptionError
from mixassist.runtime.bundle.device.opening import Order
from transfer.controls.matching import ControlMatch, MatchOptions
from transfer.controls.statistics import ControlStatistics
from transfer.instrument.stream import InstrumentOptions, InstrumentStream

SETTINGS: Mapping[str, tuple[type, ...]] = {
    "shift_semitones": (int, float, type(None)),
    "use_loudness": (bool,),
    "use_mask": (bool,),
    "autotune": (int, float),
}
"""What may be turned, and what it may be."""


def open_process(order: Order) -> BlockProcess:
    """The instrument of an order, which comes to know the player as it is played.

    Settings: those of `MatchOptions`.

    Raises:
        EngineError: when no engine can run it.
        ModelError: when the model lacks what it learned from.
        OptionError: for a setting that timbres do not have, or that is out of range.
    """
    settings: dict[str, Any] = dict(order.settings)
    odd = ", ".join(sorted(set(settings) - set(SETTINGS)))
    if odd:
        raise OptionError(f"a timbre has no setting {odd}: it has {', '.join(SETTINGS)}")
    for name, value in settings.items():
        if not isinstance(value, SETTINGS[name]):
            raise OptionError(f"a timbre's {name} is {value!r}: give one of {_named(SETTINGS[name])}")
    learned = ControlStatistics.from_dict(order.artifact.spec.options.get("statistics"))
    session = order.compute.open(order.artifact, 1)
    options = InstrumentOptions(order.host.block, order.host.is_block_fixed)
    return InstrumentStream(session, ControlMatch(learned, options=MatchOptions(**settings)), options)


def _named(types: tuple[type, ...]) -> str:
    return ", ".join("null" if kind is type(None) else kind.__name__ for kind in types)
