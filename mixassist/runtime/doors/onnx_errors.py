"""ONNX Runtime's errors in our words (door: onnxruntime)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from mixassist.errors import EngineError


def refusals() -> tuple[type[Exception], ...]:
    """What ONNX Runtime raises. These have no common root below Exception; a bound run raises a plain RuntimeError."""
    from onnxruntime.capi import onnxruntime_pybind11_state as native

    return (
        RuntimeError,
        native.EPFail,
        native.Fail,
        native.InvalidArgument,
        native.InvalidGraph,
        native.InvalidProtobuf,
        native.NotImplemented,
        native.RuntimeException,
    )


def engine_error(what: str, error: Exception) -> EngineError:
    """What ONNX Runtime said about `what`, in one line."""
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return EngineError(f"onnxruntime refuses {what} ({reason}): choose another engine with --engine auto")


@contextlib.contextmanager
def told_as_engine_errors(what: str) -> Iterator[None]:
    """Turns an error of ONNX Runtime about `what` into an EngineError of one line."""
    try:
        yield
    except refusals() as error:
        raise engine_error(what, error) from error
