"""Which songs are meant, and where each one's stems go."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from mixassist.audio.file_kind import AUDIO_SUFFIXES
from mixassist.errors import AudioError
from separation.report import REPORT_NAME


def collect_songs(paths: Sequence[Path], output: Path) -> list[Path]:
    """The songs among `paths`, each once and in order; folders are walked for audio files.

    What a walk must not take for songs: hidden files, and whatever lies in `output` or beside a separation's report.

    Raises:
        AudioError: when nothing is left, or a folder cannot be read.
    """
    try:
        songs = [song for path in paths for song in (_walk(path, output) if path.is_dir() else [path])]
    except OSError as error:
        raise AudioError(f"{error.filename} cannot be read ({error.strerror}): check its permissions") from error
    if not songs:
        raise AudioError(_why_none(paths, output))
    return list(dict.fromkeys(songs))


def plan_folders(songs: Sequence[Path], root: Path) -> dict[Path, Path]:
    """A folder of its own under `root` for each song: its name without the extension.

    A later song of the same name gets its extension appended (`song`, `song-mp3`), then a number. Names that differ in
    case alone, or in how an accent is written, count as the same, for on some systems they are.
    """
    folders: dict[Path, Path] = {}
    taken: set[str] = set()
    for song in songs:
        name = next(name for name in _names(song) if _sameness(name) not in taken)
        taken.add(_sameness(name))
        folders[song] = root / name
    return folders


def _why_none(paths: Sequence[Path], output: Path) -> str:
    if any(path.resolve() == output.resolve() for path in paths):
        return f"{output} is the folder that the files go into, and is not read: name the files, or another -o"
    stems = next((path for path in paths if (path / REPORT_NAME).is_file()), None)
    if stems is not None:
        return f"{stems} holds the stems of a song that was separated: name the files"
    return f"{', '.join(map(str, paths))} holds no audio files: name songs, or a folder with songs"


def _sameness(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _names(song: Path) -> Iterator[str]:
    with_suffix = f"{song.stem}-{song.suffix.lstrip('.')}"
    yield song.stem
    yield with_suffix
    yield from (f"{with_suffix}-{number}" for number in itertools.count(2))


def _walk(folder: Path, output: Path) -> Iterator[Path]:
    """Audio files below `folder` in order."""
    entries = sorted(folder.iterdir())
    if folder.resolve() == output.resolve() or any(entry.name == REPORT_NAME for entry in entries):
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _walk(entry, output)
        elif entry.suffix.lower() in AUDIO_SUFFIXES:
            yield entry
