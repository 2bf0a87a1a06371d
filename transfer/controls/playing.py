"""`hear_playing`: a whole recording, heard before it is played: which notes, how loud, and what to warn of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mixassist.audio.buffer import Samples
from mixassist.errors import Finding
from transfer.controls.options import ControlOptions
from transfer.controls.polyphony import Polyphony
from transfer.controls.statistics import ControlStatistics, statistics_of
from transfer.controls.stream import ControlStream, joined


@dataclass(frozen=True, eq=False)
class Playing:
    """What somebody plays: `statistics`, None where hardly anything sounds, and whether it is one note at a time."""

    statistics: ControlStatistics | None
    polyphony: Polyphony

    def findings(self) -> list[Finding]:
        """What to tell somebody who plays an instrument of one voice with it."""
        if self.statistics is None and not self.polyphony.findings():
            return [Finding("silent", "warning", "hardly a note sounds in it: take something sung or played louder")]
        return self.polyphony.findings()


def hear_playing(blocks: Iterable[Samples], rate: int, options: ControlOptions | None = None) -> Playing:
    """What is played in blocks [1, n]."""
    stream = ControlStream(rate, options)
    controls = joined([stream.process(block) for block in blocks])
    return Playing(statistics_of(controls), stream.polyphony())
