"""Knobs of an amp that one model holds: their names, where they stood in the recordings, and settings as people write.

Conventions:
    A knob goes from 0 to 1. A setting is one value per knob, in the order of the plan's names; in words it is
    `gain=0.3,tone=0.5`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mixassist.errors import OptionError

Setting = tuple[float, ...]
"""One value per knob, each from 0 to 1."""

SAME = 1e-3
"""Values nearer than this are one place of a knob: nobody sets one finer."""


@dataclass(frozen=True)
class KnobPlan:
    """What knobs a model has, and the settings that it learned from.

    Raises:
        OptionError: when there are no knobs or no settings, a name comes twice, or a setting is none of these knobs'.
    """

    names: tuple[str, ...]
    settings: tuple[Setting, ...]

    def __post_init__(self) -> None:
        if not self.names or not self.settings:
            raise OptionError("a model with knobs needs a name for each and a recorded setting: give --knob gain=0.3")
        twice = [name for name in self.names if self.names.count(name) > 1]
        if twice:
            raise OptionError(f"knob {twice[0]} is named twice: give each knob one name")
        for setting in self.settings:
            self.check(setting)

    @property
    def default(self) -> Setting:
        """Where the knobs stand until somebody turns them: the recorded setting that lies most in the middle."""
        middle = [sum(values) / len(self.settings) for values in zip(*self.settings, strict=True)]
        return min(self.settings, key=lambda setting: math.dist(setting, middle))

    def check(self, setting: Setting) -> None:
        """Refuses what is no setting of these knobs.

        Raises:
            OptionError: for more or fewer values than there are knobs, or one outside 0 to 1.
        """
        if len(setting) != len(self.names):
            raise OptionError(f"{len(setting)} values are given for the knobs {', '.join(self.names)}: give one each")
        for name, value in zip(self.names, setting, strict=True):
            _check_range(name, value)

    def place(self, values: Mapping[str, float]) -> Setting:
        """The setting in the order of the names.

        Raises:
            OptionError: when a knob is missing or unknown, or a value lies outside 0 to 1.
        """
        unknown = [name for name in values if name not in self.names]
        missing = [name for name in self.names if name not in values]
        if unknown:
            raise OptionError(f"knob {unknown[0]} is unknown: this amp has {', '.join(self.names)}")
        if missing:
            raise OptionError(f"knob {missing[0]} is missing: give {self.example(values)}")
        setting = tuple(values[name] for name in self.names)
        self.check(setting)
        return setting

    def tell(self, setting: Setting) -> str:
        """The setting in words."""
        return ",".join(f"{name}={value:g}" for name, value in zip(self.names, setting, strict=True))

    def example(self, values: Mapping[str, float]) -> str:
        """How a whole setting is written, with these values where they are given."""
        filled = {**dict(zip(self.names, self.default, strict=True)), **values}
        return "--knob " + ",".join(f"{name}={filled[name]:g}" for name in self.names)

    def holds(self, setting: Setting) -> bool:
        """Whether the setting was recorded."""
        return any(math.dist(setting, known) < SAME for known in self.settings)


def parse_setting(texts: Sequence[str]) -> dict[str, float]:
    """The values by knob of `gain=0.3,tone=0.5`, in one text or several.

    Raises:
        OptionError: when a part is no `name=value`, a value is no number from 0 to 1, or a knob comes twice.
    """
    values: dict[str, float] = {}
    for part in (part.strip() for text in texts for part in text.split(",")):
        match = re.fullmatch(r"([A-Za-z][\w -]*?)\s*=\s*(\S+)", part)
        if match is None:
            raise OptionError(f"knob {part!r} cannot be read: write it as gain=0.3")
        name, value = match[1], _number(match[1], match[2])
        if name in values:
            raise OptionError(f"knob {name} is set twice: give it one value")
        _check_range(name, value)
        values[name] = value
    return values


def plan_of(texts: Iterable[str]) -> KnobPlan:
    """The plan of recordings made at these settings, one text each; the first one says the order of the knobs.

    Raises:
        OptionError: as `parse_setting` and `KnobPlan`, or when the texts name different knobs.
    """
    settings = [parse_setting([text]) for text in texts]
    first = settings[0] if settings else {}
    plan = KnobPlan(tuple(first), (tuple(first.values()),) if first else ())
    return KnobPlan(plan.names, tuple(plan.place(values) for values in settings))


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise OptionError(f"knob {name} is set to {text!r}: give a number from 0 to 1") from error


def _check_range(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise OptionError(f"knob {name} is set to {value:g}: it goes from 0 to 1")
