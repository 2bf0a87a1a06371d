"""A streaming network as a whole: its spec, its two ways to run, and its artifact."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mixassist.errors import ModelError, OptionError
from mixassist.runtime.artifact import GRAPH, ModelCard
from mixassist.runtime.engines import SessionOptions, open_engine
from mixassist.runtime.layers.artifact import load_weights, write_stream_artifact
from mixassist.runtime.layers.convolution import CausalConv1d, CausalConvTranspose1d, ConvOptions
from mixassist.runtime.layers.layer import Pointwise
from mixassist.runtime.layers.net import Face, StreamNet
from mixassist.runtime.layers.structure import Chain, Residual
from tests.runtime.controlled_network import DEFAULT, controlled
from tests.runtime.layers.streaming import distance_db
from tests.tolerances import STREAM_FLOAT32_DB, STREAM_FLOAT64_DB

FACE = Face("test", 44100, n_channels=2, n_channels_out=1, options={"knobs": ["gain"]})


def late_net(n_hidden: int = 3) -> StreamNet:
    """Two channels in, one out; blocks of 4, two strides of delay."""
    torch.manual_seed(0)
    body = CausalConv1d(n_hidden, n_hidden, 5, ConvOptions(n_ahead=2))
    layer = Chain(
        CausalConv1d(2, n_hidden, 8, ConvOptions(stride=4)),
        Residual(n_hidden, Chain(body, Pointwise(torch.nn.Tanh()))),
        CausalConvTranspose1d(n_hidden, 1, 8, ConvOptions(stride=4)),
    )
    return StreamNet(layer, FACE).eval()


@pytest.fixture(scope="module")
def artifact(tmp_path_factory):
    return write_stream_artifact(late_net(), ModelCard("late", "MIT"), tmp_path_factory.mktemp("late") / "late")


def sound(n_frames):
    return torch.from_numpy(np.random.default_rng(1).standard_normal((1, 2, n_frames)))


def test_a_net_declares_itself():
    spec = late_net().spec
    assert [(tensor.name, tensor.shape) for tensor in spec.fed] == [
        ("audio", (None, 2, None)),
        ("state_0_past", (None, 2, 4)),
        ("state_1_0_1_past", (None, 3, 2)),
        ("state_1_1_0_past", (None, 3, 4)),
        ("state_2_past", (None, 3, 1)),
    ]
    assert [tensor.name for tensor in spec.returned][:2] == ["audio_out", "state_0_past_out"]
    assert (spec.latency_samples, spec.block_multiple, spec.rate) == (8, 4, 44100)
    assert spec.options == {"knobs": ["gain"]}


@pytest.mark.parametrize("n_frames", [1, 63, 64])
@torch.no_grad()
def test_whole_is_blocks_without_the_latency(n_frames):
    net = late_net().double()
    audio = sound(n_frames)
    padded = torch.nn.functional.pad(audio, (0, 80 - n_frames))
    blocks = net.run_blocks(padded, [4, 12, 64])
    assert distance_db(net.run_whole(audio), blocks[..., 8 : 8 + n_frames]) < STREAM_FLOAT64_DB


@torch.no_grad()
def test_the_artifact_streams_in_blocks_of_any_length(artifact):
    session = open_engine("onnxruntime", artifact, SessionOptions("fp32", 1))
    audio = sound(240)
    for length in (4, 12, 240):
        states = {tensor.name: np.zeros((1, *tensor.shape[1:]), np.float32) for tensor in artifact.spec.states}
        parts = []
        for block in audio.float().split(length, dim=-1):
            given = session.run({"audio": block.numpy(), **states})
            states = {name: given[f"{name}_out"] for name in states}
            parts.append(torch.from_numpy(given["audio_out"]))
        expected = late_net().double().run_blocks(audio, [240])
        assert distance_db(torch.cat(parts, dim=-1).double(), expected) < STREAM_FLOAT32_DB


def test_the_golden_pair_is_one_block_of_a_network_in_use(artifact):
    golden = artifact.golden()
    assert golden.inputs["audio"].shape == (1, 2, 64)
    assert all(np.abs(array).max() > 0 for array in golden.inputs.values())


def test_a_graph_of_convolutions_holds_nothing_else(artifact):
    """Loops, shapes worked out on the way and slices along variable axes are what TensorRT is slow at or refuses."""
    import onnx

    graph = onnx.load(artifact.file(GRAPH)).graph
    assert {node.op_type for node in graph.node} == {"Add", "Concat", "Conv", "ConvTranspose", "Slice", "Tanh"}
    constants = {tensor.name for tensor in graph.initializer}
    slices = [node for node in graph.node if node.op_type == "Slice"]
    assert all(set(node.input[1:]) <= constants for node in slices)


def test_a_net_that_is_written_stays_as_it_is(tmp_path):
    net = late_net().double().train()
    write_stream_artifact(net, ModelCard("late", "MIT"), tmp_path / "late")
    assert net.training
    assert {parameter.dtype for parameter in net.parameters()} == {torch.float64}


def test_a_net_without_memory_is_one_too(tmp_path):
    """A wave shaper: no states, any block."""
    net = StreamNet(Pointwise(torch.nn.Tanh()), Face("shaper", 48000))
    written = write_stream_artifact(net, ModelCard("shaper", "MIT"), tmp_path / "shaper")
    session = open_engine("onnxruntime", written, SessionOptions("fp32", 1))
    audio = sound(9)[:, :1].float().numpy()
    np.testing.assert_allclose(session.run({"audio": audio})["audio_out"], np.tanh(audio), atol=1e-6)


def test_weights_come_back(artifact):
    torch.manual_seed(5)
    other = StreamNet(late_net().layer, FACE)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()
    found = load_weights(other, artifact).state_dict()
    for name, value in late_net().state_dict().items():
        assert torch.equal(found[name], value)


def test_weights_of_another_network_are_refused(artifact):
    with pytest.raises(ModelError, match="weights of model late do not fit its network"):
        load_weights(late_net(n_hidden=4), artifact)


def test_a_net_that_changes_the_rate_is_refused():
    with pytest.raises(OptionError, match="the network gives 1/4 samples per sample"):
        StreamNet(CausalConv1d(2, 1, 8, ConvOptions(stride=4)), FACE)


def test_a_net_late_by_part_of_a_sample_is_refused():
    up, down = ConvOptions(stride=2, n_ahead=1), ConvOptions(stride=2)
    with pytest.raises(OptionError, match="the network is 1/2 samples late"):
        StreamNet(Chain(CausalConvTranspose1d(2, 2, 4, up), CausalConv1d(2, 1, 2, down)), FACE)


@torch.no_grad()
def test_controls_are_heard_behind_the_audio_whole_or_in_blocks():
    net = controlled().double()
    assert [(tensor.name, tensor.shape) for tensor in net.spec.inputs] == [
        ("audio", (None, 1, None)),
        ("knobs", (None, 2, None)),
    ]
    assert net.spec.options == {"controls": {"knobs": [0.5, 0.25]}}
    assert ([tensor.name for tensor in net.spec.sounds], net.spec.has_free_length) == (["audio"], True)
    audio = sound(100)[:, :1]
    knobs = torch.linspace(0, 1, 200, dtype=torch.float64).reshape(1, 2, 100)
    expected = net.layer(torch.cat([audio, knobs], dim=1), *net.layer.zeros())[0]
    assert distance_db(net.run_whole(audio, knobs=knobs), expected) < STREAM_FLOAT64_DB
    assert distance_db(net.run_blocks(audio, [1, 35, 64], knobs=knobs), expected) < STREAM_FLOAT64_DB
    still = torch.tensor(DEFAULT, dtype=torch.float64)[:, None]
    assert distance_db(net.run_blocks(audio, [64, 36]), net.run_whole(audio, knobs=still)) < STREAM_FLOAT64_DB
