"""Packing a set and unpacking it elsewhere."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mixassist.errors import OptionError
from separation.songs import RATE, SongLibrary, as_float, store
from separation.training_set.manifest import MANIFEST
from separation.training_set.packing import pack, unpack


@pytest.fixture
def folder(tmp_path):
    """A set of three songs of a second and a voice."""
    tune = 0.3 * np.sin(2 * np.pi * 330 * np.arange(RATE) / RATE).astype(np.float32)
    for number in range(3):
        store(np.stack([tune, -tune]), tmp_path / "set" / "songs" / f"made-{number}" / "drums.npy")
        store(tune[None], tmp_path / "set" / "songs" / f"made-{number}" / "bass.npy")
        (tmp_path / "set" / "songs" / f"made-{number}" / "song.json").write_text("{}", encoding="utf-8")
    store(tune[None], tmp_path / "set" / "voices" / "choir-one.npy")
    (tmp_path / "set" / MANIFEST).write_text(json.dumps({"format": 1}), encoding="utf-8")
    return tmp_path / "set"


def test_pieces_keep_to_their_size_and_unpack_to_the_same_set(folder, tmp_path):
    largest = 100_000
    pieces = list(pack(folder, tmp_path / "pieces", largest))
    assert len(pieces) > 1
    assert all(piece.stat().st_size <= largest for piece in pieces)
    unpack(tmp_path / "pieces", tmp_path / "again")
    before, after = SongLibrary.open(folder), SongLibrary.open(tmp_path / "again")
    assert list(before.songs) == list(after.songs)
    assert (tmp_path / "again" / MANIFEST).read_bytes() == (folder / MANIFEST).read_bytes()
    for name, song in before.songs.items():
        assert list(song) == list(after.songs[name])
        for stem, samples in song.items():
            heard = as_float(after.songs[name][stem])
            assert heard.shape == samples.shape
            np.testing.assert_allclose(heard[:, 5000:-5000], as_float(samples)[:, 5000:-5000], atol=0.02)
    assert len(after.voices) == 1


def test_a_song_larger_than_a_piece_is_refused(folder, tmp_path):
    with pytest.raises(OptionError, match="make shorter songs"):
        list(pack(folder, tmp_path / "pieces", 70_000))


def test_an_unfinished_set_is_refused(folder, tmp_path):
    (folder / MANIFEST).unlink()
    with pytest.raises(OptionError, match="build the set to its end"):
        list(pack(folder, tmp_path / "pieces"))


def test_no_pieces_are_refused(tmp_path):
    with pytest.raises(OptionError, match=r"no piece-000\.zip"):
        unpack(tmp_path, tmp_path / "set")
