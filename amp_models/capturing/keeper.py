"""A capture in the making, kept in files: for an interrupted one to go on from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from amp_models.learning.checkpoint import load_progress, save_progress
from amp_models.learning.training import Trainer
from mixassist.errors import AudioError, Finding


@dataclass
class Keeper:
    """Keeps the training of one network in a file; `identity` says what is trained on what."""

    trainer: Trainer
    path: Path
    identity: str
    has_failed: bool = field(default=False, init=False)

    def load(self) -> None:
        """Goes on from the file, if there is one.

        Raises:
            CaptureError: when the file is damaged, or holds another training.
        """
        if self.path.exists():
            load_progress(self.trainer, self.path, self.identity)

    def save(self) -> tuple[Finding, ...]:
        """What is worth knowing: that it cannot be written, the first time; no reason to end a healthy training."""
        try:
            save_progress(self.trainer, self.path, self.identity)
        except (AudioError, OSError) as error:
            if self.has_failed:
                return ()
            self.has_failed = True
            message = f"{error}; the training goes on, but what it learns from here on is lost if it is interrupted"
            return (Finding("not-kept", "warning", message),)
        return ()
