"""`inspect`: what a finished song measures, with findings.

Task: loudness, peaks, dynamics, spectrum against the genre's, stereo, tempo, key and genre of a song of any length.
Conventions: None stands for what a song does not tell: the loudness of silence, the tempo of a drone. Levels end
at -120 dB.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mixassist.audio.files import open_audio
from mixassist.errors import Finding

if TYPE_CHECKING:
    from mixassist.dsp.dynamics import Levels
    from mixassist.dsp.loudness import Loudness
    from mixassist.dsp.stereo import Stereo
    from mixassist.suggest.genre_model import GenreGuess
    from mixassist.suggest.tempo_and_key import TempoAndKey


@dataclass(frozen=True)
class BandLevel:
    """Power in the third octave around `hz`, averaged over time and channels; a sine at full scale has -3 dB.

    `target_db` is the tone of the song's genre moved to the song's level, and `spread_db` how far finished songs lie
    around it (one standard deviation); None where no tone is known.
    """

    hz: float
    level_db: float
    target_db: float | None = None
    spread_db: float | None = None


@dataclass(frozen=True)
class Dynamics:
    """Peaks against loudness.

    Attributes:
        true_peak_dbtp: the highest peak, also between samples.
        n_clipped_runs: runs of samples at full scale.
        plr_db: true peak over integrated loudness.
        psr_min_db: true peak over short-term loudness in the densest 3 s.
    """

    true_peak_dbtp: float
    n_clipped_runs: int
    plr_db: float | None
    psr_min_db: float | None


@dataclass(frozen=True, eq=False)
class Inspection:
    """What a song measures; `stereo` is None for mono, `genre` for what is too short or silent to sound like any."""

    song: Path
    rate: int
    n_channels: int
    seconds: float
    loudness: Loudness
    dynamics: Dynamics
    levels: Levels
    spectrum: tuple[BandLevel, ...]
    stereo: Stereo | None
    music: TempoAndKey
    findings: tuple[Finding, ...]
    genre: GenreGuess | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers for JSON, without the loudness over time."""
        loudness = {name: value for name, value in vars(self.loudness).items() if name != "short_term_lufs"}
        return {
            "song": str(self.song),
            "rate": self.rate,
            "channels": self.n_channels,
            "seconds": self.seconds,
            "loudness": loudness,
            "dynamics": asdict(self.dynamics),
            "levels": asdict(self.levels),
            "spectrum": [asdict(band) for band in self.spectrum],
            "stereo": None if self.stereo is None else asdict(self.stereo),
            "music": asdict(self.music),
            "genre": None if self.genre is None else self.genre.to_dict(),
            "findings": [finding.to_dict() for finding in self.findings],
        }


def inspect(song: str | os.PathLike[str], genre_model: str | os.PathLike[str] | None = None) -> Inspection:
    """What the song measures. Memory does not grow with its length but for some 10 kB a second.

    Args:
        song: the file.
        genre_model: a file of one's own genres to guess by; the shipped model if not given.

    Raises:
        AudioError: when the file cannot be read, has more than two channels, or a rate below 4 kHz.
        ModelError: when the model of genres cannot be used.
    """
    from mixassist.suggest.genre_model import load_genre_model
    from mixassist.suggest.song_file import require_song
    from mixassist.suggest.song_meters import MeterOptions, SongMeters
    from mixassist.suggest.song_target import with_target

    genres = load_genre_model(None if genre_model is None else Path(genre_model))
    with open_audio(song) as source:
        info = source.info
        require_song(info)
        meters = SongMeters(info.rate, info.n_channels, MeterOptions(info.bit_depth is None, genres))
        for block in source.blocks:
            meters.update(block)
    return with_target(meters.finish(info.path))
