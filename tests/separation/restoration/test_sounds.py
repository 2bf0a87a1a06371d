"""Gathering: what has no room is decoded, what others test with is left out, and sources keep their papers."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mixassist.audio.buffer import AudioBuffer
from mixassist.audio.writer import Encoding, write_audio
from separation.restoration.sounds import MANIFEST, SoundLibrary, gather
from separation.songs import RATE, STEMS, store


@pytest.fixture
def data(tmp_path, rng):
    """Two notes of a saxophone, one of which is left out, and a measured room in four channels."""
    for name, container, n_channels in (
        ("timbre/alto-sax/a2_f_rr1_cnd.ogg", "ogg", 1),
        ("timbre/alto-sax/a2_f_rr2_dnm.ogg", "ogg", 1),
        ("rooms/openair/st-margaret-s-church.flac", "flac", 4),
    ):
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = 0.01 * rng.standard_normal((n_channels, RATE)).astype(np.float32)
        noise[:, 1000] = 0.9
        if n_channels == 4:
            noise[2:, 1000] = 0  # W X Y Z, from the front
        write_audio(path, AudioBuffer(noise, RATE), Encoding(container=container))
    return tmp_path / "data"


@pytest.fixture
def made_set(tmp_path, rng):
    """Eight made songs: six are always held out, then a dry one and one that was mixed."""
    finishes = ["raw"] * 7 + ["loud"]
    for index in range(len(finishes)):
        for stem in STEMS:
            noise = rng.uniform(-0.3, 0.3, (2, RATE)).astype(np.float32)
            store(noise, tmp_path / "set" / "songs" / f"made-{index:06}" / f"{stem}.npy")
    songs = {
        f"made-{index:06}": {"finish": finish, "codec": "", "sources": {"font/piano": 1.0}}
        for index, finish in enumerate(finishes)
    }
    manifest = {"held_out": ["sodium"], "made_songs": songs}
    (tmp_path / "set" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return tmp_path / "set"


def test_what_is_dry_is_gathered_with_its_papers(data, made_set, tmp_path):
    manifest = gather(data, made_set, tmp_path / "sounds")
    assert json.loads((tmp_path / "sounds" / MANIFEST).read_text(encoding="utf-8")) == manifest
    names = {path.stem for path in (tmp_path / "sounds" / "dry").iterdir()}
    assert names == {"weresax.a2_f_rr1_cnd", *(f"made-songs.made-000006-{stem}" for stem in STEMS)}
    assert manifest["held_out"] == ["sodium", "lithium", *(f"made-{index:06}" for index in range(6))]
    assert [(row["name"], row["seconds"]) for row in manifest["dry"]] == [("weresax", 1.0), ("made-songs", 4.0)]
    assert manifest["dry"][0]["licence"] == "CC0-1.0"
    assert manifest["dry"][1]["sources"] == ["font"]
    assert [row["name"] for row in manifest["rooms"]] == ["openair-st-margarets"]


def test_measured_rooms_begin_with_their_direct_sound_on_both_sides(data, made_set, tmp_path):
    gather(data, made_set, tmp_path / "sounds")
    (room,) = SoundLibrary.open(tmp_path / "sounds", made_set).rooms
    assert room.shape == (2, RATE - 1000)
    assert room[:, 0] == pytest.approx(1, abs=0.01)
