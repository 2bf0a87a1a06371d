"""What commands share that take something away from recordings: names of files, and what is said of nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.recordings import RecordingCommand
from separation.removal import OnSeconds, RemovalJob
from separation.removal_report import RemovalReport

if TYPE_CHECKING:
    from mixassist.audio.writer import BitDepth


@dataclass(frozen=True)
class RemovalFiles:
    """Which files are made of a recording, and how.

    Attributes:
        name: of the command; reports and pictures are called after it.
        kept: what is left is called this, in names of files.
        taken: what is taken is called this; None where it is not wanted.
        draw: whether there is a picture.
        settings: every choice that decides the output, strength and depth too: files made otherwise are not done.
        strength: share of what is found that is taken.
        bit_depth: of the files; None follows the recording.
    """

    name: str
    kept: str
    taken: str | None
    draw: bool
    settings: Mapping[str, Any]
    strength: float
    bit_depth: BitDepth | None

    def job(self, recording: Path, place: Path) -> RemovalJob:
        """What is to be made of a recording, `place` being the path of its files without their endings."""

        def named(ending: str) -> Path:
            return place.with_name(f"{place.name}.{ending}")

        return RemovalJob(
            recording=recording,
            kept=named(f"{self.kept}.wav"),
            taken=None if self.taken is None else named(f"{self.taken}.wav"),
            report=named(f"{self.name}.json"),
            picture=named(f"{self.name}.png") if self.draw else None,
            strength=self.strength,
            bit_depth=self.bit_depth,
            settings=self.settings,
        )


def removal_command(
    files: RemovalFiles, run: Callable[[RemovalJob, OnSeconds], RemovalReport]
) -> RecordingCommand[RemovalJob, RemovalReport]:
    """The command that makes these files by `run`."""
    return RecordingCommand(files.job, run, RemovalReport)


def nothing_taken(report: RemovalReport, what: str) -> str:
    """Why nothing was taken, in words: there is no `what`, or none was to be taken."""
    return f"no {what} found" if report.settings["strength"] else f"no {what} taken away at strength 0"
