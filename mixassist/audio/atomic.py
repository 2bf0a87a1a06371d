"""Files that appear whole or not at all: written beside their place under a temporary name, then renamed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mixassist.errors import AudioError


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path in the same folder that becomes `path` on a clean exit and vanishes on any other.

    The folder is created. The suffix is kept, for libraries that choose their format by it.

    Raises:
        AudioError: when the folder cannot be created or written, or the disk is full.
    """
    final = Path(path)
    temporary = temporary_path(final)
    with disk_errors(final):
        final.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            os.replace(temporary, final)
        finally:
            temporary.unlink(missing_ok=True)


def temporary_path(final: Path) -> Path:
    """`.<name>.<pid>.part<suffix>` beside `final`; long names are shortened to what file systems take."""
    stem = final.stem.encode()[:200].decode(errors="ignore")
    return final.with_name(f".{stem}.{os.getpid()}.part{final.suffix}")


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turns the system's refusal to write `path` into one line with the folder and its free space."""
    try:
        yield
    except OSError as error:
        raise AudioError(f"{path.name} cannot be written to {path.parent} ({_reason(path, error)})") from error


def _reason(path: Path, error: OSError) -> str:
    cause = error.strerror or str(error)
    folder = next(folder for folder in (path.parent, *path.absolute().parents) if folder.is_dir())
    n_free_mb = shutil.disk_usage(folder).free // 2**20
    return f"{cause}; {n_free_mb} MB free): free some space or choose another folder with -o"
