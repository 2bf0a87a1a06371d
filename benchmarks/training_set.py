"""What a set of songs made for training costs, and how its songs sound beside recorded ones, in numbers."""

from __future__ import annotations

import time
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from benchmarks.results import Section
from benchmarks.separation import Bench
from separation.batches import Examples, batch_stream
from separation.net import LiteOptions
from separation.remix import Remixer
from separation.songs import MADE, RATE, STEMS, Song, SongLibrary, as_float
from separation.training import TrainingOptions
from separation.training_set.building import SetOptions, build
from separation.training_set.song_maker import N_CLASSIC, SongMaker
from separation.training_set.sources import read_sources
from separation.training_set.styles import read_styles
from separation.training_set.words import WordBank

Floats = NDArray[np.float32]
SONG_S = 60.0
OCTAVES_HZ = (62, 125, 250, 500, 1000, 2000, 4000, 8000)
EXCERPT = slice(40 * RATE, 100 * RATE)
"""Where recorded songs are listened to."""


def training_set(bench: Bench) -> Section:
    """Processor time and disk per minute of made songs, and per batch with and without them."""
    folder, seconds = _built(bench)
    sources = read_sources(bench.data / "separation")
    maker = SongMaker(sources, WordBank.open(folder), seconds)
    per_minute_s = {title: _minute_s(maker, seeds) for title, seeds in _seeds(bench).items()}
    made = list((folder / "songs").glob(f"{MADE}*/*.npy"))
    mb = sum(path.stat().st_size for path in made) / 1e6 / len({path.parent for path in made}) * 60 / seconds
    everything = SongLibrary.open(folder, ("sodium",))
    recorded = {name: song for name, song in everything.songs.items() if not name.startswith(MADE)}
    libraries = {"recorded songs alone": SongLibrary(recorded, everything.voices), "with made songs": everything}
    rows = [(f"a minute of a song, {title}", f"{cost:.2f} s of processor") for title, cost in per_minute_s.items()]
    rows += [("a minute of a song", f"{mb:.0f} MB")]
    rows += [(f"a batch, {name}", f"{_batch_ms(library, bench):.0f} ms") for name, library in libraries.items()]
    return Section(
        "Songs made for training: what they cost",
        "python -m benchmarks --only training-set",
        ("what", "cost"),
        rows,
        "One thread, processor time. A song of each genre, with its singing, mix and codec, not counting the one or two"
        " seconds in which a process loads its SoundFonts. Modern songs have"
        " synthesizers, drum machines and sung words. A batch is what the trainer asks for: four examples of 3 s,"
        " transformed.",
    )


def _seeds(bench: Bench) -> dict[str, range]:
    """Songs to make: one of each genre, as they are before and from `N_CLASSIC` on."""
    n_classic, n_modern = (2, 1) if bench.is_quick else (len(read_styles()), len(read_styles(with_modern=True)))
    return {"made": range(n_classic), "made, modern": range(N_CLASSIC, N_CLASSIC + n_modern)}


def _minute_s(maker: SongMaker, seeds: range) -> float:
    """Processor time that a minute of songs takes."""
    before = time.process_time()
    with threadpool_limits(1):
        for seed in seeds:
            maker.make(seed)
    return (time.process_time() - before) / len(seeds) * 60 / maker.seconds


def _batch_ms(library: SongLibrary, bench: Bench, n_warm: int = 3) -> float:
    torch.set_num_threads(1)
    options, network = TrainingOptions(), LiteOptions()
    examples = Examples(Remixer(library, options.n_samples(network)), network, seed=1)
    batches = batch_stream(examples, 0, options.n_batch, n_workers=0)
    n_batches = 2 if bench.is_quick else 40
    for _ in islice(batches, n_warm):
        pass
    before = time.process_time()
    for _ in islice(batches, n_batches):
        pass
    return (time.process_time() - before) / n_batches * 1000


def training_set_sound(bench: Bench) -> Section:
    """Balance, crest, width, onsets and spectra of made songs and of the recorded ones."""
    folder, _ = _built(bench)
    songs = SongLibrary.open(folder).songs
    rows = []
    for title, seeds in {"recorded": range(0), **_seeds(bench)}.items():
        names = [f"{MADE}{seed:06d}" for seed in seeds] or [name for name in songs if not name.startswith(MADE)]
        heard = [listen(songs[name], bool(seeds)) for name in names]
        for stem in (*STEMS, "mix"):
            figures = [each[stem] for each in heard if stem in each]
            if figures:
                middle = np.median(figures, axis=0)
                rows.append((title, stem, str(len(figures)), *(f"{figure:.1f}" for figure in middle)))
    return Section(
        "Songs made for training: how they sound",
        "python -m benchmarks --only training-set-sound",
        ("songs", "stem", "n", "level", "crest", "width", "onsets", *(f"{hz} Hz" for hz in OCTAVES_HZ)),
        rows,
        "Medians over songs. Level: rms in dB of the mix's. Crest: peak over rms in dB. Width: side over middle in dB."
        " Onsets per second, by spectral flux. Octave bands in dB of the stem's whole. Recorded are the CC0 songs, one"
        " author's electronic ones: acoustic genres should differ from them.",
    )


def listen(song: Song, is_made: bool) -> dict[str, Floats]:
    """By stem and for the mix: level, crest, width, onset rate and octave bands."""
    stems = {name: _stereo(song, name, slice(None) if is_made else EXCERPT) for name in song}
    n_samples = min(stem.shape[1] for stem in stems.values())
    stems = {name: stem[:, :n_samples] for name, stem in stems.items()}
    mix = np.sum(list(stems.values()), axis=0)
    return {name: _figures(stem, mix) for name, stem in {**stems, "mix": mix}.items() if stem.std() > 1e-4}


def _stereo(song: Mapping[str, NDArray[np.int16]], name: str, where: slice) -> Floats:
    samples = as_float(np.asarray(song[name])[:, where])
    return np.repeat(samples, 2 // samples.shape[0], axis=0)


def _figures(stem: Floats, mix: Floats) -> Floats:
    rms = float(stem.std())
    level_db, crest_db = 20 * np.log10(rms / mix.std()), 20 * np.log10(np.abs(stem).max() / rms)
    width_db = 20 * np.log10((stem[0] - stem[1]).std() / max(float((stem[0] + stem[1]).std()), 1e-9) + 1e-3)
    mono = stem.mean(axis=0)
    return np.array([level_db, crest_db, width_db, _onset_rate(mono), *_octaves_db(mono)], np.float32)


def _octaves_db(mono: Floats, n_fft: int = 4096) -> Floats:
    frames = mono[: mono.size // n_fft * n_fft].reshape(-1, n_fft) * np.hanning(n_fft)
    power = np.mean(np.abs(np.fft.rfft(frames, axis=1)) ** 2, axis=0)
    hz = np.fft.rfftfreq(n_fft, 1 / RATE)
    bands = [power[(hz >= centre / 2**0.5) & (hz < centre * 2**0.5)].sum() for centre in OCTAVES_HZ]
    return np.asarray(10 * np.log10(np.array(bands) / power.sum() + 1e-9), np.float32)


def _onset_rate(mono: Floats, n_frame: int = 1024, n_hop: int = 441) -> float:
    """Peaks per second of the spectral flux, one deviation above its mean."""
    frames = np.lib.stride_tricks.sliding_window_view(mono[: 20 * RATE], n_frame)[::n_hop]
    loud = np.log1p(10 * np.abs(np.fft.rfft(frames * np.hanning(n_frame), axis=1)))
    flux = np.maximum(np.diff(loud, axis=0), 0).sum(axis=1)
    is_peak = flux > np.maximum(np.roll(flux, 1), np.roll(flux, -1))
    return float((is_peak & (flux > flux.mean() + flux.std())).sum() / (min(mono.size, 20 * RATE) / RATE))


def _built(bench: Bench) -> tuple[Path, float]:
    """A set with a song of each genre and kind, built once, and the length of its songs in s."""
    folder, data = bench.folder / "training-set", bench.data / "separation"
    seconds = 8.0 if bench.is_quick else SONG_S
    folder = folder.with_name(f"{folder.name}-{seconds:.0f}s")
    for seeds in _seeds(bench).values():
        for _ in build(data, folder, read_sources(data), SetOptions(len(seeds), seconds, seeds.start)):
            pass
    return folder, seconds


SECTIONS = {"training-set": training_set, "training-set-sound": training_set_sound}
