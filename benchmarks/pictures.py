"""Draws what a separation did: `python -m benchmarks.pictures SONG FOLDER_OF_STEMS PICTURE.png`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixassist import AudioBuffer, read_audio
from mixassist.dsp.spectrum import stft

N_FFT, HOP = 2048, 1024
RANGE_DB = 80
ORDER = ("drums", "bass", "other", "vocals", "residual")


def level_db(buffer: AudioBuffer) -> NDArray[np.float32]:
    """Spectrogram [F, K] of the mono mean, in dB relative to a full-scale sine."""
    magnitude = np.abs(stft(buffer.samples.mean(axis=0), N_FFT, HOP)) * (4 / N_FFT)
    return 20 * np.log10(magnitude + 1e-6)


def draw(song: Path, stems: Path, picture: Path) -> None:
    """Writes a picture of the song's spectrogram above those of its stems, all in one scale."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    paths = {path.stem: path for path in stems.iterdir() if path.suffix != ".json"}
    rows = {"song": song} | {name: paths[name] for name in ORDER if name in paths}
    figure, axes = pyplot.subplots(len(rows), 1, figsize=(11, 1.9 * len(rows)), sharex=True, layout="constrained")
    for axis, (name, path) in zip(axes, rows.items(), strict=True):
        buffer = read_audio(path)
        extent = (0.0, buffer.seconds, 0.0, buffer.rate / 2000)
        image = axis.imshow(
            level_db(buffer), origin="lower", aspect="auto", extent=extent, vmin=-RANGE_DB - 20, vmax=-20, cmap="magma"
        )
        axis.set_ylim(0, 12)
        axis.set_title(name, loc="left", fontsize="medium")
        axis.set_ylabel("kHz")
    axes[-1].set_xlabel("s")
    figure.colorbar(image, ax=axes, label="dBFS", fraction=0.02)
    figure.savefig(picture, dpi=80)


if __name__ == "__main__":
    draw(*map(Path, sys.argv[1:4]))
