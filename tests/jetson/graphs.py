"""A bundle's graphs through NVIDIA's own parser and compiler, which need no GPU to compile ahead of time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mixassist.errors import EngineError
from mixassist.runtime.bundle.device.manifest import read_manifest
from mixassist.runtime.doors.tensorrt_build import build_plan, profile_of


@dataclass(frozen=True)
class Compiled:
    """What became of a model's graph in a precision: the bytes of the plan, or why there is none."""

    model: str
    precision: str
    n_bytes: int = 0
    error: str = ""

    @property
    def is_right(self) -> bool:
        return self.n_bytes > 0

    def __str__(self) -> str:
        outcome = f"compiled, {self.n_bytes / 1e6:.2f} MB" if self.is_right else f"FAILED: {self.error}"
        return f"{self.model} | {self.precision} | {outcome}"


def compile_graphs(bundle: Path) -> list[Compiled]:
    """What becomes of every graph that the bundle carries."""
    import tensorrt_rtx as trt

    told: list[Compiled] = []
    for model in read_manifest(bundle).models:
        for path in sorted(model.folder.glob("*.onnx")):
            precision = path.stem.partition(".")[2] or "fp32"
            profile = profile_of(model.artifact.spec, 1, model.artifact.spec.block_multiple or 1)
            try:
                plan = build_plan(trt, path.read_bytes(), profile).plan
                told.append(Compiled(model.id, precision, len(bytes(plan))))
            except EngineError as error:
                told.append(Compiled(model.id, precision, error=str(error)))
    return told
