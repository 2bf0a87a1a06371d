"""`Balance`: how loud engineers set an instrument's fader in a genre, re the mean of the song's faders.

Advice tells them beside each track, for orientation, and no more: the faders were learned without the loudness of the
tracks below them. The style cards' `balance`, re the mix, is the target for tracks that can be measured, and these
faders have no say there. Set on tracks of equal loudness, they bring 13 band songs whose faders are off by ±9 dB to a
mean absolute error of 5.3 dB, equal loudness alone to 3.8: their drums stand high, and how loud the stems below them
were is not public. On 7 electronic songs they bring 2.15 instead of 2.61; there the card, learned from such stems,
knows as much (`python -m benchmarks --only balance`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import ModelError, OptionError
from mixassist.suggest.learned_file import DATA, read_learned, write_learned

Floats = NDArray[np.float64]

KIND = "balance"
SHIPPED = DATA / "balance.json"
ANY_GENRE = "any"


@dataclass(frozen=True)
class Fader:
    """A fader's usual gain, re the mean of all faders of the song, and how far engineers spread around it."""

    gain_db: float
    spread_db: float

    def to_dict(self) -> dict[str, float]:
        return {"value": round(self.gain_db, 1) + 0.0, "spread": round(self.spread_db, 1)}  # -0.0 is 0.0


@dataclass(frozen=True, eq=False)
class Balance:
    """Gains [G, I] per genre and instrument with their standard errors, and the spread of tracks [I] around them.

    The first genre is `ANY_GENRE`; `n_tracks` [G, I] is what each was learned from.
    """

    genres: tuple[str, ...]
    instruments: tuple[str, ...]
    gain_db: Floats
    error_db: Floats
    spread_db: Floats
    n_tracks: Floats
    card: Mapping[str, Any] = field(default_factory=dict)

    def faders(self, instruments: Sequence[str], probabilities: Mapping[str, float] | None = None) -> list[Fader]:
        """Faders of a song's tracks, whose mean is 0 dB; genres nobody learned count as any.

        Raises:
            OptionError: for an instrument nobody knows.
        """
        unknown = sorted(set(instruments) - set(self.instruments))
        if unknown:
            raise OptionError(
                f"no balance was learned for {', '.join(unknown)}: there is {', '.join(self.instruments)}"
            )
        columns = [self.instruments.index(name) for name in instruments]
        weights = self._weights(probabilities or {ANY_GENRE: 1.0})
        gains = self.gain_db[:, columns]
        mean = weights @ gains
        between = weights @ ((gains - mean) ** 2 + self.error_db[:, columns] ** 2)
        spread = np.sqrt(self.spread_db[columns] ** 2 + between)
        centred = mean - mean.mean() if len(columns) else mean
        return [Fader(float(gain), float(wide)) for gain, wide in zip(centred, spread, strict=True)]

    def _weights(self, probabilities: Mapping[str, float]) -> Floats:
        weights = np.zeros(len(self.genres))
        for genre, probability in probabilities.items():
            weights[self.genres.index(genre) if genre in self.genres else 0] += probability
        if not weights.sum() > 0:
            raise OptionError(f"genre probabilities {dict(probabilities)} sum to nothing: give at least one above 0")
        return np.asarray(weights / weights.sum())


ARRAYS = ("gain_db", "error_db", "spread_db", "n_tracks")


def save_balance(balance: Balance, path: Path) -> None:
    """Writes the balance as one JSON file."""
    arrays = {name: np.round(getattr(balance, name), 2).tolist() for name in ARRAYS}
    names = {"genres": list(balance.genres), "instruments": list(balance.instruments)}
    write_learned(path, KIND, balance.card, names | arrays)


def load_balance(path: Path = SHIPPED) -> Balance:
    """The balance in a file, by default the shipped one.

    Raises:
        ModelError: when it is missing, no balance of this version, or its arrays do not fit.
    """
    card, learned = read_learned(path, KIND)
    try:
        arrays = {name: np.array(learned[name], dtype=float) for name in ARRAYS}
        genres, instruments = tuple(learned["genres"]), tuple(learned["instruments"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path} is no balance ({type(error).__name__}: {error}): learn it again") from error
    shape = (len(genres), len(instruments))
    fits = all(arrays[name].shape == (shape[1:] if name == "spread_db" else shape) for name in ARRAYS)
    if not fits or not all(np.isfinite(array).all() for array in arrays.values()) or genres[0] != ANY_GENRE:
        raise ModelError(f"{path} is no balance of {shape[0]} genres and {shape[1]} instruments: learn it again")
    return Balance(genres, instruments, card=card, **arrays)
