"""Torch networks as ONNX graphs (door: torch)."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import ModelError
from mixassist.runtime.spec import ModelSpec

if TYPE_CHECKING:
    import torch

OPSET = 18


def export_onnx(
    module: torch.nn.Module, spec: ModelSpec, example_inputs: Sequence[NDArray[np.float32]], path: Path
) -> None:
    """Writes `module` to `path` as one ONNX file with its weights inside.

    Input and output names are the spec's. Axis 0 stays free where the spec leaves it free (`None`); every other axis
    gets the length of `example_inputs`, which come in the spec's order.

    Raises:
        ModelError: when torch cannot trace the network.
    """
    import torch

    batch = torch.export.Dim("batch")
    free = tuple({0: batch} if tensor.shape[0] is None else None for tensor in spec.fed)
    # An example batch of 1 would be taken for a constant, so a free batch is traced with 2.
    tensors = tuple(
        torch.from_numpy(np.concatenate([array, array]) if axes and array.shape[0] == 1 else array)
        for array, axes in zip(example_inputs, free, strict=True)
    )
    with _quiet(), torch.inference_mode():
        try:
            program = torch.onnx.export(
                module.eval(),
                tensors,
                dynamo=True,
                opset_version=OPSET,
                input_names=[tensor.name for tensor in spec.fed],
                output_names=[tensor.name for tensor in spec.returned],
                dynamic_shapes=free,
                verbose=False,
            )
        except (torch.onnx.errors.OnnxExporterError, RuntimeError, ValueError) as error:
            reason = str(error).strip().splitlines()[0]
            raise ModelError(f"a network of kind {spec.kind} cannot be exported to ONNX: {reason}") from error
        assert program is not None
        program.save(str(path), external_data=False)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keeps the exporter's progress lines, log messages and deprecation warnings off the terminal."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
