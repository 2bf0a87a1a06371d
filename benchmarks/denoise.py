"""Noise taken away: gain in SI-SDR by noise and ratio, each stage alone, harm to clean sounds and songs, speed.

`python -m benchmarks --only denoise denoise-sounds denoise-stages denoise-clean denoise-songs denoise-speed`
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.command_speed import COLUMNS, command_rows
from benchmarks.denoise_noises import NOISES, SNRS_DB, Floats, Noisy, clean_sounds, noisy_sounds
from benchmarks.dereverb_rooms import RATE
from benchmarks.results import Section
from benchmarks.separation import Bench
from benchmarks.spectral_gate import spectral_gate
from mixassist.audio.buffer import AudioBuffer
from mixassist.audio.files import read_audio
from mixassist.dsp.scores import si_sdr
from separation import denoise as take_noise_away
from separation.denoising import DenoiseOptions
from separation.denoising.options import KINDS
from separation.denoising.stream import NoiseStream
from separation.removal import remove

SECONDS = 6.0
STAGES_SNR_DB = 10
HARM_DB = -25.0
"""What is taken from a clean sound lies this far below it, at least: then its level changes by less than 0.3 dB even if
all of that was in phase with it."""

SOFT_DB = -20.0


@dataclass(frozen=True)
class Score:
    """Gains of a case in SI-SDR, in dB: ours and the gate's."""

    case: Noisy
    ours_db: float
    gate_db: float


def denoise(bench: Bench) -> Section:
    """All noises under all sounds."""
    snrs_db = SNRS_DB[1:2] if bench.is_quick else SNRS_DB
    scores = score(noisy_sounds(clean_sounds(bench.data, _seconds(bench)), snrs_db))
    rows = [_row(scores, noise, snrs_db) for noise in (*NOISES, "all")]
    return Section(
        "Denoising: generated noises",
        "python -m benchmarks --only denoise",
        [
            "noise",
            *(f"{snr_db} dB" for snr_db in snrs_db),
            "worst at 10 dB",
            *(f"gate, {snr_db} dB" for snr_db in snrs_db),
        ],
        rows,
        "Gain in SI-SDR, dB, mean over voice, saxophone, guitar, drums, vocals, bass, other and a song; columns are "
        f"ratios of sound to noise. {SECONDS:g} s of each sound, mono; the gate is benchmarks/spectral_gate.py.",
    )


def denoise_sounds(bench: Bench) -> Section:
    """The same, by sound."""
    scores = score(noisy_sounds(clean_sounds(bench.data, _seconds(bench)), (STAGES_SNR_DB,)))
    sounds = list(dict.fromkeys(each.case.sound for each in scores))
    rows = []
    for sound in sounds:
        mine = [each for each in scores if each.case.sound == sound]
        rows.append((sound, *(f"{each.ours_db:+.1f}" for each in mine), _mean(each.ours_db for each in mine)))
    return Section(
        f"Denoising: sounds at {STAGES_SNR_DB} dB",
        "python -m benchmarks --only denoise-sounds",
        ["sound", *NOISES, "mean"],
        rows,
        "Gain in SI-SDR, dB.",
    )


def denoise_stages(bench: Bench) -> Section:
    """Each stage alone, and all of them."""
    sounds = clean_sounds(bench.data, _seconds(bench))
    cases = list(noisy_sounds(sounds, (STAGES_SNR_DB,)))
    kinds = [*((kind,) for kind in KINDS), KINDS]
    gains = [[_gain_db(case, _ours(case.heard, which)) for case in cases] for which in kinds]
    rows = []
    for noise in NOISES:
        at = [index for index, case in enumerate(cases) if case.noise == noise]
        rows.append((noise, *(_mean(mine[index] for index in at) for mine in gains)))
    return Section(
        f"Denoising: each stage at {STAGES_SNR_DB} dB",
        "python -m benchmarks --only denoise-stages",
        ["noise", *(f"{kind} alone" for kind in KINDS), "all"],
        rows,
        "Gain in SI-SDR, dB, mean over the sounds of the table above.",
    )


def denoise_clean(bench: Bench) -> Section:
    """What is taken from sounds that nobody made noisy."""
    rows = []
    for kind, sound in clean_sounds(bench.data, _seconds(bench)).items():
        taken = [_taken_db(sound[None], _ours(sound[None], kinds)) for kinds in (KINDS, *((each,) for each in KINDS))]
        rows.append((kind, *(f"{each:.1f}" for each in taken), "no" if taken[0] <= HARM_DB else "yes"))
    return Section(
        "Denoising: clean sounds",
        "python -m benchmarks --only denoise-clean",
        ["sound", "taken, dB", *KINDS, f"above {HARM_DB:g} dB"],
        rows,
        "What is taken, against the sound. Some of it is noise that the recordings came with.",
    )


def denoise_songs(bench: Bench) -> Section:
    """What is taken from finished songs, in which somebody wanted all that is heard."""
    rows = [
        _song_row(path, bench) for path in sorted((bench.data / "songs").glob("*.*"))[: 1 if bench.is_quick else None]
    ]
    return Section(
        "Denoising: finished songs",
        "python -m benchmarks --only denoise-songs",
        ["song", "s", "taken, dB", f"in the worst {SECONDS:g} s", "found", f"above {HARM_DB:g} dB"],
        rows,
        f"What is taken, against the song, over all of it and in pieces of {SECONDS:g} s that are no softer than "
        f"{SOFT_DB:g} dB below it. Nobody knows what of it is noise that the songs came with.",
    )


def denoise_speed(bench: Bench) -> Section:
    """The command on songs of several lengths."""
    return Section(
        "Denoising: speed",
        "python -m benchmarks --only denoise-speed",
        COLUMNS,
        command_rows(bench, ["denoise", "--write-noise"]),
        "The whole command, `mixassist denoise SONG --write-noise`.",
    )


SECTIONS: dict[str, Callable[[Bench], Section]] = {
    "denoise": denoise,
    "denoise-sounds": denoise_sounds,
    "denoise-stages": denoise_stages,
    "denoise-clean": denoise_clean,
    "denoise-songs": denoise_songs,
    "denoise-speed": denoise_speed,
}


def score(cases: Iterable[Noisy]) -> list[Score]:
    """What both make of each case."""
    return [Score(case, _gain_db(case, _ours(case.heard, KINDS)), _gain_db(case, _gated(case.heard))) for case in cases]


def _song_row(path: Path, bench: Bench) -> tuple[str, ...]:
    song = read_audio(path)
    sound = song.samples[:, : round(_seconds(bench) * song.rate) if bench.is_quick else None]
    stream = NoiseStream(song.rate, song.n_channels, DenoiseOptions())
    left = remove(AudioBuffer(sound, song.rate), stream, 1.0).kept.samples
    n_piece = round(SECONDS * song.rate)
    pieces = [(sound[:, at : at + n_piece], left[:, at : at + n_piece]) for at in range(0, sound.shape[1], n_piece)]
    softest = 10 ** (SOFT_DB / 10) * np.mean(sound**2)
    worst_db = max(_taken_db(*piece) for piece in pieces if np.mean(piece[0] ** 2) > softest)
    taken_db = _taken_db(sound, left)
    found = ", ".join(f"{name} {value:g}" for name, value in stream.measured().items() if value)
    is_harmed = "no" if taken_db <= HARM_DB else "yes"
    return path.name, f"{sound.shape[1] / song.rate:.0f}", f"{taken_db:.1f}", f"{worst_db:.1f}", found, is_harmed


def _seconds(bench: Bench) -> float:
    return 1.5 if bench.is_quick else SECONDS


def _ours(heard: Floats, kinds: tuple[str, ...]) -> Floats:
    recording = AudioBuffer(heard.astype(np.float32), RATE)
    return take_noise_away(recording, DenoiseOptions(kinds=kinds)).clean.samples.astype(np.float64)


def _gated(heard: Floats) -> Floats:
    return spectral_gate(heard.astype(np.float32)).astype(np.float64)


def _gain_db(case: Noisy, clean: Floats) -> float:
    return si_sdr(case.clean, clean) - si_sdr(case.clean, case.heard)


def _taken_db(sound: NDArray[np.floating], left: NDArray[np.floating]) -> float:
    """Level of what was taken, against the sound; -150 where that is no more than rounding."""
    return float(10 * np.log10(max(np.sum((sound - left) ** 2) / max(np.sum(sound**2), 1e-30), 1e-15)))


def _mean(values: Iterable[float]) -> str:
    return f"{np.mean(list(values)):+.1f}"


def _row(scores: Sequence[Score], noise: str, snrs_db: tuple[float, ...]) -> tuple[str, ...]:
    mine = [each for each in scores if noise in (each.case.noise, "all")]
    at = {snr_db: [each for each in mine if each.case.snr_db == snr_db] for snr_db in snrs_db}
    ours = (_mean(each.ours_db for each in at[snr_db]) for snr_db in snrs_db)
    gate = (_mean(each.gate_db for each in at[snr_db]) for snr_db in snrs_db)
    worst = min(each.ours_db for each in at[STAGES_SNR_DB])
    return noise, *ours, f"{worst:+.1f}", *gate
