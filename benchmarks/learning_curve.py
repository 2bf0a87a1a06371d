"""Writes what a training run says about learning into benchmarks/data/learning/NAME.csv.

`python -m benchmarks.learning_curve NAME --run RUN --set SET [--states FILE ...] [--data DATA]`

Task:
    The log of a run becomes rows about the songs held out. Each of `--states` (the run's own state, or copies of it
    that were put aside on the way) is scored on the band songs of DATA/separation/eval, which adds a row each.
Conventions:
    `heard_h` counts the examples of all steps so far, `data_h` the songs that could be learned from, both in hours;
    scores are in dB. It is the running average of a network that is judged.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open

from benchmarks.learning_points import BAND_SONGS, HELD_OUT, Point, write_curve
from benchmarks.quality import Method, per_stem_median, score_songs, song_folders
from mixassist.runtime.run_state import STATE, under
from separation.net import LiteNet
from separation.run_folder import LOG
from separation.songs import MADE, RATE, STEMS, SongLibrary, song_length
from separation.training import NETWORKS, TrainingOptions
from separation.validation import separate_piece

Floats = NDArray[np.float32]

ROOT = Path(__file__).resolve().parent.parent
AVERAGE = "average."


@dataclass(frozen=True)
class State:
    """A network at some moment of a run: its averaged weights by name, and the run's facts."""

    weights: dict[str, NDArray[Any]]
    facts: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> State:
        with safe_open(path, framework="numpy") as file:
            names = [name for name in file.keys() if name.startswith(AVERAGE)]  # noqa: SIM118 (the file is no mapping)
            tensors = {name: file.get_tensor(name) for name in names}
            return cls(under(AVERAGE, tensors), json.loads(file.metadata()["facts"]))

    def network(self) -> LiteNet:
        """The network with these weights, ready to separate."""
        net = LiteNet(NETWORKS[self.facts["network"]])
        net.load_state_dict({name: torch.from_numpy(value) for name, value in self.weights.items()})
        return net.eval()

    def point(self, songs: str, data_h: float, step: int, minutes: float, scores: dict[str, float]) -> Point:
        """These scores as a point of this run's curve, which goes on where the run it began with ended."""
        step += self.facts.get("n_steps_before", 0)
        minutes += self.facts.get("minutes_before", 0.0)
        heard_h = step * self.facts["n_batch"] * TrainingOptions().seconds / 3600
        stems = [round(float(scores[stem]), 2) for stem in STEMS]
        return Point(songs, self.facts["network"], data_h, step, round(minutes, 1), round(heard_h, 3), *stems)


def points_of(run: Path, data_h: float) -> list[Point]:
    """The rows of a run's log."""
    state = State.read(run / STATE)
    with (run / LOG).open(encoding="utf-8", newline="") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    return [state.point(HELD_OUT, data_h, int(row["step"]), row["minutes"], row) for row in rows]


def score_state(path: Path, folders: Sequence[Path], data_h: float) -> Point:
    """How well the network of a state separates songs whose stems are known: medians over the songs."""
    state = State.read(path)
    medians = per_stem_median(score_songs(folders, {"net": net_method(state.network())})["net"])
    scores = dict(zip(STEMS, medians, strict=True))
    return state.point(BAND_SONGS, data_h, state.facts["n_steps"], state.facts["minutes"], scores)


def net_method(net: LiteNet) -> Method:
    """Whole songs in one pass, which needs no artifact."""

    def estimate(truth: Floats, rate: int) -> Floats:
        mixture = truth.sum(axis=0)
        stereo = np.repeat(mixture, 2 // mixture.shape[0], axis=0)
        stems = separate_piece(net, stereo, max(float(mixture.mean(axis=0).std()), 1e-5))
        return stems[:, : mixture.shape[0]]

    return estimate


def hours_of(folder: Path, held_out: str) -> float:
    """Hours of the songs of a set, without those that a training keeps for validation."""
    songs = SongLibrary.open(folder, (held_out,)).songs
    made = sorted(name for name in songs if name.startswith(MADE))
    learned = [song for name, song in songs.items() if name not in made[: TrainingOptions().n_held_made]]
    return round(sum(max(song_length(song, stem) for stem in song) for song in learned) / RATE / 3600, 2)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning_curve", description=__doc__)
    parser.add_argument("name", help="of the curve")
    parser.add_argument("--run", type=Path, required=True, help="folder of the training run")
    parser.add_argument("--set", type=Path, required=True, help="the set it learned from")
    parser.add_argument("--states", type=Path, nargs="*", default=[], help="states to score on the band songs")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder with the recordings")
    options = parser.parse_args()
    data_h = hours_of(options.set, State.read(options.run / STATE).facts["held_out"])
    folders = song_folders(options.data / "separation" / "eval")
    points = points_of(options.run, data_h)
    for path in options.states:
        points.append(score_state(path, folders, data_h))
        print(asdict(points[-1]))
    print(f"{len(points)} points written to {write_curve(options.name, points)}")


if __name__ == "__main__":
    main()
