"""Masters as files: the rendered song, and a pair to compare at equal loudness."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.audio.files import probe_audio, read_blocks
from mixassist.audio.writer import AudioWriter, Encoding
from mixassist.dsp.loudness import LoudnessMeter
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


def render_master(song: Path, advice: MasterAdvice, out: Path) -> None:
    """Writes the song as the advice makes it: its rate, channels and length, 24 bits.

    Raises:
        AudioError: when the song cannot be read or the file not be written.
    """
    info = probe_audio(song)
    _write(out, render_blocks(read_blocks(song), info.rate, chain_of(advice.suggestions)), info.rate, info.n_channels)


def pair_paths(out: Path) -> tuple[Path, Path]:
    """Where the pair of a rendered master goes: beside it."""
    return out.with_name(f"{out.stem}.before.wav"), out.with_name(f"{out.stem}.after.wav")


def write_pair(song: Path, master: Path) -> Pair:
    """Writes the song and its master at the loudness of the quieter one, for ears that take louder for better.

    Raises:
        AudioError: when one of them cannot be read or written.
    """
    loudness = [_lufs(path) for path in (song, master)]
    measured = [lufs for lufs in loudness if lufs is not None]
    common = min(measured) if len(measured) == 2 else None
    pair = pair_paths(master)
    for source, lufs, path in zip((song, master), loudness, pair, strict=True):
        info = probe_audio(source)
        gain = 1.0 if common is None or lufs is None else 10 ** ((common - lufs) / 20)
        scaled = ((block * np.float32(gain)).astype(np.float32) for block in read_blocks(source))
        _write(path, scaled, info.rate, info.n_channels)
    return Pair(*pair, common)


def _write(path: Path, blocks: Iterable[Samples], rate: int, n_channels: int) -> None:
    with AudioWriter(path, rate, n_channels, Encoding("wav", "24")) as writer:
        for block in blocks:
            writer.write(block)


def _lufs(path: Path) -> float | None:
    info = probe_audio(path)
    meter = LoudnessMeter(info.rate, info.n_channels)
    for block in read_blocks(path):
        meter.update(block)
    return meter.loudness().integrated_lufs
