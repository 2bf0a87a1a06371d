from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from mixassist.errors import EngineError
from mixassist.runtime.doors import cuda_memory
from mixassist.runtime.doors.cuda_memory import Cuda, CudaStream, DeviceBuffer, open_cuda
from tests.runtime.doors.fake_cuda import NO_MEMORY, FakeCuda


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCuda]:
    driver = FakeCuda()
    monkeypatch.setattr(cuda_memory, "load_driver", lambda: driver)
    yield driver
    open_cuda.cache_clear()


@pytest.fixture
def cuda(driver: FakeCuda) -> Cuda:
    return Cuda()


def there_and_back(cuda: Cuda, stream: CudaStream, n: int = 5) -> tuple[np.ndarray, np.ndarray, DeviceBuffer]:
    """Two pinned arrays and memory between them."""
    return cuda.pinned_zeros((n,), "float32"), cuda.pinned_zeros((n,), "float32"), DeviceBuffer(cuda, 4 * n)


def test_what_goes_up_comes_down(cuda: Cuda) -> None:
    stream = CudaStream(cuda)
    source, target, buffer = there_and_back(cuda, stream)
    source[:] = np.arange(5)
    stream.upload(source, buffer)
    stream.download(buffer, target)
    stream.wait()
    np.testing.assert_array_equal(target, source)
    stream.clear(buffer)
    stream.download(buffer, target)
    stream.wait()
    assert not target.any()


def test_a_graph_repeats_what_was_recorded_with_the_values_of_then(cuda: Cuda, driver: FakeCuda) -> None:
    stream = CudaStream(cuda)
    source, target, buffer = there_and_back(cuda, stream)

    def work() -> None:
        stream.upload(source, buffer)
        stream.download(buffer, target)

    graph = stream.record(work)
    stream.wait()
    assert graph is not None
    assert driver.launches == 0
    for value in (1, 2):
        source.fill(value)
        graph.launch()
        stream.wait()
        assert (target == value).all()


def test_what_cannot_be_recorded_leaves_the_stream_usable(cuda: Cuda, driver: FakeCuda) -> None:
    stream = CudaStream(cuda)
    source, target, buffer = there_and_back(cuda, stream)

    def fails() -> None:
        raise EngineError("refused")

    assert stream.record(fails) is None
    driver.can_instantiate = False
    assert stream.record(lambda: stream.upload(source, buffer)) is None
    assert not driver.recordings, "each recording is given back"
    driver.can_record = False
    assert stream.record(lambda: stream.upload(source, buffer)) is None
    source.fill(3)
    stream.upload(source, buffer)
    stream.download(buffer, target)
    stream.wait()
    assert (target == 3).all()


def test_no_garbage_is_collected_while_work_is_recorded(cuda: Cuda) -> None:
    """A finalizer would free memory, and that breaks a recording."""
    seen: list[bool] = []
    CudaStream(cuda).record(lambda: seen.append(gc.isenabled()))
    assert (seen, gc.isenabled()) == ([False], True)


def test_memory_that_cannot_go_back_is_let_go(cuda: Cuda, driver: FakeCuda, monkeypatch: pytest.MonkeyPatch) -> None:
    raised: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", raised.append)
    monkeypatch.setattr(sys, "excepthook", lambda *told: raised.append(told))
    buffer = DeviceBuffer(cuda, 100)
    monkeypatch.setattr(driver, "cuMemFree_v2", lambda address: NO_MEMORY)
    del buffer
    gc.collect()
    assert raised == []


def test_memory_goes_back_with_the_last_that_shows_it(cuda: Cuda, driver: FakeCuda) -> None:
    before = driver.n_bytes_left
    array, buffer = cuda.pinned_zeros((4, 8), "float32"), DeviceBuffer(cuda, 100)
    row = array[2]
    del array
    gc.collect()
    row.fill(1)
    assert driver.n_bytes_left == before - 4 * 8 * 4 - 100
    del row, buffer
    gc.collect()
    assert driver.n_bytes_left == before


def test_an_empty_tensor_is_no_trouble(cuda: Cuda) -> None:
    assert cuda.pinned_zeros((1, 4, 0), "float32").shape == (1, 4, 0)
    DeviceBuffer(cuda, 0)


def test_another_thread_enters_first(cuda: Cuda) -> None:
    refusals: list[str] = []

    def work() -> None:
        try:
            DeviceBuffer(cuda, 4)
        except EngineError as error:
            refusals.append(str(error))
        cuda.enter()
        DeviceBuffer(cuda, 4)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(refusals) == 1
    assert "CUDA_ERROR_INVALID_CONTEXT" in refusals[0]


def test_a_full_gpu_is_told_in_one_line(cuda: Cuda) -> None:
    with pytest.raises(EngineError) as caught:
        DeviceBuffer(cuda, 1 << 40)
    assert str(caught.value) == (
        "the GPU refuses cuMemAlloc_v2 (CUDA_ERROR_OUT_OF_MEMORY): choose device cpu, or free the GPU"
    )


def test_without_a_driver_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    def load_driver() -> None:
        raise OSError("libcuda.so.1: cannot open shared object file")

    monkeypatch.setattr(cuda_memory, "load_driver", load_driver)
    with pytest.raises(
        EngineError, match=r"NVIDIA driver cannot be loaded \(libcuda.so.1: .*\): choose another engine"
    ):
        Cuda()
