"""Vocals of a song: phrases of one singer, brought to its key and beat, with doubles and harmonies."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from separation.remix import change_speed
from separation.songs import RATE
from separation.training_set.effects import at_pitch
from separation.training_set.phrases import Phrase, PhraseBank
from separation.training_set.score import Plan, Section

Floats = NDArray[np.float32]

RANGES = {"as it is": (0.0, 1.0, 0.5), "lower": (-5.5, 0.86, 0.35), "higher": (3.5, 1.08, 0.15)}
"""Semitones, factor on the formants, and likelihood: lower ones sound male."""
N_PHRASES = 7


@dataclass
class Singer:
    """One voice in one song: its phrases, its range, and what it has sung so far (a chorus is sung again)."""

    bank: PhraseBank
    plan: Plan
    rng: np.random.Generator
    seconds_by_source: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        seconds: dict[str, float] = {}
        for phrase in self.bank.phrases:
            seconds[phrase.singer] = seconds.get(phrase.singer, 0.0) + phrase.seconds
        likely = np.sqrt(list(seconds.values()))
        self.singer = list(seconds)[int(self.rng.choice(likely.size, p=likely / likely.sum()))]
        own = [phrase for phrase in self.bank.phrases if phrase.singer == self.singer]
        chosen = self.rng.permutation(len(own))[:N_PHRASES]
        self.phrases = [own[place] for place in chosen]
        kinds = list(RANGES)
        kind = kinds[int(self.rng.choice(len(kinds), p=[RANGES[name][2] for name in kinds]))]
        self.semitones, self.formants, _ = RANGES[kind]
        self.formants *= float(self.rng.uniform(0.97, 1.03))
        self._sung: dict[tuple[int, int], Floats] = {}

    def sing(self, n_samples: int) -> tuple[Floats, Floats]:
        """Lead [2, T] in the middle, and choir [2, T] of doubles and harmonies at the sides."""
        lead, choir = np.zeros((2, n_samples), np.float32), np.zeros((2, n_samples), np.float32)
        has_doubles, has_harmonies = self.rng.random() < 0.5, self.rng.random() < 0.5
        for section in self.plan.sections:
            if not section.is_sung or self.rng.random() < 0.1:
                continue
            for at_s, place in self._places(section):
                lay(lead, self._voice(place, 0), at_s, 0.0, 1.0)
                if has_doubles and section.name == "chorus":
                    for pan in (-0.8, 0.8):
                        late_s = at_s + float(self.rng.uniform(0.008, 0.035))
                        lay(choir, self._voice(place, 0, detune=pan * 0.15), late_s, pan, 0.35)
                if has_harmonies and section.name == "chorus":
                    lay(choir, self._voice(place, 1), at_s + 0.01, float(self.rng.uniform(-0.6, 0.6)), 0.45)
        return lead, choir

    def _places(self, section: Section) -> list[tuple[float, int]]:
        """When and which phrase: verses go through all, choruses through the first two."""
        beat_s = 60 / self.plan.bpm
        at_s = section.first_bar * self.plan.bar_s + beat_s * float(self.rng.choice([0, 0, 1, -0.5, 0.5]))
        end_s = (section.first_bar + section.n_bars) * self.plan.bar_s
        places, turn = [], 0 if section.name == "chorus" else int(self.rng.integers(len(self.phrases)))
        while at_s < min(end_s, self.plan.seconds) - beat_s:
            place = turn % (2 if section.name == "chorus" else len(self.phrases)) % len(self.phrases)
            places.append((max(at_s, 0.0), place))
            turn += 1
            rest_s = beat_s * float(self.rng.choice([0, 0.5, 1, 1, 2]))
            at_s = np.ceil((at_s + self._length_s(place) + rest_s) / beat_s) * beat_s
        return places

    def _length_s(self, place: int) -> float:
        return self._voice(place, 0).shape[1] / RATE

    def _voice(self, place: int, harmony: int, detune: float = 0.0) -> Floats:
        """A phrase [1, T] in key; `harmony` 1 is a third or fourth above, in the scale where it can be."""
        key = (place, harmony + (2 if detune < 0 else 3 if detune > 0 else 0))
        if key not in self._sung:
            phrase = self.phrases[place]
            semitones = self._to_key(phrase, harmony) + detune
            self._sung[key] = self._changed(phrase, semitones)
            seconds = self._sung[key].shape[1] / RATE
            self.seconds_by_source[phrase.source] = self.seconds_by_source.get(phrase.source, 0.0) + seconds
        return self._sung[key]

    def _to_key(self, phrase: Phrase, harmony: int) -> float:
        steps = (4, 3, 5) if harmony else (0,)
        if phrase.pitch is None:
            return self.semitones + steps[0]
        wanted = round(phrase.pitch + self.semitones)
        near = sorted(range(wanted - 2, wanted + 3), key=lambda pitch: abs(pitch - wanted))
        base = next(pitch for pitch in near if self.plan.is_in_key(pitch))
        found = next((base + step for step in steps if self.plan.is_in_key(base + step)), base + steps[0])
        return found - phrase.pitch

    def _changed(self, phrase: Phrase, semitones: float) -> Floats:
        """Formants by resampling, the rest of the pitch by stretching with formants kept; ends on a half beat."""
        voice = self.bank.cut(phrase)
        n_padded = scipy.fft.next_fast_len(voice.shape[1] + 1024, real=True)
        voice = np.pad(voice, ((0, 0), (0, n_padded - voice.shape[1])))
        n_changed = scipy.fft.next_fast_len(round(n_padded / self.formants), real=True)
        voice = change_speed(voice, n_changed)
        half_beat_s = 30 / self.plan.bpm
        wanted_s = max(round(phrase.seconds / half_beat_s), 1) * half_beat_s
        stretch = float(np.clip(voice.shape[1] / RATE / wanted_s, 0.85, 1.2))
        left = semitones - 12 * np.log2(n_padded / n_changed)
        return at_pitch(voice, stretch, float(left), keeps_formants=True)


def lay(track: Floats, voice: Floats, at_s: float, pan: float, level: float) -> None:
    first = int(at_s * RATE)
    voice = voice[:, : max(track.shape[1] - first, 0)]
    sides = np.array([[np.cos((pan + 1) * np.pi / 4)], [np.sin((pan + 1) * np.pi / 4)]], np.float32)
    track[:, first : first + voice.shape[1]] += voice * sides * np.float32(level * np.sqrt(2))
