"""Sounds to learn from, made on the spot: clicks that ring as a dry source, noise as a song, no measured room."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from separation.restoration import training
from separation.restoration.examples import ExampleMaker, ExampleOptions
from separation.restoration.sounds import JUDGED_EVERY, MADE_SONGS, MANIFEST, SoundLibrary
from separation.songs import RATE, store
from tests.separation.restoration.tiny_restoration import TINY_DESIGN
from tests.separation.tiny_lite import write_set

SHORT = ExampleOptions(seconds=0.1)


@pytest.fixture
def song_set(tmp_path, rng):
    """Songs of noise: `a` to learn from, others held out."""
    return write_set(tmp_path / "set", rng, seconds=1)


@pytest.fixture
def sounds(tmp_path, rng):
    """Plucks of one source, some of them kept for judging, and a room."""
    folder: Path = tmp_path / "sounds"
    age = np.arange(RATE // 4)
    for index in range(JUDGED_EVERY):
        pluck = np.exp(-age / 4000) * np.sin(2 * np.pi * (200 + 40 * index) * age / RATE)
        store(0.5 * pluck[None].astype(np.float32), folder / "dry" / f"plucks.{index}.npy")
    store(0.1 * rng.standard_normal((2, RATE // 2)).astype(np.float32), folder / "rooms" / "hall.one.npy")
    source = {"licence": "CC0-1.0", "credit": "A Player", "url": "https://example.org", "seconds": 2.0}
    manifest = {
        "dry": [
            {"name": "plucks", **source},
            {"name": MADE_SONGS, "seconds": 0.0, "sources": []},
        ],
        "rooms": [{"name": "hall", **source, "licence": "CC BY 4.0"}],
        "held_out": ["b", "made-000000", "made-000001"],
    }
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return folder


@pytest.fixture
def library(sounds, song_set):
    return SoundLibrary.open(sounds, song_set)


@pytest.fixture
def maker(library):
    return ExampleMaker(library, 1, SHORT)


@pytest.fixture
def tiny_is_known(monkeypatch):
    """`tiny` is a network that can be trained by its name."""
    monkeypatch.setitem(training.DESIGNS, "tiny", TINY_DESIGN)
