"""Arrays that are used again: fresh ones cost more than what is computed in them, for the system clears every page."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from math import prod

import numpy as np
from numpy.typing import NDArray


class Workspace(threading.local):
    """Arrays by name, each thread its own; what one holds is lost when its name is asked for again."""

    def __init__(self) -> None:
        self._buffers: dict[Hashable, NDArray[np.float32]] = {}

    def array(self, name: Hashable, *shape: int) -> NDArray[np.float32]:
        """An array of that shape, its values left over from before."""
        n = prod(shape)
        buffer = self._buffers.get(name)
        if buffer is None or buffer.size < n:
            buffer = self._buffers[name] = np.empty(n, np.float32)
        return buffer[:n].reshape(shape)
