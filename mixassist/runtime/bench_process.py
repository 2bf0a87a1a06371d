"""Times one engine on one model: `python -m mixassist.runtime.bench_process DIR --engine E --block N ...`.

Prints one JSON object: the fields of `bench.BenchRow` that are measured; or `error`, one line.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from mixassist.runtime.artifact import Artifact, Golden, load_artifact
from mixassist.runtime.bench import BenchRow, is_streaming
from mixassist.runtime.engines import SessionOptions, open_engine
from mixassist.runtime.probe import REDUCED_LIMIT_DB, bound_db, replay_golden
from mixassist.runtime.session import Session
from mixassist.runtime.session_words import options_of, session_parser, tell
from mixassist.runtime.spec import ModelSpec
from mixassist.runtime.stepper import PlainStepper, Stepper, open_stepper
from mixassist.runtime.streaming.timing import StopWatch

WARM_UP_SHARE = 0.2
"""Share of the time that goes into runs which are not counted: at first an engine allocates and plans."""

MIN_RUNS = 3
"""Runs that are counted however long they take."""

LEVEL = 0.2
"""Deviation of the noise that goes through networks that stream."""


@dataclass(frozen=True)
class Runs:
    """What to time: `block` samples again and again for `seconds`; streams bound to a length, or plain `Session.run`.

    A network that is told of `hop` samples at a time is run as often as they fit into the block.
    """

    block: int
    seconds: float
    is_bound: bool = True
    hop: int = 1

    def steps(self, spec: ModelSpec, n_golden: int) -> tuple[int, int]:
        """Frames of a run, and runs in a block; networks of frames of their own run as many as they were made with."""
        if is_streaming(spec):
            return self.block, 1
        return (1, self.block // self.hop) if self.hop > 1 else (n_golden, self.block // spec.block_multiple)


def time_engine(artifact: Artifact, engine: str, options: SessionOptions, runs: Runs) -> dict[str, Any]:
    """Opens the engine, replays the golden pair and times the runs: the numbers that `main` prints.

    What is bound has to give what plain runs give: its distance from them counts too.

    Raises:
        EngineError: when the engine is absent, fails, or gives values that are not finite.
    """
    golden, spec = artifact.golden(), artifact.spec
    distances_db = []
    if is_streaming(spec) or spec.states:
        n_golden = next(iter(golden.inputs.values())).shape[-1]
        n_run, n_runs = runs.steps(spec, n_golden)
        options = replace(options, n_frames=n_run)
        session = open_engine(engine, artifact, options)
        # Engines that compile for one length cannot run the golden block in a session for another.
        same = replace(options, n_frames=n_golden)
        judged = session if n_golden == n_run else open_engine(engine, artifact, same)
        stepper = (open_stepper if runs.is_bound else PlainStepper)(session, n_run)
        if runs.is_bound:
            distances_db.append(bound_db(stepper, PlainStepper(session, n_run)))
        run = _stepping(stepper, n_runs)
    else:
        session = judged = open_engine(engine, artifact, options)
        run = _repeating(session, golden)
    distances_db.append(replay_golden(judged, golden))
    timing = _timed(run, runs, spec.rate).timing().to_dict()
    measured = {field.name for field in fields(BenchRow)}
    return {name: value for name, value in timing.items() if name in measured} | {
        "null_db": max(distances_db),
        "limit_db": golden.tolerance_db if session.precision == "fp32" else REDUCED_LIMIT_DB,
    }


def main(arguments: Sequence[str]) -> int:
    """Times what the command line asks for and prints the JSON object."""
    parser = session_parser("mixassist.runtime.bench_process", __doc__)
    parser.add_argument("--block", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--hop", type=int, default=1)
    asked = parser.parse_args(arguments)
    runs = Runs(asked.block, asked.seconds, not asked.plain, asked.hop)
    tell(lambda: time_engine(load_artifact(asked.folder), asked.engine, options_of(asked), runs))
    return 0


def _stepping(stepper: Stepper, n_runs: int) -> Callable[[], None]:
    """Runs the next block of noise, which is `n_runs` runs, through a network that goes on block by block."""
    generator = np.random.default_rng(0)
    for array in stepper.inputs.values():
        array[:] = LEVEL * generator.standard_normal(array.shape)

    def run() -> None:
        for _ in range(n_runs):
            stepper.step()

    return run


def _repeating(session: Session, golden: Golden) -> Callable[[], None]:
    """Runs the golden inputs through a network of segments."""

    def run() -> None:
        session.run(golden.inputs)

    return run


def _timed(run: Callable[[], None], runs: Runs, rate: int) -> StopWatch:
    """The times of the runs, after others that were not counted."""
    watch = StopWatch(runs.block, rate)
    start_s = time.perf_counter()
    warm_s = start_s + WARM_UP_SHARE * runs.seconds
    end_s = warm_s + runs.seconds
    n_counted = 0
    while start_s < end_s or n_counted < MIN_RUNS:
        start_s = time.perf_counter()
        run()
        if start_s >= warm_s:
            watch.add(time.perf_counter() - start_s, runs.block)
            n_counted += 1
    return watch


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
