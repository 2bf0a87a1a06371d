"""Which setting of an amp to record next: where the model knows least about what it does between what it has heard.

The sound of an amp changes along a knob, fast in some places and slowly in others, and between two recordings the model
guesses. Where what it predicts at both ends of a gap differs most, there is most to guess wrong. Gaps lie between
recorded settings that are neighbours, and from the outermost ones to the ends of each knob.

References:
    Gabriel and Sokal 1969: two points are neighbours when no third lies within the sphere that has them as poles.
    PANAMA (arXiv 2507.02109) picks settings by where models disagree; here one model is asked, not several.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np

from amp_models.knobs.plan import SAME, KnobPlan, Setting
from mixassist.audio.buffer import Samples

Predict = Callable[[Setting], Samples]
"""What a model makes of some take at a setting, [C, T]."""

N_HEARD_S = 5.0
"""A prediction is made of this much of a take, where it is loudest: there a knob has most to change."""


@dataclass(frozen=True)
class Suggestion:
    """A `setting` to record; how much the prediction changes across the gap it lies in, as an ESR; why, in words."""

    setting: Setting
    change: float
    reason: str


@dataclass(frozen=True)
class _Gap:
    """Two settings that nothing was recorded between, and the one to record there."""

    ends: tuple[Setting, Setting]
    between: Setting
    is_open: bool

    @property
    def width(self) -> float:
        return math.dist(*self.ends)


def suggest_setting(plan: KnobPlan, predict: Predict) -> Suggestion:
    """The setting to record next, never one that was recorded.

    The model is run once for each recorded setting and each open end: give `predict` some seconds of a take.
    """
    hear = lru_cache(maxsize=None)(predict)
    changes = [(_change(*map(hear, gap.ends)), gap) for gap in _gaps(plan)]
    # Of gaps that sound alike the widest.
    change, gap = max(changes, key=lambda pair: (pair[0], pair[1].width))
    return Suggestion(gap.between, change, _reason(plan, gap, change))


def loudest_part(take: Samples, rate: int) -> Samples:
    """The seconds of a take [1, T] to predict with; all of a take that is no longer."""
    n_heard = round(N_HEARD_S * rate)
    if take.shape[1] <= n_heard:
        return take
    energy = np.concatenate([[0.0], np.cumsum(np.square(take[0], dtype=np.float64))])
    first = int(np.argmax(energy[n_heard:] - energy[:-n_heard]))
    return take[:, first : first + n_heard]


def _gaps(plan: KnobPlan) -> Iterator[_Gap]:
    known = list(dict.fromkeys(plan.settings))
    for first, second in combinations(known, 2):
        middle = tuple((a + b) / 2 for a, b in zip(first, second, strict=True))
        radius = math.dist(first, second) / 2
        is_empty = all(math.dist(middle, other) > radius - SAME for other in known if other not in (first, second))
        if radius > SAME and is_empty:
            yield _Gap((first, second), _rounded(plan, middle), is_open=False)
    for knob in range(len(plan.names)):
        values = [setting[knob] for setting in known]
        for outermost, end in ((min(values), 0.0), (max(values), 1.0)):
            for setting in known:
                if setting[knob] == outermost and abs(outermost - end) > SAME:
                    beyond = (*setting[:knob], end, *setting[knob + 1 :])
                    yield _Gap((setting, beyond), beyond, is_open=True)


def _rounded(plan: KnobPlan, setting: Setting) -> Setting:
    """To a hundredth, which is as fine as anybody sets a knob, unless that was recorded."""
    rounded = tuple(round(value, 2) for value in setting)
    return setting if plan.holds(rounded) else rounded


def _change(first: Samples, second: Samples) -> float:
    """Energy of the difference over the mean of both energies; 0 where both are silent."""
    energies = [float(np.sum(np.square(each, dtype=np.float64))) for each in (first, second)]
    difference = np.subtract(first, second, dtype=np.float64)
    return 2 * float(np.sum(difference**2)) / sum(energies) if sum(energies) else 0.0


def _reason(plan: KnobPlan, gap: _Gap, change: float) -> str:
    from_, to = map(plan.tell, gap.ends)
    where = f"beyond {from_}, where nothing was recorded," if gap.is_open else f"between {from_} and {to}"
    return f"{where} the predicted sound changes most (ESR {change:.2g})"
