from __future__ import annotations

import pytest

from mixassist.errors import EngineError, ModelError
from mixassist.runtime.doors.tensorrt_build import MAX_ITEMS, build_plan, open_runtime, profile_of
from mixassist.runtime.spec import ModelSpec, TensorSpec
from tests.runtime.doors.fake_tensorrt import Fake
from tests.runtime.tiny_networks import STREAMING, TWO_PATHS

GRAPH = b"a graph"
PROFILE = profile_of(STREAMING, 1, None)
FREE = ModelSpec("free", 48000, 1, (TensorSpec("audio", (None, 1, None)),), (TensorSpec("audio_out", (None, 1, None)),))


@pytest.mark.parametrize("version", ["10.3.0", "10.16.2", "11.4.0.106"])
def test_tensorrt_is_called_in_this_order(version: str) -> None:
    fake = Fake(version=version)
    build = build_plan(fake.module(), GRAPH, PROFILE)
    assert fake.calls == ["create_network strongly typed", "parse", "clear TF32", "timings none", "build"]
    assert build.plan.endswith(GRAPH)
    assert build.timings == b"."


def test_tensorrt_rtx_is_called_alike_but_times_nothing() -> None:
    fake = Fake("tensorrt_rtx", "1.7.1.116")
    build = build_plan(fake.module(), GRAPH, PROFILE)
    assert fake.calls == ["create_network strongly typed", "parse", "clear TF32", "build"]
    assert build.timings == b""


@pytest.mark.parametrize(
    ("earlier", "used"), [(b"yesterday", "yesterday"), (b"of another GPU", "none"), (b"damaged", "none")]
)
def test_earlier_timings_are_used_where_they_fit(earlier: bytes, used: str) -> None:
    fake = Fake()
    build_plan(fake.module(), GRAPH, PROFILE, earlier)
    assert f"timings {used}" in fake.calls


def test_a_refused_graph_is_told_with_the_parsers_words() -> None:
    with pytest.raises(
        EngineError, match=r"tensorrt 10.3.0 refuses the graph \(In node 3 \(importDFT\): UNSUPPORTED_NODE"
    ):
        build_plan(Fake(refuses_graphs=True).module(), GRAPH, PROFILE)


def test_a_failed_build_is_told_with_the_last_error_in_one_line() -> None:
    with pytest.raises(EngineError) as caught:
        build_plan(Fake(refuses_builds=True).module(), GRAPH, PROFILE)
    assert str(caught.value) == (
        "tensorrt 10.3.0 cannot compile the graph (Could not find any implementation for node 7 and more):"
        " choose another engine"
    )


def test_a_library_that_does_not_start_is_told_with_the_cure() -> None:
    module = Fake(starts=False).module()
    message = (
        r"^tensorrt 10.3.0 does not start on this GPU \(CUDA initialization failure with error: 35\):"
        r" update the NVIDIA driver, or free the GPU$"
    )
    with pytest.raises(EngineError, match=message):
        build_plan(module, GRAPH, PROFILE)
    with pytest.raises(EngineError, match=message):
        open_runtime(module)


def test_a_library_without_parser_is_told_apart() -> None:
    with pytest.raises(EngineError, match="has no ONNX parser: install the full package, not lean or dispatch"):
        build_plan(Fake(has_parser=False).module(), GRAPH, PROFILE)


def test_streams_get_one_shape_and_songs_a_range_of_batches() -> None:
    assert profile_of(STREAMING, 2, None) == {"block": ((2, 1, 32),) * 3, "tail": ((2, 1, 6),) * 3}
    assert profile_of(FREE, 2, 64) == {"audio": ((2, 1, 64),) * 3}
    assert profile_of(TWO_PATHS, 3, None)["mix"] == ((1, 2, 96), (1, 2, 96), (MAX_ITEMS, 2, 96))


def test_a_free_length_has_to_be_named() -> None:
    with pytest.raises(ModelError, match="'audio' has the free shape"):
        profile_of(FREE, 1, None)
