"""`SeparationOptions`: everything a person may decide about a separation, with the defaults."""

from __future__ import annotations

from dataclasses import dataclass, field

from mixassist.audio.info import AudioInfo
from mixassist.audio.writer import BitDepth, Container, Encoding, encoding_like
from mixassist.errors import OptionError
from mixassist.runtime.candidates import candidates_for
from separation.lanes import LaneOptions
from separation.model import check_stems


@dataclass(frozen=True)
class SeparationOptions:
    """What to separate into, with which model and engine, and how to write it.

    `stems` None means all; `two_stems` writes that stem and everything else (`no_<stem>`). `bit_depth` None follows
    the input (24 where it is lossy). `n_threads` is how many threads the network may use.
    """

    model: str = "auto"
    stems: tuple[str, ...] | None = None
    two_stems: str | None = None
    container: Container = "wav"
    bit_depth: BitDepth | None = None
    engine: str = "auto"
    precision: str = "auto"
    n_threads: int = 2
    lanes: LaneOptions = field(default_factory=LaneOptions)

    def __post_init__(self) -> None:
        if self.stems is not None and self.two_stems is not None:
            raise OptionError("--stems and --two-stems were both given: choose one")
        if self.stems is not None and len(set(self.stems)) != len(self.stems):
            raise OptionError(f"--stems {','.join(self.stems)} names a stem twice: name each once")
        self.encoding_for(None)
        candidates_for(self.engine, self.precision)

    def encoding_for(self, info: AudioInfo | None) -> Encoding:
        """Container and depth of the output for an input."""
        return encoding_like(info, self.container, self.bit_depth)

    @property
    def named_stems(self) -> tuple[str, ...]:
        """The stems asked for by name, none where all are meant."""
        return (self.two_stems,) if self.two_stems is not None else self.stems or ()

    def wanted_stems(self, model_name: str, available: tuple[str, ...]) -> tuple[str, ...]:
        """The stems the network must estimate.

        Raises:
            OptionError: for a stem the model does not have.
        """
        wanted = self.named_stems or available
        check_stems(wanted, model_name, available)
        return wanted
