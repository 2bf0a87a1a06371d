"""Builds a training set, or goes on: `python -m separation.training_set --data DATA --out SET --songs N`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import track

from mixassist.errors import MixassistError, OptionError
from separation.training_set.building import SetOptions, build
from separation.training_set.manifest import MANIFEST
from separation.training_set.packing import pack, unpack
from separation.training_set.sources import OURS, read_sources


def main() -> int:
    arguments = _parser().parse_args()
    console = Console(stderr=True)
    try:
        if arguments.unpack:
            unpack(arguments.unpack, arguments.out)
        else:
            _build(arguments, console)
        if arguments.pack:
            for piece in pack(arguments.out, arguments.pack):
                console.print(f"{piece} is written", highlight=False)
    except MixassistError as error:
        console.print(f"error: {error}", markup=False, highlight=False)
        return 2
    console.print(f"{arguments.out} is ready to train on: {MANIFEST} names what is in it", highlight=False)
    return 0


def _build(arguments: argparse.Namespace, console: Console) -> None:
    if arguments.data is None:
        raise OptionError("no --data: name the folder with train/ and voices/, or a packed set with --unpack")
    held_out = tuple(arguments.hold_out)
    how = (arguments.seconds, arguments.seed, arguments.jobs, held_out, arguments.lines)
    options = SetOptions(arguments.songs, *how)
    made = build(arguments.data, arguments.out, read_sources(arguments.data, arguments.sources), options)
    for _ in track(made, "songs", total=options.n_songs, console=console):
        pass


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m separation.training_set", description="Build a training set.")
    parser.add_argument("--data", type=Path, help="folder with train/ and voices/")
    parser.add_argument("--out", type=Path, required=True, help="folder of the set; what is there is kept")
    parser.add_argument("--songs", type=int, default=SetOptions.n_songs, help="how many songs to make")
    parser.add_argument("--lines", type=int, default=600, help="how many loose lines to sing")
    parser.add_argument("--seconds", type=float, default=SetOptions.seconds, help="length of each")
    parser.add_argument("--seed", type=int, default=SetOptions.seed, help="seed of the first song")
    parser.add_argument("--jobs", type=int, default=SetOptions.n_jobs, help="processes at once")
    parser.add_argument("--sources", type=Path, default=OURS, help="file of sources in place of ours")
    parser.add_argument("--hold-out", nargs="+", default=SetOptions.held_out, help="songs that lend no voice")
    parser.add_argument("--pack", type=Path, help="folder for the set in pieces of 64 MiB, to carry elsewhere")
    parser.add_argument("--unpack", type=Path, help="folder of such pieces to unpack, in place of building")
    return parser


if __name__ == "__main__":
    sys.exit(main())
