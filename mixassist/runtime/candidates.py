"""What can be chosen between: engines in one precision on one device, and which of them are worth measuring."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from mixassist.errors import OptionError
from mixassist.runtime.engines import DEVICES, find_engine


@dataclass(frozen=True)
class Candidate:
    """An engine in one precision on one device."""

    engine: str
    precision: str
    device: str = "cpu"

    def __str__(self) -> str:
        return f"{self.engine} {self.precision}{'' if self.device == 'cpu' else f' on {self.device}'}"


CONTENDERS = (
    Candidate("openvino", "bf16"),
    Candidate("openvino", "fp32"),
    Candidate("onnxruntime", "fp32"),
    Candidate("torch", "fp32"),
    Candidate("tensorrt", "fp16", "cuda"),
    Candidate("tensorrt", "bf16", "cuda"),
    Candidate("tensorrt", "fp32", "cuda"),
    Candidate("onnxruntime", "fp32", "cuda"),
    Candidate("onnxruntime-tensorrt", "fp32", "cuda"),
    Candidate("torch", "bf16", "cuda"),
    Candidate("torch", "fp32", "cuda"),
)
"""What `auto` measures. torch's bf16 on a CPU is left out, for it was never the fastest of these."""


def candidates_for(engine: str, precision: str, device: str = "auto") -> tuple[Candidate, ...]:
    """What to measure for an engine, a precision and a device, each of which may be `auto`.

    fp16 must be asked for by name: its range is so small that networks made for float32 overflow in it.

    Raises:
        OptionError: when there is no such engine, or it has no such precision or device.
    """
    pool: tuple[Candidate, ...] = CONTENDERS
    if engine != "auto":
        named = find_engine(engine)
        pool = tuple(Candidate(engine, *offer) for offer in product(named.precisions, named.devices))
    pool = _narrowed(pool, engine, "device", DEVICES if device == "auto" else (device,))
    return _narrowed(pool, engine, "precision", ("bf16", "fp32") if precision == "auto" else (precision,))


def _narrowed(pool: tuple[Candidate, ...], engine: str, trait: str, wanted: tuple[str, ...]) -> tuple[Candidate, ...]:
    """The candidates whose `trait` is among the wanted; an error that tells what there is when none is."""
    found = tuple(candidate for candidate in pool if getattr(candidate, trait) in wanted)
    if not found:
        offered = " or ".join(dict.fromkeys(getattr(candidate, trait) for candidate in pool))
        raise OptionError(f"engine {engine} has no {trait} {' or '.join(wanted)}: choose {offered}")
    return found
