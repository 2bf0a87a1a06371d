"""Loose lines sung to made melodies, laid beside the recorded voices: men, words and held notes are scarce there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from separation.songs import store
from separation.training_set.composing import draw_plan
from separation.training_set.crooning import Crooner, bars_of_a_line, perform
from separation.training_set.melodies import Line, write_melody
from separation.training_set.sources import Source
from separation.training_set.styles import read_styles
from separation.training_set.words import WordBank

Floats = NDArray[np.float32]

SUNG = "-sung-"
"""In the names of such lines, after the folder of their source."""
SPOKEN = 0.12
"""How many of them are spoken on the beat."""
PEAK = 0.7


@dataclass(frozen=True)
class Choir:
    """Everybody whose lines may lie beside the recorded voices: those of the sources of voices."""

    bank: WordBank
    sources: Sequence[Source]

    def write(self, n_lines: int, folder: Path) -> Iterator[Path]:
        """Writes the lines that are missing in `folder`/voices and yields each; a line is a function of its number."""
        if not self._speakers():
            return
        there = {path.stem.split(SUNG)[1] for path in (folder / "voices").glob(f"*{SUNG}*.npy")}
        for number in range(n_lines):
            if f"{number:04d}" not in there:
                speaker, line = self.line(number)
                path = folder / "voices" / f"{self._prefix(speaker)}{SUNG}{number:04d}.npy"
                store(line, path)
                yield path

    def line(self, number: int) -> tuple[str, Floats]:
        """Who sings the line of a number, and how it sounds, [1, T]."""
        rng = np.random.default_rng([number, len(SUNG)])
        styles = list(read_styles(with_modern=True).values())
        plan = draw_plan(styles[int(rng.integers(len(styles)))], 20.0, rng)
        singer = Crooner(self.bank, plan, rng, SPOKEN, self._speakers())
        words = singer.gathered(0)
        where = Line(
            0, bars_of_a_line(plan), len(words.vowels), singer.centre + int(rng.integers(-2, 5)), singer.is_rap
        )
        _, sung = perform(words, write_melody(plan, where, rng), singer.manner, rng)
        return singer.speaker, sung[None] * np.float32(PEAK / max(float(np.abs(sung).max()), 1e-3))

    def _speakers(self) -> list[str]:
        return [name for name, _ in self.bank.speakers() if self._prefix(name)]

    def _prefix(self, speaker: str) -> str:
        return next((source.path.name for source in self.sources if speaker.startswith(source.name)), "")
