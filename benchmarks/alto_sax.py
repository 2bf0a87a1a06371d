"""The recordings that the shipped `alto-sax` learned from: `python -m benchmarks.alto_sax NOTES -o RECORDINGS`.

The notes of Weresax come at one level, soft ones as loud as loud ones, so that loudness would say nothing of the tone.
Notes that their names call soft are laid 10 dB lower, about what a saxophone does from forte to piano. Of the two
microphones that every note was recorded by, one is taken: two rooms at once would be learned as one blurred room.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from mixassist.audio.buffer import AudioBuffer
from mixassist.audio.files import read_audio
from mixassist.audio.writer import Encoding, write_audio
from transfer.credit_ledger import LEDGER

SOFT_DB = -10.0
MICROPHONE = "cnd"
CREDITS = """[[contributor]]
name = "Karoryfer Samples"
role = "recorded and cut the notes of Weresax, an alto saxophone"
source = "https://github.com/sfzinstruments/karoryfer.weresax"
licence = "CC0-1.0"
consent = ["train", "release", "commercial"]
split_percent = 100
"""
"""The credits of the notes, as a data set asks for them."""


def prepare_notes(notes: Path, folder: Path, step: int = 1) -> int:
    """Writes the notes of one microphone into `folder`, or each `step`th, soft ones softer, and their credits.

    Returns how many there are.
    """
    paths = sorted(notes.glob(f"*_{MICROPHONE}.*"))[::step]
    for path in paths:
        write_audio(folder / f"{path.stem}.flac", note_at_its_level(path), Encoding("flac", "24"))
    (folder / LEDGER).write_text(CREDITS, encoding="utf-8")
    return len(paths)


def note_at_its_level(path: Path) -> AudioBuffer:
    """A note, softer where its name calls it soft."""
    note = read_audio(path)
    is_soft = path.stem.split("_")[1] == "p"
    gain = np.float32(10 ** (SOFT_DB / 20) if is_soft else 1.0)
    return AudioBuffer(gain * note.samples, note.rate)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make soft notes soft.")
    parser.add_argument("notes", type=Path, help="folder with the notes, <pitch>_<f or p>_<take>_<microphone>.ogg")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for the recordings")
    given = parser.parse_args()
    print(f"{prepare_notes(given.notes, given.output)} notes in {given.output}")


if __name__ == "__main__":
    main()
