"""The benchmark of masters: are faults what they say, is harm harm, and does it still run?"""

import numpy as np
import pytest

from benchmarks.master_contenders import Mastered, Trial, loudness_only
from benchmarks.master_faults import FAULT_AXES, errors, faulty, profile_of
from benchmarks.master_pieces import best_piece
from benchmarks.master_songs import RATE, Song, cut_song, find_songs
from benchmarks.mastering import COLUMNS, GENRE, OTHER, SAME, SECTIONS, Plan, run
from benchmarks.separation import Bench
from mixassist.audio import AudioBuffer, write_audio
from tests.signals import music_like, noise


@pytest.fixture(scope="module")
def song():
    mix = sum(music_like(4, RATE).values()) + noise(4 * RATE, amplitude=0.01)
    return (0.25 * mix / np.abs(mix).max()).astype(np.float32)


@pytest.mark.parametrize("fault", [fault for fault, axis in FAULT_AXES.items() if axis])
def test_a_fault_is_on_its_axis_and_grows_with_its_size(song, fault):
    truth, axis = profile_of(song, RATE), FAULT_AXES[fault]
    small, large = (errors(profile_of(faulty(song, RATE, fault, 0, size), RATE), truth) for size in (0.5, 1.5))
    assert large[axis] > 1.5 * small[axis] > 0.15
    assert axis in ("level", "dynamics") or large["dynamics"] < large[axis]


def test_no_fault_and_no_harm_are_zero(song):
    truth = profile_of(song, RATE)
    assert not any(errors(profile_of(faulty(song, RATE, "none", 0), RATE), truth).values())


def test_faults_are_recovered_and_harm_is_counted(song, tmp_path):
    other = faulty(song, RATE, "tilt", 1, 2.0)
    songs = [Song("one", AudioBuffer(song, RATE)), Song("two", AudioBuffer(other, RATE))]
    rows = run(songs, Plan((SAME, OTHER), ("level",)), tmp_path, lambda _line: None)
    told = {(row[0], row[3]): dict(zip(COLUMNS, row, strict=True)) for row in rows}
    assert told[SAME, "loudness only"]["**recovered**"] == "100%"
    assert told[SAME, "nothing"]["**recovered**"] == "0%"
    assert float(told[OTHER, "nothing"]["harm: tone"]) == 0
    assert float(told[SAME, "mixassist"]["after"]) < 0.5


def test_loudness_alone_aims_at_streaming_where_there_is_no_reference(song, tmp_path):
    profile = profile_of(song, RATE)
    (found,) = loudness_only([Trial(tmp_path / "x.wav", song, profile, None)])
    assert isinstance(found, Mastered)
    assert found.profile.lufs == pytest.approx(-14, abs=0.1)


def test_mixdowns_are_sums_of_stems_that_do_not_clip(tmp_path):
    stems = tmp_path / "mixes" / "song"
    stems.mkdir(parents=True)
    for name, value in (("a", 0.8), ("b", 0.6)):
        write_audio(stems / f"{name}.wav", AudioBuffer(np.full((1, RATE), value, np.float32), RATE))
    assert find_songs([tmp_path / "mixes"]) == [stems]
    cut = cut_song(stems, 0.5).cut
    assert cut.samples.shape == (2, RATE // 2)
    assert np.abs(cut.samples).max() == pytest.approx(10 ** (-1 / 20), abs=1e-3)
    assert len(find_songs([tmp_path / "mixes"] * 9, 3)) == 3


def test_the_best_piece_is_the_loud_one(song):
    long = np.tile(song, (1, 5))
    quiet = (0.1 * long).astype(np.float32)
    piece = best_piece(np.concatenate([quiet, long, quiet], axis=1))
    assert piece.shape[1] == pytest.approx(long.shape[1], rel=0.1)
    assert piece.std() == pytest.approx(song.std(), rel=0.1)


def test_without_songs_nothing_is_measured(tmp_path):
    bench = Bench(tmp_path, tmp_path, is_quick=True)
    assert all(not section(bench).rows or "mean" in section(bench).rows[-1][0] for section in SECTIONS.values())


def test_a_genre_is_no_place_for_matchering(tmp_path):
    assert "matchering 2.0.6" not in Plan(peer_python=tmp_path).contenders(GENRE)
    assert "matchering 2.0.6" in Plan(peer_python=tmp_path).contenders(OTHER)
