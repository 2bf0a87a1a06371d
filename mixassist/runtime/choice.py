"""Which engine to use: the fastest that gives the right numbers on this machine, found by trying each once.

Every candidate is probed on the model's golden pair. One that is absent, crashes, is too far from the reference or is
slower than another is never picked. Measurements are kept in the cache, by model, number of threads and CPU; one made
with another version of its engine is measured anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mixassist.audio.atomic import atomic_path
from mixassist.errors import AudioError, EngineError
from mixassist.runtime.artifact import Artifact
from mixassist.runtime.cache import open_cache_folder
from mixassist.runtime.engines import Candidate, SessionOptions, candidates_for, find_engine, why_unusable
from mixassist.runtime.measurement import Measurement, measure_candidate

Notify = Callable[[str], None]
Measure = Callable[[Candidate, Artifact, SessionOptions], Measurement]


@dataclass(frozen=True)
class Row:
    """One candidate in the table behind a choice, with why it was or was not chosen."""

    measurement: Measurement
    is_chosen: bool
    reason: str

    def to_dict(self) -> dict[str, Any]:
        return self.measurement.to_dict() | {"is_chosen": self.is_chosen, "reason": self.reason}


@dataclass(frozen=True)
class Choice:
    """The engine and precision to use, and a row for every candidate that was looked at."""

    engine: str
    precision: str
    rows: tuple[Row, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"engine": self.engine, "precision": self.precision, "rows": [row.to_dict() for row in self.rows]}


def choose(
    artifact: Artifact,
    engine: str,
    options: SessionOptions,
    notify: Notify | None = None,
    measure: Measure = measure_candidate,
) -> Choice:
    """The fastest candidate that is right, among those that `engine` and `options.precision` allow (`auto`: any).

    Raises:
        EngineError: when no candidate is usable; the message says why for each.
        OptionError: when there is no such engine or precision.
    """
    record = _record_path(artifact, options.n_threads)
    known = _read_record(record)
    measurements = []
    for candidate in candidates_for(engine, options.precision):
        found = _unusable(candidate, artifact, options) or _still_valid(known.get(candidate), is_asked=engine != "auto")
        if found is None:
            if notify is not None:
                notify(f"measuring {candidate} (once per machine)")
            found = measure(candidate, artifact, replace(options, precision=candidate.precision))
            known[candidate] = found
            _write_record(record, known.values())
        measurements.append(found)
    right = [measurement for measurement in measurements if measurement.is_right]
    if not right:
        raise EngineError(_no_engine(artifact, engine, options.precision, measurements))
    best = min(right, key=lambda measurement: measurement.seconds or 0.0)
    rows = tuple(Row(measurement, measurement is best, _reason(measurement, best)) for measurement in measurements)
    return Choice(best.engine, best.precision, rows)


def forget(artifact: Artifact, n_threads: int) -> None:
    """Drops what was measured for this model and number of threads: the next choice measures anew."""
    record = _record_path(artifact, n_threads)
    if record is not None:
        record.unlink(missing_ok=True)


def machine_id() -> str:
    """12 hex digits that change with the CPU: its model and what it can compute."""
    described = [platform.machine(), platform.processor()]
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0].splitlines()
        wanted = ("model name", "cpu family", "model\t", "stepping", "flags", "CPU part", "Features")
        described += [line for line in lines if line.startswith(wanted)]
    return hashlib.sha256("\n".join(described).encode()).hexdigest()[:12]


def _no_engine(artifact: Artifact, engine: str, precision: str, measurements: Sequence[Measurement]) -> str:
    reasons = "; ".join(f"{found.engine} {found.precision}: {found.summary}" for found in measurements)
    is_free = engine == precision == "auto"
    cure = "mixassist doctor shows the engines" if is_free else "--engine auto --precision auto looks for another"
    return f"model {artifact.name} cannot run as asked ({reasons}): {cure}"


def _reason(measurement: Measurement, best: Measurement) -> str:
    if not measurement.is_right:
        return measurement.summary
    return f"{'fastest' if measurement is best else 'slower'}: {measurement.summary}"


def _unusable(candidate: Candidate, artifact: Artifact, options: SessionOptions) -> Measurement | None:
    """A refusal for a candidate that need not be tried."""
    engine = find_engine(candidate.engine)
    reason = why_unusable(engine, artifact, options.torch_builder)
    if reason is None:
        return None
    return Measurement(candidate.engine, candidate.precision, engine.version, error=reason)


def _still_valid(measurement: Measurement | None, is_asked: bool) -> Measurement | None:
    """A kept measurement, unless its engine has changed, or it failed and is now asked for by name."""
    if measurement is None or measurement.version != find_engine(measurement.engine).version:
        return None
    return None if is_asked and measurement.error is not None else measurement


def _record_path(artifact: Artifact, n_threads: int) -> Path | None:
    folder = open_cache_folder("choices")
    return folder and folder / f"{artifact.sha256[:16]}-{n_threads}-threads-{machine_id()}.json"


def _read_record(path: Path | None) -> dict[Candidate, Measurement]:
    """The kept measurements; none when there is no record or it cannot be read, for they can be made again."""
    if path is None or not path.exists():
        return {}
    try:
        measurements = [Measurement(**row) for row in json.loads(path.read_text(encoding="utf-8"))["measurements"]]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {Candidate(found.engine, found.precision): found for found in measurements}


def _write_record(path: Path | None, measurements: Iterable[Measurement]) -> None:
    if path is None:
        return
    text = json.dumps({"measurements": [found.to_dict() for found in measurements]}, indent=2)
    with contextlib.suppress(OSError, AudioError), atomic_path(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
