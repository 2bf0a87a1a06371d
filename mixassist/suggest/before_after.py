"""What a song or a mix is like before and after its advice, as curves: for reports to show.

Conventions: spectra are levels in third octaves [31], loudness is that of 3 s, every 0.1 s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mixassist.audio.buffer import Samples
from mixassist.audio.files import probe_audio, read_blocks
from mixassist.dsp.decibels import power_to_db
from mixassist.dsp.hops import Floats
from mixassist.dsp.long_term_spectrum import SpectrumMeter
from mixassist.dsp.loudness import Loudness, LoudnessMeter
from mixassist.dsp.third_octaves import third_octave_powers
from mixassist.suggest.advice import GenreUsed, MasterAdvice, MixAdvice
from mixassist.suggest.master_chain import chain_of
from mixassist.suggest.mix_chain import MixChain, mix_chain_of
from mixassist.suggest.mix_render import mix_rate, render_mix
from mixassist.suggest.render import render_blocks
from mixassist.suggest.sections import Section
from mixassist.suggest.style import ToneCurve
from mixassist.suggest.style_files import blend_by_probability


@dataclass(frozen=True, eq=False)
class SongCurves:
    """Levels [31] of the third octaves, mean over channels, and loudness over time."""

    name: str
    levels_db: Floats
    loudness: Loudness


@dataclass(frozen=True, eq=False)
class BeforeAfter:
    """A song before and after its advice, the tone of its genre, the reference if it has one, and its sections."""

    before: SongCurves
    after: SongCurves
    tone: ToneCurve
    reference: SongCurves | None = None
    sections: tuple[Section, ...] = ()


def master_curves(advice: MasterAdvice, song: Path, reference: Path | None = None) -> BeforeAfter:
    """The song as it is and as the advice makes it.

    Raises:
        AudioError: when a file cannot be read.
    """
    info = probe_audio(song)
    rendered = render_blocks(read_blocks(song), info.rate, chain_of(advice.suggestions))
    return BeforeAfter(
        before=_of_file("before", song),
        after=_measured("after", rendered, info.rate, info.n_channels),
        tone=_tone(advice.genre),
        reference=None if reference is None else _of_file(reference.name, reference),
        sections=advice.sections,
    )


def mix_curves(advice: MixAdvice, files: Mapping[str, Path]) -> BeforeAfter:
    """The plain sum of the tracks, and the mix as the advice makes it.

    Raises:
        AudioError: when a track cannot be read.
    """
    rate = mix_rate(list(files.values()))
    before, after = (render_mix(files, chain, rate) for chain in (MixChain(), mix_chain_of(advice)))
    return BeforeAfter(_measured("before", before, rate, 2), _measured("after", after, rate, 2), _tone(advice.genre))


def _of_file(name: str, path: Path) -> SongCurves:
    info = probe_audio(path)
    return _measured(name, read_blocks(path), info.rate, info.n_channels)


def _measured(name: str, blocks: Iterable[Samples], rate: int, n_channels: int) -> SongCurves:
    spectrum, loudness = SpectrumMeter(rate, n_channels), LoudnessMeter(rate, n_channels)
    for block in blocks:
        spectrum.update(block)
        loudness.update(block)
    found = spectrum.spectrum()
    powers = third_octave_powers(found.powers.mean(axis=0), found.bin_hz)
    return SongCurves(name, power_to_db(powers), loudness.loudness())


def _tone(genre: GenreUsed) -> ToneCurve:
    return blend_by_probability(genre.probabilities).tone
