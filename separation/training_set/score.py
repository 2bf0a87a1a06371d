"""What is played in a song: notes, parts and the plan they follow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
}
STEPS_PER_BEAT = 4


@dataclass(frozen=True)
class Note:
    """A note from `start_s` for `length_s`; velocity 1 to 127."""

    start_s: float
    length_s: float
    pitch: int
    velocity: int


@dataclass(frozen=True)
class Part:
    """What one instrument plays and how it sits in its stem (level in dB, pan -1 to 1).

    The instrument is a SoundFont's `program`, or a `patch` of our own synthesizer.
    """

    name: str
    stem: str
    notes: list[Note]
    program: int = 0
    font: int = 0
    is_drums: bool = False
    level_db: float = 0.0
    pan: float = 0.0
    chain: str = "clean"
    patch: str = ""


@dataclass(frozen=True)
class Section:
    """Bars from `first_bar`: who sings, and how full it is (0 to 1)."""

    name: str
    first_bar: int
    n_bars: int
    energy: float

    @property
    def is_sung(self) -> bool:
        return self.name in ("verse", "chorus", "bridge")


@dataclass(frozen=True)
class Plan:
    """Tempo, meter, key and form of a song; `swing` is the delay of off-beats in steps, `chords` one degree per bar."""

    genre: str
    bpm: float
    n_beats: int
    swing: float
    is_swing_of_eighths: bool
    key: int
    mode: str
    sections: list[Section]
    chords: list[int]
    seconds: float

    @property
    def n_steps(self) -> int:
        """Steps of a bar."""
        return self.n_beats * STEPS_PER_BEAT

    @property
    def step_s(self) -> float:
        return 60 / self.bpm / STEPS_PER_BEAT

    @property
    def bar_s(self) -> float:
        return self.step_s * self.n_steps

    @property
    def n_bars(self) -> int:
        return len(self.chords)

    def at_s(self, bar: int, step: float) -> float:
        """Time of a step, swung."""
        return (bar * self.n_steps + step + self._late(int(step))) * self.step_s

    def _late(self, step: int) -> float:
        is_off = step % 4 == 2 if self.is_swing_of_eighths else step % 2 == 1
        return self.swing if is_off else 0.0

    def section(self, bar: int) -> Section:
        return next(section for section in reversed(self.sections) if section.first_bar <= bar)

    def pitch(self, degree: int, centre: int) -> int:
        """The scale's note of a degree (0 = tonic) that lies nearest to a pitch."""
        note = self.key + SCALES[self.mode][degree % 7]
        return note + 12 * round((centre - note) / 12)

    def chord(self, bar: int, n_notes: int, centre: int) -> list[int]:
        """Thirds piled on the bar's chord, each in the octave nearest to a pitch."""
        return sorted({self.pitch(self.chords[bar] + 2 * third, centre) for third in range(n_notes)})

    def is_in_key(self, pitch: float) -> bool:
        return round(pitch - self.key) % 12 in SCALES[self.mode]


def humanised(notes: list[Note], timing_s: float, rng: np.random.Generator) -> list[Note]:
    """The notes with a player's deviations in time and loudness."""
    late_s = rng.normal(0, timing_s, len(notes))
    louder = rng.normal(0, 7, len(notes))
    return [
        Note(max(note.start_s + late, 0.0), note.length_s, note.pitch, int(np.clip(note.velocity + loud, 8, 127)))
        for note, late, loud in zip(notes, late_s, louder, strict=True)
    ]
