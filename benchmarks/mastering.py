"""How much of a known fault a master's advice takes away, and what it does to what was not at fault.

Each song is damaged on one axis by a known fault and given to `suggest_master`, with the undamaged song as reference,
with another song as reference, or with nothing but its guessed genre; the rendered advice is held against the
undamaged song. Run: `python -m benchmarks.mastering SONG_OR_FOLDER... [--seconds 40]`.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from mixassist.audio import AudioBuffer, read_audio, write_audio
from mixassist.audio.buffer import Samples
from mixassist.audio.writer import Encoding
from mixassist.dsp.compressor import CompressorSettings, compression_db
from mixassist.dsp.decibels import power_to_db
from mixassist.dsp.parametric import EqBand, biquad
from mixassist.suggest.compressor_fit import distance_db
from mixassist.suggest.master import MasterOptions, suggest_master
from mixassist.suggest.master_chain import chain_of
from mixassist.suggest.master_profile import BANDS_HZ, MasterProfile, measure_profile
from mixassist.suggest.render import render_blocks

KINDS = ("same song", "other song", "genre")
AXES = ("tone", "width", "level", "dynamics")
JUDGED = (BANDS_HZ >= 60) & (BANDS_HZ <= 12500)
FAULT_AXES = {"eq": "tone", "tilt": "tone", "width": "width", "level": "level", "dynamics": "dynamics", "none": ""}


def faulty(samples: Samples, rate: int, fault: str, seed: int) -> Samples:
    """The song [2, T] with one fault."""
    rng = np.random.default_rng(seed)
    if fault == "eq":
        signs = rng.choice([-1.0, 1.0], 2)
        places = (rng.uniform(80, 400), rng.uniform(1500, 7000))
        bands = [EqBand("bell", hz, s * rng.uniform(4, 7), 0.9) for hz, s in zip(places, signs, strict=True)]
        return _filtered(samples, bands, rate)
    if fault == "tilt":
        sign = float(rng.choice([-1.0, 1.0]))
        return _filtered(
            samples, [EqBand("low_shelf", 150, 4 * sign, 0.4), EqBand("high_shelf", 4000, -4 * sign, 0.4)], rate
        )
    if fault == "width":
        mid, side = samples.mean(axis=0), (samples[0] - samples[1]) / 2 * 0.4
        return np.stack([mid + side, mid - side]).astype(np.float32)
    if fault == "level":
        return (samples * 0.5).astype(np.float32)
    if fault == "dynamics":
        return _expanded(samples, rate)
    return samples


def _filtered(samples: Samples, bands: list[EqBand], rate: int) -> Samples:
    import scipy.signal

    sections = np.array([biquad(band, rate) for band in bands])
    out = scipy.signal.sosfilt(sections, samples, axis=1)
    return np.asarray(out, dtype=np.float32)


def _expanded(samples: Samples, rate: int) -> Samples:
    """Loud made louder: the opposite of a compressor of 4:1 with other times than any that is tried."""
    n_hop = rate // 100
    power = np.square(samples[:, : samples.shape[1] // n_hop * n_hop]).mean(axis=0).reshape(-1, n_hop).mean(axis=1)
    level_db = power_to_db(power)
    threshold_db = float(np.quantile(level_db, 0.5))
    gain_db = -compression_db(level_db, CompressorSettings(threshold_db, 4.0, 20.0, 150.0))
    curve = np.interp(
        np.arange(samples.shape[1]), np.arange(len(gain_db)) * n_hop + n_hop / 2, gain_db - gain_db.mean()
    )
    return (0.5 * samples * 10 ** (curve / 20)).astype(np.float32)


def errors(profile: MasterProfile, truth: MasterProfile) -> dict[str, float]:
    """Distances on each axis, in dB or LU."""
    tone = (profile.tone_db - truth.tone_db)[JUDGED & (truth.tone_db > truth.tone_db.max() - 55)]
    return {
        "tone": float(np.std(tone)),
        "width": abs((profile.width_db or 0) - (truth.width_db or 0)),
        "level": abs((profile.lufs or -70) - (truth.lufs or -70)),
        "dynamics": float(distance_db(profile.levels_db, truth.levels_db)),
    }


def profile_of(samples: Samples, rate: int) -> MasterProfile:
    return measure_profile([samples], rate, len(samples))


def run(songs: list[AudioBuffer], kinds: list[str], folder: Path, say: Callable[[str], None]) -> None:
    """Says a line per kind of advice and fault: error before, after, share recovered, harm to other axes."""
    paths = [folder / f"{index}.wav" for index in range(len(songs))]
    for path, cut in zip(paths, songs, strict=True):
        write_audio(path, cut, Encoding("wav", "32f"))
    say("| advice | fault | error before | after | recovered | worst harm elsewhere (mean over songs) | suggestions |")
    say("|---|---|---|---|---|---|---|")
    for advice in kinds:
        for fault, axis in FAULT_AXES.items():
            rows = [_row(advice, fault, index, songs, paths) for index in range(len(songs))]
            before = {a: float(np.mean([row[0][a] for row in rows])) for a in AXES}
            after = {a: float(np.mean([row[1][a] for row in rows])) for a in AXES}
            harm = {a: after[a] - before[a] for a in AXES if a != axis}
            worst = max(harm, key=lambda a: harm[a])
            n = float(np.mean([row[2] for row in rows]))
            own = (
                f"{before[axis]:.2f} | {after[axis]:.2f} | {1 - after[axis] / before[axis]:.0%}"
                if axis
                else "– | – | –"
            )
            say(f"| {advice} | {fault} | {own} | {worst} {harm[worst]:+.2f} | {n:.1f} |")


def _row(
    advice: str, fault: str, index: int, cuts: list[AudioBuffer], paths: list[Path]
) -> tuple[dict[str, float], dict[str, float], int]:
    cut = cuts[index]
    damaged = faulty(cut.samples, cut.rate, fault, index)
    path = paths[index].with_name("damaged.wav")
    write_audio(path, AudioBuffer(damaged, cut.rate), Encoding("wav", "32f"))
    references = {"same song": paths[index], "other song": paths[(index + 1) % len(paths)], "genre": None}
    found = suggest_master(path, MasterOptions(reference=references[advice]))
    rendered = np.concatenate(list(render_blocks([damaged], cut.rate, chain_of(found.suggestions))), axis=1)
    truth = profile_of(cut.samples, cut.rate)
    before = errors(profile_of(damaged, cut.rate), truth)
    return before, errors(profile_of(rendered, cut.rate), truth), len(found.suggestions)


def _cut(song: Path, seconds: float) -> AudioBuffer:
    whole = read_audio(song)
    n_frames = round(seconds * whole.rate)
    start = max(whole.n_frames - n_frames, 0) // 2
    return AudioBuffer(np.ascontiguousarray(whole.samples[:, start : start + n_frames]), whole.rate)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("songs", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--advice", nargs="*", choices=KINDS, default=list(KINDS))
    given = parser.parse_args()
    songs = [song for path in given.songs for song in (sorted(path.iterdir()) if path.is_dir() else [path])]
    with tempfile.TemporaryDirectory() as folder:
        cuts = [_cut(song, given.seconds) for song in songs]
        run(cuts, given.advice, Path(folder), lambda line: print(line, flush=True))


if __name__ == "__main__":
    main()
