"""How near a model comes for each minute of CPU: ours and neural-amp-modeler's training, side by side.

Every run is a process of its own with one thread, two at a time, so that each has one neighbour. Each leaves its rows
in the working folder; a run that is there is not run again, so that the whole can be stopped, and done in parts.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from amp_models.nam.format import choose_model, read_nam
from amp_models.nam.net import player
from benchmarks.amp_pairs import HELD_OUT, PAIRS, TrainingPair, facts_path, slug, training_pair
from benchmarks.nam_trainer import LEAD_SAMPLES
from benchmarks.results import Section
from mixassist.dsp.scores import esr

TRAINER = Path(__file__).with_name("nam_trainer.py")
CURVES = Path(__file__).with_name("amps.png")
OURS, NAM, NAM_SMALL = "ours", "NAM, batch 16", "NAM, batch 1"
CONTENDERS = (OURS, NAM, NAM_SMALL)
SCORES = tuple(f"ESR, {name}" for name in CONTENDERS)
SIZES = ("feather", "standard", "lstm", "a2")
MINUTES = 10.0
LENGTH = re.compile(r"-(\d+(?:-\d+)?)min-")
"""Where the name of a run tells its length."""


@dataclass(frozen=True)
class Plan:
    """What is trained, for how long, where, and with whose Python; no peer, no comparison."""

    folder: Path
    recordings: Path
    peer_python: Path | None = None
    pairs: Sequence[str] = PAIRS
    sizes: Sequence[str] = SIZES
    contenders: Sequence[str] = CONTENDERS
    minutes: float = MINUTES
    seconds: float = 180.0
    n_at_once: int = 2


@dataclass(frozen=True)
class Job:
    """One training run, its rows and its model."""

    pair: TrainingPair
    size: str
    contender: str
    minutes: float
    folder: Path

    @property
    def stem(self) -> str:
        return slug(f"{self.pair.di.stem.removesuffix('-di')} {self.size} {self.minutes:g}min {self.contender}")

    @property
    def rows(self) -> Path:
        return self.folder / f"{self.stem}.json"

    @property
    def unfinished(self) -> Path:
        return self.folder / f"{self.stem}.part.json"

    @property
    def nam(self) -> Path:
        return self.folder / f"{self.stem}.nam"

    def command(self, peer_python: Path | None) -> list[str]:
        """What runs it."""
        pair, split = self.pair, str(self.pair.split_at)
        common = ["--size", self.size, "--split-at", split, "--threads", "1", "--out", str(self.unfinished)]
        common += ["--nam", str(self.nam)]
        if self.contender == OURS:
            takes = ["--di", str(pair.di), "--reamped", str(pair.reamped), "--minutes", str(self.minutes)]
            return [sys.executable, "-m", "benchmarks.our_trainer", *takes, *common]
        batch = "1" if self.contender == NAM_SMALL else "16"
        takes = [str(pair.di), str(pair.reamped), "--seconds", str(60 * self.minutes), "--batch", batch]
        return [str(peer_python), str(TRAINER), *takes, *common]


def jobs(plan: Plan) -> Iterator[Job]:
    """Every run of the plan whose pair can be had here; rivals for one model stand next to each other."""
    for name in plan.pairs:
        pair = training_pair(name, plan.folder / "pairs", plan.recordings, plan.seconds)
        for size in plan.sizes if pair else ():
            for contender in plan.contenders:
                if pair and (contender == OURS or plan.peer_python):
                    yield Job(pair, size, contender, plan.minutes, plan.folder)


def finished(plan: Plan) -> list[Job]:
    """Every run in the plan's folder that has rows, of whatever size and length, rivals next to each other."""
    made = [name for name in PAIRS if facts_path(name, plan.folder / "pairs", plan.seconds).is_file()]
    sizes = tuple(dict.fromkeys((*SIZES, *plan.sizes)))
    every = replace(plan, pairs=made, sizes=sizes, contenders=CONTENDERS, peer_python=Path())
    found = []
    for job in jobs(every):
        lengths = (LENGTH.search(path.stem) for path in plan.folder.glob("*min-*.json") if ".part" not in path.name)
        minutes = sorted({float(length[1].replace("-", ".")) for length in lengths if length})
        found += [replace(job, minutes=length) for length in minutes if replace(job, minutes=length).rows.is_file()]
    return found


def train(plan: Plan, notify: Callable[[str], None] = print) -> None:
    """Runs whatever of the plan has no rows yet.

    Raises:
        CalledProcessError: when a run fails; what was finished is kept.
    """
    left = [job for job in jobs(plan) if not job.rows.is_file()]
    with ThreadPoolExecutor(plan.n_at_once) as pool:
        for job in pool.map(lambda job: _run(job, plan.peer_python), left):
            notify(f"{job.stem}: ESR {_read(job)['rows'][-1]['esr']:.5f}")


def _run(job: Job, peer_python: Path | None) -> Job:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    root = Path(__file__).resolve().parent.parent
    subprocess.run(job.command(peer_python), check=True, cwd=root, env=environment, stdout=subprocess.DEVNULL)
    job.unfinished.replace(job.rows)
    return job


def _read(job: Job) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(job.rows.read_text(encoding="utf-8"))
    return facts


def file_esr(job: Job) -> float:
    """Error over signal of the finished file on the held-out part, the lead left out, played by us whoever wrote it."""
    di, reamped = job.pair.held_out()
    sound = player(choose_model(read_nam(job.nam)))(di[None].astype(np.float32))
    return float(esr(reamped[None, LEAD_SAMPLES:], sound[:, LEAD_SAMPLES:].astype(np.float64)))


def table(plan: Plan) -> Section:
    """A row for each pair, size and length that anybody has trained."""
    groups: dict[tuple[str, str, str], dict[str, Job]] = {}
    for job in finished(plan):
        groups.setdefault((job.pair.name, job.size, f"{job.minutes:g} min"), {})[job.contender] = job
    return Section(
        "Amps: error for each minute of training",
        "python -m benchmarks.amps training --minutes … --sizes …",
        ("pair", "size", "each", "weights", *SCORES, "**ours / NAM**", "as NAM's best after"),
        [_cells(*face, group) for face, group in groups.items()],
        "CPU minutes as given for each run, one thread, two runs side by side; ESR of the finished files on"
        f" the held-out part ({plan.seconds * HELD_OUT:.0f} of {plan.seconds:g} s; of the compressor 2 of 10 s), its"
        f" first {LEAD_SAMPLES} samples left out, all played by us. neural-amp-modeler 0.13.0 trains with its own"
        " recipe (benchmarks/nam_trainer.py) on the takes that our alignment made straight, with its default batch and"
        " with that of its window on a CPU, and pays for no validation; the ratio is to the better of the two. Of a2"
        " the larger network, its budget spent on both. Last column: CPU minutes of ours to the ESR NAM ends with."
        " How often we hear a short take at most was chosen on the compressor's held-out part (0.034 before): a tie"
        f" there is one that was looked for. Curves: benchmarks/{CURVES.name}.",
    )


def _cells(pair: str, size: str, length: str, group: dict[str, Job]) -> tuple[str, ...]:
    scores = {name: file_esr(job) for name, job in group.items()}
    rivals = [score for name, score in scores.items() if name != OURS]
    weights = str(_read(next(iter(group.values())))["n_weights"])
    ratio, after = "", ""
    if OURS in scores and rivals:
        ratio = f"{scores[OURS] / min(rivals):.3f}"
        reached = [row["cpu_s"] / 60 for row in _read(group[OURS])["rows"] if row["esr"] <= min(rivals)]
        after = f"{reached[0]:.1f} min" if reached else "not reached"
    told = (f"{scores[name]:.5f}" if name in scores else "not run" for name in CONTENDERS)
    return (pair, size, length, weights, *told, ratio, after)


def draw(plan: Plan, picture: Path = CURVES) -> None:
    """Writes the curves of ESR over CPU minutes, both logarithmic, a field for each pair and size."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    done = finished(plan)
    pairs = list(dict.fromkeys(job.pair.name for job in done))
    sizes = list(dict.fromkeys(job.size for job in done))
    figure, fields = pyplot.subplots(
        len(pairs), len(sizes), figsize=(1 + 3 * len(sizes), 1 + 2.4 * len(pairs)), squeeze=False, layout="constrained"
    )
    looks = {OURS: ("C3", "-"), NAM: ("C0", "--"), NAM_SMALL: ("C0", ":")}
    for job in done:
        field = fields[pairs.index(job.pair.name)][sizes.index(job.size)]
        rows = [row for row in _read(job)["rows"] if row["cpu_s"] > 1]
        color, line = looks[job.contender]
        field.loglog(
            [row["cpu_s"] / 60 for row in rows],
            [row["esr"] for row in rows],
            f".{line}",
            color=color,
            label=job.contender,
        )
        field.set_title(f"{job.pair.name}: {job.size}", fontsize="small")
        field.grid(visible=True, which="both", alpha=0.3)
    fields[0][0].legend(fontsize="x-small")
    for column in fields[-1]:
        column.set_xlabel("CPU minutes")
    for row_of_fields in fields:
        row_of_fields[0].set_ylabel("ESR, held out")
    figure.savefig(picture, dpi=80)
    pyplot.close(figure)
