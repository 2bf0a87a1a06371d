"""`RemovalPicture`: spectrograms of a recording, of what was kept and of what was taken, of any length.

Conventions: blocks are [C, n]. Powers are those of the channels' mean, in bands that are even on a logarithmic axis.
When there are more columns than a picture shows, two become one: memory does not grow with length.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.atomic import atomic_path
from mixassist.dsp.decibels import FLOOR_DB, power_to_db
from mixassist.dsp.stream_spectrum import SpectrumGrid, StreamStft

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float32]
Panel = Callable[["Axes"], None]

N_BANDS = 160
MAX_COLUMNS = 1600
LOWEST_HZ = 40.0
SHOWN_DB = 80.0
FRAME_S = 0.046


class RemovalPicture:
    """Collects what a picture shows while blocks at `rate` Hz pass by; `titles` name whole, part and difference."""

    def __init__(self, rate: int, titles: tuple[str, str, str] = ("before", "kept", "taken")) -> None:
        n_fft = 2 ** max(round(math.log2(rate * FRAME_S)), 5)
        self._rate = rate
        self._titles = titles
        self._hop = n_fft // 2
        self._analysis = StreamStft(SpectrumGrid(n_fft, n_fft // 4), 3)
        self._edges_hz = np.geomspace(LOWEST_HZ, rate / 2, N_BANDS + 1)
        bins = np.searchsorted(np.fft.rfftfreq(n_fft, 1 / rate), self._edges_hz)
        self._bins = np.minimum(bins[:-1], n_fft // 2)
        self._unread = np.zeros((3, 0), np.float32)
        self._columns = np.zeros((3, N_BANDS, 0), np.float32)
        self._n_frames_per_column = 1
        self._waiting = np.zeros((3, N_BANDS, 0), np.float32)

    @property
    def n_columns(self) -> int:
        """How many columns it has by now."""
        return self._columns.shape[2]

    def watch(self, sound: Floats, kept: Floats) -> None:
        """Takes the next block of the recording, and what is kept of it."""
        heard = np.stack([sound.mean(axis=0), kept.mean(axis=0), (sound - kept).mean(axis=0)])
        self._unread = np.concatenate([self._unread, heard], axis=1)
        n_whole = self._unread.shape[1] // self._hop * self._hop
        spectrum = self._analysis.process(self._unread[:, :n_whole])[..., ::2]
        self._unread = self._unread[:, n_whole:]
        powers = spectrum.real**2 + spectrum.imag**2
        bands = np.maximum.reduceat(powers, self._bins, axis=1) if powers.shape[2] else powers[:, :N_BANDS]
        self._waiting = np.concatenate([self._waiting, bands], axis=2)
        self._gather()

    def write(self, path: Path, panel: Panel | None = None) -> None:
        """The picture as a PNG; `panel` draws another diagram below the spectrograms."""
        from matplotlib.figure import Figure

        n_rows = 3 if panel is None else 4
        figure = Figure(figsize=(11, 2.6 * n_rows), layout="constrained")
        axes = figure.subplots(n_rows, 1)
        for axis, title, powers in zip(axes, self._titles, self._columns, strict=False):
            self._draw(axis, title, powers)
        if panel is not None:
            panel(axes[3])
        with atomic_path(path) as temporary:
            figure.savefig(temporary, dpi=80, format="png")

    def _draw(self, axis: Axes, title: str, powers: Floats) -> None:
        loudest_db = max(float(power_to_db(self._columns[0].max(initial=0))), FLOOR_DB + SHOWN_DB)
        seconds = np.arange(powers.shape[1] + 1) * self._n_frames_per_column * self._hop / self._rate
        axis.pcolormesh(
            seconds, self._edges_hz, power_to_db(powers), vmin=loudest_db - SHOWN_DB, vmax=loudest_db, cmap="magma"
        )
        axis.set(title=title, yscale="log", ylabel="Hz", xlabel="s")

    def _gather(self) -> None:
        """Frames that fill columns become columns; too many of these become half as many."""
        n_each = self._n_frames_per_column
        n_whole = self._waiting.shape[2] // n_each * n_each
        ready, self._waiting = self._waiting[..., :n_whole], self._waiting[..., n_whole:]
        columns = ready.reshape(3, N_BANDS, -1, n_each).mean(axis=-1)
        self._columns = np.concatenate([self._columns, columns], axis=2)
        while self._columns.shape[2] > MAX_COLUMNS:
            n_even = self._columns.shape[2] // 2 * 2
            self._columns = self._columns[..., :n_even].reshape(3, N_BANDS, -1, 2).mean(axis=-1)
            self._n_frames_per_column *= 2
