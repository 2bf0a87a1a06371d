"""Recurrent layers in blocks against torch's own over the whole signal, and their graphs."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import torch
from hypothesis import given

from mixassist.errors import ModelError
from mixassist.runtime.export import export_onnx
from mixassist.runtime.layers.layer import StreamLayer
from mixassist.runtime.layers.net import Face, StreamNet
from mixassist.runtime.layers.recurrence import StreamGRU, StreamLSTM
from tests.runtime.layers.streaming import cuts, distance_db, in_blocks, noise
from tests.tolerances import STREAM_FLOAT32_DB, STREAM_FLOAT64_DB

every_layer = pytest.mark.parametrize("kind", [StreamGRU, StreamLSTM])


@every_layer
@given(cuts)
def test_a_recurrence_does_not_depend_on_the_blocks(kind, lengths):
    layer = kind(3, 5)
    x = noise(3, 120)
    found = in_blocks(layer, x, lengths)
    with torch.no_grad():
        expected = layer.cells(x.permute(2, 0, 1))[0].permute(1, 2, 0)
    assert distance_db(found, expected) < STREAM_FLOAT64_DB


@every_layer
def test_a_graph_runs_any_length_and_batch(kind, tmp_path):
    """80 cells have weights larger than the exporter itself works out in advance."""
    n_cells = 80
    net = StreamNet(kind(n_cells, n_cells), Face("test", 48000, n_cells, n_cells)).eval()
    example = [np.zeros([1, *(n or 3 for n in tensor.shape[1:])], np.float32) for tensor in net.spec.fed]
    export_onnx(net, net.spec, example, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    for n_batch, n_frames in ((1, 1), (1, 64), (3, 17)):
        given_x = 0.5 * np.random.default_rng(0).standard_normal((n_batch, n_cells, n_frames)).astype(np.float32)
        states = [0.5 * torch.ones(n_batch, n_cells) for _ in net.spec.states]
        inputs = {"audio": given_x} | {t.name: s.numpy() for t, s in zip(net.spec.states, states, strict=True)}
        with torch.no_grad():
            expected = net.double()(torch.from_numpy(given_x).double(), *(state.double() for state in states))
        for found, right in zip(session.run(None, inputs), expected, strict=True):
            assert distance_db(torch.from_numpy(found).double(), right) < STREAM_FLOAT32_DB


class Backwards(StreamLayer):
    """Hears the future: no stream can."""

    def __init__(self) -> None:
        super().__init__()
        self.cells = torch.nn.GRU(2, 1, bidirectional=True)

    def forward(self, x: torch.Tensor, *states: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (self.cells(x.permute(2, 0, 1))[0].permute(1, 2, 0),)


def test_a_recurrence_that_cannot_stream_is_not_exported(tmp_path):
    net = StreamNet(Backwards(), Face("test", 48000, 2, 2))
    with pytest.raises(ModelError, match="cannot be exported to ONNX: only recurrent layers of one layer, forward"):
        export_onnx(net, net.spec, [np.zeros((1, 2, 3), np.float32)], tmp_path / "model.onnx")
