"""`RoomPicture`: what a room does to a recording: spectrograms with and without it, and how its energy decays.

Conventions: blocks are [C, n]. The decay is Schroeder's, octave by octave, of what a click would hear of the room;
dotted lines fall as was asked of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.dsp.decay import OCTAVES_HZ, energy_decay_db, octave_bands
from separation.removal_picture import RemovalPicture
from separation.rooms.answer import Answer

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN_DB = 65.0
N_POINTS = 500
"""Points of a curve, which are more than a picture's columns."""

SHOWN_HZ = (125.0, 500.0, 2000.0, 8000.0)


class RoomPicture:
    """Collects what a picture shows while a recording at `rate` Hz and its room pass by."""

    def __init__(self, answer: Answer, rate: int) -> None:
        self._answer = answer
        self._rate = rate
        self._spectrograms = RemovalPicture(rate, ("in the room", "recording", "room"))

    def watch(self, dry: Samples, wet: Samples) -> None:
        """Takes the next block of the recording, and of the room beside it."""
        self._spectrograms.watch(dry + wet, dry)

    def write(self, path: Path) -> None:
        """The picture as a PNG.

        Raises:
            AudioError: when the folder cannot be written to.
        """
        self._spectrograms.write(path, self._draw_decay if self._answer.level_db() is not None else None)

    def _draw_decay(self, axis: Axes) -> None:
        response = self._answer.samples.sum(axis=0).mean(axis=0)
        shown_hz = [hz for hz in SHOWN_HZ if hz < self._rate / 2]
        decays_db = energy_decay_db(octave_bands(response, self._rate))
        time_s = np.arange(response.size) / self._rate
        step = max(response.size // N_POINTS, 1)
        for hz in shown_hz:
            octave = OCTAVES_HZ.index(hz)
            (line,) = axis.plot(time_s[::step], decays_db[octave, ::step], label=_name(hz), linewidth=1)
            if self._answer.rt60_s is not None:
                asked_db = -60 * time_s[::step] / self._answer.rt60_s[octave]
                axis.plot(time_s[::step], asked_db, linestyle=":", linewidth=1, color=line.get_color())
        dotted = "" if self._answer.rt60_s is None else "; dotted: as asked"
        axis.set(title=f"energy decay of the room, per octave{dotted}", xlabel="s", ylabel="dB")
        axis.set(ylim=(-SHOWN_DB, 3), xlim=(0, time_s[-1]))
        axis.legend(loc="upper right", fontsize="small")
        axis.grid(alpha=0.3)


def _name(hz: float) -> str:
    return f"{hz / 1000:g} kHz" if hz >= 1000 else f"{hz:g} Hz"
