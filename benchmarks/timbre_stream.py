"""A timbre as it is played live: how late it is, how long its blocks take, and how many would have come too late.

`python -m benchmarks --only timbre-stream`
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.results import Section
from benchmarks.separation import Bench
from benchmarks.timbre import MODEL, RATE, phrases
from mixassist.audio.buffer import Samples
from mixassist.dsp.hops import Floats
from mixassist.runtime.streaming.plan import HostFormat
from transfer.live import LiveTimbre
from transfer.timbre import Timbre, load_timbre

BLOCKS = (64, 128, 256)
CHANGED_BLOCK, CHANGED_EVERY_S = 128, 10.0
STREAMED_S, QUICK_S = 600.0, 2.0
WARM_UP_S = 1.0


def timbre_stream(bench: Bench) -> Section:
    """Ten minutes of playing at each block, on one thread."""
    model = load_timbre(MODEL)
    seconds = QUICK_S if bench.is_quick else STREAMED_S
    sound = next(phrases(bench))[1]
    rows = [_row(str(block), [model], block, sound, seconds) for block in BLOCKS]
    how = f"{CHANGED_BLOCK}, changed every {CHANGED_EVERY_S:g} s"
    rows.append(_row(how, [model, load_timbre(MODEL)], CHANGED_BLOCK, sound, seconds))
    return Section(
        f"Timbre transfer: {MODEL} as a stream",
        "python -m benchmarks --only timbre-stream",
        ["block", "latency, ms", "share of real time", "median, ms", "p99, ms", "max, ms", "budget, ms", "misses"],
        rows,
        f"{seconds:g} s of playing on {model.session.engine}, one thread, as `transfer live` runs it; latency is that"
        " of the controls, blocks included. A miss is a block that is not ready a block after it came in, for it took"
        " too long itself or had to wait for others. While one timbre takes over from another, both run.",
    )


SECTIONS: dict[str, Callable[[Bench], Section]] = {"timbre-stream": timbre_stream}


def _row(how: str, models: Sequence[Timbre], block: int, sound: Samples, seconds: float) -> tuple[str, ...]:
    live = LiveTimbre(models, HostFormat(block, RATE))
    took_ms = 1000 * _timed(live, len(models), sound, seconds)
    budget_ms = 1000 * block / RATE
    late_ms = 1000 * (live.latency_samples + block) / RATE
    median_ms, p99_ms, max_ms = np.percentile(took_ms, [50, 99, 100])
    busy = took_ms.sum() / (took_ms.size * budget_ms)
    times = (f"{each:.2f}" for each in (busy, median_ms, p99_ms, max_ms, budget_ms))
    return (how, f"{late_ms:.1f}", *times, f"{count_misses(took_ms, budget_ms)} of {took_ms.size}")


def _timed(live: LiveTimbre, n_models: int, sound: Samples, seconds: float) -> Floats:
    """How many seconds each block of a looped sound took, after some to warm up."""
    block = live.host.block
    n_blocks, n_warm = round(seconds * RATE / block), round(WARM_UP_S * RATE / block)
    n_between, n_loop = round(CHANGED_EVERY_S * RATE / block), sound.shape[1] // block
    took_s = np.zeros(n_blocks)
    for index in range(-n_warm, n_blocks):
        if index > 0 and index % n_between == 0:
            live.choose(index // n_between % n_models)
        first = index % n_loop * block
        begin_s = time.perf_counter()
        live.process(sound[:, first : first + block])
        if index >= 0:
            took_s[index] = time.perf_counter() - begin_s
    return took_s


def count_misses(took_ms: Floats, budget_ms: float) -> int:
    """Blocks that are not ready a block after they came in, where each waits for those before it."""
    ready_ms, n_misses = 0.0, 0
    for index, each_ms in enumerate(took_ms):
        came_ms = index * budget_ms
        ready_ms = max(ready_ms, came_ms) + float(each_ms)
        n_misses += ready_ms > came_ms + budget_ms
    return n_misses
