"""Timbre transfer with `alto-sax`: how near other sounds come to it, what of them is kept, how late, how fast.

`python -m benchmarks --only timbre timbre-notes timbre-stream`
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.alto_sax import note_at_its_level
from benchmarks.pitch_phrases import phrase
from benchmarks.results import Section
from benchmarks.separation import Bench
from benchmarks.timbre_distance import discrepancy, mfccs, usual_width
from mixassist.audio.buffer import AudioBuffer, Samples
from mixassist.audio.files import read_audio
from mixassist.audio.resample import resample
from mixassist.dsp.hops import Floats
from mixassist.dsp.scores import null_db
from transfer.controls import Controls, MatchOptions, controls_of
from transfer.instrument.stream import InstrumentOptions
from transfer.timbre import Timbre, load_timbre

MODEL = "alto-sax"
RATE = 48000
PHRASE_S = 12.0
RIGHT_CENTS = 50
SURE, HEARD_DB = 0.8, 30.0
"""Pitch is compared where the input's is sure and no more than this below its loudest."""

LOUDNESS_RANGE_DB = 50.0
MADE = ("sax", "high voice", "guitar")
VOICES = {"female singing": "0898.ogg", "male voice": "0900.ogg"}
BLOCKS = (64, 128, 256)
STREAMED_S = 60.0
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
    target = mfccs(np.concatenate(list(held_out_notes(bench, model))))
    width = usual_width(target)
    rows = []
    for name, sound in phrases(bench):
        before = discrepancy(mfccs(sound[0]), target, width)
        for how, match in (("as it is", AS_IT_IS), ("matched", MatchOptions())):
            made = model.render(AudioBuffer(sound, RATE), match).samples
            after, kept = discrepancy(mfccs(made[0]), target, width), what_is_kept(sound, made)
            share, shift = f"{after / before:.0%}", f"{12 * kept.octaves:+d}"
            cells = (f"{before:.3f}", f"{after:.3f}", share, f"{kept.pitch:.3f}", shift, f"{kept.loudness:.3f}")
            rows.append((name, how, *cells))
    notes = list(held_out_notes(bench, model))
    own = discrepancy(mfccs(np.concatenate(notes[::2])), mfccs(np.concatenate(notes[1::2])), width)
    return Section(
        f"Timbre transfer: phrases as {MODEL}",
        "python -m benchmarks --only timbre",
        ["played", "controls", "distance before", "after", "of before", "pitch kept", "semitones", "loudness"],
        rows,
        "Distance: maximum mean discrepancy of MFCCs to notes held out from training (benchmarks/timbre_distance.py);"
        f" one half of these notes is {own:.3f} from the other. Pitch kept: hops within 50 cents of the input's, or"
        " whole octaves from there where matching chose these. Loudness: correlation of A-weighted levels in dB.",
    )


def timbre_notes(bench: Bench) -> Section:
    """Held-out notes, made again from their own pitch and loudness."""
    import torch

    from transfer.instrument.loss import spectral_loss

    model = load_timbre(MODEL)
    notes = list(held_out_notes(bench, model))
    cells = []
    for note in notes:
        made = model.render(AudioBuffer(note[None], RATE), AS_IT_IS).samples[0]
        silence = np.zeros_like(note)
        distances = [float(spectral_loss(torch.from_numpy(each), torch.from_numpy(note))) for each in (made, silence)]
        cells.append((*distances, null_db(made[None], note[None])))
    means = np.mean(cells, axis=0)
    return Section(
        f"Timbre transfer: held-out notes of {MODEL} made again",
        "python -m benchmarks --only timbre-notes",
        ["notes", "spectral distance", "of silence"],
        [(str(len(notes)), f"{means[0]:.3f}", f"{means[1]:.3f}")],
        "Mean over six resolutions (transfer/instrument/loss.py); phases are not compared. A 48 kHz DDSP with a GRU of"
        " equal training time has not been trained.",
    )


def timbre_stream(bench: Bench) -> Section:
    """How late and how fast a stream is, on one thread."""
    model = load_timbre(MODEL)
    seconds = 2.0 if bench.is_quick else STREAMED_S
    sound = _looped(next(phrases(bench))[1], seconds)
    rows = []
    for block in BLOCKS:
        stream = model.open_stream(InstrumentOptions(block))
        took_s = _timed(stream.process, sound, block)
        busy, budget_ms = took_s.sum() / (took_s.size * block / RATE), 1000 * block / RATE
        late_ms = 1000 * (stream.latency_samples + block) / RATE
        median_ms, p99_ms = 1000 * np.percentile(took_s, [50, 99])
        misses = int(np.sum(1000 * took_s > budget_ms))
        cells = (f"{late_ms:.1f}", f"{busy:.2f}", f"{median_ms:.2f}", f"{p99_ms:.2f}", f"{budget_ms:.2f}")
        rows.append((str(block), *cells, f"{misses} of {took_s.size}"))
    return Section(
        f"Timbre transfer: {MODEL} as a stream",
        "python -m benchmarks --only timbre-stream",
        ["block", "latency, ms", "share of real time", "median, ms", "p99, ms", "budget, ms", "misses"],
        rows,
        f"{seconds:g} s on {model.session.engine}, one thread; latency is that of the controls, blocks included.",
    )


SECTIONS: dict[str, Callable[[Bench], Section]] = {
    "timbre": timbre,
    "timbre-notes": timbre_notes,
    "timbre-stream": timbre_stream,
}


def held_out_notes(bench: Bench, model: Timbre) -> Iterator[np.ndarray]:
    """The notes [T] of the saxophone that the model never heard, at the levels that it learned the others at."""
    for name in model.artifact.manifest["training"]["test_recordings"]:
        path = bench.data / "timbre" / MODEL / f"{name.removesuffix('.flac')}.ogg"
        yield resample(note_at_its_level(path), RATE).samples[0]


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


def _looped(sound: Samples, seconds: float) -> Samples:
    n_frames = int(seconds * RATE)
    return np.tile(sound, (1, -(-n_frames // sound.shape[1])))[:, :n_frames]


def _timed(process: Callable[[Samples], Samples], sound: Samples, block: int) -> Floats:
    """Seconds of each block, after a second to warm up."""
    took_s = []
    for first in range(0, sound.shape[1] - block + 1, block):
        begin_s = time.perf_counter()
        process(sound[:, first : first + block])
        took_s.append(time.perf_counter() - begin_s)
    return np.array(took_s[RATE // block :])
