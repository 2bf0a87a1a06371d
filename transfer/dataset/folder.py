"""The folder of a data set, which is filled under another name and takes its place when it is whole."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mixassist.audio.atomic import disk_errors
from mixassist.errors import OptionError
from transfer.credit_ledger import LEDGER
from transfer.dataset.manifest import MANIFEST

SEGMENTS, AUDITION = "segments", "audition"
PICTURE = "coverage.png"
CARD = "README.md"
CROISSANT = "croissant.json"
OURS = (MANIFEST, LEDGER, SEGMENTS, AUDITION, PICTURE, CARD, CROISSANT)


def check_folder(folder: Path) -> None:
    """Refuses a folder that holds anything but a data set: what lies in it would be replaced.

    Raises:
        OptionError: when it does.
    """
    if folder.exists() and not folder.is_dir():
        raise OptionError(f"{folder} is a file: name a folder for the data set")
    strangers = sorted(entry.name for entry in folder.iterdir() if entry.name not in OURS) if folder.is_dir() else []
    if strangers:
        raise OptionError(f"{folder} holds {strangers[0]}, which is no part of a data set: name a folder of its own")


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """A folder beside `folder` whose entries move into it on a clean exit, the manifest last; else it vanishes.

    Raises:
        AudioError: when the folder cannot be made or written to.
    """
    with disk_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        staging.chmod(0o755)
        yield staging
        with disk_errors(folder):
            _move_in(staging, folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _move_in(staging: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)
    for name in OURS:
        if (folder / name).is_dir():
            shutil.rmtree(folder / name)
        elif not (staging / name).exists():
            (folder / name).unlink(missing_ok=True)
    for name in (*(name for name in OURS if name != MANIFEST), MANIFEST):
        if (staging / name).exists():
            (staging / name).replace(folder / name)
