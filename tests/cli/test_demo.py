import json

import numpy as np

from mixassist import read_audio

STEMS = ("drums", "bass", "other", "vocals")


def test_the_demo_leaves_everything_it_speaks_of(mixassist, tmp_path):
    outcome = mixassist("demo", "-o", tmp_path / "demo", "--json")
    assert outcome.code == 0, outcome.err
    folder = tmp_path / "demo"
    song = read_audio(folder / "song.wav")
    truth = [read_audio(folder / "truth" / f"{stem}.wav").samples for stem in STEMS]
    np.testing.assert_array_equal(np.sum(truth, axis=0), song.samples)
    stems = [read_audio(path).samples.astype(np.float64) for path in (folder / "stems").glob("*.wav")]
    np.testing.assert_array_equal(np.sum(stems, axis=0), song.samples)
    assert set(outcome.json["sdr_db"]) == set(STEMS)
    assert read_audio(folder / "di.wav").rate == read_audio(folder / "reamped.wav").rate == 48000
    facts = json.loads((folder / "demo.json").read_text())
    assert (facts["delay_samples"], facts["polarity"]) == (421, -1)


def test_the_demo_prints_scores_and_places(mixassist, tmp_path):
    outcome = mixassist("demo", "-o", tmp_path / "demo")
    for word in (*STEMS, "mixture", "lite", "song.wav", "stems", "truth"):
        assert word in outcome.out
    assert "× real time" in outcome.err


def test_the_demo_never_takes_the_place_of_a_song(mixassist, tmp_path):
    (tmp_path / "song.wav").write_bytes(b"months of work")
    outcome = mixassist("demo", "-o", tmp_path)
    assert outcome.code == 2
    assert "song.wav" in outcome.error_lines[0]
    assert (tmp_path / "song.wav").read_bytes() == b"months of work"
