"""A driver that does on the host what libcuda does on a GPU, and fails loudly where a real one would crash silently.

Work queued on a stream waits until the stream is waited for; memory that was freed, or never asked for, is refused; a
thread that did not enter the device's context cannot call anything.
"""

# ruff: noqa: N802 -- the names are the driver's
from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import Any

NO_MEMORY, INVALID_CONTEXT, CAPTURE_BROKEN, NOT_SUPPORTED = 2, 201, 901, 801
NAMES = {
    NO_MEMORY: b"CUDA_ERROR_OUT_OF_MEMORY",
    INVALID_CONTEXT: b"CUDA_ERROR_INVALID_CONTEXT",
    CAPTURE_BROKEN: b"CUDA_ERROR_STREAM_CAPTURE_INVALIDATED",
    NOT_SUPPORTED: b"CUDA_ERROR_NOT_SUPPORTED",
}

Work = Callable[[], object]


class FakeCuda:
    """Functions have the driver's names; `launches` counts graphs launched, `blocks` holds live memory by address.

    `recordings` are what was recorded and not yet given back.
    """

    def __init__(self, n_bytes: int = 1 << 24, can_record: bool = True) -> None:
        self.n_bytes_left = n_bytes
        self.can_record = can_record
        self.can_instantiate = True
        self.recordings: set[int] = set()
        self.blocks: dict[int, Any] = {}
        self.queue: list[Work] = []
        self.recording: list[Work] | None = None
        self.graphs: dict[int, list[Work]] = {}
        self.launches = 0
        self.thread = threading.local()

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the driver has no function {name}")

    def enqueue(self, work: Work) -> None:
        (self.queue if self.recording is None else self.recording).append(work)

    def view(self, address: int, n_bytes: int) -> Any:
        """Live memory at an address."""
        assert address in self.blocks, f"nothing lies at {address:#x}: freed, or never taken"
        assert n_bytes <= len(self.blocks[address]), "more than was taken"
        return self.blocks[address]

    def cuGetErrorName(self, status: int, name: Any) -> int:
        name._obj.value = NAMES[status]
        return 0

    def cuInit(self, flags: Any) -> int:
        return 0

    def cuDeviceGet(self, device: Any, index: Any) -> int:
        return 0

    def cuDevicePrimaryCtxRetain(self, context: Any, device: Any) -> int:
        context._obj.value = 7
        return 0

    def cuCtxSetCurrent(self, context: Any) -> int:
        self.thread.context = context.value
        return 0

    def cuMemAllocHost_v2(self, address: Any, n_bytes: Any) -> int:
        return self._take(address, n_bytes.value)

    def cuMemAlloc_v2(self, address: Any, n_bytes: Any) -> int:
        return self._take(address, n_bytes.value)

    def cuMemFreeHost(self, address: Any) -> int:
        return self._give_back(address.value)

    def cuMemFree_v2(self, address: Any) -> int:
        return self._give_back(address.value)

    def cuStreamCreate(self, stream: Any, flags: Any) -> int:
        assert flags.value == 1, "not apart from the default stream"
        stream._obj.value = 42
        return self._status()

    def cuStreamDestroy_v2(self, stream: Any) -> int:
        return self._status()

    def cuMemcpyHtoDAsync_v2(self, device: Any, host: Any, n_bytes: Any, stream: Any) -> int:
        return self._copy(device.value, host.value, n_bytes.value)

    def cuMemcpyDtoHAsync_v2(self, host: Any, device: Any, n_bytes: Any, stream: Any) -> int:
        return self._copy(host.value, device.value, n_bytes.value)

    def cuMemsetD8Async(self, device: Any, value: Any, n_bytes: Any, stream: Any) -> int:
        memory = self.view(device.value, n_bytes.value)
        self.enqueue(lambda: ctypes.memset(memory, value.value, n_bytes.value))
        return self._status()

    def cuStreamSynchronize(self, stream: Any) -> int:
        assert self.recording is None, "waiting breaks a recording"
        while self.queue:
            self.queue.pop(0)()
        return self._status()

    def cuStreamBeginCapture_v2(self, stream: Any, mode: Any) -> int:
        self.recording = []
        return self._status()

    def cuStreamEndCapture(self, stream: Any, graph: Any) -> int:
        recorded, self.recording = self.recording, None
        assert recorded is not None
        if not self.can_record:
            return CAPTURE_BROKEN
        graph._obj.value = len(self.graphs) + 1
        self.graphs[graph._obj.value] = recorded
        self.recordings.add(graph._obj.value)
        return self._status()

    def cuGraphInstantiateWithFlags(self, executable: Any, graph: Any, flags: Any) -> int:
        assert graph.value in self.recordings
        if not self.can_instantiate:
            return NOT_SUPPORTED
        executable._obj.value = graph.value
        return self._status()

    def cuGraphDestroy(self, graph: Any) -> int:
        self.recordings.remove(graph.value)
        return self._status()

    def cuGraphExecDestroy(self, executable: Any) -> int:
        return self._status()

    def cuGraphLaunch(self, executable: Any, stream: Any) -> int:
        self.launches += 1
        self.queue += self.graphs[executable.value]
        return self._status()

    def _status(self) -> int:
        return 0 if getattr(self.thread, "context", None) == 7 else INVALID_CONTEXT

    def _take(self, address: Any, n_bytes: int) -> int:
        if n_bytes > self.n_bytes_left:
            return NO_MEMORY
        self.n_bytes_left -= n_bytes
        memory = (ctypes.c_ubyte * n_bytes)(*([255] * min(n_bytes, 1 << 16)))  # what nobody wrote is NaN
        address._obj.value = ctypes.addressof(memory)
        self.blocks[ctypes.addressof(memory)] = memory
        return self._status()

    def _give_back(self, address: int) -> int:
        self.n_bytes_left += len(self.blocks.pop(address))
        return self._status()

    def _copy(self, target: int, source: int, n_bytes: int) -> int:
        into, out_of = self.view(target, n_bytes), self.view(source, n_bytes)
        self.enqueue(lambda: ctypes.memmove(into, out_of, n_bytes))
        return self._status()
