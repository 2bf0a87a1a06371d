"""Writes songs: a plan drawn from a genre, then what each player plays over its chords."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from separation.training_set.score import Note, Part, Plan, Section, humanised
from separation.training_set.styles import STRENGTHS, Player, Style

FORM = (
    ("intro", 0.5),
    ("verse", 0.65),
    ("chorus", 1.0),
    ("verse", 0.7),
    ("chorus", 1.0),
    ("bridge", 0.4),
    ("solo", 0.9),
)
REPEATS = 4
"""Bars after which rhythms may change."""


def draw_plan(style: Style, seconds: float, rng: np.random.Generator) -> Plan:
    """Tempo, meter, key, form and chords of a song that lasts at least `seconds`; it may begin anywhere in the form."""
    bpm = float(rng.uniform(*style.bpm))
    n_beats = int(rng.choice(style.n_beats))
    n_bars = int(np.ceil(seconds * bpm / 60 / n_beats)) + 1
    sections: list[Section] = []
    chords: list[int] = []
    place = int(rng.integers(len(FORM)))
    lines = {name: style.chords[rng.integers(len(style.chords))] for name, _ in FORM}
    while len(chords) < n_bars:
        name, energy = FORM[place % len(FORM)]
        length = int(rng.choice([4, 8, 8]))
        sections.append(Section(name, len(chords), length, energy))
        line = lines[name]
        chords += [line[bar % len(line)] for bar in range(length)]
        place += 1
    return Plan(
        genre=style.name,
        bpm=bpm,
        n_beats=n_beats,
        swing=float(rng.uniform(*style.swing)),
        is_swing_of_eighths=style.is_swing_of_eighths,
        key=int(rng.integers(12)),
        mode=str(rng.choice(style.modes)),
        sections=sections,
        chords=chords[:n_bars],
        seconds=seconds,
    )


def write_parts(plan: Plan, style: Style, rng: np.random.Generator) -> list[Part]:
    """A part per player, at most 12 for one pass of the synthesizer; a doubled player gives two, left and right."""
    players = [player for name, player in style.players.items() if rng.random() < style.parts.get(name, 0)]
    players = _with_one_bass(players, style, rng)
    parts: list[Part] = []
    for player in players[:8]:
        parts += _perform(player, plan, style, rng)
    return parts[:12]


def _with_one_bass(players: list[Player], style: Style, rng: np.random.Generator) -> list[Player]:
    """One bass, and somebody beside it."""
    everyone = style.players
    basses = [everyone[name] for name in style.parts if everyone[name].stem == "bass"]
    others = [player for player in players if player.stem != "bass"]
    first_choice = max((name for name in style.parts if everyone[name].stem != "bass"), key=style.parts.__getitem__)
    likely = np.array([style.parts[player.name] for player in basses])
    bass = basses[rng.choice(len(basses), p=likely / likely.sum())]
    return [bass, *(others or [everyone[first_choice]])]


def _perform(player: Player, plan: Plan, style: Style, rng: np.random.Generator) -> list[Part]:
    notes = Performance(player, plan, style.rhythms[player.name], rng).notes()
    program, font = int(rng.choice(player.programs)), int(rng.integers(2))
    is_doubled = player.is_doubled and rng.random() < 0.75
    width = rng.uniform(0.6, 1.0) if is_doubled else 0.0
    pans = [-width, width] if is_doubled else [0.0 if player.stem == "bass" else rng.uniform(-0.75, 0.75)]
    level_db = player.level_db + float(rng.normal(0, 2.5))
    return [
        Part(
            name=player.name,
            stem=player.stem,
            notes=humanised(notes, rng.uniform(0.002, 0.012), rng),
            program=program,
            font=font,
            level_db=level_db,
            pan=float(pan),
            chain=player.chain,
            patch=player.patch,
        )
        for pan in pans
    ]


@dataclass
class Performance:
    """One player's notes over a plan."""

    player: Player
    plan: Plan
    rhythms: tuple[str, ...]
    rng: np.random.Generator

    def notes(self) -> list[Note]:
        """Notes of the whole song; sections may be silent, the quieter the section the likelier."""
        self._degree = 0
        self._riff = self.rng.choice([0, 0, 0, 2, 3, 4, 6], size=16)
        found: list[Note] = []
        for section in self.plan.sections:
            is_needed = self.player.stem == "bass"
            if self.rng.random() > (0.97 if is_needed else 0.45 + 0.5 * section.energy):
                continue
            rhythm = self.rhythms[self.rng.integers(len(self.rhythms))]
            for bar in range(section.first_bar, min(section.first_bar + section.n_bars, self.plan.n_bars)):
                if (bar - section.first_bar) % REPEATS == REPEATS - 1 and self.rng.random() < 0.3:
                    found += self._bar(bar, self.rhythms[self.rng.integers(len(self.rhythms))])
                else:
                    found += self._bar(bar, rhythm)
        return found

    def _bar(self, bar: int, rhythm: str) -> list[Note]:
        line = (rhythm * 2)[: self.plan.n_steps]
        steps = [step for step, sign in enumerate(line) if sign in STRENGTHS]
        notes: list[Note] = []
        for place, step in enumerate(steps):
            end = steps[place + 1] if place + 1 < len(steps) else self.plan.n_steps
            held = 1 + len(line[step + 1 : end]) - len(line[step + 1 : end].lstrip("-"))
            is_ghost = line[step] == "g"
            length_s = (0.4 if is_ghost else held * self.rng.uniform(0.8, 0.98)) * self.plan.step_s
            velocity = round(118 * STRENGTHS[line[step]])
            notes += self._sound(bar, place, self.plan.at_s(bar, step), length_s, velocity)
        return notes

    def _sound(self, bar: int, place: int, at_s: float, length_s: float, velocity: int) -> list[Note]:
        pitches = VOICINGS[self.player.pitch](self, bar, place)
        spread_s = 0.012 if self.player.pitch == "strum" else 0.0
        order = pitches if place % 2 == 0 else pitches[::-1]
        return [
            Note(at_s + string * spread_s, length_s, int(np.clip(pitch, 12, 110)), velocity)
            for string, pitch in enumerate(order)
        ]

    def root(self, bar: int, place: int) -> list[int]:
        degree = self.plan.chords[bar]
        is_passing = place > 2 and self.rng.random() < 0.12
        return [self.plan.pitch(degree + (int(self.rng.choice([4, 2, 6])) if is_passing else 0), self.player.centre)]

    def octave(self, bar: int, place: int) -> list[int]:
        return [self.plan.pitch(self.plan.chords[bar], self.player.centre) + 12 * (place % 2)]

    def fifth(self, bar: int, place: int) -> list[int]:
        return [self.plan.pitch(self.plan.chords[bar] + 4 * (place % 2), self.player.centre)]

    def walk(self, bar: int, place: int) -> list[int]:
        chord = self.plan.chords[bar]
        if place == 0:
            return [self.plan.pitch(chord, self.player.centre)]
        after = self.plan.chords[min(bar + 1, self.plan.n_bars - 1)]
        if place == 3:
            return [self.plan.pitch(after, self.player.centre) + int(self.rng.choice([-1, 1]))]
        return [self.plan.pitch(chord + int(self.rng.choice([1, 2, 4, 6])), self.player.centre)]

    def power(self, bar: int, place: int) -> list[int]:
        root = self.plan.pitch(self.plan.chords[bar], self.player.centre)
        return [root, root + 7, root + 12]

    def triad(self, bar: int, place: int) -> list[int]:
        return self.plan.chord(bar, 3, self.player.centre)

    def seventh(self, bar: int, place: int) -> list[int]:
        return self.plan.chord(bar, int(self.rng.choice([4, 5])), self.player.centre)

    def strum(self, bar: int, place: int) -> list[int]:
        chord = self.plan.chord(bar, 3, self.player.centre)
        root = self.plan.pitch(self.plan.chords[bar], self.player.centre - 12)
        return [root, *chord, chord[0] + 12]

    def single(self, bar: int, place: int) -> list[int]:
        return [self.triad(bar, place)[int(self._riff[place % 16]) % 3]]

    def arpeggio(self, bar: int, place: int) -> list[int]:
        chord = self.plan.chord(bar, 3, self.player.centre)
        ladder = [*chord, chord[0] + 12, chord[-1], chord[1]]
        return [ladder[place % len(ladder)]]

    def riff(self, bar: int, place: int) -> list[int]:
        degree = (0 if place < 6 else self.plan.chords[bar]) + int(self._riff[place % 16])
        return [self.plan.pitch(0, self.player.centre) + _above(self.plan, degree)]

    def melody(self, bar: int, place: int) -> list[int]:
        if place == 0 and self.rng.random() < 0.5:
            self._degree = self.plan.chords[bar] % 7 + int(self.rng.choice([0, 2, 4]))
        else:
            self._degree += int(self.rng.choice([-2, -1, -1, 0, 1, 1, 2]))
        self._degree = int(np.clip(self._degree, -5, 9))
        return [self.plan.pitch(0, self.player.centre) + _above(self.plan, self._degree)]


def _above(plan: Plan, degree: int) -> int:
    """Semitones from the tonic to a degree, negative ones below."""
    scale_pitch = plan.pitch(degree % 7, plan.key + 6)
    return (scale_pitch - plan.key) % 12 + 12 * (degree // 7)


Voicing = Callable[[Performance, int, int], list[int]]
VOICINGS: dict[str, Voicing] = {
    name: getattr(Performance, name)
    for name in (
        *("root", "octave", "fifth", "walk", "power", "triad", "seventh", "strum", "single", "arpeggio", "riff"),
        "melody",
    )
}
