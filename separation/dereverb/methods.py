"""From a method's name to the stream that finds a room's tail by it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from mixassist.errors import OptionError
from mixassist.runtime import Session
from separation.dereverb.live_stream import LiveRoomStream
from separation.dereverb.options import DereverbOptions
from separation.dereverb.stream import RoomStream
from separation.removal import RemovalStream
from separation.removal_cascade import Cascade
from separation.restoration.opening import (
    RestorationOptions,
    find_network,
    has_network,
    open_network,
    open_restoration,
)


class TailFinder:
    """Opens streams; all of them share one open network, where the method has one.

    Raises:
        OptionError: when the method is `net` and no network is there.
    """

    def __init__(self, options: DereverbOptions) -> None:
        self._options = options
        self._network = RestorationOptions(is_live=options.is_live)
        is_there = options.method != "wpe" and has_network(self._network)
        if options.method == "net" and not is_there:
            raise OptionError(
                "--method net needs a trained network, and none comes with this mixassist: use wpe, or auto"
            )
        self.uses = {"net": ("net",), "auto": ("wpe", "net") if is_there else ("wpe",), "wpe": ("wpe",)}[options.method]
        """What finds the tail, one after the other."""

    def identity(self) -> dict[str, Any]:
        """What finds the tail, as plain JSON: another network is another way."""
        network = find_network(self._network).sha256 if "net" in self.uses else None
        return {"uses": list(self.uses), "network": network}

    @property
    def needs_room(self) -> bool:
        """Whether it matters how long the room rings; live, that cannot be heard beforehand."""
        return "wpe" in self.uses and not self._options.is_live

    def open(self, rate: int, n_channels: int, rt60_s: float | None) -> RemovalStream:
        """A stream for a recording of `n_channels` at `rate` Hz in a room that rings for `rt60_s`, if that is known."""
        streams = [self._open_one(name, rate, n_channels, rt60_s) for name in self.uses]
        return streams[0] if len(streams) == 1 else Cascade(*streams)

    def _open_one(self, name: str, rate: int, n_channels: int, rt60_s: float | None) -> RemovalStream:
        if name == "wpe":
            return room_stream(rate, n_channels, self._options, rt60_s)
        return open_restoration(self._session, ["tail"], rate, n_channels)

    @cached_property
    def _session(self) -> Session:
        return open_network(self._network)


def room_stream(rate: int, n_channels: int, options: DereverbOptions, rt60_s: float | None = None) -> RemovalStream:
    """The prediction alone, live or not."""
    if options.is_live:
        return LiveRoomStream(rate, n_channels, options)
    return RoomStream(rate, n_channels, options, rt60_s)
