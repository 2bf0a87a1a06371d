"""Advice taken: tracks rendered as suggested are left alone, and so are stems of finished songs."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from mixassist.suggest.mix import advise
from mixassist.suggest.mix_chain import mix_chain_of
from mixassist.suggest.multitrack import MixOptions, read_multitrack
from mixassist.suggest.render import render_track
from tests.signals import music_like
from tests.suggest.made_tracks import RATE, band

MOVED = {"gain": "gain", "eq": "gain", "compressor": "make_up", "gate": "range"}
NAMES = {"drums": "drums", "bass": "bass", "other": "piano", "vocals": "lead vox"}
LIMIT = 0.1
"""Of the first look's dB, what the second may ask for."""


def moved_db(advice):
    tracks = [each for track in advice.tracks for each in track.suggestions]
    return sum(abs(each.number(MOVED[each.processor])) for each in tracks if each.processor in MOVED)


def written(folder, tracks):
    folder.mkdir()
    for name, samples in tracks.items():
        soundfile.write(folder / f"{name}.wav", samples.T, RATE, subtype="FLOAT")
    return read_multitrack(sorted(folder.iterdir()), MixOptions(genre="pop"))


def test_a_second_look_finds_next_to_nothing(tmp_path):
    faders_db = {"drums": -9.0, "bass": 9.0, "other": 5.0, "vocals": -6.0}
    stems = {
        NAMES[stem]: samples[:1] * 10 ** (faders_db[stem] / 20) for stem, samples in music_like(12.0, RATE).items()
    }
    stems["lead vox"] = stems["lead vox"] + band(18, 32, 0.01, 12.0)[:, : stems["lead vox"].shape[1]]
    advice = advise(written(tmp_path / "first", stems))
    assert moved_db(advice) > 5
    assert [track.track for track in advice.tracks if track.of("high_pass")] == ["lead vox.wav"]
    chain = mix_chain_of(advice)
    rendered = {
        name: np.concatenate(list(render_track([samples.astype(np.float32)], RATE, chain.tracks[f"{name}.wav"])), 1)
        for name, samples in stems.items()
    }
    again = advise(written(tmp_path / "second", rendered))
    assert moved_db(again) <= LIMIT * moved_db(advice)
    assert not [track for track in again.tracks if track.of("high_pass")]


@pytest.mark.parametrize("song", ["zeppelin", "beatles"])
def test_stems_of_finished_songs_are_left_alone(shared_data, song):
    stems = read_multitrack(sorted((shared_data / "separation" / "eval" / song).glob("*.ogg")))
    assert len(advise(stems).suggestions()) <= 1
