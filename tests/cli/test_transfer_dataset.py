from __future__ import annotations

from tests.transfer.dataset.made_recordings import LEDGER, note, with_pauses, write


def test_a_folder_becomes_a_data_set_with_credits(mixassist, tmp_path):
    write(tmp_path / "in" / "one.wav", with_pauses(note(60), note(62), note(64)))
    refused = mixassist("transfer", "dataset", tmp_path / "in", "-o", tmp_path / "out")
    assert refused.code == 2
    assert len(refused.error_lines) == 1
    assert "has no credits.toml" in refused.error_lines[0]
    (tmp_path / "out" / "credits.toml").write_text(LEDGER)
    made = mixassist("transfer", "dataset", tmp_path / "in", "-o", tmp_path / "out", "--json")
    assert made.code == 0
    assert len(made.json["segments"]) == 3
    told = mixassist("transfer", "credits", tmp_path / "out", "--json")
    assert [credit["name"] for credit in told.json["credits"]] == ["Bo"]
    assert "Bo" in mixassist("transfer", "credits", tmp_path / "out").out
    again = mixassist("transfer", "dataset", tmp_path / "in", "-o", tmp_path / "out")
    assert "is a data set already" in again.error_lines[0]
    shown = mixassist("transfer", "dataset", tmp_path / "in", "-o", tmp_path / "out", "--force")
    assert "cannot be split whole" in shown.out


def test_what_is_no_folder_of_recordings_is_one_line(mixassist, tmp_path):
    outcome = mixassist("transfer", "dataset", tmp_path / "none", "-o", tmp_path / "out")
    assert (outcome.code, len(outcome.error_lines)) == (2, 1)
    assert mixassist("transfer", "credits", tmp_path).code == 2
