"""`--record`: what is played live, kept in a file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.output import say
from mixassist.errors import OptionError

if TYPE_CHECKING:
    from mixassist.audio.live import LiveReport
    from mixassist.audio.live_card import Hear
    from mixassist.audio.live_desk import DeskOptions
    from mixassist.audio.live_take import Take
    from mixassist.audio.tags import FileTags
    from mixassist.audio.writer import AudioWriter

Record = Annotated[
    Path | None, typer.Option("--record", metavar="FILE", help="Keep what is played: .wav, .flac, .ogg or .mp3.")
]
Force = Annotated[bool, typer.Option(help="Overwrite an existing file.")]

BIT_DEPTHS = {"wav": "32f"}
"""Where a container holds them, floats: what was louder than full scale for a moment is not lost. Elsewhere 24 bits."""


class TakeFile:
    """The file that is played into, or none.

    Raises:
        OptionError: when the file exists and may not be replaced, or its name ends in no known way.
    """

    def __init__(self, path: Path | None, is_forced: bool, tags: FileTags) -> None:
        from mixassist.audio.writer import Encoding

        self.path = path
        self._take: Take | None = None
        self._writer: AudioWriter | None = None
        self._is_told = False
        if path is None:
            return
        if path.exists() and not is_forced:
            raise OptionError(f"{path} exists: name another file to --record to, or pass --force")
        container = path.suffix.lower().removeprefix(".")
        self._encoding = Encoding(container, BIT_DEPTHS.get(container, "24"), tags)  # type: ignore[arg-type]  # refuses

    @property
    def hear(self) -> Hear | None:
        """What is given the blocks that are played."""
        return None if self._take is None else self._take.hear

    @property
    def was_kept(self) -> bool:
        """Whether there is a file with something in it."""
        return self._writer is not None and self._writer.n_frames > 0 and self._writer.path.is_file()

    @contextlib.contextmanager
    def recorded(self, desk: DeskOptions) -> Iterator[None]:
        """Records inside the `with`."""
        from mixassist.audio.live_take import recorded
        from mixassist.audio.writer import AudioWriter

        if self.path is None:
            yield
            return
        self._writer = AudioWriter(self.path, desk.rate, desk.n_channels, self._encoding)
        with recorded(self._writer, desk.block) as self._take:
            yield

    def look(self, report: LiveReport) -> None:
        """Says so, once, when nothing is recorded any more."""
        if self._take is not None and self._take.has_failed and not self._is_told:
            self._is_told = True
            say(f"{self.path} is not written any more, the disk may be full; playing goes on")

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; nothing where nothing is recorded."""
        if self._writer is None or self._take is None:
            return {}
        writer = self._writer
        facts = {"frames": writer.n_frames, "n_lost": self._take.n_lost, "n_clipped": writer.n_clipped}
        return {"take": {"file": str(self.path), **facts}}

    def lines(self) -> list[str]:
        """For people: where it is, and what is wrong with it."""
        if self._writer is None or self._take is None:
            return []
        writer = self._writer
        lines = [f"{self.path}: {writer.n_frames / writer.rate:.1f} s"]
        if self._take.n_lost:
            lines.append(f"  warning: {self._take.n_lost} frames are silent in it: the disk was too slow")
        if writer.n_clipped:
            lines.append(f"  warning: {writer.n_clipped} samples were clipped: play more softly")
        return lines
