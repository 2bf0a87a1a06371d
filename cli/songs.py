"""Which songs are meant, and where each one's stems go."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

from mixassist.errors import AudioError

AUDIO_SUFFIXES = frozenset(
    {".wav", ".wave", ".bwf", ".rf64", ".w64", ".aif", ".aiff", ".aifc", ".au", ".caf", ".flac"}
    | {".mp3", ".m4a", ".mp4", ".aac", ".ogg", ".oga", ".opus", ".wma", ".ac3"}
)


def collect_songs(paths: Sequence[Path]) -> list[Path]:
    """The songs among `paths`, each once and in order; folders are walked for audio files.

    Raises:
        AudioError: when nothing is left.
    """
    songs = [song for path in paths for song in (_walk(path) if path.is_dir() else [path])]
    if not songs:
        raise AudioError(f"{', '.join(map(str, paths))} holds no audio files: name songs, or a folder with songs")
    return list(dict.fromkeys(songs))


def plan_folders(songs: Sequence[Path], root: Path) -> dict[Path, Path]:
    """A folder of its own under `root` for each song: its name without the extension.

    A later song of the same name gets its extension appended (`song`, `song-mp3`), then a number.
    """
    folders: dict[Path, Path] = {}
    for song in songs:
        folders[song] = next(root / name for name in _names(song) if root / name not in folders.values())
    return folders


def _names(song: Path) -> Iterator[str]:
    with_suffix = f"{song.stem}-{song.suffix.lstrip('.')}"
    yield song.stem
    yield with_suffix
    yield from (f"{with_suffix}-{number}" for number in itertools.count(2))


def _walk(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in AUDIO_SUFFIXES and path.is_file())
