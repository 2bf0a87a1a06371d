"""Measures one engine on one model in a process of its own: `python -m mixassist.runtime.probe DIR --engine E ...`.

Prints one JSON object: `null_db` against the golden pair and the `limit_db` it must reach, `seconds` per run,
`peak_memory_mb`, `device`; or `error`, one line. A crash, a library's memory or its import stays in this process.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mixassist.dsp.scores import null_db
from mixassist.errors import EngineError, MixassistError
from mixassist.runtime.artifact import Artifact, Golden, load_artifact
from mixassist.runtime.engines import SessionOptions, open_engine
from mixassist.runtime.memory import peak_memory_mb

if TYPE_CHECKING:
    from mixassist.runtime.session import Session

REDUCED_LIMIT_DB = -40.0
"""How near bf16 and fp16 must come to the float32 reference: what is left then lies below a stem's own errors."""

LARGEST_DB = 300.0
"""Stands for infinity, which JSON lacks: minus this is equality, plus this is sound where the reference is silent."""

MIN_TIMED_RUNS, MAX_TIMED_RUNS = 2, 50
TIMED_S = 0.5
"""Runs go on until this long has been measured, so that small networks are timed over many runs."""


def replay_golden(session: Session, golden: Golden) -> float:
    """How far the session is from the golden outputs: the null in dB of the worst output.

    Raises:
        EngineError: when an output has another shape, or is not finite.
    """
    found = session.run(golden.inputs)
    return max(_null_db(name, found[name], expected) for name, expected in golden.outputs.items())


def probe(artifact: Artifact, engine: str, options: SessionOptions) -> dict[str, Any]:
    """Opens the engine, replays the golden pair and times it: the numbers that `main` prints.

    Raises:
        EngineError: when the engine is absent, fails, or gives values that are not finite.
    """
    session = open_engine(engine, artifact, options)
    golden = artifact.golden()
    return {
        "null_db": replay_golden(session, golden),
        "limit_db": golden.tolerance_db if session.precision == "fp32" else REDUCED_LIMIT_DB,
        "seconds": _fastest_run_s(session, golden),
        "peak_memory_mb": peak_memory_mb(),
    }


def main(arguments: Sequence[str]) -> int:
    """Probes what the command line asks for and prints the JSON object."""
    parser = argparse.ArgumentParser(prog="python -m mixassist.runtime.probe", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--engine", required=True)
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--frames", type=int)
    parser.add_argument("--torch-builder")
    asked = parser.parse_args(arguments)
    try:
        # Losers of the comparison must leave no compiled models behind: the winner keeps its own when it is opened.
        options = SessionOptions(
            asked.precision,
            asked.threads,
            asked.torch_builder,
            use_cache=False,
            device=asked.device,
            n_frames=asked.frames,
        )
        report = probe(load_artifact(asked.folder), asked.engine, options)
    except MixassistError as error:
        report = {"error": str(error)}
    sys.stdout.write(json.dumps(report) + "\n")
    return 0


def _null_db(name: str, found: NDArray[Any], reference: NDArray[Any]) -> float:
    if found.shape != reference.shape:
        raise EngineError(f"output {name!r} has shape {found.shape}, not {reference.shape}: choose another engine")
    if not np.isfinite(found).all():
        raise EngineError(f"output {name!r} holds NaN or infinite values: choose another engine")
    if np.array_equal(found, reference):
        return -LARGEST_DB
    return float(np.clip(null_db(found.reshape(1, -1), reference.reshape(1, -1)), -LARGEST_DB, LARGEST_DB))


def _fastest_run_s(session: Session, golden: Golden) -> float:
    """Shortest of several runs: what else the machine does can only make a run longer."""
    runs_s: list[float] = []
    while len(runs_s) < MIN_TIMED_RUNS or (sum(runs_s) < TIMED_S and len(runs_s) < MAX_TIMED_RUNS):
        start = time.perf_counter()
        session.run(golden.inputs)
        runs_s.append(time.perf_counter() - start)
    return min(runs_s)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
