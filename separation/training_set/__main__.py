"""Builds a training set, or goes on: `python -m separation.training_set --data DATA --out SET --songs N`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import track

from mixassist.errors import MixassistError
from separation.training_set.building import SetOptions, build
from separation.training_set.manifest import MANIFEST
from separation.training_set.sources import OURS, read_sources


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m separation.training_set", description="Build a training set.")
    parser.add_argument("--data", type=Path, required=True, help="folder with train/ and voices/")
    parser.add_argument("--out", type=Path, required=True, help="folder of the set; what is there is kept")
    parser.add_argument("--songs", type=int, required=True, help="how many songs to make")
    parser.add_argument("--seconds", type=float, default=SetOptions.seconds, help="length of each")
    parser.add_argument("--seed", type=int, default=SetOptions.seed, help="seed of the first song")
    parser.add_argument("--jobs", type=int, default=SetOptions.n_jobs, help="processes at once")
    parser.add_argument("--sources", type=Path, default=OURS, help="file of sources in place of ours")
    parser.add_argument("--hold-out", nargs="+", default=SetOptions.held_out, help="songs that lend no voice")
    arguments = parser.parse_args()
    console = Console(stderr=True)
    try:
        options = SetOptions(
            arguments.songs, arguments.seconds, arguments.seed, arguments.jobs, tuple(arguments.hold_out)
        )
        sources = read_sources(arguments.data, arguments.sources)
        made = build(arguments.data, arguments.out, sources, options)
        for _ in track(made, "songs", total=options.n_songs, console=console):
            pass
    except MixassistError as error:
        console.print(f"error: {error}", markup=False, highlight=False)
        return 2
    console.print(f"{options.n_songs} songs of {options.seconds:.0f} s and {arguments.out / MANIFEST} are written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
