"""What can be chosen about a capture, and what each size takes."""

from __future__ import annotations

from dataclasses import dataclass, field

from amp_models.learning.loss import LossOptions
from amp_models.nam.fresh import A2, LSTM
from amp_models.nam.metadata import Gear
from mixassist.errors import OptionError

USUAL_MINUTES = {"nano": 2.0, "feather": 3.0, "lite": 4.0, LSTM: 4.0, "standard": 6.0, A2: 8.0}
"""Of training unless told otherwise: larger networks take longer for a step, and have more to learn."""

CAPTURE_RATE = 48000
"""Of every model, in Hz: what players take without changing rates, whatever the takes had."""

DEVICES = ("cpu", "cuda")


@dataclass(frozen=True)
class CaptureOptions:
    """How an amp is captured.

    Attributes:
        size: of the network; `a2` is a file with a small and a large one.
        minutes: of training; None for what is usual for the size. `n_epochs` is instead of them.
        gear: what its author tells of the amp.
        device: "cpu", or "cuda" for an NVIDIA GPU.

    Raises:
        OptionError: when size or device is unknown, or there is no time, or it is told twice.
    """

    size: str = "standard"
    minutes: float | None = None
    n_epochs: float | None = None
    gear: Gear = field(default_factory=Gear)
    loss: LossOptions = field(default_factory=LossOptions)
    n_threads: int = 2
    device: str = "cpu"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.size not in USUAL_MINUTES:
            raise OptionError(f"size {self.size!r} is unknown: take one of {', '.join(USUAL_MINUTES)}")
        if self.device not in DEVICES:
            raise OptionError(f"device {self.device!r} is unknown: take one of {', '.join(DEVICES)}")
        for what, value in (("minutes", self.minutes), ("epochs", self.n_epochs)):
            if value is not None and value <= 0:
                raise OptionError(f"{what} is {value:g}: give more than 0")
        if self.minutes is not None and self.n_epochs is not None:
            raise OptionError("both minutes and epochs are given: one of them ends the training, leave the other out")

    @property
    def seconds(self) -> float:
        return 60 * (self.minutes or USUAL_MINUTES[self.size])
