"""`MasterSong`: a song that a master hears again and again, as it is and through one chain after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from mixassist.audio.buffer import AudioBuffer, Samples
from mixassist.audio.checks import AudioChecker
from mixassist.audio.files import open_audio, probe_audio
from mixassist.dsp.dynamics import LevelMeter
from mixassist.errors import AudioError, Finding
from mixassist.suggest.inspection import BandLevel
from mixassist.suggest.master_chain import MasterChain
from mixassist.suggest.master_profile import BANDS_HZ, MasterProfile, measure_profile
from mixassist.suggest.render import render_blocks
from mixassist.suggest.sections import Section, SectionMeter
from mixassist.suggest.song_findings import stereo_findings, with_cures

MAX_CHANNELS = 2


@dataclass(frozen=True, eq=False)
class FirstHearing:
    """What a song is before anything is done to it; its findings are faults that no master mends."""

    profile: MasterProfile
    sections: tuple[Section, ...]
    findings: tuple[Finding, ...]


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

    def first_heard(self) -> FirstHearing:
        """The song's profile, its sections, and what is wrong with its samples and channels.

        Raises:
            AudioError: when it cannot be read, or is silent.
        """
        sections = SectionMeter(self.rate, self.n_channels)
        checker, level = AudioChecker(self.rate, self.n_channels), LevelMeter(self.rate, self.n_channels)

        def overheard(blocks: Iterable[Samples]) -> Iterator[Samples]:
            for block in sections.overhear(blocks):
                checker.update(block)
                level.update(block)
                yield block

        with self.opened() as blocks:
            profile = self._audible(measure_profile(overheard(blocks), self.rate, self.n_channels))
        bands = [BandLevel(hz, float(db)) for hz, db in zip(BANDS_HZ, profile.spectrum_db, strict=True)]
        image = stereo_findings(profile.stereo, level.levels(), bands) if profile.stereo else ()
        return FirstHearing(profile, sections.sections(), (*with_cures(checker.findings()), *image))

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
