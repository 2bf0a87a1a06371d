"""The band of a song at its instruments: SoundFonts, synthesizers, recorded kits and drum machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from separation.training_set.composing import write_parts
from separation.training_set.drum_machine import DrumMachine
from separation.training_set.drumming import Hit, as_parts, rolled, write_hits
from separation.training_set.kits import KitShelf, strike
from separation.training_set.mixing import Desk, ducking
from separation.training_set.oscillators import play_synth
from separation.training_set.patches import FAMILIES, Patch
from separation.training_set.score import Part, Plan
from separation.training_set.sources import Source
from separation.training_set.styles import Style
from separation.training_set.synthesizer import Synthesizer

STRIPPED = 0.12
RECORDED_KIT = {"acoustic": 0.4, "electronic": 0.65, "jazz": 0.0, "brushes": 0.0, "machine": 0.3}
"""How likely a kit of recorded hits plays; the SoundFont's or a drum machine plays where it does not."""


@dataclass(frozen=True)
class Instruments:
    """What a band plays on, kept from song to song."""

    fonts: Sequence[Source]
    synthesizer: Synthesizer
    shelf: KitShelf

    def play(self, desk: Desk, plan: Plan, style: Style, rng: np.random.Generator) -> set[str]:
        """Lays instruments and drums on the desk; names of the sources that played."""
        parts = write_parts(plan, style, rng)
        if rng.random() < STRIPPED:
            parts = parts[: int(rng.integers(1, 3))]
        hits, kit = write_hits(plan, style, rng), str(rng.choice(style.kits))
        hits = rolled(hits, plan, style.roll, rng) if style.roll else hits
        if style.pump and rng.random() < style.pump:
            desk.duck = ducking([hit.at_s for hit in hits if hit.drum == "kick"], desk.n_samples, rng)
        is_recorded = bool(self.shelf.sources) and rng.random() < RECORDED_KIT[kit]
        played = [part for part in parts if not part.patch]
        played += [] if is_recorded or kit == "machine" else as_parts(hits, kit, rng)
        for part, track in zip(played, self.synthesizer.play(played, desk.n_samples), strict=True):
            desk.lay_part(track, part)
        _play_synths([part for part in parts if part.patch], desk, rng)
        if is_recorded or kit == "machine":
            self._strike(hits, kit, is_recorded, desk, rng)
        used = {self.fonts[part.font % len(self.fonts)].name for part in played}
        return used | ({source.name for source in self.shelf.sources} if is_recorded else set())

    def _strike(self, hits: list[Hit], kit: str, is_recorded: bool, desk: Desk, rng: np.random.Generator) -> None:
        drums = (
            self.shelf.draw("electronic" if kit == "machine" else kit, rng) if is_recorded else DrumMachine(rng).kit()
        )
        for group, track in strike(hits, drums, desk.n_samples, rng).items():
            level_db = float(rng.normal(0, 2))
            desk.lay_part(track, Part(group, "drums", [], is_drums=True, level_db=level_db))


def _play_synths(parts: Sequence[Part], desk: Desk, rng: np.random.Generator) -> None:
    patches: dict[str, Patch] = {}
    for part in parts:
        patch = patches.setdefault(part.name, FAMILIES[part.patch](rng))
        desk.lay_part(play_synth(part, patch, desk.n_samples, rng), part)
