"""`DenormalsOff`: tiny numbers count as zero while it is entered, in the thread that enters it.

Floats below 1e-38 (denormals) make a CPU up to a hundred times slower, and what dies away ends among them. Engines
switch them off in their own threads and in the one that opens them, but not in another that runs them: in a thread
that was there before the session, ONNX Runtime took 57 times as long over denormals as over other numbers.

References:
    Intel 64 and IA-32 Architectures Software Developer's Manual 1, 10.2.3 (MXCSR: DAZ is bit 6, FTZ bit 15).
    Arm Architecture Reference Manual, FPCR (FZ is bit 24). glibc and musl, bits/fenv.h (where fenv_t holds them).
"""

from __future__ import annotations

import ctypes
import platform
import struct
import sys
from types import TracebackType

_REGISTERS = {"x86_64": (28, 1 << 6 | 1 << 15), "aarch64": (0, 1 << 24)}
"""By processor: where fenv_t holds the control register of Linux, in bytes, and the bits that flush to zero."""

_N_ENVIRONMENT_BYTES = 64
"""More than any fenv_t of these has."""


class DenormalsOff:
    """A context to enter again and again, by one thread at a time; where it does nothing, `is_able` is False."""

    def __init__(self) -> None:
        register = _REGISTERS.get(platform.machine()) if sys.platform == "linux" else None
        self.is_able = register is not None
        if register is None:
            return
        # Unlike a CDLL it keeps Python's lock: letting go of it may cost the turn, for calls of some nanoseconds.
        library = ctypes.PyDLL(None)
        self.is_able = hasattr(library, "fegetenv") and hasattr(library, "fesetenv")
        if not self.is_able:
            return
        self._get, self._set = library.fegetenv, library.fesetenv
        self._get.argtypes = self._set.argtypes = [ctypes.c_void_p]
        self._buffers = [ctypes.create_string_buffer(_N_ENVIRONMENT_BYTES) for _ in range(2)]
        self._saved, self._flushing = (ctypes.addressof(buffer) for buffer in self._buffers)
        self._get(self._flushing)
        offset, bits = register
        (control,) = struct.unpack_from("=I", self._buffers[1], offset)
        struct.pack_into("=I", self._buffers[1], offset, control | bits)

    def __enter__(self) -> None:
        if self.is_able:
            self._get(self._saved)
            self._set(self._flushing)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.is_able:
            self._set(self._saved)
