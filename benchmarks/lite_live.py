"""`lite-live`: how late, how fast, in how much memory, and whether a stream is the song."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from benchmarks.material import song_of
from benchmarks.measure import run_process
from benchmarks.results import Section
from benchmarks.separation import MIXASSIST, Bench
from mixassist.audio.buffer import AudioBuffer, Samples
from mixassist.audio.files import read_audio
from mixassist.dsp.scores import null_db
from mixassist.runtime.probe import LARGEST_DB
from separation.live.opening import LIVE_MODEL, LiveOptions, open_live
from separation.live.separator import LiveSeparator
from separation.options import SeparationOptions
from separation.separator import Separator

BLOCKS = (64, 256, 512, 1000, 1024, 2048)
ENGINE = "onnxruntime"
CLICK_AT = 4096


def lite_live(bench: Bench) -> Section:
    """Streams in blocks of several lengths, then a file."""
    minutes = 0.05 if bench.is_quick else 1.0
    song = read_audio(song_of(minutes, bench.folder)).samples
    whole = _separated(song)
    rows = [_stream_row(song, whole, block) for block in (BLOCKS[-2:] if bench.is_quick else BLOCKS)]
    return Section(
        "lite-live",
        "python -m benchmarks --only lite-live",
        ("what", "late by, ms", "click late by, frames", "median, ms", "p99, ms", "× real time", "null, dB", "peak MB"),
        [*rows, _file_row(bench, 0.05 if bench.is_quick else 4.0)],
        f"`LiveSeparator` on {ENGINE}, float32, one thread, transforms included, {60 * minutes:g} s of song: what is"
        " declared, and how late an impulse comes in the sum of the stems. The null is the distance of the stems from"
        f" those that files get, delay taken out ({-LARGEST_DB:g}: the same numbers). Last, `mixassist separate` on a"
        " file with one thread, from start to exit.",
    )


def _separated(song: Samples) -> Samples:
    """Stems [S, C, T] of the song, the way that files go."""
    separator = Separator(SeparationOptions(model=LIVE_MODEL, engine=ENGINE, n_threads=1))
    return np.stack([stem.samples for stem in separator.separate(AudioBuffer(song, 44100)).stems.values()])


def _stream_row(song: Samples, whole: Samples, block: int) -> tuple[str, ...]:
    separator = open_live(LiveOptions(LIVE_MODEL, block=block, engine=ENGINE, device="cpu"))
    late = separator.latency_samples
    start_s = time.perf_counter()
    stems = _played(separator, song)[..., late:]
    speed = stems.shape[-1] / separator.rate / (time.perf_counter() - start_s)
    timing = separator.timing
    expected = whole[..., : stems.shape[-1]]
    distance_db = max(null_db(stems.reshape(1, -1), expected.reshape(1, -1)), -LARGEST_DB)
    times = (f"{value:.2f}" for value in (timing.median_ms, timing.p99_ms))
    delay = f"{1000 * late / separator.rate:.1f} ({late} frames)"
    return (f"blocks of {block}", delay, str(_click_delay(separator)), *times, f"{speed:.1f}", f"{distance_db:.0f}", "")


def _played(separator: LiveSeparator, song: Samples) -> Samples:
    """The stems [S, C, T] of as many whole blocks as the song has."""
    block = separator.block or song.shape[1]
    starts = range(0, song.shape[1] - block + 1, block)
    return np.concatenate([separator.process(song[:, start : start + block]).stems for start in starts], axis=-1)


def _click_delay(separator: LiveSeparator) -> int:
    """How many frames after an impulse the stems have theirs."""
    separator.reset()
    click = np.zeros((2, 4 * CLICK_AT), np.float32)
    click[:, CLICK_AT] = 0.5
    return int(np.argmax(np.abs(_played(separator, click).sum(axis=0)[0]))) - CLICK_AT


def _file_row(bench: Bench, minutes: float) -> tuple[str, ...]:
    words = ("-o", str(bench.folder / "live"), "--model", LIVE_MODEL, "--engine", ENGINE, "--threads", "1", "--force")
    run = run_process((*MIXASSIST, str(song_of(minutes, bench.folder)), *words))
    return (
        *(f"a file of {60 * minutes:g} s", "0", "", "", ""),
        *(f"{60 * minutes / run.seconds:.1f}", "", f"{run.peak_mb:.0f}"),
    )


SECTIONS: dict[str, Callable[[Bench], Section]] = {"lite-live": lite_live}
