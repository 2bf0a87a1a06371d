"""Draws what `lite` makes of three finished songs into docs: `python -m benchmarks.song_spectrograms [--data DATA]`.

Conventions: time runs to the right, octaves to the top; a picture's colours reach `RANGE_DB` down from the loudest bin
of the mixture, the same in all its rows, so that a stem's brightness is its part in the song.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixassist import AudioBuffer, read_audio
from mixassist.dsp.spectrum import stft
from separation import SeparationOptions, Separator
from separation.songs import STEMS

Floats = NDArray[np.float32]

ROOT = Path(__file__).resolve().parent.parent
N_FFT, HOP = 4096, 1024
LOWEST_HZ, HIGHEST_HZ = 40.0, 16000.0
N_ROWS, N_COLUMNS = 160, 620
RANGE_DB = 70.0
N_COLOURS = 128
TICKS_HZ = (100, 1000, 10000)
COLOURS = "magma"


@dataclass(frozen=True)
class Excerpt:
    """A song whose licence lets its picture be shown with this credit, and the seconds that are drawn."""

    file: str
    title: str
    from_s: float
    to_s: float


SONGS = {
    "slow-motion-dream": Excerpt(
        "slow-motion-dream-excerpt.mp3",
        '"Slow Motion Dream" by Steven M Bryant ft. CSoul & Alex Beroza, CC BY 3.0',
        0.0,
        11.0,
    ),
    "vibe-ace": Excerpt("vibe-ace.ogg", '"Vibe Ace" by Kevin MacLeod (instrumental), CC BY 3.0', 10.0, 30.0),
    "outfoxing": Excerpt(
        "outfoxing.mp3", '"Outfoxing the Fox" by Kevin MacLeod (instrumental), CC0 in mdn/webaudio-examples', 20.0, 40.0
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.song_spectrograms", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder with songs/")
    parser.add_argument("--model", default="lite")
    parser.add_argument("--out", type=Path, default=ROOT / "docs")
    options = parser.parse_args()
    separator = Separator(SeparationOptions(model=options.model))
    for name, excerpt in SONGS.items():
        path = options.out / f"{options.model}-songs-{name}.png"
        path.write_bytes(picture(excerpt, separator, options.data / "songs" / excerpt.file))
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def picture(excerpt: Excerpt, separator: Separator, song: Path) -> bytes:
    """A PNG of the excerpt's mixture above its stems; the whole song is separated, as a user would."""
    whole = read_audio(song)
    rows = {"mixture": whole} | separator.separate(whole).stems
    return draw({name: cut(rows[name], excerpt) for name in ("mixture", *STEMS)}, excerpt)


def cut(buffer: AudioBuffer, excerpt: Excerpt) -> AudioBuffer:
    part = slice(round(excerpt.from_s * buffer.rate), round(excerpt.to_s * buffer.rate))
    return AudioBuffer(buffer.samples[:, part], buffer.rate)


def octaves_db(buffer: AudioBuffer) -> Floats:
    """Level in dB [N_ROWS, N_COLUMNS] in bands from `LOWEST_HZ` to `HIGHEST_HZ`, equally wide in octaves."""
    power = np.abs(stft(buffer.samples.mean(axis=0), N_FFT, HOP)) ** 2
    edges_hz = np.geomspace(LOWEST_HZ, HIGHEST_HZ, N_ROWS + 1)
    bands = _means(power, edges_hz * N_FFT / buffer.rate)
    columns = _means(bands.T, np.linspace(0, power.shape[1], N_COLUMNS + 1))
    return 10 * np.log10(columns.T + 1e-9)


def _means(rows: Floats, edges: NDArray[np.float64]) -> Floats:
    """Mean of the rows [N, M] between edges, [len(edges) - 1, M]; rows are constant between whole numbers."""
    total = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0, dtype=np.float64)])
    whole = np.minimum(np.floor(edges).astype(int), len(rows) - 1)
    at_edge = total[whole] + (edges - whole)[:, None] * rows[whole]
    return np.asarray(np.diff(at_edge, axis=0) / np.diff(edges)[:, None], np.float32)


def draw(rows: Mapping[str, AudioBuffer], excerpt: Excerpt) -> bytes:
    """A PNG in `N_COLOURS` colours: a spectrogram for each row."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
    from PIL import Image

    loudest_db = float(octaves_db(rows["mixture"]).max())
    figure, axes = pyplot.subplots(len(rows), 1, figsize=(9, 1.7 * len(rows)), sharex=True, layout="constrained")
    octaves = np.log2(np.array([LOWEST_HZ, HIGHEST_HZ, *TICKS_HZ]))
    for axis, (name, buffer) in zip(axes, rows.items(), strict=True):
        extent = (excerpt.from_s, excerpt.to_s, octaves[0], octaves[1])
        image = axis.imshow(
            octaves_db(buffer) - loudest_db,
            COLOURS,
            aspect="auto",
            origin="lower",
            extent=extent,
            vmin=-RANGE_DB,
            vmax=0,
        )
        axis.set_yticks(octaves[2:], [f"{hz / 1000:g} kHz" for hz in TICKS_HZ])
        axis.set_title(name, loc="left", fontsize="medium")
    axes[-1].set_xlabel("s")
    figure.suptitle(excerpt.title, fontsize="medium")
    figure.colorbar(image, ax=axes, label="dB", fraction=0.02)
    drawn, packed = BytesIO(), BytesIO()
    figure.savefig(drawn, dpi=90)
    pyplot.close(figure)
    Image.open(drawn).convert("RGB").quantize(N_COLOURS).save(packed, "png", optimize=True)
    return packed.getvalue()


if __name__ == "__main__":
    main()
