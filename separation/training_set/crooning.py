"""Vocals that sing words to the song's own melody, or speak them on its beat, with doubles and harmonies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.ndimage
from numpy.typing import NDArray

from separation.songs import RATE
from separation.training_set.melodies import Line, SungNote, harmony, write_melody
from separation.training_set.score import Plan, Section
from separation.training_set.singing import lay
from separation.training_set.vocoder import FRAME_S, Voice, breath_curve, sing
from separation.training_set.words import Span, WordBank, Words

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

LIKELY = {"erithacus": 3.0, "flite/rms": 1.5, "flite/awb": 1.5, "flite/kal16": 1.0, "flite/slt": 1.0}
LIKELY |= {"producer-space shv": 2.5, "producer-space dvs": 1.0, "sms-tools": 0.6}
"""Who sings how often: men and dry recordings first; others have rooms or effects on them, which a melody smears."""
N_LINES = 6
LONGEST_GAP_S = 0.16
LONGEST_END_S = 0.2
LINE_S = 2.4
"""A line lasts longer than this, in whole bars."""


@dataclass
class Crooner:
    """One voice in one song; what it has sung before it sings again when a section comes back."""

    bank: WordBank
    plan: Plan
    rng: np.random.Generator
    spoken: float = 0.0
    speakers: Sequence[str] = ()
    """Who may sing; everybody where nobody is named."""
    seconds_by_source: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        speakers = [each for each in self.bank.speakers() if not self.speakers or each[0] in self.speakers]
        likely = np.array([LIKELY.get(name, 0.4) for name, _ in speakers])
        self.speaker, lines = speakers[int(self.rng.choice(len(speakers), p=likely / likely.sum()))]
        self.lines = [lines[place] for place in self.rng.permutation(len(lines))]
        self.is_rap = self.rng.random() < self.spoken
        self.manner = Manner.draw(self.rng)
        self._words: list[Words] = []
        self.centre = 0

    def sing(self, n_samples: int) -> tuple[Floats, Floats]:
        """Lead [2, T] in the middle, and choir [2, T] of doubles and harmonies at the sides."""
        lead, choir = np.zeros((2, n_samples), np.float32), np.zeros((2, n_samples), np.float32)
        has_doubles, degrees = self.rng.random() < 0.5, int(self.rng.choice([0, 0, 2, 2, 4, -3, -5]))
        for section in self.plan.sections:
            if not section.is_sung or self.rng.random() < 0.1:
                continue
            for line, place in self._places(section):
                words = self.gathered(place)
                notes = write_melody(self.plan, line, np.random.default_rng([place, line.n_bars, self.plan.key]))
                self._lay(lead, words, notes, 0.0, 1.0)
                if section.name == "chorus" or self.rng.random() < 0.08:
                    for pan in (-0.8, 0.8) if has_doubles else ():
                        self._lay(choir, words, notes, pan, 0.35)
                    if degrees:
                        pan = float(self.rng.uniform(-0.6, 0.6))
                        self._lay(choir, words, harmony(self.plan, notes, degrees), pan, 0.45)
        return lead, choir

    def _places(self, section: Section) -> list[tuple[Line, int]]:
        """Lines of a section and which words they have: a chorus has two lines in turn, a verse all."""
        n_bars = bars_of_a_line(self.plan)
        first = 0 if section.name == "chorus" else 2
        n_words = 2 if section.name == "chorus" else N_LINES - 2
        start, lift = int(self.rng.integers(n_words)), 3 if section.name == "chorus" else 0
        found = []
        for turn, bar in enumerate(range(section.first_bar, section.first_bar + section.n_bars, n_bars)):
            if bar * self.plan.bar_s >= self.plan.seconds - 1 or bar >= self.plan.n_bars:
                break
            place = first + (turn + (start if first else 0)) % n_words
            n_syllables = len(self.gathered(place).vowels)
            found.append((Line(bar, n_bars, n_syllables, self.centre + lift, self.is_rap), place))
        return found

    def gathered(self, place: int) -> Words:
        """The words of a line by number: one spoken line, or as many phrases as make a line."""
        while len(self._words) <= place:
            wanted, words = int(self.rng.integers(5, 13)), None
            while words is None or len(words.vowels) < min(wanted, 5):
                more = self.bank.words(self.lines.pop()) if self.lines else None
                if more is None:
                    break
                words = more if words is None else joined(words, more)
            self._words.append(self._prepared(words, wanted) if words else self._words[place % len(self._words)])
        return self._words[place]

    def _prepared(self, words: Words, n_vowels: int) -> Words:
        if not self.centre:
            voiced = words.voice.pitch_hz[words.voice.pitch_hz > 0]
            own = 69 + 12 * np.log2(np.median(voiced) / 440) if voiced.size else 57.0
            higher = self.rng.uniform(2, 11) if "/" in self.speaker else self.rng.uniform(-4, 5)
            self.centre = round(own + higher + 6 * np.log2(self.manner.formants))
        return Words(words.voice.with_formants(self.manner.formants), words.vowels[:n_vowels], words.source)

    def _lay(self, track: Floats, words: Words, notes: list[SungNote], pan: float, level: float) -> None:
        if not words.vowels or not notes:
            return
        start_s, sung = perform(words, notes, self.manner, self.rng)
        start_s += float(self.rng.normal(0, 0.012)) + (float(self.rng.uniform(0.005, 0.03)) if pan else 0.0)
        lay(track, sung[None], max(start_s, 0.0), pan, level)
        seconds = sung.size / RATE
        self.seconds_by_source[words.source] = self.seconds_by_source.get(words.source, 0.0) + seconds


@dataclass(frozen=True)
class Manner:
    """How somebody sings: throat, breath, vibrato (semitones, Hz, s until it begins), glides (s), unsteadiness."""

    formants: float
    breathiness: float
    vibrato: float
    vibrato_hz: float
    vibrato_after_s: float
    glide_s: float
    drift: float
    scoop: float
    tilt_db: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Manner:
        return cls(
            formants=float(rng.uniform(0.88, 1.14)),
            breathiness=float(rng.choice([0.0, 0.0, 0.02, 0.05, 0.15])),
            vibrato=float(rng.choice([0.1, 0.3, 0.5, 0.8])),
            vibrato_hz=float(rng.uniform(4.8, 6.6)),
            vibrato_after_s=float(rng.uniform(0.15, 0.5)),
            glide_s=float(rng.uniform(0.015, 0.05)),
            drift=float(rng.uniform(0.05, 0.2)),
            scoop=float(rng.choice([0, 0.7, 1.5, 3])),
            tilt_db=float(rng.uniform(-4, 6)),
        )


def bars_of_a_line(plan: Plan) -> int:
    """How many bars a line has, so that it lasts longer than `LINE_S`."""
    return next((n for n in (1, 2, 4) if n * plan.bar_s > LINE_S), 4)


def joined(first: Words, second: Words) -> Words:
    """Two words, one after the other."""
    late_s = first.voice.n_frames * FRAME_S
    pitch_hz = np.concatenate([first.voice.pitch_hz, second.voice.pitch_hz])
    envelope = np.concatenate([first.voice.log_envelope, second.voice.log_envelope])
    vowels = first.vowels + [(start + late_s, end + late_s) for start, end in second.vowels]
    return Words(Voice(pitch_hz, envelope), vowels, first.source)


def perform(words: Words, notes: list[SungNote], manner: Manner, rng: np.random.Generator) -> tuple[float, Floats]:
    """When a line begins in s, consonants before the beat, and what it sounds like [T] at an rms of 0.1."""
    vowels = words.vowels[: len(notes)]
    notes = notes[: len(vowels)]
    sung_at, spoken_at = _time_map(vowels, notes)
    time_s = np.arange(sung_at[0], sung_at[-1], FRAME_S)
    voice = words.voice.at(np.interp(time_s, sung_at, spoken_at) / FRAME_S)
    is_vowel = np.zeros(time_s.size, bool)
    for place in range(len(notes)):
        is_vowel |= (time_s >= sung_at[1 + 3 * place]) & (time_s < sung_at[2 + 3 * place])
    pitch = _pitch(time_s, notes, manner, rng)
    pitch_hz = np.where((voice.pitch_hz > 0) | is_vowel, 440 * 2 ** ((pitch - 69) / 12), 0.0)
    n_bins = voice.log_envelope.shape[1]
    even = voice.log_envelope + _evening(voice, is_vowel)[:, None] + _tilt(n_bins, manner.tilt_db)
    sung = sing(Voice(voice.pitch_hz, even), pitch_hz, breath_curve(n_bins, manner.breathiness))
    sung = sung * _faded(sung.size)
    loud = np.sqrt(np.mean(sung**2)) if sung.size else 1.0
    return float(sung_at[0]), sung * np.float32(0.1 / max(float(loud), 1e-6))


def _time_map(vowels: list[Span], notes: list[SungNote]) -> tuple[Doubles, Doubles]:
    """Times in the song and in the recording that belong together: vowels are held, consonants keep their length.

    Three pairs for each note, after one for the first consonant: where its vowel begins and ends, and where the next
    one's consonant begins.
    """
    before_s = min(vowels[0][0], LONGEST_GAP_S)
    sung, spoken = [notes[0].start_s - before_s], [vowels[0][0] - before_s]
    for place, (note, (start_s, end_s)) in enumerate(zip(notes, vowels, strict=True)):
        is_last = place + 1 == len(notes)
        next_s = end_s + LONGEST_END_S if is_last else vowels[place + 1][0]
        gap_s = LONGEST_END_S if is_last else min(next_s - end_s, LONGEST_GAP_S, 0.45 * (note.end_s - note.start_s))
        held_until_s = note.end_s - (0.0 if is_last else gap_s)
        sung += [note.start_s, held_until_s, held_until_s + 1e-4]
        spoken += [start_s, end_s, next_s - gap_s]
    return np.array([*sung, sung[-1] + gap_s]), np.array([*spoken, spoken[-1] + gap_s])


def _pitch(time_s: Doubles, notes: list[SungNote], manner: Manner, rng: np.random.Generator) -> Doubles:
    """The melody [K] in MIDI numbers as a voice sings it: gliding, trembling, never quite still."""
    place = np.clip(np.searchsorted([note.start_s - 0.02 for note in notes], time_s, side="right") - 1, 0, None)
    pitches = np.array([note.pitch for note in notes], float)[place]
    pitch = scipy.ndimage.gaussian_filter1d(pitches, manner.glide_s / FRAME_S, mode="nearest")
    since_s = time_s - np.array([note.start_s for note in notes])[place]
    depth = manner.vibrato * np.clip((since_s - manner.vibrato_after_s) / 0.3, 0, 1)
    pitch += depth * np.sin(2 * np.pi * manner.vibrato_hz * time_s + float(rng.uniform(0, 6)))
    drift = scipy.ndimage.gaussian_filter1d(rng.standard_normal(time_s.size), 25) * np.sqrt(50 * np.sqrt(np.pi))
    shake = scipy.ndimage.gaussian_filter1d(rng.standard_normal(time_s.size), 1.5)
    pitch += manner.drift * drift * 0.7 + 0.04 * shake
    moved: Doubles = pitch - manner.scoop * np.exp(-np.maximum(time_s - notes[0].start_s, 0) / 0.06)
    return moved


def _evening(voice: Voice, is_vowel: NDArray[np.bool_]) -> Doubles:
    """Gain [K], logarithmic, that brings vowels nearer to the same loudness, as singers do."""
    loud = voice.log_envelope[:, :400].max(axis=1)
    if not is_vowel.any():
        return np.zeros(loud.size)
    middle = float(np.median(loud[is_vowel]))
    slow = np.interp(np.arange(loud.size), np.flatnonzero(is_vowel), loud[is_vowel])
    return np.clip(0.65 * (middle - scipy.ndimage.gaussian_filter1d(slow, 8)), -2.0, 2.0)


def _tilt(n_bins: int, tilt_db: float) -> Doubles:
    """More above 2 kHz, as voices under effort have, or less."""
    hz = np.linspace(0, RATE / 2, n_bins)
    return np.asarray(tilt_db * np.log(10) / 10 / (1 + np.exp(-(hz - 2000) / 400)))


def _faded(n_samples: int, n_fade: int = 1500) -> Floats:
    place = np.arange(n_samples)
    return np.clip(np.minimum(place / 200, (n_samples - place) / n_fade), 0, 1).astype(np.float32)
