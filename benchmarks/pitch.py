"""Pitch heard from a stream: how often right, on phrases whose pitch is known and on recordings; how late; how fast.

`python -m benchmarks --only pitch pitch-recordings pitch-stream`
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.pitch_phrases import PLAYERS, RATE, Phrase, phrase
from benchmarks.results import Section
from benchmarks.separation import Bench
from mixassist.audio.files import read_audio
from mixassist.audio.resample import resample
from mixassist.dsp.hops import Floats
from transfer.controls import Controls, ControlStream, controls_of

RIGHT_CENTS = 50
VOICED = 0.5
"""The confidence above which a hop is called voiced."""
QUIET_DB = 30.0
"""A recording's hops count while they are no more than this below its loudest."""
N_PHRASES = 3
NOISES_DB = (np.inf, 20.0, 10.0)
EVERY_NOTE = 5
PYIN_RATE, PYIN_HOP, PYIN_S = 24000, 256, 5
"""It takes some seconds for each second."""
SEMITONES = {name: at for at, name in enumerate(("c", "db", "d", "eb", "e", "f", "gb", "g", "ab", "a", "bb", "b"))}


@dataclass(frozen=True)
class Accuracy:
    """Shares of the hops that have a pitch: right within 50 cents, an octave off, called voiced; the median error."""

    right: float
    octave: float
    voiced: float
    n_hops: int
    median_cents: float


def accuracy(controls: Controls, f0_hz: Floats, has_pitch: np.ndarray) -> Accuracy:
    """How right `controls` are where the truth [K] has a pitch."""
    cents = 1200 * np.log2(controls.f0_hz[has_pitch] / f0_hz[has_pitch])
    octaves = np.abs(np.abs(cents) - 1200) < RIGHT_CENTS
    return Accuracy(
        right=float(np.mean(np.abs(cents) < RIGHT_CENTS)),
        octave=float(np.mean(octaves)),
        voiced=float(np.mean(controls.confidence[has_pitch] > VOICED)),
        n_hops=int(has_pitch.sum()),
        median_cents=float(np.median(np.abs(cents))),
    )


def on_phrase(made: Phrase) -> Accuracy:
    """How right the pitch of a made phrase is."""
    controls = controls_of(made.sound[None].astype(np.float32), RATE)
    at = moments(len(controls), made.sound.size)
    return accuracy(controls, made.f0_hz[at], made.is_heard[at])


def moments(n_hops: int, n_samples: int) -> np.ndarray:
    """The samples that the controls of a whole recording speak of."""
    stream = ControlStream(RATE)
    n_late = round(stream.latency_samples / stream.hop)
    at = (np.arange(n_hops) + 1 + n_late) * stream.hop - stream.latency_samples
    return np.clip(at, 0, n_samples - 1)


def pitch(bench: Bench) -> Section:
    """Made phrases, clean and noisy."""
    rows = []
    for name in list(PLAYERS)[: 2 if bench.is_quick else None]:
        made = [phrase(name, seed) for seed in range(1 if bench.is_quick else N_PHRASES)]
        for snr_db in NOISES_DB[: 1 if bench.is_quick else None]:
            found = [on_phrase(each.with_noise(snr_db)) for each in made]
            rows.append((name, "none" if np.isinf(snr_db) else f"-{snr_db:g} dB", *_row(found)))
    return Section(
        "Pitch: made phrases",
        "python -m benchmarks --only pitch",
        ("like", "noise", *COLUMNS),
        rows,
        f"{N_PHRASES} phrases of twelve notes each (benchmarks/pitch_phrases.py), leaps and ends counted in.",
    )


COLUMNS = ("right within 50 cents", "an octave off", "called voiced", "median error, cents")


def _row(found: list[Accuracy]) -> tuple[str, ...]:
    weights = [each.n_hops for each in found]
    right, octave, voiced, cents = (
        float(np.average([getattr(each, name) for each in found], weights=weights))
        for name in ("right", "octave", "voiced", "median_cents")
    )
    return f"{right:.1%}", f"{octave:.2%}", f"{voiced:.1%}", f"{cents:.1f}"


def recordings(bench: Bench) -> Section:
    """Notes of a saxophone, which the files' names tell, and phrases against an offline tracker."""
    notes = [
        on_note(path)
        for path in sorted((bench.data / "timbre" / "alto-sax").glob("*.ogg"))[:: 64 if bench.is_quick else EVERY_NOTE]
    ]
    rows = [(f"alto sax, {len(notes)} notes", "their names", *_row(notes))] if notes else []
    for name, path in list(phrases(bench.data))[: 1 if bench.is_quick else None]:
        rows.append((name, "librosa.pyin", *_row([against_pyin(path)])))
    return Section(
        "Pitch: recordings",
        "python -m benchmarks --only pitch-recordings",
        ("recording", "against", *COLUMNS),
        rows,
        f"Hops no more than {QUIET_DB:g} dB below the loudest; where pyin is the truth, those that it calls voiced.",
    )


def phrases(data: Path) -> Iterator[tuple[str, Path]]:
    """Recordings of one voice or instrument that nobody wrote the pitch of."""
    trumpet = data / "timbre" / "trumpet-phrase.ogg"
    if trumpet.is_file():
        yield "trumpet phrase", trumpet
    for path in sorted((data / "separation" / "voices" / "sms-tools").glob("*.ogg"))[:3]:
        yield f"voice, sms-tools {path.stem}", path


def on_note(path: Path) -> Accuracy:
    """How right the pitch of a note is whose name the file begins with; c3 is the middle C."""
    name = path.stem.split("_")[0]
    midi = 12 * (int(name[-1]) + 2) + SEMITONES[name[:-1]]
    controls = controls_of(read_mono(path), RATE)
    return accuracy(controls, np.full(len(controls), 440 * 2 ** ((midi - 69) / 12)), _is_loud(controls))


def against_pyin(path: Path) -> Accuracy:
    """How often the stream agrees with librosa's tracker, which looks at all of the recording."""
    import librosa

    whole = controls_of(read_mono(path)[:, : PYIN_S * RATE], RATE)
    every = PYIN_HOP * RATE // PYIN_RATE // ControlStream(RATE).hop
    controls = Controls(whole.f0_hz[::every], whole.confidence[::every], whole.loudness_db[::every])
    sound = read_mono(path, PYIN_RATE)[0, : PYIN_S * PYIN_RATE]
    f0_hz, is_voiced, _ = librosa.pyin(
        sound, fmin=70, fmax=2000, sr=PYIN_RATE, frame_length=1024, hop_length=PYIN_HOP, fill_na=1.0
    )
    n_hops = min(len(controls), len(f0_hz))
    controls = Controls(*(each[:n_hops] for each in vars(controls).values()))
    return accuracy(controls, f0_hz[:n_hops], is_voiced[:n_hops] & _is_loud(controls))


def stream(bench: Bench) -> Section:
    """Delay by a burst, time per block, and what noise and silence make of the confidence."""
    listener = ControlStream(RATE)
    sound = phrase("sax").sound[None].astype(np.float32)
    n_blocks = 200 if bench.is_quick else sound.shape[1] // 128
    times_s = []
    for at in range(n_blocks):
        begin = time.thread_time()
        listener.process(sound[:, 128 * at : 128 * (at + 1)])
        times_s.append(time.thread_time() - begin)
    noise = np.random.default_rng(0).normal(0, 0.1, (1, 10 * RATE)).astype(np.float32)
    median_s, late_s = np.percentile(times_s, (50, 99))
    rows = [
        ("declared latency, ms", f"{1000 * listener.latency_samples / RATE:.1f}"),
        ("onset of a burst less that, ms", f"{_onset_ms():+.1f}"),
        ("leap of a pitch less that, ms", f"{_leap_ms():+.1f}"),
        ("block of 128, median, µs", f"{1e6 * median_s:.0f}"),
        ("block of 128, p99, µs", f"{1e6 * late_s:.0f}"),
        ("share of real time, median", f"{median_s * RATE / 128:.3f}"),
        ("white noise called voiced", f"{np.mean(controls_of(noise, RATE).confidence > VOICED):.2%}"),
    ]
    return Section("Pitch: as a stream", "python -m benchmarks --only pitch-stream", ("48 kHz", ""), rows)


def _onset_ms() -> float:
    """When loudness passes half of a burst's power, after the burst began."""
    sound, n_before = _bursts(0.0, 300.0)
    powers = 10 ** (controls_of(sound, RATE).loudness_db / 10)
    return _passes_ms(powers, powers[len(powers) // 4 * 3] / 2, n_before)


def _leap_ms() -> float:
    """When pitch passes the middle of a leap, after it happened; the mean over many leaps."""
    lows_hz = np.linspace(150, 700, 12)
    found = []
    for low_hz in lows_hz:
        sound, n_before = _bursts(low_hz, 1.3 * low_hz)
        found.append(_passes_ms(controls_of(sound, RATE).f0_hz, 1.15 * low_hz, n_before))
    return float(np.mean(found))


def _passes_ms(values: Floats, middle: float, n_before: int) -> float:
    """When `values` [K], from low to high, pass `middle`, after sample `n_before`; between hops by a straight line."""
    n_late = round(ControlStream(RATE).latency_samples / ControlStream(RATE).hop)
    first = 20 + int(np.argmax(values[20:] > middle))
    share = (middle - values[first - 1]) / (values[first] - values[first - 1])
    hops = first - 1 + share + 1 + n_late
    return float(1000 * (hops * ControlStream(RATE).hop - ControlStream(RATE).latency_samples - n_before) / RATE)


def _bursts(first_hz: float, second_hz: float) -> tuple[np.ndarray, int]:
    """A tone [1, T] of two pitches, and where the second begins; no tone for a pitch of 0."""
    n_each = RATE // 4
    phase = 2 * np.pi * np.cumsum(np.repeat([first_hz, second_hz], n_each)) / RATE
    return (0.2 * np.sin(phase) + 0.1 * np.sin(2 * phase))[None].astype(np.float32), n_each


def read_mono(path: Path, rate: int = RATE) -> np.ndarray:
    """A recording's first channel [1, T]."""
    return resample(read_audio(path), rate).samples[:1]


def _is_loud(controls: Controls) -> np.ndarray:
    return np.asarray(controls.loudness_db > controls.loudness_db.max() - QUIET_DB)


SECTIONS: dict[str, Callable[[Bench], Section]] = {
    "pitch": pitch,
    "pitch-recordings": recordings,
    "pitch-stream": stream,
}
