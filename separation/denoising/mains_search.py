"""Where in some seconds of sound mains hum is: its frequency, which of its harmonics are there, how strong they are.

Conventions: H harmonics, G frequencies of the grid, K frames; two families of mains, 50 and 60 Hz.

Derivation. Hum differs from notes in three ways: its harmonics lie at exact multiples of a frequency that the mains
keep within half a Hertz, they are there all the time, and they do not change. So a frequency must explain more than the
bins around hold in `HARMONICS.n_least` harmonics or more, in most frames of some seconds, at one level. What is louder
for a while is a note on top of it, and stays. Where the fundamental alone is there, it must stand out further, hold its
level better, and be softer than the sound it lies under: a tone by itself is one that somebody plays.

Notes come near the mains: G1 is 49.0 Hz, A#1 58.3, B1 61.7. A bass that stays on one of them for seconds is as steady
as hum, so what lies more than `MOST_OFF_HZ` from 50 or 60 Hz is none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Mask = NDArray[np.bool_]

FAMILIES_HZ = (50.0, 60.0)
STEP_HZ = 0.02
GRID_HZ = np.arange(-1.0, 1.0 + STEP_HZ / 2, STEP_HZ)
"""Frequencies against each family's: further than hum may be, so that a note beyond is seen to be one."""

MOST_OFF_HZ = 0.6
DRIFT_HZ = 0.16
"""How far the mains may be, within the window, from where they are on the whole."""

MOST_STEP_HZ = 0.06
"""From frame to frame, on the median: the mains drift slowly, and what is found in music jumps."""

VOTE = 0.25
"""Power of a ratio to which a harmonic speaks for a frequency: the strong know it better, one note must not decide."""

FAINT_RATIO = 1.2
"""Of a harmonic's power, in most frames, to what lies around it, where others have told already that there is hum."""

MOST_RISE = 8.0
"""From a quiet frame's power to a loud one's, where it is steady."""

QUIET_SHARE, LOUD_SHARE = 0.2, 0.5

N_FRAMES_NEAR = 2
"""From so many frames to either side the frequency of a moment is read."""

MOST_OF_A_HARMONIC = 2.0
"""Of a harmonic's power to that of the strongest low one: what is stronger is a tone of the music's."""

LOW_HARMONICS = 6
"""Among which those that tell must be: hum has a bottom."""


@dataclass(frozen=True)
class Signs:
    """What tells that there is hum.

    Attributes:
        n_harmonics: how many, from the fundamental on, may be part of it.
        n_least: how many must tell.
        least_ratio: of their power, in most frames, to what lies around them.
        most_rise: of their power from a quiet frame to a loud one.
        most_of_sound: of the fundamental's power to that of a loud frame.
    """

    n_harmonics: int | None
    n_least: int
    least_ratio: float
    most_rise: float
    most_of_sound: float


HARMONICS = Signs(None, 2, 6.0, 3.0, np.inf)
FUNDAMENTAL = Signs(1, 1, 30.0, 1.5, 0.1)


@dataclass(frozen=True)
class Evidence:
    """What a frame says: power explained [2, G, H] and around [2, H], and all of it, means over channels."""

    explained: Doubles
    around: Doubles
    whole: float


@dataclass(frozen=True)
class Mains:
    """Hum that was found: its frequency in Hz, each harmonic's power [H], 0 where it is none, and what lies around.

    `around` is [K, H], for all frames of the window.
    """

    frequency_hz: float
    power: Doubles
    around: Doubles


def find_mains(window: list[Evidence], present: int, is_audible: Mask) -> Mains | None:
    """The hum of frame `present` of a window of frames; None where there is none.

    Args:
        window: what each frame says.
        present: the frame that is asked for.
        is_audible: which harmonics [2, H] lie low enough to be looked at.
    """
    found = (_find(window, present, is_audible, signs) for signs in (HARMONICS, FUNDAMENTAL))
    return next((mains for mains in found if mains is not None), None)


def _find(window: list[Evidence], present: int, is_audible: Mask, signs: Signs) -> Mains | None:
    is_asked = is_audible & (np.arange(is_audible.shape[1]) < (signs.n_harmonics or is_audible.shape[1]))
    around = np.stack([each.around for each in window]) + np.finfo(np.float32).tiny  # [K, 2, H]
    usual = np.median(around, axis=0)
    ratio = np.stack([each.explained for each in window]) / usual[:, None]  # [K, 2, G, H]
    steady = np.partition(ratio, n_quiet := int(QUIET_SHARE * len(window)), axis=0)[n_quiet]  # [2, G, H]
    family, best = np.unravel_index(_score(steady, is_asked).argmax(), steady.shape[:2])
    reach = round(DRIFT_HZ / STEP_HZ)
    first = max(int(best) - reach, 0)
    scores = _score(ratio, is_asked)[:, family, first : int(best) + reach + 1]  # [K, g]
    places = scores.argmax(axis=1)
    if abs(GRID_HZ[best]) > MOST_OFF_HZ or np.median(np.abs(np.diff(places))) * STEP_HZ > MOST_STEP_HZ:
        return None
    ratios = ratio[np.arange(len(window)), family, first + places]  # [K, H]
    loud_sound = float(np.quantile([each.whole for each in window], 1 - QUIET_SHARE))
    power = _steady_powers(ratios, usual[family], is_asked[family], signs, loud_sound)
    if power is None:
        return None
    near = scores[max(present - N_FRAMES_NEAR, 0) : present + N_FRAMES_NEAR + 1].sum(axis=0)
    return Mains(FAMILIES_HZ[family] + GRID_HZ[first] + STEP_HZ * _top(near), power, around[:, family])


def _steady_powers(ratios: Doubles, usual: Doubles, is_asked: Mask, signs: Signs, loud_sound: float) -> Doubles | None:
    """The power [H] of each harmonic that is hum, 0 of the others; None where too few tell that there is any.

    Args:
        ratios: of power explained to what lies around, [K, H].
        usual: what lies around, [H].
        is_asked: which harmonics are looked at, [H].
        signs: of hum.
        loud_sound: power of a loud frame.
    """
    quiet, loud = np.quantile(ratios, (QUIET_SHARE, LOUD_SHARE), axis=0)
    is_steady = (loud < MOST_RISE * quiet) & is_asked
    is_sure = is_steady & (quiet > signs.least_ratio) & (loud < signs.most_rise * quiet)
    power = quiet * usual
    if np.count_nonzero(is_sure[:LOW_HARMONICS]) < signs.n_least or power[0] > signs.most_of_sound * loud_sound:
        return None
    strongest = power[:LOW_HARMONICS][is_steady[:LOW_HARMONICS]].max()
    is_hum = is_steady & (quiet > FAINT_RATIO) & (power < MOST_OF_A_HARMONIC * strongest)
    return np.where(is_hum, power, 0)


def _score(ratio: Doubles, is_asked: Mask) -> Doubles:
    """How well frequencies explain a spectrum, [..., 2, G], from what they explain at their multiples, [..., H]."""
    order = np.arange(1, is_asked.shape[1] + 1)
    return np.asarray(np.sum(ratio**VOTE * (is_asked / np.sqrt(order))[:, None], axis=-1))


def _top(score: Doubles) -> float:
    """Where the highest value is, by a parabola through it and its neighbours."""
    place = int(score.argmax())
    if not 0 < place < score.size - 1:
        return float(place)
    before, at, after = score[place - 1 : place + 2]
    bend = before - 2 * at + after
    return place + (0.5 * (before - after) / bend if bend < 0 else 0.0)
