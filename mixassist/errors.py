"""The error tree and the findings: everything mixassist says when something is not as it should be.

An error stops the work at hand: its message says what is wrong, the measured value and the cure, in one line.
A finding does not stop the work: it is reported beside the result.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal


class MixassistError(Exception):
    """Root of every error a user can cause and cure."""


class AudioError(MixassistError):
    """An audio file or buffer cannot be read, written or used."""


class CaptureError(MixassistError):
    """A DI recording and its reamped take cannot be learned from."""


class ModelError(MixassistError):
    """A model is missing, damaged, or not what it claims to be."""


class EngineError(MixassistError):
    """An inference engine or the sound cards' library is absent, or an engine is too far from its reference."""


class OptionError(MixassistError, ValueError):
    """An option's value is out of range or does not go with another."""


Severity = Literal["info", "warning", "error"]


@dataclass(frozen=True)
class Finding:
    """Something worth knowing that does not stop the work."""

    code: str
    severity: Severity
    message: str

    def to_dict(self) -> dict[str, str]:
        return asdict(self)
