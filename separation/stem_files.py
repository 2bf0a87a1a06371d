"""Writes the stems of one song and what they leave over, so that the files sum to the song.

Task: stem blocks to files under temporary names, the residual = mixture - sum of the stems *as written* beside them.

Conventions: blocks [C, n]. With integer output every stem is rounded first and the residual is taken on the same grid,
so for integer input the files sum to the song bit for bit. A residual that is zero throughout is not written.
With two stems the rest is no residual but the second stem (`no_vocals`), and always written.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.info import AudioInfo
from mixassist.audio.writer import AudioWriter, Encoding
from mixassist.errors import Finding

Floats = NDArray[np.float32]

RESIDUAL = "residual"

N_WRITING_THREADS = 2
"""Files written side by side: each rounds and encodes by itself."""


class StemFiles:
    """Open files for the named stems of a song in `folder`; they appear together when the song is done."""

    def __init__(self, folder: Path, names: tuple[str, ...], info: AudioInfo, encoding: Encoding, rest: str) -> None:
        self._folder = folder
        self._info = info
        self._encoding = encoding
        self._files = ExitStack()
        self._writers = [self._writer(name, seed) for seed, name in enumerate(names)]
        self._rest_name = rest
        self._rest: AudioWriter | None = None
        self._n_silent = 0
        self._error_energy = 0.0
        self._mix_energy = 0.0

    def __enter__(self) -> StemFiles:
        with ExitStack() as opening:
            for writer in self._writers:
                opening.enter_context(writer)
            if self._rest_name != RESIDUAL:
                self._rest = opening.enter_context(self._writer(self._rest_name, len(self._writers)))
            self._files = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._files.__exit__(kind, error, traceback)

    def write(self, mix: Floats, stems: Floats) -> None:
        """Appends a block of the mixture [C, n] and of the stems [S, C, n]."""
        written = np.zeros(mix.shape, dtype=np.float64)
        with ThreadPoolExecutor(N_WRITING_THREADS) as pool:
            for part in pool.map(AudioWriter.write, self._writers, stems):
                written += part
        kept = self._write_rest((mix - written).astype(np.float32))
        self._error_energy += float(np.sum(np.square(mix - written - kept)))
        self._mix_energy += float(np.sum(np.square(mix, dtype=np.float64)))

    def finish(self) -> None:
        """Completes all files before the first of them takes its name.

        Raises:
            AudioError: when the disk is full; nothing is left then.
        """
        for writer in self._open_writers():
            writer.finish()

    @property
    def sum_error_db(self) -> float | None:
        """Stems + residual against the mixture, in dB below it; None where they are equal to the last bit."""
        if self._error_energy == 0.0:
            return None
        return float(10 * np.log10(self._error_energy / max(self._mix_energy, np.finfo(np.float64).tiny)))

    @property
    def paths(self) -> tuple[Path, ...]:
        return tuple(writer.path for writer in self._open_writers())

    def findings(self) -> tuple[Finding, ...]:
        """Files whose samples went past full scale, and what a lossy container does to the sum."""
        clipping = tuple(_clipping(writer) for writer in self._open_writers() if writer.n_clipped)
        return (*clipping, *_loss(self._encoding.container))

    def _open_writers(self) -> list[AudioWriter]:
        return self._writers if self._rest is None else [*self._writers, self._rest]

    def _writer(self, name: str, seed: int) -> AudioWriter:
        path = self._folder / f"{name}.{self._encoding.container}"
        return AudioWriter(path, self._info.rate, self._info.n_channels, self._encoding, seed)

    def _write_rest(self, rest: Floats) -> Floats:
        """Writes what the stems leave, from its first block on that is not silent, with the silence before it."""
        if self._rest is None and not rest.any():
            self._n_silent += rest.shape[1]
            return rest
        if self._rest is None:
            self._rest = self._files.enter_context(self._writer(self._rest_name, len(self._writers)))
            self._write_silence(self._rest, np.zeros_like(rest))
        return self._rest.write(rest)

    def _write_silence(self, writer: AudioWriter, silence: Floats) -> None:
        while self._n_silent:
            n_frames = min(silence.shape[1], self._n_silent)
            writer.write(silence[:, :n_frames])
            self._n_silent -= n_frames


def _loss(container: str) -> tuple[Finding, ...]:
    if container not in ("mp3", "ogg"):
        return ()
    message = f"{container} is lossy: stems and residual add up to the song before encoding, the files only nearly so"
    return (Finding("lossy-output", "info", message),)


def _clipping(writer: AudioWriter) -> Finding:
    peak_db = 20 * np.log10(writer.peak)
    message = (
        f"{writer.path.name} clips: {writer.n_clipped} samples beyond full scale, peak {peak_db:+.1f} dBFS:"
        " --bit-depth 32f keeps everything"
    )
    return Finding("output-clipped", "warning", message)
