"""What the command line must know about the machine it runs on."""

from __future__ import annotations

import os

ENGINES_HELP = "openvino, onnxruntime, onnxruntime-tensorrt, torch or tensorrt"
"""The names of `mixassist.runtime.engines.ENGINES`, which takes longer to load than help may."""


def n_cores() -> int:
    """Processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
