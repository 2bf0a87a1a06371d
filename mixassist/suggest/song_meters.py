"""All meters of a song in one pass over its blocks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.audio.checks import AudioChecker
from mixassist.dsp.decibels import amplitude_to_db, power_to_db
from mixassist.dsp.dynamics import LevelMeter, plr_db, psr_db
from mixassist.dsp.long_term_spectrum import SpectrumMeter
from mixassist.dsp.loudness import LoudnessMeter
from mixassist.dsp.stereo import stereo_image
from mixassist.dsp.third_octaves import NOMINAL_HZ, third_octave_powers
from mixassist.dsp.true_peak import TruePeakMeter
from mixassist.suggest.genre import GenreEar
from mixassist.suggest.genre_model import GenreModel
from mixassist.suggest.inspection import BandLevel, Dynamics, Inspection
from mixassist.suggest.listening import Listener
from mixassist.suggest.pieces import PieceStream
from mixassist.suggest.song_findings import length_findings, peak_findings, stereo_findings, with_cures
from mixassist.suggest.tempo_and_key import TempoAndKeyEar


@dataclass(frozen=True)
class MeterOptions:
    """What samples do not tell: whether a lossy codec made them; and who tells genres, the shipped model if None."""

    is_lossy: bool = False
    genres: GenreModel | None = None


class SongMeters:
    """Measures blocks [C, n] of one or two channels; memory grows by some 10 kB for each second of song."""

    def __init__(self, rate: int, n_channels: int, options: MeterOptions = MeterOptions()) -> None:
        self.rate = rate
        self.n_channels = n_channels
        self.options = options
        self._checker = AudioChecker(rate, n_channels)
        self._loudness = LoudnessMeter(rate, n_channels)
        self._peak = TruePeakMeter(rate, n_channels)
        self._level = LevelMeter(rate, n_channels)
        self._spectrum = SpectrumMeter(rate, n_channels)
        self._pieces = PieceStream(rate)
        self._tempo_and_key, self._genre = TempoAndKeyEar(), GenreEar()
        self._listener = Listener((self._tempo_and_key, self._genre))

    def update(self, samples: Samples) -> None:
        """Takes the next block [C, n]."""
        for meter in (self._checker, self._loudness, self._peak, self._level, self._spectrum):
            meter.update(samples)
        self._listener.hear(self._pieces.process(samples))

    def finish(self, song: Path) -> Inspection:
        """What all blocks measure; nothing may follow."""
        self._listener.hear(self._pieces.flush())
        loudness, levels, spectrum = self._loudness.loudness(), self._level.levels(), self._spectrum.spectrum()
        true_peak_dbtp = float(amplitude_to_db(self._peak.peak))
        bands = self._band_levels(spectrum.powers.mean(axis=0), spectrum.bin_hz)
        stereo = stereo_image(spectrum) if self.n_channels == 2 else None
        psr = psr_db(self._peak.hop_peaks, loudness)
        dynamics = Dynamics(
            true_peak_dbtp=true_peak_dbtp,
            n_clipped_runs=self._checker.n_clipped_runs,
            plr_db=plr_db(true_peak_dbtp, loudness),
            psr_min_db=None if np.isnan(psr).all() else float(np.nanmin(psr)),
        )
        findings = chain(
            with_cures(self._checker.findings()),
            peak_findings(true_peak_dbtp, self.options.is_lossy),
            length_findings(loudness),
            stereo_findings(stereo, levels, bands) if stereo else (),
        )
        self._listener.finish()
        return Inspection(
            song=song,
            rate=self.rate,
            n_channels=self.n_channels,
            seconds=self._checker.n_frames / self.rate,
            loudness=loudness,
            dynamics=dynamics,
            levels=levels,
            spectrum=bands,
            stereo=stereo,
            music=self._tempo_and_key.tell(),
            findings=tuple(findings),
            genre=self._genre.tell(self.options.genres),
        )

    def _band_levels(self, powers: np.ndarray, bin_hz: float) -> tuple[BandLevel, ...]:
        """The third octaves centred below half the rate."""
        levels_db = power_to_db(third_octave_powers(powers, bin_hz))
        return tuple(
            BandLevel(hz, float(level_db))
            for hz, level_db in zip(NOMINAL_HZ, levels_db, strict=True)
            if hz < self.rate / 2
        )
