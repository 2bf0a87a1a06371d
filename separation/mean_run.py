"""The mean of what several runs ended with: `python -m separation.mean_run RUN RUN -o RUN`.

Task:
    A run that began with another's weights has forgotten something and learned something. Half way between both ends
    lies a network that is good at either, as long as they are near enough to each other.

References:
    Wortsman et al. 2022, "Model soups: averaging weights of multiple fine-tuned models improves accuracy without
    increasing inference time", ICML.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mixassist.errors import MixassistError, OptionError
from mixassist.runtime.run_state import STATE, Tensors, read_state, under, write_state
from separation.run_folder import CURE


def mean_run(runs: Sequence[Path], mean: Path) -> None:
    """Writes a run folder whose best weights are the mean of the running averages at the end of `runs`.

    What it says of itself is what the last of them says, and at which minute each ended. It can be published, and
    another run can start from it.

    Raises:
        ModelError: when a run has no state yet.
        OptionError: when the runs are of different networks, when one did not begin with another's weights or is a mean
            itself, or when there is a run at `mean`.
    """
    if (mean / STATE).exists():
        raise OptionError(f"{mean} holds a run already: name another folder with -o")
    states = [read_state(run, CURE) for run in runs]
    networks = sorted({facts["network"] for _, facts in states})
    if len(networks) > 1:
        raise OptionError(f"these are runs of different networks ({', '.join(networks)}): name runs of one")
    for index, (run, (_, facts)) in enumerate(zip(runs, states, strict=True)):
        _refuse_stranger(run, facts, is_first=not index)
    averages = [under("average.", tensors) for tensors, _ in states]
    weights: Tensors = {
        f"best.{name}": np.mean([average[name] for average in averages], axis=0, dtype=np.float64).astype(first.dtype)
        for name, first in averages[0].items()
    }
    minutes = [_minutes(facts) for _, facts in states]
    best = {"minutes": minutes[-1]}
    mean.mkdir(parents=True, exist_ok=True)
    write_state(mean, weights, {**states[-1][1], "best": best, "mean_of": minutes})


def _refuse_stranger(run: Path, facts: dict[str, Any], is_first: bool) -> None:
    """Nothing for a run whose end may lie near to the ends of those before it.

    Raises:
        OptionError: when it did not begin with another's weights, or is a mean of runs.
    """
    if "mean_of" in facts:
        raise OptionError(f"{run} is a mean of runs itself: name the runs it was made from")
    if not is_first and not facts.get("minutes_before"):
        raise OptionError(f"{run} began with weights of its own: name runs that go on from the one before")


def _minutes(facts: dict[str, Any]) -> float:
    """How long a run has learned, with what the runs before it did."""
    return round(facts["minutes"] + facts.get("minutes_before", 0.0), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description="Take the mean of what several runs of one network ended with.")
    parser.add_argument("runs", type=Path, nargs="+", help="folders that separation.training wrote")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the run to write")
    arguments = parser.parse_args()
    try:
        mean_run(arguments.runs, arguments.output)
    except MixassistError as error:
        parser.exit(2, f"error: {error}\n")


if __name__ == "__main__":
    main()
