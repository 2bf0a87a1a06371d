"""Which engine to use: the fastest that gives the right numbers on this machine, found by trying each once.

Every candidate is probed on the model's golden pair. One that is absent, crashes, is too far from the reference or is
slower than another is never picked. Measurements are kept in the cache, by model, block length, number of streams and
of threads, CPU and GPU; one made with another version of its engine is made anew, and so is a failure after a day.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mixassist.audio.atomic import atomic_path
from mixassist.errors import AudioError, EngineError
from mixassist.runtime.artifact import Artifact
from mixassist.runtime.cache import open_cache_folder
from mixassist.runtime.candidates import Candidate, candidates_for
from mixassist.runtime.doors.nvidia import probe_nvidia
from mixassist.runtime.doors.tensorrt_build import BUILD_VERSION
from mixassist.runtime.engines import SessionOptions, find_engine, why_unusable
from mixassist.runtime.half_precision import CAST_VERSION
from mixassist.runtime.measurement import Measurement, measure_candidate

Notify = Callable[[str], None]
Measure = Callable[[Candidate, Artifact, SessionOptions], Measurement]

FAILURE_KEPT_S = 24 * 3600
"""A failure is tried again after a day: the GPU may have been full, the machine busy, or a driver has come."""


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
    """The engine, precision and device to use, and a row for every candidate that was looked at."""

    engine: str
    precision: str
    device: str
    rows: tuple[Row, ...]

    @property
    def ranking(self) -> tuple[Candidate, ...]:
        """All candidates that are right, the fastest first."""
        right = (row.measurement for row in self.rows if row.measurement.is_right)
        return tuple(measurement.candidate for measurement in sorted(right, key=_seconds))

    def to_dict(self) -> dict[str, Any]:
        return {
            "engine": self.engine,
            "precision": self.precision,
            "device": self.device,
            "rows": [row.to_dict() for row in self.rows],
        }


def choose(
    artifact: Artifact,
    engine: str,
    options: SessionOptions,
    notify: Notify | None = None,
    measure: Measure = measure_candidate,
) -> Choice:
    """The fastest candidate that is right, among those that `engine` and `options` allow (`auto`: any).

    Networks with a free time axis are measured at the block length `options.n_frames`.

    Raises:
        EngineError: when no candidate is usable; the message says why for each.
        OptionError: when there is no such engine, precision or device.
    """
    record = _record_path(artifact, options)
    known = _read_record(record)
    measurements = []
    for candidate in candidates_for(engine, options.precision, options.device):
        asked = replace(options, precision=candidate.precision, device=candidate.device)
        found = _unusable(candidate, artifact, asked) or _still_valid(known.get(candidate), asked, engine != "auto")
        if found is None:
            if notify is not None:
                notify(f"measuring {candidate} (once per machine)")
            found = replace(
                measure(candidate, artifact, asked), basis=_basis(candidate, asked), measured_at_s=time.time()
            )
            known[candidate] = found
            _write_record(record, known.values())
        measurements.append(found)
    choice = _fastest(measurements)
    if choice is None:
        raise EngineError(_no_engine(artifact, engine, options, measurements))
    return choice


def recall(artifact: Artifact, options: SessionOptions) -> Choice | None:
    """What `auto` takes by what was measured before, None where that is nothing; measures nothing itself."""
    known = _read_record(_record_path(artifact, options))
    kept = (
        _still_valid(known.get(candidate), options, is_asked=False)
        for candidate in candidates_for("auto", options.precision, options.device)
    )
    return _fastest([found for found in kept if found is not None])


def _fastest(measurements: Sequence[Measurement]) -> Choice | None:
    """The choice among these; None when none of them is right."""
    right = [measurement for measurement in measurements if measurement.is_right]
    if not right:
        return None
    best = min(right, key=_seconds)
    rows = tuple(Row(measurement, measurement is best, _reason(measurement, best)) for measurement in measurements)
    return Choice(best.engine, best.precision, best.device, rows)


def _seconds(measurement: Measurement) -> float:
    return math.inf if measurement.seconds is None else measurement.seconds


def forget(artifact: Artifact, options: SessionOptions) -> None:
    """Drops what was measured for this model, its blocks and number of threads: the next choice measures anew."""
    record = _record_path(artifact, options)
    if record is not None:
        record.unlink(missing_ok=True)


def machine_id() -> str:
    """12 hex digits that change with the CPU, its model and what it can compute, and with the GPU and its driver."""
    described = [platform.machine(), platform.processor()]
    described += [str(gpu) for gpu in [probe_nvidia()] if gpu is not None]
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0].splitlines()
        wanted = ("model name", "cpu family", "model\t", "stepping", "flags", "CPU part", "Features")
        described += [line for line in lines if line.startswith(wanted)]
    return hashlib.sha256("\n".join(described).encode()).hexdigest()[:12]


def _no_engine(artifact: Artifact, engine: str, options: SessionOptions, measurements: Sequence[Measurement]) -> str:
    """Why none will do, candidates with the same reason together."""
    reasons: dict[str, list[str]] = {}
    for found in measurements:
        reasons.setdefault(found.summary, []).append(str(found.candidate))
    is_free = engine == options.precision == "auto"
    cure = "mixassist doctor shows the engines" if is_free else "--engine auto --precision auto looks for another"
    told = "; ".join(f"{', '.join(candidates)}: {reason}" for reason, candidates in reasons.items())
    return f"model {artifact.name} cannot run as asked ({told}): {cure}"


def _reason(measurement: Measurement, best: Measurement) -> str:
    if not measurement.is_right:
        return measurement.summary
    return f"{'fastest' if measurement is best else 'slower'}: {measurement.summary}"


def _unusable(candidate: Candidate, artifact: Artifact, options: SessionOptions) -> Measurement | None:
    """A refusal for a candidate that need not be tried."""
    engine = find_engine(candidate.engine)
    reason = why_unusable(engine, artifact, options)
    if reason is None:
        return None
    return Measurement(candidate.engine, candidate.precision, engine.version, candidate.device, error=reason)


def _basis(candidate: Candidate, options: SessionOptions) -> str:
    """What of our own a measurement hangs on: the code that builds the network, or the way plans are made."""
    if candidate.engine == "torch":
        return str(options.torch_builder)
    return f"plans {BUILD_VERSION}.{CAST_VERSION}" if candidate.engine == "tensorrt" else ""


def _still_valid(measurement: Measurement | None, options: SessionOptions, is_asked: bool) -> Measurement | None:
    """A kept measurement, unless what it hangs on has changed, or it failed long ago or is now asked for by name."""
    if measurement is None or measurement.version != find_engine(measurement.engine).version:
        return None
    if measurement.basis != _basis(measurement.candidate, options):
        return None
    is_old = time.time() - measurement.measured_at_s > FAILURE_KEPT_S
    return None if measurement.error is not None and (is_asked or is_old) else measurement


def _record_path(artifact: Artifact, options: SessionOptions) -> Path | None:
    folder = open_cache_folder("choices")
    block = f"-{options.n_frames or 'golden'}-frames" if artifact.spec.has_free_length else ""
    streams = f"-{options.n_batch}-streams" if artifact.spec.has_free_length or artifact.spec.states else ""
    name = f"{artifact.sha256[:16]}-{options.n_threads}-threads{block}{streams}-{machine_id()}.json"
    return folder and folder / name


def _read_record(path: Path | None) -> dict[Candidate, Measurement]:
    """The kept measurements; none when there is no record or it cannot be read, for they can be made again."""
    if path is None or not path.exists():
        return {}
    try:
        measurements = [Measurement(**row) for row in json.loads(path.read_text(encoding="utf-8"))["measurements"]]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {found.candidate: found for found in measurements}


def _write_record(path: Path | None, measurements: Iterable[Measurement]) -> None:
    if path is None:
        return
    text = json.dumps({"measurements": [found.to_dict() for found in measurements]}, indent=2)
    with contextlib.suppress(OSError, AudioError), atomic_path(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
