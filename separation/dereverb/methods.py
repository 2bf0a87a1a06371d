"""From a method's name to the stream that finds a room's tail by it."""

from __future__ import annotations

from typing import Any

from mixassist.dsp.blind_decay import RoomEstimate
from mixassist.errors import OptionError
from separation.dereverb.convolution_stream import ConvolutionStream, HeardRoom
from separation.dereverb.live_stream import LiveRoomStream
from separation.dereverb.options import DereverbOptions
from separation.dereverb.stream import RoomStream
from separation.removal import RemovalStream
from separation.removal_cascade import Cascade

STAGES: dict[str, dict[int, tuple[str, ...]]] = {
    "wpe": {1: ("wpe",), 2: ("wpe",)},
    "convolution": {1: ("convolution", "convolution"), 2: ("convolution", "convolution")},
    "auto": {1: ("convolution", "convolution"), 2: ("wpe", "convolution")},
}
"""What finds the tail in one channel and in two, each stage in what the ones before left. Two channels foretell each
other, so there the prediction goes first; `python -m benchmarks --only dereverb-methods` compares them."""


class TailFinder:
    """Opens streams.

    Raises:
        OptionError: when a method is asked for live that hears what comes.
    """

    def __init__(self, options: DereverbOptions) -> None:
        if options.is_live and options.method == "convolution":
            raise OptionError("--method convolution hears seconds ahead, which live is not to be had: use wpe, or auto")
        self._options = options
        self._stages = STAGES["wpe" if options.is_live else options.method]

    def identity(self) -> dict[str, Any]:
        """What finds the tail, as plain JSON."""
        return {"mono": list(self._stages[1]), "stereo": list(self._stages[2])}

    @property
    def needs_room(self) -> bool:
        """Whether the room has to be heard beforehand; live, it cannot be."""
        return not self._options.is_live

    def open(self, rate: int, n_channels: int, room: RoomEstimate | None = None) -> RemovalStream:
        """A stream for a recording of `n_channels` at `rate` Hz in a room, as far as that was heard."""
        streams = [self._open_one(name, rate, n_channels, room) for name in self._stages[n_channels]]
        return streams[0] if len(streams) == 1 else Cascade(*streams)

    def _open_one(self, name: str, rate: int, n_channels: int, room: RoomEstimate | None) -> RemovalStream:
        if name == "convolution":
            return ConvolutionStream(rate, n_channels, self._options, HeardRoom.of(room))
        if self._options.is_live:
            return LiveRoomStream(rate, n_channels, self._options)
        return RoomStream(rate, n_channels, self._options, None if room is None else room.rt60_s)
