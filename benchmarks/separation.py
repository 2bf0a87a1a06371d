"""Separation against demucs: the same stems, sooner, in less memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.material import noise_song, peer_demucs, random_htdemucs, song_of
from benchmarks.measure import Command, run_median, run_paired, run_process
from benchmarks.results import Section
from mixassist.audio.buffer import AudioBuffer
from mixassist.dsp.scores import null_db
from mixassist.errors import EngineError

ENGINES = (("openvino", "fp32"), ("openvino", "bf16"), ("onnxruntime", "fp32"), ("torch", "fp32"))
MIXASSIST = (sys.executable, "-m", "cli.app", "separate")


@dataclass(frozen=True)
class Bench:
    """Where the benchmark works, and whether it only shows that it still runs."""

    folder: Path
    data: Path
    is_quick: bool = False


def parity(bench: Bench) -> Section:
    """Stems of each engine against demucs' `apply_model`, same random weights, shifts 0."""
    import torch
    from demucs.apply import apply_model

    from separation import SeparationOptions, Separator
    from separation.demucs_adapter import load_network

    repository = random_htdemucs(bench.folder)
    song = noise_song(10 if bench.is_quick else 30)
    mono = song.mean(axis=0, dtype=np.float64)
    mean, deviation = mono.mean(), mono.std(ddof=1) + 1e-8
    with torch.inference_mode():
        normal = torch.from_numpy(((song - mean) / deviation).astype(np.float32))[None]
        expected = apply_model(load_network(repository / "random.th"), normal, shifts=0)[0].numpy() * deviation

    def distance(engine: str, precision: str) -> str:
        options = SeparationOptions(model=str(repository / "htdemucs.yaml"), engine=engine, precision=precision)
        try:
            stems = Separator(options).separate(AudioBuffer(song, 44100)).stems
        except EngineError as error:
            return str(error)
        return f"{null_db(np.stack([stem.samples for stem in stems.values()]), expected):.1f}"

    rows = [(f"{engine} {precision}", distance(engine, precision)) for engine, precision in ENGINES]
    return Section(
        "Stems against demucs",
        "python -m benchmarks --only parity",
        ("engine", "null against `apply_model`, dB"),
        rows,
        f"HTDemucs with random weights, {song.shape[1] / 44100:g} s of stereo noise, shifts 0, overlap 0.25.",
    )


def speed(bench: Bench) -> Section:
    """Whole commands in turn with demucs' own, same weights and song, two threads."""
    repository = random_htdemucs(bench.folder)
    seconds = 20 if bench.is_quick else 120
    song = song_of(seconds / 60, bench.folder)
    peer = peer_command(bench, repository, song)
    rows = []
    for engine, precision in ENGINES:
        options = (repository / "htdemucs.yaml", "--engine", engine, "--precision", precision)
        try:
            run_process(
                our_command(bench, song_of(0.1, bench.folder), *options)
            )  # prepares the model, once per machine
        except subprocess.CalledProcessError:
            rows.append((f"{engine} {precision}", "not usable on this machine", "", "", ""))
            continue
        ours = our_command(bench, song, *options)
        # Three pairs for the engine that is used, one for the others: demucs takes its time.
        pair = run_paired(ours, peer, 3 if engine == "openvino" and not bench.is_quick else 1)
        times = f"{pair.first.seconds:.1f}", f"{seconds / pair.first.seconds:.2f}", f"{pair.second.seconds:.1f}"
        rows.append((f"{engine} {precision}", *times, f"{pair.ratio:.2f}"))
    return Section(
        "Speed against demucs",
        "python -m benchmarks --only speed",
        ("engine", "s", "× real time", "demucs, s", "**× demucs**"),
        rows,
        f"A {seconds}-s stereo song through `mixassist separate` and `demucs --shifts 0` (4.1.0, own venv): whole"
        " processes from start to exit, same random HTDemucs, two threads, model prepared; in turn, three pairs for"
        " OpenVINO (medians), one for the others.",
    )


def memory(bench: Bench) -> Section:
    """Peak memory over the length of the song, for lite and htdemucs, with demucs beside it."""
    repository = random_htdemucs(bench.folder)
    models = ("lite", repository / "htdemucs.yaml")
    for model in models:  # prepares the model and measures the engines, once per machine
        run_process(our_command(bench, song_of(0.2, bench.folder), model))
    rows = []
    for minutes in (0.3, 0.6) if bench.is_quick else (1.0, 5.0, 20.0, 60.0):
        song = song_of(minutes, bench.folder)
        peaks = [run_process(our_command(bench, song, model)).peak_mb for model in models]
        # Beyond five minutes demucs, which holds the song and its stems in memory, tells nothing new.
        peaks += [run_process(peer_command(bench, repository, song)).peak_mb] if minutes <= 5 else []
        rows.append((f"{minutes:g}", *(f"{peak:.0f}" for peak in peaks), *["not run"] * (3 - len(peaks))))
    return Section(
        "Peak memory",
        "python -m benchmarks --only memory",
        ("minutes", "lite, MB", "htdemucs, MB", "demucs, MB"),
        rows,
        "Peak resident memory of the whole process, 10^6 bytes, two threads: `mixassist separate` with engine auto and"
        " `demucs --shifts 0` on a 16-bit stereo WAV; htdemucs and demucs have the same random weights.",
    )


def everyday(bench: Bench) -> Section:
    """What is felt at every call: help, a finished song again, lite's speed."""
    minutes = 0.1 if bench.is_quick else 4.0
    song = song_of(minutes, bench.folder)
    command = our_command(bench, song, "lite")
    run_process(command)
    n_runs = 1 if bench.is_quick else 3
    fresh = run_median(command, n_runs)
    again = run_median([argument for argument in command if argument != "--force"], n_runs)
    bare_help = run_median((sys.executable, "-m", "cli.app", "--help"), 3 * n_runs)
    rows = [
        ("`mixassist --help`", f"{bare_help.seconds:.2f}", ""),
        (f"lite, {minutes:g} min song", f"{fresh.seconds:.2f}", f"{minutes * 60 / fresh.seconds:.1f}"),
        ("the same again, resumed", f"{again.seconds:.2f}", ""),
    ]
    columns = ("what", "s", "× real time")
    return Section(
        "Everyday", "python -m benchmarks --only everyday", columns, rows, "Whole processes, median of runs."
    )


SECTIONS: dict[str, Callable[[Bench], Section]] = {
    "parity": parity,
    "speed": speed,
    "memory": memory,
    "everyday": everyday,
}


def our_command(bench: Bench, song: Path, model: Path | str, *options: str) -> Command:
    """`mixassist separate` on two threads, overwriting what an earlier run left."""
    output = bench.folder / "ours"
    return (*MIXASSIST, str(song), "-o", str(output), "--model", str(model), "--threads", "2", "--force", *options)


def peer_command(bench: Bench, repository: Path, song: Path) -> Command:
    """The peer's own command on two threads, through env so that the threads are set where it starts."""
    threads = ("OMP_NUM_THREADS=2", "MKL_NUM_THREADS=2")
    options = ("--repo", str(repository), "-n", "htdemucs", "--shifts", "0", "-o", str(bench.folder / "theirs"))
    return ("env", *threads, str(peer_demucs(bench.folder)), *options, str(song))
