"""How long a mix takes from tracks to a rendered file, and whether its memory grows with its length."""

from __future__ import annotations

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
        advised = run_process(command)
        rendered = run_process([*command, "--render", str(bench.folder / "mix.wav"), "--force"])
        shutil.rmtree(folder)
        speeds = (f"{60 * minutes / run.seconds:.1f}" for run in (advised, rendered))
        rows.append((f"{minutes:g}", *speeds, f"{advised.peak_mb:.0f}", f"{rendered.peak_mb:.0f}"))
    return Section(
        "Mixes of twelve tracks",
        "python -m benchmarks --only mix-rendering",
        ("minutes", "advice, × real time", "with the render, × real time", "advice, MB", "with the render, MB"),
        rows,
        "`mixassist suggest mix` from its start to its end, stereo tracks of 16 bits at 44.1 kHz; peak resident memory"
        " of the process, 10^6 bytes.",
    )


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
