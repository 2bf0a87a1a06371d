"""Measures one engine on one model in a process of its own: `python -m mixassist.runtime.probe DIR --engine E ...`.

Prints one JSON object: `null_db` against the golden pair and the `limit_db` it must reach, `seconds` per run and
`peak_memory_mb`; or `error`, one line. A crash, a library's memory or its import stays in this process.

A network that takes blocks is judged on its golden block and timed on as many streams of blocks of the asked length,
bound to them as a player's stream is. That the bound form gives the same as the plain one is part of `null_db`. Reduced
precisions have to stay finite for silence and for a full scale too.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mixassist.dsp.scores import null_db
from mixassist.errors import EngineError
from mixassist.runtime.artifact import Artifact, Golden, load_artifact
from mixassist.runtime.engines import SessionOptions, open_engine
from mixassist.runtime.memory import peak_memory_mb
from mixassist.runtime.session_words import options_of, session_parser, tell
from mixassist.runtime.stepper import PlainStepper, Stepper, open_stepper

if TYPE_CHECKING:
    from mixassist.runtime.session import Session

REDUCED_LIMIT_DB = -40.0
"""How near bf16 and fp16 must come to the float32 reference: what is left then lies below a stem's own errors."""

LARGEST_DB = 300.0
"""Stands for infinity, which JSON lacks: minus this is equality, plus this is sound where the reference is silent."""

N_BOUND_BLOCKS, NOISE_LEVEL = 4, 0.2
"""The noise that compares bound and plain runs: blocks enough for every state to go round, at a player's level."""

MIN_TIMED_RUNS, MAX_TIMED_RUNS = 2, 1000
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
        ModelError: when the network cannot take blocks of `options.n_frames`.
    """
    golden = artifact.golden()
    if artifact.spec.has_free_length or artifact.spec.states:
        distance_db, run = _open_blocks(artifact, engine, options, golden)
    else:
        session = open_engine(engine, artifact, options)
        distance_db, run = _judge(session, golden), partial(session.run, golden.inputs)
    return {
        "null_db": distance_db,
        "limit_db": golden.tolerance_db if options.precision == "fp32" else REDUCED_LIMIT_DB,
        "seconds": _fastest_run_s(run),
        "peak_memory_mb": peak_memory_mb(),
    }


def _open_blocks(
    artifact: Artifact, engine: str, options: SessionOptions, golden: Golden
) -> tuple[float, Callable[[], object]]:
    """The distance in dB of a network that takes blocks, and what runs one of `options.n_frames`."""
    spec, n_batch = artifact.spec, options.n_batch
    n_golden = golden.inputs[spec.inputs[0].name].shape[-1]
    n_frames = (spec.has_free_length and options.n_frames) or n_golden
    session = open_engine(engine, artifact, replace(options, n_frames=n_golden, n_batch=1))
    distance_db = _judge(session, golden)
    if (n_frames, n_batch) != (n_golden, 1):
        # Engines that compile for one shape cannot run the golden block in a session for another.
        session = open_engine(engine, artifact, replace(options, n_frames=n_frames))
    stepper = open_stepper(session, n_frames, n_batch)
    return max(distance_db, bound_db(stepper, PlainStepper(session, n_frames, n_batch))), stepper.step


def _judge(session: Session, golden: Golden) -> float:
    """The distance from the golden outputs in dB; where range is scarce, extremes are run as well.

    Raises:
        EngineError: when something that is not finite comes out.
    """
    distance_db = replay_golden(session, golden)
    if session.precision != "fp32":
        silence = {name: np.zeros_like(array) for name, array in golden.inputs.items()}
        for what, fed in (("silence", silence), ("a full scale", _at_full_scale(session, golden))):
            for name, found in session.run(fed).items():
                _require_finite(f"output {name!r} for {what}", found)
    return distance_db


def _at_full_scale(session: Session, golden: Golden) -> dict[str, NDArray[Any]]:
    """The golden inputs, amplified alike until the largest value is 1; states as they are."""
    inputs = {tensor.name: golden.inputs[tensor.name] for tensor in session.spec.sounds}
    peak = max(float(np.abs(array).max(initial=0)) for array in inputs.values())
    gain = 1 / peak if 0 < peak < 1 else 1.0
    return {**golden.inputs, **{name: (gain * array).astype(array.dtype) for name, array in inputs.items()}}


def main(arguments: Sequence[str]) -> int:
    """Probes what the command line asks for and prints the JSON object."""
    asked = session_parser("mixassist.runtime.probe", __doc__).parse_args(arguments)
    tell(lambda: probe(load_artifact(asked.folder), asked.engine, options_of(asked)))
    return 0


def _null_db(name: str, found: NDArray[Any], reference: NDArray[Any]) -> float:
    if found.shape != reference.shape:
        raise EngineError(f"output {name!r} has shape {found.shape}, not {reference.shape}: choose another engine")
    _require_finite(f"output {name!r}", found)
    if np.array_equal(found, reference):
        return -LARGEST_DB
    return float(np.clip(null_db(found.reshape(1, -1), reference.reshape(1, -1)), -LARGEST_DB, LARGEST_DB))


def _require_finite(what: str, found: NDArray[Any]) -> None:
    if not np.isfinite(found).all():
        raise EngineError(f"{what} holds NaN or infinite values: choose another engine")


def bound_db(stepper: Stepper, plain: Stepper) -> float:
    """How far the bound form is from the plain one over some blocks of noise, states carried: the worst null in dB."""
    generator = np.random.default_rng(0)
    nulls_db = []
    for _ in range(N_BOUND_BLOCKS):
        for name, array in stepper.inputs.items():
            array[:] = plain.inputs[name][:] = NOISE_LEVEL * generator.standard_normal(array.shape)
        stepper.step()
        plain.step()
        nulls_db += [_null_db(name, array, plain.outputs[name]) for name, array in stepper.outputs.items()]
    return max(nulls_db)


def _fastest_run_s(run: Callable[[], object]) -> float:
    """Shortest of several runs: what else the machine does can only make a run longer."""
    runs_s: list[float] = []
    while len(runs_s) < MIN_TIMED_RUNS or (sum(runs_s) < TIMED_S and len(runs_s) < MAX_TIMED_RUNS):
        start = time.perf_counter()
        run()
        runs_s.append(time.perf_counter() - start)
    return min(runs_s)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
