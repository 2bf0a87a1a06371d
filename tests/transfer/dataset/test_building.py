from __future__ import annotations

import json

import numpy as np
import pytest

from mixassist.errors import AudioError, OptionError
from tests.transfer.dataset.made_recordings import LEDGER, note, with_pauses, write, write_instrument
from transfer.dataset import DatasetOptions, build_dataset, open_dataset
from transfer.dataset.manifest import SPLITS


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recordings")
    write_instrument(folder)
    return folder


@pytest.fixture(scope="module")
def made(recordings, tmp_path_factory):
    return build_dataset(recordings, tmp_path_factory.mktemp("made") / "horn")


def left_out(made):
    return {row["recording"]: row["reason"] for row in made.manifest["left_out"]}


def test_what_does_not_belong_is_named_and_set_aside(made):
    assert set(left_out(made)) == {"b/buzz.wav", "b/hiss.wav", "b/note-once-more.wav"}
    assert left_out(made)["b/note-once-more.wav"] == "the same as in a/note-00.wav"
    assert "unlike the rest" in left_out(made)["b/hiss.wav"]
    assert "hardly pitched" in left_out(made)["b/hiss.wav"]
    told = {finding["code"]: finding["message"] for finding in made.manifest["findings"]}
    assert told["foreign-recordings"].endswith(": b/buzz.wav, b/hiss.wav")
    assert len(list((made.path / "audition").glob("*.flac"))) == 3
    assert (made.path / "audition" / "reasons.txt").read_text().count("\n") == 3


def test_each_recording_lies_in_one_split_and_none_is_empty(made):
    of_split = {split: {segment.recording for segment in made.segments(split)} for split in SPLITS}
    assert all(of_split.values())
    assert sum(map(len, of_split.values())) == len(set().union(*of_split.values())) == 16


def test_segments_are_mono_at_48_khz_as_they_were_recorded(made):
    segment = next(made.segments("train"))
    assert segment.samples.dtype == np.float32
    assert segment.samples.ndim == 1
    assert made.manifest["gain_db"] == 0
    number = int(segment.recording[7:9])
    whole = note(50 + number, fall=1.2 + 0.02 * (number % 3), seed=number)
    assert np.correlate(whole, segment.samples.astype(float)).max() == pytest.approx(np.sum(whole**2), rel=1e-3)


def test_credits_weigh_seconds(made):
    first, second = made.credits
    assert {first.contributor.name, second.contributor.name} == {"Ada", "Bo"}
    assert first.share == pytest.approx(0.5, abs=0.05)
    assert first.seconds + second.seconds == pytest.approx(sum(made.manifest["seconds"].values()), abs=0.1)


def test_a_data_set_is_frozen_and_reads_back(made):
    again = open_dataset(made.path)
    assert (again.sha256, again.names("test")) == (made.sha256, made.names("test"))
    with pytest.raises(OptionError, match="no split is called 'dev'"):
        again.names("dev")


def test_coverage_tells_semitones(made):
    covered = made.manifest["coverage"]
    assert set(covered["seconds_by_note"]) == {str(50 + index) for index in range(16)}
    assert (made.path / "coverage.png").read_bytes().startswith(b"\x89PNG")


def test_the_description_for_machines_names_what_is_there(made):
    described = json.loads((made.path / "croissant.json").read_text())
    assert described["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    assert described["license"] == [
        "https://spdx.org/licenses/CC-BY-4.0.html",
        "https://spdx.org/licenses/CC0-1.0.html",
    ]
    assert described["distribution"][0]["sha256"] == made.sha256
    paths = [field["source"]["extract"]["jsonPath"] for field in described["recordSet"][0]["field"]]
    assert {path.removeprefix("$.segments[*].") for path in paths} <= set(made.manifest["segments"][0])


def test_the_card_begins_as_hubs_want_it_and_names_everybody(made):
    card = (made.path / "README.md").read_text()
    assert card.startswith("---\nlicense: other\nlicense_name: CC-BY-4.0 and CC0-1.0\n")
    assert "| Ada | played it |" in card
    assert "| Bo | recorded it |" in card
    assert "No recording lies in two splits; 3 segments were left out" in card


def test_the_copy_of_a_clipped_take_is_kept(tmp_path):
    take = note(60) + 1e-3 * np.random.default_rng(0).standard_normal(24000)
    write(tmp_path / "in" / "hot.wav", np.clip(3.36 * take, -1, 1))
    write(tmp_path / "in" / "soft.wav", take)
    (tmp_path / "in" / "credits.toml").write_text(LEDGER)
    made = build_dataset(tmp_path / "in", tmp_path / "out")
    assert [row["recording"] for row in made.manifest["segments"]] == ["soft.wav"]
    assert left_out(made)["hot.wav"].startswith("clipped")


def test_nothing_of_a_data_set_outlives_it(tmp_path):
    write(tmp_path / "in" / "one.wav", note(60))
    (tmp_path / "in" / "credits.toml").write_text(LEDGER)
    assert "coverage.png" in {path.name for path in build_dataset(tmp_path / "in", tmp_path / "out").path.iterdir()}
    write(tmp_path / "in" / "one.wav", 0.1 * np.random.default_rng(0).standard_normal(24000))
    made = build_dataset(tmp_path / "in", tmp_path / "out")
    assert made.manifest["coverage"] is None
    assert {path.name for path in made.path.iterdir()} == {
        *("README.md", "credits.toml", "croissant.json", "manifest.json", "segments")
    }


def test_a_changed_segment_is_refused(recordings, tmp_path):
    write(tmp_path / "in" / "one.wav", with_pauses(note(60), note(62), note(64), note(65)))
    (tmp_path / "ledger").write_text(LEDGER)
    made = build_dataset(tmp_path / "in", tmp_path / "out", DatasetOptions(credits=tmp_path / "ledger"))
    assert [len(made.names(split)) for split in SPLITS] == [2, 1, 1]
    assert {finding["code"] for finding in made.manifest["findings"]} == {"split-in-time", "too-few-to-compare"}
    assert all(row["similarity"] is None for row in made.manifest["segments"])
    assert "Parts of one recording lie in several splits." in (made.path / "README.md").read_text()
    (tmp_path / "out" / made.names("test")[0]).write_bytes(b"fLaC")
    with pytest.raises(AudioError, match="is not what it was"):
        list(made.segments("test"))


def test_no_credits_no_data_set(recordings, tmp_path):
    write(tmp_path / "in" / "one.wav", note(60))
    with pytest.raises(OptionError, match=r"fill in .*credits\.toml and run this again"):
        build_dataset(tmp_path / "in", tmp_path / "out")
    with pytest.raises(OptionError, match="contributor 1 has no name: write it down"):
        build_dataset(tmp_path / "in", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["credits.toml"]
    (tmp_path / "out" / "credits.toml").write_text(LEDGER)
    assert build_dataset(tmp_path / "in", tmp_path / "out").credits[0].contributor.name == "Bo"


def test_silence_alone_is_refused_and_leaves_nothing(tmp_path):
    write(tmp_path / "in" / "one.wav", np.zeros(24000))
    (tmp_path / "in" / "credits.toml").write_text(LEDGER)
    with pytest.raises(AudioError, match=r"holds no sound of 0\.3 s"):
        build_dataset(tmp_path / "in", tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


def test_a_folder_with_other_things_is_left_alone(recordings, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(OptionError, match=r"holds thesis.txt, which is no part of a data set"):
        build_dataset(recordings, tmp_path)
