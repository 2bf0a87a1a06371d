"""What a master's advice should listen to: whole songs, or the best piece of each.

Whole songs are damaged and advised with the undamaged song or another one as reference, once by all of both and once
by the best piece of both; either advice is then applied to the whole song and held against the whole truth.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.master_faults import AXES, FAULT_AXES, errors, faulty, profile_of
from benchmarks.master_songs import RATE, cut_song, find_songs
from benchmarks.results import Section
from benchmarks.separation import Bench
from mixassist.audio import AudioBuffer, write_audio
from mixassist.audio.buffer import Samples
from mixassist.audio.writer import Encoding
from mixassist.suggest.master import MasterOptions, suggest_master
from mixassist.suggest.master_chain import chain_of
from mixassist.suggest.render import render_blocks
from mixassist.suggest.sections import SectionMeter

LONGEST_S = 300.0
TRIALS = (("same song", "eq"), ("other song", "eq"), ("other song", "none"))


def best_piece(samples: Samples) -> Samples:
    """The section [2, n] that stands for a song [2, T]."""
    meter = SectionMeter(RATE, len(samples))
    for _ in meter.overhear([samples]):
        pass
    best = next(section for section in meter.sections() if section.is_best)
    return samples[:, round(best.start_s * RATE) : round(best.end_s * RATE)]


def pieces(bench: Bench) -> Section:
    """Recovery and harm, by what was listened to."""
    paths = find_songs([bench.data / "songs"], 2 if bench.is_quick else None)
    songs = [cut_song(path, 10.0 if bench.is_quick else LONGEST_S).cut.samples for path in paths]
    rows = [
        (heard, kind, fault, *_cells(songs, kind, fault, heard == "best pieces"))
        for kind, fault in (TRIALS if songs else ())
        for heard in ("whole songs", "best pieces")
    ]
    return Section(
        "Masters: whole songs or their best pieces",
        "python -m benchmarks --only master-pieces",
        ("heard", "reference", "fault", "error before", "after", *(f"harm: {axis}" for axis in AXES)),
        rows,
        f"Means over {len(songs)} whole finished songs. Dynamics and level are those of the whole song as well.",
    )


def _cells(songs: Sequence[Samples], kind: str, fault: str, is_cut: bool) -> list[str]:
    axis = FAULT_AXES[fault]
    pairs = []
    for index, song in enumerate(songs):
        damaged, reference = faulty(song, RATE, fault, index), songs[index if kind == "same song" else index - 1]
        rendered = _mastered(damaged, reference, is_cut)
        truth = profile_of(song, RATE)
        pairs.append((errors(profile_of(damaged, RATE), truth), errors(profile_of(rendered, RATE), truth)))
    sides = [f"{np.mean([pair[side][axis] for pair in pairs]):.2f}" if axis else "–" for side in (0, 1)]
    harm = [float(np.mean([max(after[other] - before[other], 0.0) for before, after in pairs])) for other in AXES]
    return [*sides, *("–" if other == axis else f"{value:.2f}" for other, value in zip(AXES, harm, strict=True))]


def _mastered(damaged: Samples, reference: Samples, is_cut: bool) -> Samples:
    """The damaged song after the advice."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("song.wav", "reference.wav")]
        for path, samples in zip(paths, (damaged, reference), strict=True):
            heard = np.ascontiguousarray(best_piece(samples) if is_cut else samples)
            write_audio(path, AudioBuffer(heard, RATE), Encoding("wav", "32f"))
        advice = suggest_master(paths[0], MasterOptions(reference=paths[1]))
    return np.concatenate(list(render_blocks([damaged], RATE, chain_of(advice.suggestions))), axis=1)
