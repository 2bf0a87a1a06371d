"""How fast rooms are taken away: by the command, and live, block by block."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.command_speed import COLUMNS, command_rows
from benchmarks.results import Section
from benchmarks.separation import Bench
from mixassist.demo import render_song
from separation.dereverb import DereverbOptions
from separation.dereverb.live_stream import LiveRoomStream

BLOCKS = (64, 512, 1024)


def speed(bench: Bench) -> Section:
    """The command on songs of several lengths."""
    return Section(
        "Dereverberation: speed",
        "python -m benchmarks --only dereverb-speed",
        COLUMNS,
        command_rows(bench, ["dereverb", "--write-tail"]),
        "The whole command, `mixassist dereverb SONG --write-tail`.",
    )


def live(bench: Bench) -> Section:
    """The prediction on a song that comes in blocks."""
    mix = render_song().mix
    samples = mix.samples[:, : 4 * mix.rate] if bench.is_quick else mix.samples
    rows = []
    for n_block in BLOCKS:
        stream = LiveRoomStream(mix.rate, mix.n_channels, DereverbOptions())
        seconds, processor_s = [], time.process_time()
        for first in range(0, samples.shape[1] - n_block + 1, n_block):
            begin = time.perf_counter()
            stream.process(samples[:, first : first + n_block])
            seconds.append(time.perf_counter() - begin)
        processor_s = time.process_time() - processor_s
        late_ms = 1000 * stream.latency_samples / mix.rate
        middle_ms, high_ms = 1000 * np.quantile(seconds, [0.5, 0.99])
        real_time = len(seconds) * n_block / mix.rate / processor_s
        rows.append((str(n_block), f"{late_ms:.1f}", f"{middle_ms:.2f}", f"{high_ms:.2f}", f"{real_time:.1f}"))
    return Section(
        "Dereverberation: live",
        "python -m benchmarks --only dereverb-live",
        ["block", "late by, ms", "median, ms", "p99, ms", "× real time by its processor"],
        rows,
        "`LiveRoomStream` on the demo song, stereo, 44.1 kHz. Late is what the stream declares beyond the block; "
        "512 samples take 11.6 ms to play.",
    )


SECTIONS = {"dereverb-speed": speed, "dereverb-live": live}
