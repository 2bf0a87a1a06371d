"""How long a mix takes from tracks to a rendered file, and whether its memory grows with its length."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import numpy as np

from benchmarks.measure import run_process
from benchmarks.results import Section
from benchmarks.separation import Bench
from mixassist.audio.writer import AudioWriter, Encoding
from mixassist.demo import render_song
from mixassist.demo.song import Song

TRACKS = {
    "drums": ("kick", "snare", "overheads"),
    "bass": ("bass", "synth bass", "low synth"),
    "other": ("piano", "guitar", "pad"),
    "vocals": ("lead vox", "backing vox left", "backing vox right"),
}
"""What each stem of the demo song is used for."""


def mix_rendering(bench: Bench) -> Section:
    """`suggest mix --render` on twelve tracks of several lengths, with and without rendering."""
    rows, song = [], render_song()
    for minutes in (0.2, 0.4) if bench.is_quick else (0.5, 3.0, 10.0):
        folder = bench.folder / f"tracks-{minutes:g}min"
        _write_tracks(folder, song, minutes)
        command = [sys.executable, "-m", "cli.app", "suggest", "mix", str(folder), "--genre", "rock", "--json"]
        advised = _row(command, minutes)
        rendered = _row([*command, "--render", str(bench.folder / "mix.wav"), "--force"], minutes)
        shutil.rmtree(folder)
        rows += [(f"{minutes:g}", "advice", *advised), (f"{minutes:g}", "advice and render", *rendered)]
    return Section(
        "Mixes of twelve tracks",
        "python -m benchmarks --only mix-rendering",
        ("minutes", "what", "× real time", "× real time by its processor", "MB"),
        rows,
        "`mixassist suggest mix` from its start to its end, stereo tracks of 16 bits at 44.1 kHz. By its processor: for"
        " each second that it computed, which stays the same where others share the machine. Peak resident memory of"
        " the process, 10^6 bytes.",
    )


def _row(command: list[str], minutes: float) -> tuple[str, str, str]:
    """Speeds by clock and by processor, and the peak of memory."""
    before = os.times()
    run = run_process(command)
    after = os.times()
    processor_s = after.children_user + after.children_system - before.children_user - before.children_system
    speeds = (60 * minutes / max(seconds, 1e-9) for seconds in (run.seconds, processor_s))
    by_clock, by_processor = (f"{speed:.1f}" for speed in speeds)
    return by_clock, by_processor, f"{run.peak_mb:.0f}"


def _write_tracks(folder: Path, song: Song, minutes: float) -> None:
    """Each stem of the demo song three times, at other levels, over and over."""
    rng = np.random.default_rng(0)
    for stem, names in TRACKS.items():
        for name in names:
            samples = song.stems[stem].samples * np.float32(10 ** (rng.uniform(-9, 0) / 20))
            n_left = round(minutes * 60 * song.mix.rate)
            with AudioWriter(folder / f"{name}.wav", song.mix.rate, 2, Encoding("wav", "16")) as writer:
                while n_left:
                    part = samples[:, :n_left]
                    writer.write(part)
                    n_left -= part.shape[1]


SECTIONS = {"mix-rendering": mix_rendering}
