"""Restoration: a small network that says what of a recording is sound, what is tail of a room and what is noise.

Task: `open_restoration` opens a stream that finds the tail, or the noise, in sound of any rate; `separation.removal`
takes it away. `python -m separation.restoration.training` trains the network, `python -m
separation.restoration.artifact` publishes it.

Conventions: each bin of a spectrum is shared out among `PARTS`; the shares sum to 1 and are the same for all channels,
so that the image stays. The early part of a room, 50 ms, counts as sound.
"""

from separation.restoration.opening import RestorationOptions, has_network, open_network, open_restoration
from separation.restoration.stream import PARTS, RestorationStream

__all__ = [
    "PARTS",
    "RestorationOptions",
    "RestorationStream",
    "has_network",
    "open_network",
    "open_restoration",
]
