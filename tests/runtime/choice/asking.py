"""What the tests of the choice ask for, on a machine without a GPU."""

from __future__ import annotations

from mixassist.runtime.candidates import CONTENDERS
from mixassist.runtime.choice import Choice
from mixassist.runtime.engines import SessionOptions
from tests.runtime.tiny_networks import HERE

OPTIONS = SessionOptions("auto", 1, f"{HERE}:build", device="auto")
ON_CPU = tuple(candidate for candidate in CONTENDERS if candidate.device == "cpu")
NO_GPU = "no NVIDIA GPU here"


def reasons(choice: Choice) -> dict[str, str]:
    return {str(row.measurement.candidate): row.reason for row in choice.rows}
