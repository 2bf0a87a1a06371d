"""Masters as files: the rendered song, and a pair to compare at equal loudness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mixassist.audio.files import probe_audio, read_blocks
from mixassist.audio.writer import AudioWriter, BitDepth, Encoding
from mixassist.dsp.decibels import amplitude_to_db
from mixassist.dsp.loudness import LoudnessMeter
from mixassist.errors import Finding
from mixassist.suggest.advice import MasterAdvice
from mixassist.suggest.master_chain import chain_of
from mixassist.suggest.render import render_blocks


@dataclass(frozen=True)
class Pair:
    """Two files of the same loudness: the song as it was, and the master; the louder of them was turned down."""

    before: Path
    after: Path
    lufs: float | None

    def to_dict(self) -> dict[str, str | float | None]:
        return {"before": str(self.before), "after": str(self.after), "lufs": self.lufs}


def render_master(song: Path, advice: MasterAdvice, out: Path) -> tuple[Finding, ...]:
    """Writes the song as the advice makes it: its rate, channels and length, in 24 bits, or in floats if those clip.

    Returns:
        `would-clip`, where 24 bits did not hold it.

    Raises:
        AudioError: when the song cannot be read or the file not be written.
    """
    info, chain = probe_audio(song), chain_of(advice.suggestions)

    def written(depth: BitDepth) -> AudioWriter:
        with AudioWriter(out, info.rate, info.n_channels, Encoding("wav", depth)) as writer:
            for block in render_blocks(read_blocks(song), info.rate, chain):
                writer.write(block)
        return writer

    writer = written("24")
    if not writer.n_clipped:
        return ()
    written("32f")
    over_db = float(amplitude_to_db(writer.peak))
    text = (
        f"{writer.n_clipped} samples pass full scale by up to {over_db:.1f} dB: {out.name} keeps them as 32-bit floats"
    )
    return (Finding("would-clip", "warning", f"{text}, turn it down before it becomes integers"),)


def pair_paths(out: Path) -> tuple[Path, Path]:
    """Where the pair of a rendered master goes: beside it."""
    return out.with_name(f"{out.stem}.before.wav"), out.with_name(f"{out.stem}.after.wav")


def write_pair(song: Path, master: Path) -> Pair:
    """Writes the song and its master, both as loud as the quieter one and without clipping, for louder seems better.

    Raises:
        AudioError: when one of them cannot be read or written.
    """
    sources, pair = (song, master), pair_paths(master)
    levels = [_loudness_and_peak(path) for path in sources]
    gains_db, lufs = _even_gains_db(levels)
    for source, gain_db, path in zip(sources, gains_db, pair, strict=True):
        info, gain = probe_audio(source), np.float32(10 ** (gain_db / 20))
        with AudioWriter(path, info.rate, info.n_channels, Encoding("wav", "24")) as writer:
            for block in read_blocks(source):
                writer.write((block * gain).astype(np.float32))
    return Pair(*pair, lufs)


def _even_gains_db(levels: Sequence[tuple[float | None, float]]) -> tuple[list[float], float | None]:
    """Gains that bring loudnesses in LUFS and peaks in dBFS to one loudness, none above full scale; and that loudness.

    What is too soft to have a loudness is turned down by its own peak alone.
    """
    common = min((lufs - max(peak_db, 0.0) for lufs, peak_db in levels if lufs is not None), default=None)
    gains_db = [-max(peak_db, 0.0) if lufs is None or common is None else common - lufs for lufs, peak_db in levels]
    return gains_db, common


def _loudness_and_peak(path: Path) -> tuple[float | None, float]:
    """Integrated loudness, and the highest sample in dBFS."""
    info, peak = probe_audio(path), 0.0
    meter = LoudnessMeter(info.rate, info.n_channels)
    for block in read_blocks(path):
        meter.update(block)
        peak = max(peak, float(np.abs(block).max(initial=0.0)))
    return meter.loudness().integrated_lufs, float(amplitude_to_db(peak))
