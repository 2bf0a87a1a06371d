"""Timbre transfer with `alto-sax`: how near other sounds come to it, and what of them is kept.

`python -m benchmarks --only timbre timbre-notes`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.alto_sax import MICROPHONE, note_at_its_level
from benchmarks.pitch_phrases import phrase
from benchmarks.results import Section
from benchmarks.separation import Bench
from benchmarks.timbre_distance import discrepancy, mfccs, usual_width
from mixassist.audio.buffer import AudioBuffer, Samples
from mixassist.audio.files import read_audio
from mixassist.audio.resample import resample
from mixassist.dsp.hops import Floats
from transfer.controls import Controls, MatchOptions, controls_of
from transfer.timbre import Timbre, load_timbre

Mono = NDArray[np.float32]

MODEL = "alto-sax"
RATE = 48000
PHRASE_S = 12.0
RIGHT_CENTS = 50
SURE, HEARD_DB = 0.8, 30.0
"""Pitch is compared where the input's is sure and no more than this below its loudest."""

LOUDNESS_RANGE_DB = 50.0
LEARNED_STEP = 13
HOPS_PER_FRAME = 1 / 8
"""MFCCs come once in 1024 samples, controls once in 128."""
KEPT = ("pitch kept", "semitones", "loudness")
MADE = ("sax", "high voice", "guitar")
VOICES = {"female singing": "0898.ogg", "male voice": "0900.ogg"}
AS_IT_IS = MatchOptions(shift_semitones=0.0, use_loudness=False, use_mask=False)


@dataclass(frozen=True)
class Kept:
    """What of the input an output keeps: share of hops whose pitch is right, but for octaves, and how loudness goes."""

    pitch: float
    loudness: float
    octaves: int


def timbre(bench: Bench) -> Section:
    """Phrases of other instruments and voices, played as a saxophone."""
    model = load_timbre(MODEL)
    target = Target([note for _, note in held_out_notes(bench, model)])
    learned = Target(learned_notes(bench, model))
    itself = np.concatenate(learned.sounds[::LEARNED_STEP])[None]
    rows = []
    for name, sound in (*phrases(bench), ("the saxophone itself", itself)):
        for how, match in (("as it is", AS_IT_IS), ("matched", MatchOptions())):
            made = model.render(AudioBuffer(sound, RATE), match).samples
            kept = what_is_kept(sound, made)
            cells = (*_distances(sound, made, target, learned), f"{kept.pitch:.3f}", f"{12 * kept.octaves:+d}")
            rows.append((name, how, *cells, f"{kept.loudness:.3f}"))
    return Section(
        f"Timbre transfer: phrases as {MODEL}",
        "python -m benchmarks --only timbre",
        ["played", "controls", "before", "after", "of before", "all notes", "saxophone", *KEPT],
        rows,
        "Before and after: maximum mean discrepancy of MFCCs (benchmarks/timbre_distance.py) to the saxophone's notes"
        " that were held out from training, each as often as the phrase has its pitch, for MFCCs tell pitches apart as"
        " well as instruments. Of before: what is left of it; of the distance to all held-out notes alike: all notes."
        " Saxophone: what the saxophone itself leaves of that, its learned notes taken as often as the phrase has their"
        " pitch: who keeps the tune can hardly come nearer. Pitch kept: hops within 50 cents of the input's, or whole"
        " octaves from there where matching chose these. Loudness: correlation of A-weighted levels in dB.",
    )


def timbre_notes(bench: Bench) -> Section:
    """Held-out notes, made again from their own pitch and loudness."""
    import torch

    from transfer.instrument.loss import spectral_loss

    model = load_timbre(MODEL)
    notes = [note for _, note in held_out_notes(bench, model)]
    cells = []
    for note in notes:
        made = model.render(AudioBuffer(note[None], RATE), AS_IT_IS).samples[0]
        silence = np.zeros_like(note)
        distances = [float(spectral_loss(torch.from_numpy(each), torch.from_numpy(note))) for each in (made, silence)]
        cells.append(distances)
    means = np.mean(cells, axis=0)
    return Section(
        f"Timbre transfer: held-out notes of {MODEL} made again",
        "python -m benchmarks --only timbre-notes",
        ["notes", "spectral distance", "of silence"],
        [(str(len(notes)), f"{means[0]:.3f}", f"{means[1]:.3f}")],
        "Mean over six resolutions (transfer/instrument/loss.py); phases are not compared. Against a DDSP that was"
        " trained for as long: timbre-baseline.",
    )


def _distances(played: Samples, made: Samples, target: Target, learned: Target) -> tuple[str, ...]:
    """Cells of how far what was played and what was made of it, [1, T], are from the target."""
    of_played, of_made = mfccs(played[0]), mfccs(made[0])
    near, there = (each.at_the_pitch_of(made) for each in (target, learned))
    before, after = (discrepancy(each, near, target.width) for each in (of_played, of_made))
    all_before, all_after, all_there = (
        discrepancy(each, target.cloud, target.width) for each in (of_played, of_made, there)
    )
    shares = (after / before, all_after / all_before, all_there / all_before)
    return (f"{before:.3f}", f"{after:.3f}", *(f"{share:.0%}" for share in shares))


SECTIONS: dict[str, Callable[[Bench], Section]] = {
    "timbre": timbre,
    "timbre-notes": timbre_notes,
}


class Target:
    """What is to be sounded like: `sounds` of notes [T], their MFCCs and pitches; `cloud` are the MFCCs of them all."""

    def __init__(self, notes: Sequence[Mono]) -> None:
        self.sounds = notes
        self._notes = np.array([_note_of(sound) for sound in notes])
        self._clouds = [mfccs(sound) for sound in notes]
        self.cloud = np.concatenate(self._clouds)
        self.width = usual_width(self.cloud)

    def at_the_pitch_of(self, sound: Samples) -> Floats:
        """A cloud in which each note is as frequent as its pitch is in a sound [1, T]."""
        controls = controls_of(sound, RATE)
        is_heard = (controls.confidence > SURE) & (controls.loudness_db > controls.loudness_db.max() - HEARD_DB)
        played = 69 + 12 * np.log2(controls.f0_hz[is_heard] / 440)
        nearest = np.abs(played[:, None] - self._notes).argmin(axis=1)
        clouds = []
        for note, n_hops in zip(*np.unique(nearest, return_counts=True), strict=True):
            takes = np.flatnonzero(np.abs(self._notes - self._notes[note]) < 0.5)
            whole = np.concatenate([self._clouds[take] for take in takes])
            n_wanted = max(n_hops * HOPS_PER_FRAME, 1)
            clouds.append(whole[np.linspace(0, len(whole) - 1, int(n_wanted)).astype(int)])
        return np.concatenate(clouds)


def _note_of(sound: Mono) -> float:
    controls = controls_of(sound[None], RATE)
    return float(np.median(69 + 12 * np.log2(controls.f0_hz[controls.confidence > SURE] / 440)))


def held_out_notes(bench: Bench, model: Timbre) -> Iterator[tuple[str, Mono]]:
    """The notes [T] of the saxophone that the model never learned, at the levels that it learned the others at."""
    for name in model.artifact.manifest["training"]["held_out_recordings"]:
        path = bench.data / "timbre" / MODEL / f"{Path(name).stem}.ogg"
        yield path.stem, resample(note_at_its_level(path), RATE).samples[0]


def learned_notes(bench: Bench, model: Timbre) -> list[Mono]:
    """The notes [T] of the saxophone that the model learned."""
    held_out = {name for name, _ in held_out_notes(bench, model)}
    paths = sorted((bench.data / "timbre" / MODEL).glob(f"*_{MICROPHONE}.ogg"))
    return [resample(note_at_its_level(path), RATE).samples[0] for path in paths if path.stem not in held_out]


def phrases(bench: Bench) -> Iterator[tuple[str, Samples]]:
    """Names and sounds [1, T] of what is played."""
    files = {"trumpet": bench.data / "timbre" / "trumpet-phrase.ogg"}
    files |= {name: bench.data / "separation" / "voices" / "sms-tools" / file for name, file in VOICES.items()}
    for name, path in files.items():
        sound = resample(read_audio(path), RATE).samples.mean(axis=0, keepdims=True)
        yield name, sound[:, : int(PHRASE_S * RATE)]
    for name in MADE:
        yield f"made: {name}", phrase(name).sound[None].astype(np.float32)


def what_is_kept(played: Samples, made: Samples) -> Kept:
    """How the pitch and loudness of what was made follow what was played."""
    before, after = controls_of(played, RATE), controls_of(made, RATE)
    top_db = before.loudness_db.max()
    is_heard = (before.confidence > SURE) & (before.loudness_db > top_db - HEARD_DB)
    cents = 1200 * np.log2(after.f0_hz / before.f0_hz)[is_heard]
    octaves = round(float(np.median(cents)) / 1200)
    right = float(np.mean(np.abs(cents - 1200 * octaves) < RIGHT_CENTS))
    return Kept(right, _correlation(before, after, top_db), octaves)


def _correlation(before: Controls, after: Controls, top_db: float) -> float:
    is_sounding = before.loudness_db > top_db - LOUDNESS_RANGE_DB
    return float(np.corrcoef(before.loudness_db[is_sounding], after.loudness_db[is_sounding])[0, 1])
