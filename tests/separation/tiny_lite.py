"""A `lite` small enough to be trained in a test, and a set of songs of noise to train it on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from separation.net import LiteOptions
from separation.songs import RATE, STEMS, store
from separation.training import TrainingOptions

TINY = LiteOptions(
    n_fft=256,
    hop=64,
    bands=((4, 2), (6, 8), (4, 16)),
    n_features=8,
    n_hidden=12,
    n_band_hidden=6,
    dilations=(1, 2),
    song_dilations=((1,),),
    song_every=2,
    n_squeezed=2,
    n_song=8,
    n_averaged=4,
)
OPTIONS = TrainingOptions(
    minutes=1.0,
    held_out="b",
    n_held_made=1,
    n_batch=2,
    seconds=0.05,
    n_warmup_steps=1,
    n_workers=0,
    use_bfloat16=False,
    use_compiler=False,
)
SONGS = ("a", "b", "made-000000", "made-000001")
MANIFEST = {
    "held_out": ["b"],
    "sources": [
        {"name": "songs", "kind": "songs", "licence": "CC0-1.0", "credit": "A Band", "seconds_in_made_songs": 12.0},
        {"name": "choir", "kind": "voices", "licence": "CC BY 4.0", "credit": "A Singer", "seconds_in_made_songs": 0.0},
        {
            "name": "kit",
            "kind": "drumkit",
            "licence": "GPL-2.0-or-later with composition exception",
            "credit": "A Drummer",
            "url": "https://example.org/kit",
            "seconds_in_made_songs": 60.0,
        },
        {"name": "font", "kind": "soundfont", "licence": "MIT", "credit": "A Maker", "seconds_in_made_songs": 0.0},
    ],
    "recorded_songs": {"a": "songs", "b": "songs"},
    "voices": ["choir-"],
    "made_minutes": 2.0,
    "made_songs": {"made-000000": {"genre": "rock"}, "made-000001": {"genre": "hip_hop"}},
}


def write_set(folder: Path, rng: np.random.Generator, seconds: float) -> Path:
    """A set of noise: a song to learn from, one held out, two made ones, and one loose voice of a second."""
    for name in SONGS:
        for stem in STEMS:
            noise = rng.uniform(-0.3, 0.3, (2, round(seconds * RATE))).astype(np.float32)
            store(noise, folder / "songs" / name / f"{stem}.npy")
    store(rng.uniform(-0.3, 0.3, (1, RATE)).astype(np.float32), folder / "voices" / "choir-one.npy")
    (folder / "manifest.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
    return folder
