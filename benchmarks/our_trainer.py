"""How our error falls with time: `python -m benchmarks.our_trainer --di x.wav --reamped y.wav --size feather …`.

A pair that already lies straight is learned for so many CPU minutes; rows [{"cpu_s", "esr", "esr_now", "n_steps"}] go
to a JSON file after every look at the held-out part, as those of the peer do (nam_trainer).
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from amp_models.capturing.run import A2_SHARES
from amp_models.learning.material import Take
from amp_models.learning.training import Progress, Trainer, TrainingOptions
from amp_models.nam.format import contain, write_nam
from amp_models.nam.fresh import A2, A2_PARTS, FRESH_SIZES, fresh_nam
from mixassist.audio import read_audio
from mixassist.audio.atomic import atomic_path


def main() -> None:
    """Learns as asked on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--di", type=Path, required=True)
    parser.add_argument("--reamped", type=Path, required=True)
    parser.add_argument("--size", choices=FRESH_SIZES, default="feather")
    parser.add_argument("--minutes", type=float, default=10.0, help="of CPU time")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--split-at", type=int, required=True, help="first held-out sample")
    parser.add_argument("--learning-rate", type=float, default=TrainingOptions.rate)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--nam", type=Path, help="where the network goes")
    asked = parser.parse_args()
    di, reamped = read_audio(asked.di), read_audio(asked.reamped)
    take = Take(di.samples[0], reamped.samples[0], (asked.split_at, di.n_frames))
    parts = [name for _, name in A2_PARTS] if asked.size == A2 else [asked.size]
    shares = A2_SHARES if asked.size == A2 else (1.0,)
    nams, begun_s = [], 0.0
    for name, share in zip(parts, shares, strict=True):
        options = TrainingOptions(
            seconds=60 * asked.minutes * share,
            rate=asked.learning_rate,
            n_threads=asked.threads,
            seed=asked.seed,
            clock=time.process_time,
        )
        trainer = Trainer(fresh_nam(name, di.rate, asked.seed), [take], options)
        trainer.run(partial(_tell, Rows(asked.out, asked.size, begun_s)))
        nams.append(trainer.nam)
        begun_s += trainer.progress.seconds
    if asked.nam is not None:
        limits = [limit for limit, _ in A2_PARTS]
        write_nam(asked.nam, nams[0] if len(nams) == 1 else contain(list(zip(limits, nams, strict=True))))


@dataclass(frozen=True)
class Rows:
    """Where rows go: of networks trained one after the other the last one's, its time behind that of those before."""

    path: Path
    size: str
    begun_s: float


def _tell(rows: Rows, _: float, progress: Progress) -> None:
    """Writes the rows so far, when there is a new one."""
    if not progress.curve or progress.n_steps != progress.curve[-1].n_steps:
        return
    told, best = [], float("inf")
    for moment in progress.curve:
        best = min(best, moment.esr)
        seconds = rows.begun_s + moment.seconds
        told.append({"cpu_s": seconds, "esr": best, "esr_now": moment.esr, "n_steps": moment.n_steps})
    with atomic_path(rows.path) as temporary:
        facts = {"size": rows.size, "n_weights": int(progress.weights.size), "rows": told}
        temporary.write_text(json.dumps(facts), encoding="utf-8")


if __name__ == "__main__":
    main()
