"""Measurements without a process: what each candidate is said to have done."""

from __future__ import annotations

from typing import Any

from mixassist.runtime.artifact import Artifact
from mixassist.runtime.candidates import Candidate
from mixassist.runtime.engines import ENGINES, SessionOptions
from mixassist.runtime.measurement import Measurement

CRASHED: dict[str, Any] = {"null_db": None, "limit_db": None, "seconds": None, "error": "crashed (SIGSEGV)"}


class FakeProbe:
    """Stands in for the subprocess: gives prepared outcomes by candidate and remembers what was asked."""

    def __init__(self, **outcomes: dict[str, Any]) -> None:
        self.outcomes = outcomes
        self.asked: list[str] = []

    def __call__(self, candidate: Candidate, artifact: Artifact, options: SessionOptions) -> Measurement:
        assert options.precision == candidate.precision
        self.asked.append(str(candidate))
        outcome: dict[str, Any] = {"null_db": -100.0, "limit_db": -80.0, "seconds": 1.0}
        outcome |= self.outcomes.get(str(candidate).replace(" ", "_"), {})
        version = ENGINES[candidate.engine].version
        return Measurement(candidate.engine, candidate.precision, version, candidate.device, **outcome)
