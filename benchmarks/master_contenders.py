"""Who masters damaged songs: we, matchering, a gain to the wanted loudness, and nobody."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.master_faults import profile_of
from benchmarks.master_songs import RATE
from mixassist.audio import read_audio
from mixassist.audio.buffer import Samples
from mixassist.suggest.delivery import STREAMING
from mixassist.suggest.master import MasterOptions, suggest_master
from mixassist.suggest.master_chain import chain_of
from mixassist.suggest.master_profile import MasterProfile
from mixassist.suggest.render import render_blocks

JOBS = Path(__file__).with_name("matchering_jobs.py")
OURS, NOTHING, LOUDNESS, MATCHERING = "mixassist", "nothing", "loudness only", "matchering 2.0.6"


@dataclass(frozen=True, eq=False)
class Trial:
    """A damaged song with what it may be held against.

    Attributes:
        damaged: the file, and `samples` [2, T] what is in it.
        reference: a file and its profile, or None for a genre that is guessed.
    """

    damaged: Path
    samples: Samples
    profile: MasterProfile
    reference: tuple[Path, MasterProfile] | None


@dataclass(frozen=True, eq=False)
class Mastered:
    """What a contender made of a trial, and how many things it turned, where that can be told."""

    profile: MasterProfile
    n_suggestions: int | None = None


Contender = Callable[[Sequence[Trial]], list[Mastered]]


def nothing(trials: Sequence[Trial]) -> list[Mastered]:
    """The damaged songs."""
    return [Mastered(trial.profile, 0) for trial in trials]


def loudness_only(trials: Sequence[Trial]) -> list[Mastered]:
    """The damaged songs at the reference's loudness, or at that of streaming."""
    return [Mastered(profile_of(_turned(trial), RATE), 1) for trial in trials]


def _turned(trial: Trial) -> Samples:
    wanted = trial.reference[1].lufs if trial.reference else STREAMING.lufs
    gain_db = (wanted or STREAMING.lufs) - (trial.profile.lufs or STREAMING.lufs)
    return (trial.samples * 10 ** (gain_db / 20)).astype(np.float32)


def ours(trials: Sequence[Trial]) -> list[Mastered]:
    """What `suggest_master` suggests, rendered."""
    return [_ours(trial) for trial in trials]


def _ours(trial: Trial) -> Mastered:
    advice = suggest_master(trial.damaged, MasterOptions(reference=trial.reference[0] if trial.reference else None))
    if not advice.suggestions:
        return Mastered(trial.profile, 0)
    blocks = list(render_blocks([trial.samples], RATE, chain_of(advice.suggestions)))
    return Mastered(profile_of(np.concatenate(blocks, axis=1), RATE), len(advice.suggestions))


def matchering(peer_python: Path) -> Contender:
    """What matchering makes of songs with a reference, run by the Python of its venv."""

    def master(trials: Sequence[Trial]) -> list[Mastered]:
        outs = [trial.damaged.with_suffix(".matched.wav") for trial in trials]
        jobs = [
            [str(trial.damaged), str(trial.reference[0]), str(out)]
            for trial, out in zip(trials, outs, strict=True)
            if trial.reference
        ]
        listed = trials[0].damaged.with_name("jobs.json")
        listed.write_text(json.dumps(jobs), encoding="utf-8")
        subprocess.run([str(peer_python), str(JOBS), str(listed)], check=True, capture_output=True)
        return [_matched(trial, out) for trial, out in zip(trials, outs, strict=True)]

    return master


def _matched(trial: Trial, out: Path) -> Mastered:
    """What it wrote; the song as it was where it refused."""
    if not out.is_file():
        return Mastered(trial.profile)
    found = read_audio(out)
    out.unlink()
    return Mastered(profile_of(found.samples, found.rate))
