"""What the laws about packages and libraries share."""

from __future__ import annotations

PACKAGES = ("mixassist", "separation", "transfer", "amp_models", "cli")

HEAVY = {
    "av",
    "demucs",
    "librosa",
    "numba",
    "onnx",
    "onnx_ir",
    "onnxruntime",
    "onnxscript",
    "openvino",
    "pedalboard",
    "pyloudnorm",
    "pyworld",
    "ray",
    "sklearn",
    "sounddevice",
    "soundfile",
    "soxr",
    "tensorrt",
    "tensorrt_rtx",
    "torch",
}
"""Libraries that are slow to load or that some machine does without."""
