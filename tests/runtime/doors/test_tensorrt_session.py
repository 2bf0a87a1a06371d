from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from mixassist.dsp.scores import null_db
from mixassist.errors import EngineError, ModelError
from mixassist.runtime.artifact import GRAPH, Artifact, Golden, ModelCard, save_artifact
from mixassist.runtime.doors import cuda_memory, tensorrt_session
from mixassist.runtime.doors.nvidia import Nvidia
from mixassist.runtime.doors.tensorrt_build import MAX_ITEMS, Build, Profile, build_plan
from mixassist.runtime.doors.tensorrt_session import TensorrtSession, open_session
from mixassist.runtime.engines import SessionOptions, open_engine
from mixassist.runtime.spec import ModelSpec, TensorSpec
from tests.runtime.doors.fake_tensorrt import Fake
from tests.runtime.tiny_networks import random_inputs
from tests.tolerances import ENGINE_FP32_DB

ON_GPU = SessionOptions(device="cuda")
APIS = {"10": Fake("tensorrt", "10.3.0"), "11": Fake("tensorrt", "11.4.1"), "RTX": Fake("tensorrt_rtx", "1.7.1")}

Install = Callable[[Fake], Fake]


@pytest.fixture
def install(
    monkeypatch: pytest.MonkeyPatch, cache: Path, two_paths: Artifact, streaming: Artifact
) -> Iterator[Install]:
    """Puts a fake library, its GPU and its driver in the place of the real ones, once torch has exported."""

    def put(fake: Fake) -> Fake:
        for library in tensorrt_session.LIBRARIES:
            monkeypatch.setitem(sys.modules, library, fake.module() if library == fake.name else None)
        monkeypatch.setattr(tensorrt_session, "probe_nvidia", lambda: Nvidia(fake.gpu, "8.7", "540.4.0", "12.6"))
        monkeypatch.setattr(cuda_memory, "load_driver", lambda: fake.driver)
        cuda_memory.open_cuda.cache_clear()
        return fake

    yield put
    cuda_memory.open_cuda.cache_clear()


@pytest.fixture(scope="session")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """A network whose block length is free: each sample plus half the one before the last block's end."""
    text = """<ir_version: 9, opset_import: ["": 18]> echo
        (float[N, 1, T] audio, float[N, 1, 2] tail) => (float[N, 1, T] audio_out, float[N, 1, 2] tail_out)
        <float[1, 1, 3] w = {0.5, 0.25, 1}, int64[1] start = {-2}, int64[1] end = {9223372036854775807},
         int64[1] axis = {2}>
        { whole = Concat <axis = 2> (tail, audio)  audio_out = Conv (whole, w)
          tail_out = Slice (whole, start, end, axis) }"""
    spec = ModelSpec(
        kind="echo",
        rate=48000,
        n_channels=1,
        inputs=(TensorSpec("audio", (None, 1, None)),),
        outputs=(TensorSpec("audio_out", (None, 1, None)),),
        states=(TensorSpec("tail", (None, 1, 2)),),
    )
    folder = tmp_path_factory.mktemp("echo")
    onnx.save(onnx.parser.parse_model(text), folder / GRAPH)
    audio, tail = np.eye(1, 8, dtype=np.float32)[None], np.zeros((1, 1, 2), np.float32)
    answer = np.array([[[1, 0.25, 0.5, 0, 0, 0, 0, 0]]], np.float32)
    golden = Golden({"audio": audio, "tail": tail}, {"audio_out": answer, "tail_out": tail})
    files = {GRAPH: folder / GRAPH}
    return save_artifact(folder / "echo", spec=spec, card=ModelCard("echo", "MIT"), files=files, golden=golden)


def copy_of(name: str) -> Fake:
    known = APIS[name]
    return Fake(known.name, known.version)


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("kind", ["two_paths", "streaming", "echo"])
def test_outputs_and_states_are_those_of_the_golden_pair(
    install: Install, api: str, kind: str, request: pytest.FixtureRequest
) -> None:
    install(copy_of(api))
    golden = request.getfixturevalue(kind).golden()
    found = open_session(request.getfixturevalue(kind), ON_GPU).run(golden.inputs)
    assert set(found) == set(golden.outputs)
    for name, expected in golden.outputs.items():
        np.testing.assert_allclose(found[name], expected, atol=1e-5)


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("n_batch", [1, 2])
def test_a_stepper_carries_states_from_block_to_block(
    install: Install, echo: Artifact, api: str, n_batch: int, rng: np.random.Generator
) -> None:
    fake = install(copy_of(api))
    stepper = open_session(echo, SessionOptions(device="cuda", n_frames=16)).bind(16, n_batch)
    signal = rng.standard_normal((n_batch, 1, 16 * 7)).astype(np.float32)
    tail = np.zeros((n_batch, 1, 2), np.float32)
    expected = open_engine("onnxruntime", echo, SessionOptions()).run({"audio": signal, "tail": tail})["audio_out"]
    given, taken = stepper.inputs["audio"], stepper.outputs["audio_out"]
    for _ in range(2):
        launches = fake.driver.launches
        blocks = []
        for block in np.split(signal, 7, axis=-1):
            given[...] = block
            stepper.step()
            blocks.append(taken.copy())
        assert null_db(np.concatenate(blocks, axis=-1).reshape(1, -1), expected.reshape(1, -1)) <= ENGINE_FP32_DB
        assert fake.driver.launches == launches + 7, "one graph per step"
        stepper.reset()


def test_where_graphs_cannot_be_recorded_work_is_queued_each_time(install: Install, streaming: Artifact) -> None:
    fake = install(Fake())
    fake.driver.can_record = False
    golden = streaming.golden()
    found = open_session(streaming, ON_GPU).run(golden.inputs)
    np.testing.assert_allclose(found["wave"], golden.outputs["wave"], atol=1e-5)
    assert fake.driver.launches == 0


def test_a_stepper_works_in_another_thread(install: Install, echo: Artifact) -> None:
    install(Fake())
    stepper = open_session(echo, ON_GPU).bind(8)
    stepper.inputs["audio"][0, 0, 0] = 1
    thread = threading.Thread(target=stepper.step)
    thread.start()
    thread.join()
    np.testing.assert_allclose(stepper.outputs["audio_out"][0, 0, :4], [1, 0.25, 0.5, 0])


@pytest.mark.parametrize("n_items", [1, MAX_ITEMS, 2 * MAX_ITEMS + 1])
def test_batches_of_any_size_run_on_one_plan(install: Install, two_paths: Artifact, n_items: int) -> None:
    fake = install(Fake())
    inputs = random_inputs(two_paths.spec, n_items)
    found = open_session(two_paths, ON_GPU).run(inputs)
    expected = open_engine("onnxruntime", two_paths, SessionOptions()).run(inputs)
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], atol=1e-5)
    assert (fake.calls.count("build"), fake.calls.count("load")) == (1, 1)


def test_axes_that_are_no_batch_are_never_cut(install: Install, tmp_path: Path) -> None:
    text = """<ir_version: 9, opset_import: ["": 18]> bare
        (float[2, 3] a, float[6] b) => (float[2, 3] y)
        <int64[2] shape = {2, 3}> { bent = Reshape (b, shape)  y = Add (a, bent) }"""
    spec = ModelSpec("bare", 48000, 1, (TensorSpec("a", (2, 3)), TensorSpec("b", (6,))), (TensorSpec("y", (2, 3)),))
    onnx.save(onnx.parser.parse_model(text), tmp_path / GRAPH)
    a, b = np.ones((2, 3), np.float32), np.arange(6, dtype=np.float32)
    golden = Golden({"a": a, "b": b}, {"y": a + b.reshape(2, 3)})
    files = {GRAPH: tmp_path / GRAPH}
    bare = save_artifact(tmp_path / "bare", spec=spec, card=ModelCard("bare", "MIT"), files=files, golden=golden)
    install(Fake())
    np.testing.assert_array_equal(open_session(bare, ON_GPU).run(golden.inputs)["y"], golden.outputs["y"])


def test_plans_are_made_for_the_streams_that_will_run(install: Install, echo: Artifact) -> None:
    fake = install(Fake())
    open_session(echo, SessionOptions(device="cuda", n_frames=16, n_batch=2)).bind(16, 2)
    assert fake.calls.count("build") == 1


def test_memory_goes_back_with_the_session(install: Install, two_paths: Artifact) -> None:
    fake = install(Fake())
    session: TensorrtSession | None = open_session(two_paths, ON_GPU)
    assert session is not None
    session.run(random_inputs(two_paths.spec))
    assert fake.driver.blocks
    session = None
    gc.collect()
    assert not fake.driver.blocks


def test_the_second_time_the_plan_is_there(install: Install, streaming: Artifact) -> None:
    fake = install(Fake())
    open_session(streaming, ON_GPU)
    open_session(streaming, ON_GPU)
    assert (fake.calls.count("build"), fake.calls.count("load")) == (1, 2)


def test_without_cache_nothing_is_kept_but_timings(install: Install, streaming: Artifact, cache: Path) -> None:
    fake = install(Fake())
    for _ in range(2):
        session = open_session(streaming, SessionOptions(device="cuda", use_cache=False))
        session.run(random_inputs(streaming.spec))
    assert fake.calls.count("build") == 2
    assert not list(cache.rglob("*.plan"))
    assert [call for call in fake.calls if call.startswith("timings")] == ["timings none", "timings ."]


@pytest.mark.parametrize("change", [{"version": "10.16.2"}, {"gpu": "NVIDIA H200"}, {"name": "tensorrt_rtx"}])
def test_a_plan_of_another_tensorrt_or_gpu_is_not_even_loaded(
    install: Install, streaming: Artifact, change: dict[str, str]
) -> None:
    open_session(streaming, ON_GPU) if install(Fake()) else None
    fake = install(Fake(**change))  # type: ignore[arg-type]  # the parameters set are strings
    open_session(streaming, ON_GPU)
    assert (fake.calls.count("build"), fake.calls.count("load")) == (1, 1)


@pytest.mark.parametrize("content", [b"", b"cut off", b'{"library": "tensorrt", "version": "8.6", "gpu": "Orin"}\n'])
def test_a_kept_plan_that_does_not_load_is_made_anew(
    install: Install, streaming: Artifact, cache: Path, content: bytes
) -> None:
    fake = install(Fake())
    open_session(streaming, ON_GPU)
    (plan,) = cache.rglob("*.plan")
    plan.write_bytes(content)
    open_session(streaming, ON_GPU)
    assert fake.calls.count("build") == 2
    open_session(streaming, ON_GPU)
    assert fake.calls.count("build") == 2, "the new one was kept"


def test_reduced_precision_is_in_the_graph(
    install: Install, streaming: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(Fake())
    built: list[bytes] = []

    def watched(trt: Any, graph: bytes, profile: Profile, timings: bytes) -> Build:
        built.append(graph)
        return build_plan(trt, graph, profile, timings)

    monkeypatch.setattr(tensorrt_session, "build_plan", watched)
    session = open_session(streaming, SessionOptions("fp16", device="cuda"))
    assert session.precision == "fp16"
    weights = onnx.load_from_string(built[0]).graph.initializer
    assert onnx.TensorProto.FLOAT16 in {tensor.data_type for tensor in weights}
    assert session.run(random_inputs(streaming.spec))["wave"].dtype == np.float32


def test_a_free_length_is_compiled_when_it_comes(install: Install, echo: Artifact) -> None:
    fake = install(Fake())
    session = open_session(echo, ON_GPU)
    assert fake.calls == []
    for n_frames in (8, 8, 24):
        audio = np.zeros((1, 1, n_frames), np.float32)
        session.run({"audio": audio, "tail": np.zeros((1, 1, 2), np.float32)})
    assert fake.calls.count("build") == 2


def test_inputs_that_do_not_fit_are_refused(install: Install, streaming: Artifact) -> None:
    install(Fake())
    with pytest.raises(ModelError, match="tensors given are"):
        open_session(streaming, ON_GPU).run({})


REFUSALS = {
    "no parser": (Fake(has_parser=False), "has no ONNX parser"),
    "graph": (Fake(refuses_graphs=True), "refuses the graph"),
    "build": (Fake(refuses_builds=True), "cannot compile the graph"),
    "own plan": (Fake(refuses_own_plans=True), r"does not load the plan it made for model streaming \(The engine plan"),
    "memory": (Fake(is_out_of_memory=True), "for lack of GPU memory"),
    "run": (Fake(refuses_to_run=True), "failed to run the network"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_fails_is_an_engine_error(install: Install, streaming: Artifact, case: str) -> None:
    fake, message = REFUSALS[case]
    install(fake)
    with pytest.raises(EngineError, match=message):
        open_session(streaming, ON_GPU).run(random_inputs(streaming.spec))


def test_without_a_gpu_the_library_is_not_even_imported(streaming: Artifact, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensorrt_session, "probe_nvidia", lambda: None)
    monkeypatch.setattr(tensorrt_session, "why_no_nvidia", lambda: "no NVIDIA driver here")
    monkeypatch.setitem(sys.modules, "tensorrt", None)
    with pytest.raises(EngineError, match=r"^tensorrt needs an NVIDIA GPU, and no NVIDIA driver here$"):
        open_session(streaming, ON_GPU)


def test_without_the_library_the_cure_is_named(install: Install, streaming: Artifact) -> None:
    install(Fake(name="tensorrt_lean"))
    with pytest.raises(
        EngineError, match=r"pip install mixassist\[tensorrt\], which fetches it from NVIDIA's own index"
    ):
        open_session(streaming, ON_GPU)
