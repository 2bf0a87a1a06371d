"""`ControlStatistics`: which notes and how loud somebody plays, in quantiles, to be compared with somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mixassist.errors import ModelError
from transfer.controls.loudness import Floats
from transfer.controls.stream import Controls

QUANTILES = np.linspace(0, 1, 21)
SOUNDING_CONFIDENCE = 0.5
SOUNDING_RANGE_DB = 40.0
"""Hops further below the loudest belong to no note."""
MIN_HOPS = 40
"""A tenth of a second: fewer hops say nothing."""


@dataclass(frozen=True, eq=False)
class ControlStatistics:
    """Quantiles [Q] of what sounds: `notes` as MIDI numbers, 69 for 440 Hz, and `loudness_db`."""

    quantiles: Floats
    notes: Floats
    loudness_db: Floats

    def note(self, quantile: float) -> float:
        """The note below which this share of hops lies."""
        return float(np.interp(quantile, self.quantiles, self.notes))

    def level_db(self, quantile: float) -> float:
        """The loudness below which this share of hops lies."""
        return float(np.interp(quantile, self.quantiles, self.loudness_db))

    def to_dict(self) -> dict[str, list[float]]:
        """For a model's facts, rounded to hundredths."""
        return {name: np.round(getattr(self, name), 2).tolist() for name in ("quantiles", "notes", "loudness_db")}

    @classmethod
    def from_dict(cls, told: object) -> ControlStatistics:
        """What `to_dict` told.

        Raises:
            ModelError: when it is no such thing: a list is missing, not of numbers that rise, or of another length.
        """
        if not isinstance(told, Mapping):
            raise ModelError("the model lacks statistics of what it learned from: train it again")
        try:
            found = [np.asarray(told[name], float) for name in ("quantiles", "notes", "loudness_db")]
        except KeyError as error:
            raise ModelError(f"the model's statistics lack {error}: train it again") from error
        except (TypeError, ValueError) as error:
            raise ModelError(f"the model's statistics cannot be read ({error}): train it again") from error
        if len({each.shape for each in found}) != 1 or found[0].ndim != 1:
            raise ModelError("the model's statistics have lists of several lengths: train it again")
        if not all(each.size and np.isfinite(each).all() and np.all(np.diff(each) >= 0) for each in found):
            raise ModelError("the model's statistics are no quantiles, which rise: train it again")
        return cls(*found)


def statistics_of(controls: Controls) -> ControlStatistics | None:
    """Statistics of the hops that sound, None where there is hardly one."""
    floor_db = np.max(controls.loudness_db, initial=-np.inf) - SOUNDING_RANGE_DB
    is_sounding = (controls.loudness_db > floor_db) & (controls.confidence > SOUNDING_CONFIDENCE)
    if is_sounding.sum() < MIN_HOPS:
        return None
    notes = note_of(controls.f0_hz[is_sounding])
    return ControlStatistics(
        QUANTILES, np.quantile(notes, QUANTILES), np.quantile(controls.loudness_db[is_sounding], QUANTILES)
    )


def note_of(f0_hz: Floats) -> Floats:
    """MIDI numbers of pitches."""
    return 69 + 12 * np.log2(f0_hz / 440)


def pitch_of(note: Floats) -> Floats:
    """Pitches in Hz of MIDI numbers."""
    return np.asarray(440 * np.exp2((note - 69) / 12))


class RunningStatistics:
    """Statistics of what has sounded so far, the last `MEMORY_S` most, in bins of a semitone and a decibel."""

    MEMORY_S = 30.0
    N_BINS = 128
    LOWEST_DB = -120

    def __init__(self, hops_per_s: float) -> None:
        self._keep = float(np.exp(-1 / (self.MEMORY_S * hops_per_s)))
        self._counts = np.zeros((2, self.N_BINS))
        self._weight = 1.0
        self.n_hops = 0

    def add(self, note: float, loudness_db: float) -> None:
        """Counts a hop that sounds."""
        self.n_hops += 1
        # Later hops weigh more instead of earlier ones less: then one number changes, not a table.
        self._weight /= self._keep
        self._counts[0, self._bin(note)] += self._weight
        self._counts[1, self._bin(loudness_db - self.LOWEST_DB)] += self._weight
        if self._weight > 1e6:
            self._counts /= self._weight
            self._weight = 1.0

    def statistics(self) -> ControlStatistics:
        """The quantiles of now; hops must have been added."""
        shares = np.cumsum(self._counts, axis=1) / self._counts.sum(axis=1, keepdims=True)
        notes, levels = (np.searchsorted(each, np.clip(QUANTILES, 1e-6, 1 - 1e-6)).astype(float) for each in shares)
        return ControlStatistics(QUANTILES, notes, levels + self.LOWEST_DB)

    def _bin(self, value: float) -> int:
        return int(min(max(round(value), 0), self.N_BINS - 1))
