"""Mixes as files: what the advice sounds like, and a pair to compare at equal loudness."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.audio.files import probe_audio, read_blocks
from mixassist.audio.writer import AudioWriter, Encoding
from mixassist.dsp.decibels import amplitude_to_db
from mixassist.dsp.loudness import LoudnessMeter
from mixassist.errors import Finding
from mixassist.suggest.advice import MixAdvice
from mixassist.suggest.master_files import Pair, pair_paths
from mixassist.suggest.mix_chain import MixChain, mix_chain_of
from mixassist.suggest.mix_render import mix_rate, render_mix

Tell = Callable[[float], None]
"""Hears how much is done, 0 to 1."""


def write_mix(files: Mapping[str, Path], advice: MixAdvice, out: Path, tell: Tell) -> tuple[Finding, ...]:
    """Writes the mix of tracks, given by name, as the advice makes it, in 24 bits; finds what did not fit into them.

    Raises:
        AudioError: when a track cannot be read or the file not be written.
    """
    rate = mix_rate(list(files.values()))
    seconds = max(probe_audio(file).seconds for file in files.values())
    blocks = _told(render_mix(files, mix_chain_of(advice), rate), seconds * rate, tell)
    with AudioWriter(out, rate, 2, Encoding("wav", "24")) as writer:
        for block in blocks:
            writer.write(block)
    if not writer.n_clipped:
        return ()
    over_db = float(amplitude_to_db(writer.peak))
    text = f"{writer.n_clipped} samples of {out.name} are clipped, by up to {over_db:.1f} dB: turn the bus down by that"
    return (Finding("clipped-mix", "warning", text),)


def write_mix_pair(files: Mapping[str, Path], mix: Path, tell: Tell) -> Pair:
    """Writes the plain sum of the tracks and the rendered mix, both as loud as the quieter one and without clipping.

    Raises:
        AudioError: when a file cannot be read or written.
    """
    rate = probe_audio(mix).rate

    def before() -> Iterator[Samples]:
        return render_mix(files, MixChain(), rate)

    def after() -> Iterator[Samples]:
        return read_blocks(mix)

    levels = [_loudness_and_peak(source(), rate) for source in (before, after)]
    common_lufs = min((lufs - max(peak_db, 0.0) for lufs, peak_db in levels if lufs is not None), default=None)
    pair = pair_paths(mix)
    for part, (source, (lufs, _), path) in enumerate(zip((before, after), levels, pair, strict=True), start=1):
        gain = 1.0 if common_lufs is None or lufs is None else 10 ** ((common_lufs - lufs) / 20)
        with AudioWriter(path, rate, 2, Encoding("wav", "24")) as writer:
            for block in source():
                writer.write((block * np.float32(gain)).astype(np.float32))
        tell(part / 2)
    return Pair(*pair, common_lufs)


def _loudness_and_peak(blocks: Iterable[Samples], rate: int) -> tuple[float | None, float]:
    """Integrated loudness, and the highest sample in dBFS."""
    meter, peak = LoudnessMeter(rate, 2), 0.0
    for block in blocks:
        meter.update(block)
        peak = max(peak, float(np.abs(block).max(initial=0.0)))
    return meter.loudness().integrated_lufs, float(amplitude_to_db(peak))


def _told(blocks: Iterable[Samples], n_frames: float, tell: Tell) -> Iterator[Samples]:
    """The blocks, and a word for each on how far they are."""
    n_done = 0
    for block in blocks:
        yield block
        n_done += block.shape[1]
        tell(min(n_done / n_frames, 1.0))
