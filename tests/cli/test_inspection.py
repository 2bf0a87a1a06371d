from __future__ import annotations

import re

import numpy as np
import pytest
import soundfile

from tests.signals import noise

RATE = 44100


@pytest.fixture
def song(tmp_path):
    soundfile.write(tmp_path / "song <1>.wav", noise(4 * RATE).T, RATE)
    return tmp_path / "song <1>.wav"


def test_the_table_holds_measures_and_findings(mixassist, tmp_path):
    soundfile.write(tmp_path / "song.wav", np.full((4 * RATE, 2), 0.5), RATE)
    outcome = mixassist("inspect", tmp_path / "song.wav")
    assert outcome.code == 0
    assert re.search(r"integrated.*LUFS", outcome.out)
    assert "warning: dc-offset: the DC offset is +50.00%" in outcome.out


def test_json_holds_every_song_and_failure(mixassist, song, tmp_path):
    (tmp_path / "text.wav").write_text("no sound in here")
    outcome = mixassist("inspect", song, tmp_path / "text.wav", "--json")
    assert outcome.code == 2
    assert [told["song"] for told in outcome.json["songs"]] == [str(song)]
    assert outcome.json["songs"][0]["loudness"]["integrated_lufs"] < 0
    assert [told["song"] for told in outcome.json["failures"]] == [str(tmp_path / "text.wav")]
    assert len(outcome.error_lines) == 1


def test_a_folder_is_walked(mixassist, song, tmp_path):
    outcome = mixassist("inspect", tmp_path, "--json")
    assert [told["song"] for told in outcome.json["songs"]] == [str(song)]


def test_the_report_is_one_file(mixassist, song, tmp_path):
    soundfile.write(tmp_path / "mono.wav", np.zeros(RATE), RATE)
    report = tmp_path / "report.html"
    assert mixassist("inspect", song, tmp_path / "mono.wav", "--report", report).code == 0
    page = report.read_text(encoding="utf-8")
    assert page.count('src="data:image/png;base64,') == 2
    assert "song &lt;1&gt;.wav" in page
    assert not re.search(r'(src|href)="(?!data:)', page)


def test_a_report_is_not_overwritten_unasked(mixassist, song, tmp_path):
    report = tmp_path / "report.html"
    report.write_text("mine")
    outcome = mixassist("inspect", song, "--report", report)
    assert outcome.code == 2
    assert "report.html exists: name another place, or pass --force" in outcome.error_lines[0]
    assert report.read_text() == "mine"
    assert mixassist("inspect", song, "--report", report, "--force").code == 0


def test_a_report_never_replaces_a_song(mixassist, song):
    before = song.read_bytes()
    outcome = mixassist("inspect", song.parent, "--report", song, "--force")
    assert outcome.code == 2
    assert "is what was given" in outcome.error_lines[0]
    assert song.read_bytes() == before


def test_a_report_that_cannot_be_written_is_refused_before_the_work(mixassist, song, tmp_path):
    (tmp_path / "file").write_text("no folder")
    outcome = mixassist("inspect", song, "--report", tmp_path / "file" / "report.html")
    assert outcome.code == 2
    assert outcome.out == ""
    assert "report.html cannot be written" in outcome.error_lines[0]
    outcome = mixassist("inspect", song, "--report", tmp_path, "--force")
    assert "is a folder: name a file" in outcome.error_lines[0]


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda path: soundfile.write(path, np.zeros((9600, 6)), 96000), "bad.wav has 6 channels"),
        (lambda path: soundfile.write(path, np.zeros((2000, 1)), 2000), "2000 Hz is too low"),
        (lambda path: path.write_bytes(b""), "bad.wav is empty"),
        (lambda path: None, "bad.wav does not exist"),
    ],
)
def test_bad_input_is_one_line(mixassist, tmp_path, write, message):
    write(tmp_path / "bad.wav")
    outcome = mixassist("inspect", tmp_path / "bad.wav")
    assert outcome.code == 2
    assert len(outcome.error_lines) == 1
    assert message in outcome.error_lines[0]
