"""ONNX Runtime's errors in our words (door: onnxruntime)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from mixassist.errors import EngineError


@contextlib.contextmanager
def told_as_engine_errors(what: str) -> Iterator[None]:
    """Turns an error of ONNX Runtime about `what` into an EngineError of one line."""
    from onnxruntime.capi import onnxruntime_pybind11_state as native

    # They have no common root below Exception; a bound run raises a plain RuntimeError.
    refusals = (
        RuntimeError,
        native.EPFail,
        native.Fail,
        native.InvalidArgument,
        native.InvalidGraph,
        native.InvalidProtobuf,
        native.NotImplemented,
        native.RuntimeException,
    )
    try:
        yield
    except refusals as error:
        reason = str(error).strip().splitlines()[0]
        raise EngineError(f"onnxruntime refuses {what} ({reason}): choose another engine with --engine auto") from error
