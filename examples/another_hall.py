"""The singer of a finished song in another hall: separate, dereverb, respace and mix again.

    python examples/another_hall.py song.wav moved.wav --stem vocals --room carnegie

The same, step by step and with files between, is `mixassist separate`, `dereverb` and `respace`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from mixassist import AudioBuffer, read_audio, write_audio
from mixassist.audio.writer import Encoding
from separation import SeparationOptions, dereverberate, respace, separate
from separation.rooms.options import RespaceOptions


def move(song: AudioBuffer, separation: SeparationOptions, hall: RespaceOptions) -> AudioBuffer:
    """The song with its stem (`separation.two_stems`) in another hall, longer by the hall's tail."""
    parts = separate(song, separation)
    (stem,) = parts.stems.values()
    dry = dereverberate(stem).dry
    moved = respace(dry, hall)
    # Everything but the stem stays where it is, and the stem's old room, which `dry` is without, goes.
    n_tail = moved.n_frames - song.n_frames
    rest = np.pad(parts.residual.samples, ((0, 0), (0, n_tail)))
    return AudioBuffer(moved.samples + rest, song.rate)


def main() -> None:
    """Reads a song, moves its stem and writes the result, as floats: they hold whatever level it has."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("song", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--stem", default="vocals")
    parser.add_argument("--model", default="auto", help="as of mixassist separate")
    parser.add_argument("--room", default="carnegie", help="a built-in room, or an impulse response file")
    parser.add_argument("--wet", type=float, default=0.0, help="how much louder the room is, dB")
    options = parser.parse_args()
    separation = SeparationOptions(model=options.model, two_stems=options.stem)
    moved = move(read_audio(options.song), separation, RespaceOptions(options.room, wet_db=options.wet))
    write_audio(options.output, moved, Encoding("wav", "32f"))


if __name__ == "__main__":
    main()
