"""`DenoiseOptions`: everything a person may decide about taking noise away, with the defaults."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, get_args

from mixassist.audio.writer import BitDepth
from mixassist.errors import OptionError

KINDS = ("clicks", "hum", "hiss")
"""In the order in which they are taken away: clicks would blur a hum, and a hum would count as hiss."""


@dataclass(frozen=True)
class DenoiseOptions:
    """How much of the noise to take away, and of which kinds.

    Attributes:
        strength: share of the noise found that is taken away, 0 (the input itself) to 1.
        kinds: of noise that are looked for.
        bit_depth: of the files; None follows the input (24 where it is lossy).

    Raises:
        OptionError: for values out of range, and unknown ones.
    """

    strength: float = 1.0
    kinds: tuple[str, ...] = KINDS
    bit_depth: BitDepth | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise OptionError(f"--strength {self.strength:g} is out of range: 0 to 1")
        unknown = [kind for kind in self.kinds if kind not in KINDS]
        if unknown or not self.kinds:
            raise OptionError(f"--only {','.join(unknown) or '(nothing)'} is unknown: choose of {', '.join(KINDS)}")
        if self.bit_depth is not None and self.bit_depth not in get_args(BitDepth):
            raise OptionError(
                f"--bit-depth {self.bit_depth!r} is unknown: choose one of {', '.join(get_args(BitDepth))}"
            )

    def to_dict(self) -> dict[str, Any]:
        """Every choice, as plain JSON."""
        return asdict(self) | {"kinds": [kind for kind in KINDS if kind in self.kinds]}
