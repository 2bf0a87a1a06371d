"""Which instrument a track is: by what the user says, else by its file name, else by its sound."""

from __future__ import annotations

import difflib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mixassist.errors import OptionError
from mixassist.suggest.excerpts import read_excerpts
from mixassist.suggest.instruments import INSTRUMENTS, OTHER
from mixassist.suggest.track_name import instrument_in_name
from mixassist.suggest.track_sound import (
    RATE_HZ,
    drum_in_sound,
    is_hat_or_cymbal,
    load_families,
    sound_features,
)

BY_NAME = 0.9
"""How far a word in a file name is trusted."""

SURE = 0.5
PIECE_S = 10.0
N_PIECES = 4
MIN_S = 0.1

USUAL = {"bass": "bass", "vocals": "lead vocal", "other": OTHER}
"""The instrument a family usually means; of drums, the sound says more."""


@dataclass(frozen=True)
class InstrumentGuess:
    """An instrument, its family, how likely that is, and what it was known by."""

    instrument: str
    family: str
    confidence: float
    reason: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def guess_instrument(path: str | Path, override: str | None = None) -> InstrumentGuess:
    """The instrument of a track; `other` with a low confidence where neither name nor sound tells.

    Args:
        path: the track's file; it is read only where its name says nothing.
        override: an instrument of `INSTRUMENTS`, or a word for one, that the user says it is.

    Raises:
        OptionError: for an override nobody knows.
        AudioError: when the file must be read and cannot be.
    """
    if override is not None:
        return _said(override)
    named = instrument_in_name(path)
    if named:
        instrument, word = named
        return InstrumentGuess(instrument, INSTRUMENTS[instrument].family, BY_NAME, f"its name says {word!r}")
    return _heard(Path(path))


def _said(word: str) -> InstrumentGuess:
    known = word if word in INSTRUMENTS else (instrument_in_name(word) or ("",))[0]
    if not known:
        near = difflib.get_close_matches(word, INSTRUMENTS, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise OptionError(f"no instrument is called {word!r}: {hint}there are {', '.join(INSTRUMENTS)}")
    return InstrumentGuess(known, INSTRUMENTS[known].family, 1.0, "as you say")


def _heard(path: Path) -> InstrumentGuess:
    pieces = read_excerpts(path, PIECE_S, N_PIECES, RATE_HZ)
    heard = [sound_features(piece) for piece in pieces if np.any(piece) and len(piece) >= MIN_S * RATE_HZ]
    if not heard:
        return InstrumentGuess(OTHER, INSTRUMENTS[OTHER].family, 0.0, "it is silent or too short to tell")
    middle = {name: float(np.median([features[name] for features in heard])) for name in heard[0]}
    if is_hat_or_cymbal(middle):
        return InstrumentGuess(drum_in_sound(middle), "drums", SURE, "it is bursts of highs alone")
    families = load_families()
    rows = np.array([families.row(features) for features in heard])
    mean_log = np.log(np.maximum(families.probabilities(rows), 1e-12)).mean(axis=0)
    chances = np.exp(mean_log) / np.exp(mean_log).sum()
    family, chance = families.classes[int(chances.argmax())], float(chances.max())
    reason = f"it sounds like {family} ({chance:.0%})"
    if chance < SURE:
        return InstrumentGuess(OTHER, INSTRUMENTS[OTHER].family, round(chance, 3), f"{reason}, which is not enough")
    instrument = drum_in_sound(middle) if family == "drums" else USUAL[family]
    return InstrumentGuess(instrument, INSTRUMENTS[instrument].family, round(chance, 3), reason)
