import numpy as np
import torch
from demucs.apply import TensorChunk
from hypothesis import given
from hypothesis import strategies as st

from separation.chunks import ChunkPlan, OverlapAdder, SongWindow, triangle


@given(n_frames=st.integers(1, 700), overlap=st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9]), segment=st.integers(20, 100))
def test_chunks_read_what_demucs_reads(n_frames, overlap, segment):
    song = np.arange(1.0, n_frames + 1, dtype=np.float32)[None]
    window = SongWindow()
    window.push(song)
    plan = ChunkPlan(n_frames, segment, overlap)
    starts = list(range(0, n_frames, int((1 - overlap) * segment)))
    assert len(plan) == len(starts)
    for chunk, start in zip(plan, starts, strict=True):
        expected = TensorChunk(torch.from_numpy(song), start, segment).padded(segment)
        np.testing.assert_array_equal(window.read(chunk.read_start, plan.read_length(chunk)), expected.numpy())
        assert (chunk.start, chunk.n_frames) == (start, min(segment, n_frames - start))


@given(
    n_frames=st.integers(1, 500),
    overlap=st.sampled_from([0.0, 0.25, 0.6, 0.9]),
    segment=st.integers(20, 100),
    lead=st.integers(0, 120),
)
def test_joined_chunks_give_back_the_song(n_frames, overlap, segment, lead):
    song = np.random.default_rng(n_frames).standard_normal((1, 2, n_frames)).astype(np.float32)
    padded = np.pad(song, ((0, 0), (0, 0), (lead, 0)))
    plan = ChunkPlan(n_frames, segment, overlap, lead)
    adder = OverlapAdder(plan)
    parts = [adder.add(c, padded[..., c.start + lead : c.start + lead + c.n_frames]) for c in plan]
    np.testing.assert_allclose(np.concatenate(parts, axis=-1), song, rtol=1e-5, atol=1e-6)


def test_reads_never_go_back():
    """The window may forget all before the next chunk's start."""
    plan = ChunkPlan(1000, 300, 0.25)
    starts = [chunk.read_start for chunk in plan]
    assert starts == sorted(starts)


def test_triangle_is_demucs_weight():
    weight = torch.cat([torch.arange(1, 7 // 2 + 1), torch.arange(7 - 7 // 2, 0, -1)])
    np.testing.assert_allclose(triangle(7), (weight / weight.max()).numpy())


def test_window_is_silent_outside_the_song():
    window = SongWindow()
    window.push(np.ones((2, 5), dtype=np.float32))
    assert window.read(-2, 9).tolist() == [[0, 0, 1, 1, 1, 1, 1, 0, 0]] * 2


def test_window_forgets_and_still_reads_what_is_left():
    window = SongWindow()
    window.push(np.arange(10, dtype=np.float32)[None])
    window.forget(4)
    window.push(np.arange(10, 12, dtype=np.float32)[None])
    assert window.end == 12
    assert window.read(4, 8).tolist() == [[4, 5, 6, 7, 8, 9, 10, 11]]
