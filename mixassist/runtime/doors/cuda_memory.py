"""Memory, streams and graphs of an NVIDIA GPU, by its driver alone: where TensorRT runs there need be no torch.

The driver is called through ctypes, in its documented C interface (cuda.h, CUDA 11.4 and later); everything happens in
the device's primary context, which libraries above the driver share.
"""

from __future__ import annotations

import contextlib
import gc
import math
import weakref
from collections.abc import Callable, Iterator
from ctypes import byref, c_int, c_size_t, c_ubyte, c_uint, c_uint64, c_ulonglong, c_void_p
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import EngineError
from mixassist.runtime.doors.nvidia import error_name, load_driver

_NON_BLOCKING = c_uint(1)  # CU_STREAM_NON_BLOCKING: does not wait for the default stream
_THREAD_LOCAL = c_int(1)  # CU_STREAM_CAPTURE_MODE_THREAD_LOCAL: other threads may go on calling CUDA


class Cuda:
    """The first GPU. Every thread that uses it has to `enter` first.

    Raises:
        EngineError: when the driver is absent or refuses.
    """

    def __init__(self) -> None:
        try:
            self._driver = load_driver()
        except OSError as error:
            raise EngineError(f"the NVIDIA driver cannot be loaded ({error}): choose another engine") from error
        device, self._context = c_int(), c_void_p()
        self.call("cuInit", c_uint(0))
        self.call("cuDeviceGet", byref(device), c_int(0))
        self.call("cuDevicePrimaryCtxRetain", byref(self._context), device)
        self.enter()

    def call(self, name: str, *arguments: Any) -> None:
        """Calls a function of the driver.

        Raises:
            EngineError: when it gives anything but success.
        """
        status = getattr(self._driver, name)(*arguments)
        if status != 0:
            reason = error_name(self._driver, status)
            raise EngineError(f"the GPU refuses {name} ({reason}): choose device cpu, or free the GPU")

    def enter(self) -> None:
        """Makes the GPU the one of this thread."""
        self.call("cuCtxSetCurrent", self._context)

    def pinned_zeros(self, shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
        """Zeros in host memory that the GPU reads and writes by itself; freed with the last array that shows it."""
        n_bytes = math.prod(shape) * np.dtype(dtype).itemsize
        address = c_void_p()
        self.call("cuMemAllocHost_v2", byref(address), c_size_t(max(1, n_bytes)))
        assert address.value is not None
        memory = (c_ubyte * n_bytes).from_address(address.value)
        self.free_with(memory, "cuMemFreeHost", address)
        array = np.ctypeslib.as_array(memory).view(dtype).reshape(shape)
        array.fill(0)
        return array

    def free_with(self, owner: Any, function: str, *address: Any) -> None:
        """Gives something back to the driver when `owner` goes; at the end of the process all is given back anyway."""

        def free() -> None:
            # Nobody is there to catch an error, and a GPU that fails has nothing to give back.
            with contextlib.suppress(EngineError):
                self.enter()
                self.call(function, *address)

        weakref.finalize(owner, free).atexit = False


class DeviceBuffer:
    """`n_bytes` of the GPU's memory at `address`, freed with this object."""

    def __init__(self, cuda: Cuda, n_bytes: int) -> None:
        address = c_uint64()
        cuda.call("cuMemAlloc_v2", byref(address), c_size_t(max(1, n_bytes)))
        self.n_bytes = n_bytes
        self.address = address.value
        cuda.free_with(self, "cuMemFree_v2", address)


class CudaGraph:
    """Work recorded once, to be launched as a whole.

    Raises:
        EngineError: when the driver cannot make it ready.
    """

    def __init__(self, cuda: Cuda, recorded: c_void_p, stream: c_void_p) -> None:
        executable = c_void_p()
        cuda.call("cuGraphInstantiateWithFlags", byref(executable), recorded, c_ulonglong(0))
        cuda.free_with(self, "cuGraphExecDestroy", executable)
        self._call, self._arguments = cuda.call, (executable, stream)

    def launch(self) -> None:
        self._call("cuGraphLaunch", *self._arguments)


class CudaStream:
    """A queue of work of its own; `pointer` is what libraries above the driver call the stream."""

    def __init__(self, cuda: Cuda) -> None:
        self._cuda = cuda
        self._stream = c_void_p()
        cuda.call("cuStreamCreate", byref(self._stream), _NON_BLOCKING)
        cuda.free_with(self, "cuStreamDestroy_v2", self._stream)

    @property
    def pointer(self) -> int:
        return self._stream.value or 0

    def upload(self, array: NDArray[Any], buffer: DeviceBuffer) -> None:
        """Queues a copy of a pinned array to the GPU."""
        size = c_size_t(array.nbytes)
        self._cuda.call(
            "cuMemcpyHtoDAsync_v2", c_uint64(buffer.address), c_void_p(array.ctypes.data), size, self._stream
        )

    def download(self, buffer: DeviceBuffer, array: NDArray[Any]) -> None:
        """Queues a copy from the GPU into a pinned array."""
        size = c_size_t(array.nbytes)
        self._cuda.call(
            "cuMemcpyDtoHAsync_v2", c_void_p(array.ctypes.data), c_uint64(buffer.address), size, self._stream
        )

    def clear(self, buffer: DeviceBuffer) -> None:
        """Queues zeros for a whole buffer."""
        size = c_size_t(buffer.n_bytes)
        self._cuda.call("cuMemsetD8Async", c_uint64(buffer.address), c_ubyte(0), size, self._stream)

    def wait(self) -> None:
        """Returns when all that was queued is done."""
        self._cuda.call("cuStreamSynchronize", self._stream)

    def record(self, work: Callable[[], None]) -> CudaGraph | None:
        """What `work` queues, as a graph and not yet done; None when something in it cannot be recorded."""
        recorded = c_void_p()
        with contextlib.suppress(EngineError), collection_paused():
            try:
                self._capture(work, recorded)
                return CudaGraph(self._cuda, recorded, self._stream)
            finally:
                if recorded.value:
                    self._cuda.call("cuGraphDestroy", recorded)
        return None

    def _capture(self, work: Callable[[], None], recorded: c_void_p) -> None:
        self._cuda.call("cuStreamBeginCapture_v2", self._stream, _THREAD_LOCAL)
        try:
            work()
        finally:
            self._cuda.call("cuStreamEndCapture", self._stream, byref(recorded))


@contextlib.contextmanager
def collection_paused() -> Iterator[None]:
    """Python collects no garbage meanwhile: memory that is given back to the GPU breaks what is being recorded."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@lru_cache(maxsize=1)
def open_cuda() -> Cuda:
    """The first GPU, opened once per process.

    Raises:
        EngineError: when the driver is absent or refuses.
    """
    return Cuda()
