"""Files that appear whole or not at all: written beside their place under a temporary name, then renamed."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mixassist.errors import AudioError

DISK_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
N_NAME_BYTES = 200
"""File systems take 255 bytes; the temporary name adds its own to these."""


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside `path` that takes its name on a clean exit, and vanishes on any other.

    Missing folders are created. The suffix stays, for libraries that choose their format by it.

    Raises:
        AudioError: when the folder cannot be created or written to, or the disk is full.
    """
    final = Path(path)
    temporary = _temporary_path(final)
    with disk_errors(final):
        final.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield temporary
        with disk_errors(final):
            temporary.replace(final)
    except OSError as error:
        if error.errno in DISK_FULL or error.filename == str(temporary):
            raise _refused(final, error) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turns the system's refusal to write `path` into one line with the folder and its free space.

    Raises:
        AudioError: for any OSError inside.
    """
    try:
        yield
    except OSError as error:
        raise _refused(path, error) from error


def _temporary_path(final: Path) -> Path:
    stem = final.stem.encode(errors="replace")[:N_NAME_BYTES].decode(errors="ignore")
    return final.with_name(f".{stem}.{os.getpid()}.part{final.suffix}")


def _refused(path: Path, error: OSError) -> AudioError:
    folder = path.absolute().parent
    n_free_mb = shutil.disk_usage(next(place for place in (folder, *folder.parents) if place.is_dir())).free // 2**20
    reason = error.strerror or str(error)
    return AudioError(
        f"{path.name} cannot be written to {folder} ({reason}, {n_free_mb} MB free): "
        "make room, or choose another folder with -o"
    )
