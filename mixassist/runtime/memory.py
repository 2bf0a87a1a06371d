"""How much memory this process has needed so far."""

from __future__ import annotations

import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_memory_mb() -> float | None:
    """Peak resident memory of this process in MB (10^6 bytes); None where the system does not tell (Windows)."""
    if _STATUS.exists():
        # Not getrusage: there a process inherits the peak of the one that started it.
        peak = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return round(int(peak.split()[1]) * 1024 / 1e6, 1)
    try:
        import resource
    except ImportError:
        return None
    peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak_bytes / 1e6, 1) if sys.platform == "darwin" else round(peak_bytes * 1024 / 1e6, 1)
