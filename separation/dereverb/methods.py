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

STAGES = {"wpe": ("wpe",), "convolution": ("convolution", "convolution"), "auto": ("wpe", "convolution")}
"""What finds the tail, each stage in what the ones before left; `python -m benchmarks --only dereverb-methods` compares
them."""

LEFT_BY_WPE_DB = 4.0
"""How much louder the direct sound is, against the room, in what the prediction leaves."""


class TailFinder:
    """Opens streams.

    Raises:
        OptionError: when a method is asked for live that hears what comes.
    """

    def __init__(self, options: DereverbOptions) -> None:
        if options.is_live and options.method == "convolution":
            raise OptionError("--method convolution hears seconds ahead, which live cannot: use wpe, or auto")
        self._options = options
        self._stages = STAGES["wpe" if options.is_live else options.method]

    def identity(self) -> dict[str, Any]:
        """What finds the tail, as plain JSON."""
        return {"stages": list(self._stages)}

    @property
    def needs_room(self) -> bool:
        """Whether the room has to be heard beforehand; live, it cannot be."""
        return not self._options.is_live

    def open(self, rate: int, n_channels: int, room: RoomEstimate | None = None) -> RemovalStream:
        """A stream for a recording of `n_channels` at `rate` Hz in a room, as far as that was heard."""
        heard = HeardRoom.of(room)
        streams: list[RemovalStream] = []
        for name in self._stages:
            if name == "wpe":
                streams.append(self._open_prediction(rate, n_channels, room))
                heard = heard.drier(LEFT_BY_WPE_DB)
            else:
                streams.append(ConvolutionStream(rate, n_channels, self._options, heard))
        return streams[0] if len(streams) == 1 else Cascade(*streams)

    def _open_prediction(self, rate: int, n_channels: int, room: RoomEstimate | None) -> RemovalStream:
        if self._options.is_live:
            return LiveRoomStream(rate, n_channels, self._options)
        return RoomStream(rate, n_channels, self._options, None if room is None else room.rt60_s)
