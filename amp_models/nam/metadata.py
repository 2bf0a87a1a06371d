"""What a `.nam` file says about itself beside the network: who, what gear, how loud, how well learned.

Conventions:
    Keys are those of the trainer, so that players and shops for models find them; what is not known is left out, for
    players trip over a null. What only we know stands under `training.mixassist`.

References:
    neural-amp-modeler, nam/models/metadata.py and nam/train/metadata.py.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from amp_models.nam.loudness import Loudness
from mixassist import __version__
from mixassist.errors import OptionError

GEAR_TYPES = ("amp", "pedal", "pedal_amp", "amp_cab", "amp_pedal_cab", "preamp", "studio")
TONE_TYPES = ("clean", "overdrive", "crunch", "hi_gain", "fuzz")


@dataclass(frozen=True)
class Gear:
    """What its author tells of an amp; None where nothing is told.

    `input_level_dbu` is the level in dBu of a sine of 0 dBFS peak where the amp was fed, `output_level_dbu` where it
    was recorded.

    Raises:
        OptionError: when a type is none of the format's.
    """

    name: str | None = None
    modeled_by: str | None = None
    gear_type: str | None = None
    gear_make: str | None = None
    gear_model: str | None = None
    tone_type: str | None = None
    input_level_dbu: float | None = None
    output_level_dbu: float | None = None

    def __post_init__(self) -> None:
        _check("gear_type", self.gear_type, GEAR_TYPES)
        _check("tone_type", self.tone_type, TONE_TYPES)


@dataclass(frozen=True)
class Training:
    """How an amp was learned.

    Attributes:
        esr: error to signal ratio on held-out audio.
        minutes: of computing.
        delay_samples: of the reamped take, taken out before; None where not measured.
        polarity: 1, or -1 where the reamped take was turned over.
    """

    esr: float
    minutes: float
    delay_samples: float | None = None
    polarity: int | None = None


def nam_metadata(
    loudness: Loudness | None, gear: Gear | None = None, training: Training | None = None, when: datetime | None = None
) -> dict[str, Any]:
    """The `metadata` object of a file; `when` is now unless told otherwise."""
    when = when or datetime.now()
    date = {key: getattr(when, key) for key in ("year", "month", "day", "hour", "minute", "second")}
    data: dict[str, Any] = {"date": date}
    if loudness is not None:
        data |= {"loudness": loudness.loudness_db, "gain": loudness.compression}
    data |= _told(gear or Gear())
    if training is not None:
        data["training"] = {
            "validation_esr": training.esr,
            "mixassist": {"version": __version__, **_told(training)},
        }
    return data


def _told(facts: Gear | Training) -> dict[str, Any]:
    return {key: value for key, value in asdict(facts).items() if value is not None}


def _check(key: str, value: str | None, known: tuple[str, ...]) -> None:
    if value is not None and value not in known:
        raise OptionError(f"{key} {value!r} is unknown to .nam players: take one of {', '.join(known)}")
