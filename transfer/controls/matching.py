"""`ControlMatch`: what is played, brought to what a model has learned: its register, its loudness, its silence.

A network knows the notes and levels it was trained with, and little of others. Quantiles of what is played are laid on
those of the model: by octaves for notes, so that the tune stays, and by a line through three of them for loudness. What
has no pitch is turned down, breath and consonants by a part, hiss and the room until they are gone, and the last note
is held meanwhile. For a recording, the player's statistics are measured beforehand; of somebody who plays on they are
gathered on the way, and the map moves there from none in a second or so.

Conventions: no delay; controls in, as many out, however they are cut.
References: Engel et al., DDSP, ICLR 2020, and its ddsp/training/postprocessing.py for the ideas (mask of notes,
quantiles of loudness, shift by octaves, autotune).
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

import numpy as np

from mixassist.errors import OptionError
from transfer.controls.held_pitch import HeldPitch
from transfer.controls.loudness import Floats
from transfer.controls.mask import NoteMask
from transfer.controls.statistics import ControlStatistics, RunningStatistics, note_of, pitch_of
from transfer.controls.stream import Controls
from transfer.controls.tuning import Autotune

KNOTS = (0.05, 0.5, 0.95)
MIN_SLOPE, MAX_SLOPE = 0.5, 2.0
"""Decibels of the model for one that is played: no less and no more, so that playing still feels like playing."""
REGISTER = (0.05, 0.95)
OCTAVE_PREFERENCE = 0.5
"""Semitones by which notes must lie nearer to the model's before they are moved by an octave."""
MAX_SHIFT_SEMITONES = 60.0
UPDATE_HOPS = 64
"""How often statistics that are gathered on the way are looked at: every 0.17 s at hops of 128."""
UPDATE_SHARE = 0.2
"""How much of the way the map of loudness goes each time."""
FIRST_HOPS = 128
"""So many hops must have sounded before that."""


@dataclass(frozen=True)
class MatchOptions:
    """How far what is played is changed.

    Attributes:
        shift_semitones: added to all notes; None chooses octaves by the statistics.
        use_loudness: whether loudness is laid on the model's.
        use_mask: whether what belongs to no note is turned down, and the last note held.
        autotune: 0 leaves notes where they are, 1 moves their middle to the nearest semitone; vibrato stays.
    """

    shift_semitones: float | None = None
    use_loudness: bool = True
    use_mask: bool = True
    autotune: float = 0.0

    def __post_init__(self) -> None:
        if self.shift_semitones is not None and not abs(self.shift_semitones) <= MAX_SHIFT_SEMITONES:
            raise OptionError(
                f"a shift of {self.shift_semitones:g} semitones leaves no note: choose {-MAX_SHIFT_SEMITONES:g} to"
                f" {MAX_SHIFT_SEMITONES:g}"
            )
        if not 0 <= self.autotune <= 1:
            raise OptionError(f"an autotune of {self.autotune:g} is not between 0 and 1: choose 0 for none")


class ControlMatch:
    """Brings controls, hop by hop, into what a model knows.

    Args:
        model: what the model was learned from.
        played: what the player does, None where that is still to be heard.
        options: how far.
        hops_per_s: how many controls come in a second.
    """

    def __init__(
        self,
        model: ControlStatistics,
        played: ControlStatistics | None = None,
        options: MatchOptions | None = None,
        hops_per_s: float = 375.0,
    ) -> None:
        self._model, self._played = model, played
        self._options = options or MatchOptions()
        self._hops_per_s = hops_per_s
        self.reset()

    def reset(self) -> None:
        """Forgets what was played."""
        self._running = None if self._played else RunningStatistics(self._hops_per_s)
        self._tune = Autotune(self._options.autotune, self._hops_per_s)
        self._mask = NoteMask(self._hops_per_s)
        self._n_hops = 0
        self.shift_semitones = self._options.shift_semitones or 0.0
        self._played_db = self._model_db = _knots_db(self._model)
        if self._played:
            self._learn_register(self._played)
            self._learn_loudness(self._played, 1.0)
        self._held = HeldPitch(self._model.note(0.5) - self.shift_semitones)

    def go_on_from(self, other: ControlMatch) -> None:
        """Knows at once what another has gathered of the same player, and the note that is held."""
        self._held, self._mask = deepcopy(other._held), deepcopy(other._mask)
        if self._running is None or other._running is None:
            return
        self._running = deepcopy(other._running)
        if self._running.n_hops >= FIRST_HOPS:
            played = self._running.statistics()
            self._learn_register(played)
            self._learn_loudness(played, 1.0)

    def process(self, controls: Controls) -> Controls:
        """The controls that the model shall play."""
        notes, levels_db = note_of(controls.f0_hz), controls.loudness_db.copy()
        for hop in range(len(controls)):
            confidence, level_db = float(controls.confidence[hop]), float(levels_db[hop])
            is_note, masked_db = self._mask.step(confidence, level_db)
            note = float(notes[hop])
            if self._options.use_mask:
                note = self._held.step(confidence, note)
            if self._running is not None:
                self._follow(self._running, is_note, note, level_db)
            notes[hop] = self._tune.step(note + self.shift_semitones)
            levels_db[hop] = self._level_db(level_db) - (masked_db if self._options.use_mask else 0.0)
        return Controls(pitch_of(notes), controls.confidence, levels_db)

    def _follow(self, running: RunningStatistics, is_note: bool, note: float, level_db: float) -> None:
        """Gathers a hop, and looks now and then at what has been gathered; octaves change between notes only."""
        self._n_hops += 1
        if is_note:
            running.add(note, level_db)
        if self._n_hops % UPDATE_HOPS or running.n_hops < FIRST_HOPS:
            return
        played = running.statistics()
        self._learn_loudness(played, UPDATE_SHARE)
        if not is_note:
            self._learn_register(played)

    def _learn_register(self, played: ControlStatistics) -> None:
        if self._options.shift_semitones is None:
            self.shift_semitones = 12.0 * nearest_octaves(played, self._model, round(self.shift_semitones / 12))

    def _learn_loudness(self, played: ControlStatistics, share: float) -> None:
        """Moves the map of loudness this share of the way to the one for what is played."""
        here = _knots_db(played)
        self._model_db = (1 - share) * self._model_db + share * _limited(here, _knots_db(self._model))
        self._played_db = (1 - share) * self._played_db + share * here
        self._mask.top_db = float(here[-1])

    def _level_db(self, level_db: float) -> float:
        """Through the knots by lines; below by the same number of decibels, above no louder than the model was."""
        if not self._options.use_loudness:
            return level_db
        played, model = self._played_db, self._model_db
        if level_db <= played[0]:
            return float(model[0] + level_db - played[0])
        if level_db >= played[-1]:
            return float(min(model[-1] + level_db - played[-1], self._model.level_db(1.0)))
        return float(np.interp(level_db, played, model))


def nearest_octaves(played: ControlStatistics, model: ControlStatistics, now: int = 0) -> int:
    """The octaves by which notes are to be moved so that they lie in the model's register; `now` where that is as good.

    What counts is how far quantiles of the notes lie outside of it, on average, in semitones.
    """
    low, high = (model.note(quantile) for quantile in REGISTER)
    notes = np.interp(np.linspace(*REGISTER, 19), played.quantiles, played.notes)

    def cost(octaves: int) -> float:
        moved = notes + 12 * octaves
        outside = np.maximum(low - moved, 0) + np.maximum(moved - high, 0)
        return float(outside.mean()) + OCTAVE_PREFERENCE * (abs(octaves - now) + 0.1 * abs(octaves))

    return min(range(-4, 5), key=cost)


def _knots_db(statistics: ControlStatistics) -> Floats:
    return np.array([statistics.level_db(knot) for knot in KNOTS])


def _limited(played_db: Floats, model_db: Floats) -> Floats:
    """The model's knots, moved so that the lines between them are neither too flat nor too steep; the middle stays."""
    steps = np.maximum(np.diff(played_db), 1e-3)
    steps = np.clip(np.diff(model_db), MIN_SLOPE * steps, MAX_SLOPE * steps)
    return np.array([model_db[1] - steps[0], model_db[1], model_db[1] + steps[1]])
