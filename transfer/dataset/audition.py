"""The folder of what was left out, for ears: the segments, and a text with the reason for each.

Nothing is lost: what should be in after all comes in with `--keep-outliers`, or by mending the recordings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from transfer.dataset.cutting import Draft
from transfer.dataset.folder import AUDITION, SEGMENTS

REASONS = "reasons.txt"


def audition_file(draft: Draft) -> str:
    """Where a segment lies that was left out."""
    return draft.file.replace(SEGMENTS, AUDITION, 1)


def set_aside(left_out: Sequence[Draft], reasons: Mapping[str, str], folder: Path) -> None:
    """Moves segments below `folder` to the audition, and writes why."""
    if not left_out:
        return
    (folder / AUDITION).mkdir()
    lines = []
    for draft in left_out:
        (folder / draft.file).rename(folder / audition_file(draft))
        name = Path(draft.file).name
        lines.append(f"{name}: {draft.recording} from {draft.start_s:.2f} s: {reasons[draft.file]}\n")
    (folder / AUDITION / REASONS).write_text("".join(lines), encoding="utf-8", errors="backslashreplace")
