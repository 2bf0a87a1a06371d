"""What one engine in one precision did with a model on this machine, measured by `mixassist.runtime.probe`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from mixassist.runtime.artifact import Artifact
from mixassist.runtime.candidates import Candidate
from mixassist.runtime.child_process import ask_module
from mixassist.runtime.engines import SessionOptions, find_engine
from mixassist.runtime.session_words import words_of

PROBE_LIMIT_S = 600
"""A probe that has not ended by then is given up."""


@dataclass(frozen=True)
class Measurement:
    """Outcome of a probe: either numbers, or `error` in one line.

    `null_db` is the distance to the golden outputs and `limit_db` how near it has to be; `seconds` is what one run
    takes, of one block where the network takes blocks. `basis` is what of our own it hangs on, and `measured_at_s` when
    it was made, in seconds since 1970.
    """

    engine: str
    precision: str
    version: str | None
    device: str = "cpu"
    null_db: float | None = None
    limit_db: float | None = None
    seconds: float | None = None
    peak_memory_mb: float | None = None
    error: str | None = None
    basis: str = ""
    measured_at_s: float = 0.0

    @property
    def candidate(self) -> Candidate:
        return Candidate(self.engine, self.precision, self.device)

    @property
    def is_right(self) -> bool:
        """Whether the candidate ran, was timed and came near enough to the reference to be used."""
        if self.null_db is None or self.limit_db is None or self.seconds is None:
            return False
        return self.null_db <= self.limit_db

    @property
    def summary(self) -> str:
        """The outcome in words: time and distance, or what is wrong."""
        if self.null_db is None or self.seconds is None:
            return self.error or "its probe told nothing"
        distance = f"{self.null_db:.1f} dB from the reference"
        if not self.is_right:
            return f"{distance}, {self.limit_db:.1f} dB or less is asked for"
        return f"{1000 * self.seconds:.4g} ms per run, {distance}"

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def measure_candidate(candidate: Candidate, artifact: Artifact, options: SessionOptions) -> Measurement:
    """Probes `candidate` in a process of its own, so that a crash there is a row in a table here."""
    asked = replace(options, precision=candidate.precision, device=candidate.device)
    words = words_of(artifact, candidate.engine, asked)
    report = ask_module("mixassist.runtime.probe", words, PROBE_LIMIT_S)
    version = find_engine(candidate.engine).version
    return Measurement(candidate.engine, candidate.precision, version, candidate.device, **report)
