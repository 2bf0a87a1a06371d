"""`MasterSong`: a song that a master hears again and again, as it is and through one chain after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from mixassist.audio.buffer import AudioBuffer, Samples
from mixassist.audio.files import open_audio, probe_audio
from mixassist.errors import AudioError
from mixassist.suggest.master_chain import MasterChain
from mixassist.suggest.master_profile import MasterProfile, measure_profile
from mixassist.suggest.render import render_blocks
from mixassist.suggest.sections import Section, SectionMeter

MAX_CHANNELS = 2


@dataclass(frozen=True)
class MasterSong:
    """A song in mono or stereo, whose blocks [C, n] can be had from the start as often as wanted."""

    name: str
    rate: int
    n_channels: int
    opened: Callable[[], AbstractContextManager[Iterable[Samples]]]

    def heard(self, chain: MasterChain | None = None) -> MasterProfile:
        """The profile of the song, after a chain if one is given.

        Raises:
            AudioError: when it cannot be read, or is silent without a chain.
        """
        with self.opened() as blocks:
            through = render_blocks(blocks, self.rate, chain) if chain else blocks
            profile = measure_profile(through, self.rate, self.n_channels)
        return profile if chain else self._audible(profile)

    def laid_out(self) -> tuple[MasterProfile, tuple[Section, ...]]:
        """The profile of the song and its sections.

        Raises:
            AudioError: when it cannot be read, or is silent.
        """
        meter = SectionMeter(self.rate, self.n_channels)
        with self.opened() as blocks:
            profile = measure_profile(meter.overhear(blocks), self.rate, self.n_channels)
        return self._audible(profile), meter.sections()

    def _audible(self, profile: MasterProfile) -> MasterProfile:
        if profile.lufs is None:
            raise AudioError(f"{self.name} is silent or shorter than 0.4 s: give a song with sound")
        return profile


def song_in_file(path: Path) -> MasterSong:
    """The song in a file.

    Raises:
        AudioError: when it cannot be read, or has more than two channels.
    """
    info = probe_audio(path)
    if info.n_channels > MAX_CHANNELS:
        raise AudioError(f"{path.name} has {info.n_channels} channels: fold it down to stereo or mono first")

    @contextmanager
    def opened() -> Iterator[Iterable[Samples]]:
        with open_audio(path) as source:
            yield source.blocks

    return MasterSong(path.name, info.rate, info.n_channels, opened)


def song_in_memory(name: str, audio: AudioBuffer) -> MasterSong:
    """Samples that are at hand, as a song."""
    return MasterSong(name, audio.rate, audio.n_channels, lambda: nullcontext([audio.samples]))
