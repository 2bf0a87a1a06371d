"""A texture as a bundle plays it: `open_process` is what its manifest names."""

from __future__ import annotations

from mixassist.audio.live_desk import BlockProcess
from mixassist.errors import OptionError
from mixassist.runtime.bundle.device.opening import Order
from transfer.instrument.stream import InstrumentOptions
from transfer.texture.design import TextureDesign
from transfer.texture.stream import TextureStream


def open_process(order: Order) -> BlockProcess:
    """The texture of an order.

    Raises:
        EngineError: when no engine can run it.
        ModelError: when the model does not say how it is built.
        OptionError: for any setting: a texture takes what is played as it comes.
    """
    if order.settings:
        raise OptionError(f"a texture has no settings: leave out {', '.join(sorted(order.settings))}")
    block = order.host.block
    frame = TextureDesign.from_dict(order.artifact.spec.options.get("design")).frame
    session = order.compute.open(order.artifact, block if block % frame == 0 else frame)
    return TextureStream(session, InstrumentOptions(block, order.host.is_block_fixed))
