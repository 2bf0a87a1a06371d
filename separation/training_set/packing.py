"""Packs a set into pieces small enough to carry to another machine, and unpacks them there.

Conventions:
    A piece is a zip file of Vorbis stems, loose voices and the manifest. The mix is the sum of the stems as they are
    unpacked. The first pieces by themselves are songs that can be trained on.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mixassist.audio.buffer import AudioBuffer
from mixassist.audio.files import read_audio
from mixassist.audio.writer import Encoding, write_audio
from mixassist.errors import OptionError
from separation.songs import RATE, as_float, store
from separation.training_set.manifest import FACTS, MANIFEST, is_set

PIECE_BYTES = 64 * 2**20
SPARE_BYTES = 2**16
"""For the table of contents of a piece."""


def pack(folder: Path, target: Path, piece_bytes: int = PIECE_BYTES) -> Iterator[Path]:
    """Writes the set's songs and voices to pieces of at most `piece_bytes` in `target`, and yields each when whole.

    Raises:
        OptionError: when the folder is no finished set, or when one song is larger than a piece.
    """
    if not is_set(folder):
        raise OptionError(f"{folder} holds no {MANIFEST}: build the set to its end before packing it")
    target.mkdir(parents=True, exist_ok=True)
    units = [sorted(song.glob("*.npy")) for song in sorted((folder / "songs").iterdir())]
    units += [[path] for path in sorted((folder / "voices").glob("*.npy"))]
    least = (folder / MANIFEST).stat().st_size + SPARE_BYTES
    piece: list[tuple[str, bytes]] = []
    size, n_pieces = least, 0
    for unit in units:
        files = _coded(unit, folder)
        n_bytes = sum(len(content) + 2 * len(name) + 200 for name, content in files)
        if n_bytes + least > piece_bytes:
            raise OptionError(
                f"{unit[0].parent.name} takes {n_bytes / 2**20:.1f} MiB, a piece holds {piece_bytes / 2**20:.1f} MiB: "
                f"make shorter songs or larger pieces"
            )
        if size + n_bytes > piece_bytes:
            yield _write_piece(target / f"piece-{n_pieces:03d}.zip", piece, folder)
            piece, size, n_pieces = [], least, n_pieces + 1
        piece += files
        size += n_bytes
    yield _write_piece(target / f"piece-{n_pieces:03d}.zip", piece, folder)


def _coded(recordings: list[Path], folder: Path) -> list[tuple[str, bytes]]:
    """Names and contents of a song's or a voice's files."""
    files = []
    with tempfile.TemporaryDirectory() as scratch:
        for path in recordings:
            coded = Path(scratch) / f"{path.stem}.ogg"
            write_audio(coded, AudioBuffer(as_float(np.load(path)), RATE), Encoding("ogg"))
            files.append((str(path.relative_to(folder).with_suffix(".ogg")), coded.read_bytes()))
    facts = recordings[0].with_name(FACTS)
    return [*files, (str(facts.relative_to(folder)), facts.read_bytes())] if facts.exists() else files


def _write_piece(path: Path, files: list[tuple[str, bytes]], folder: Path) -> Path:
    partial = path.with_suffix(".partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
        archive.write(folder / MANIFEST, MANIFEST)
        for name, content in files:
            archive.writestr(name, content)
    return partial.rename(path)


def unpack(pieces: Path, folder: Path) -> None:
    """Decodes all pieces of a folder to a set."""
    found = sorted(pieces.glob("piece-*.zip"))
    if not found:
        raise OptionError(f"{pieces} holds no piece-000.zip: pack a set with --pack {pieces} first")
    folder.mkdir(parents=True, exist_ok=True)
    for piece in found:
        with zipfile.ZipFile(piece) as archive, tempfile.TemporaryDirectory() as scratch:
            archive.extractall(scratch)
            _decode(Path(scratch), folder)


def _decode(unpacked: Path, folder: Path) -> None:
    for path in sorted(unpacked.rglob("*.*")):
        target = folder / path.relative_to(unpacked)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".ogg":
            store(read_audio(path).samples, target.with_suffix(".npy"))
        else:
            target.write_bytes(path.read_bytes())
