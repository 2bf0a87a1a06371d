"""Pairs to capture, and captures of a fraction of an epoch: whole from files to files, in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from amp_models.capturing.files import CaptureFiles, write_capture
from amp_models.capturing.options import CaptureOptions
from amp_models.capturing.run import Capture, capture
from amp_models.knobs.plan import KnobPlan
from amp_models.nam.metadata import Gear
from mixassist import AudioBuffer
from tests.amp_models.generated_pairs import RATE, buffer, driven, dry, recorded

SECONDS = 12.0
LATE_SAMPLES = 40
PLAN = KnobPlan(("gain",), ((0.2,), (0.8,)))
GEAR = Gear(modeled_by="me", gear_make="Own", input_level_dbu=12.0)


@dataclass(frozen=True)
class Done:
    """A capture and what was written of it."""

    capture: Capture
    files: CaptureFiles


@cache
def pair(drive: str = "crunch") -> tuple[AudioBuffer, AudioBuffer]:
    """At 16 kHz, the reamped take late and turned over."""
    di = dry(SECONDS)
    late = np.pad(recorded(-driven(di, drive)), (LATE_SAMPLES, 0))
    return buffer(di), buffer(late, RATE)


def options(size: str, **more) -> CaptureOptions:
    return CaptureOptions(size, gear=GEAR, n_threads=1, **({"n_epochs": 0.15} | more))


def captured(size: str, folder, **more) -> Done:
    done = capture([pair()], options(size, **more))
    return Done(done, write_capture(done, folder / f"{size}.nam"))


def captured_with_knobs(size: str, folder) -> Done:
    done = capture([pair("clean"), pair("crunch")], options(size), PLAN)
    return Done(done, write_capture(done, folder / f"{size}.nam"))
