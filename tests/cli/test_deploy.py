"""`mixassist deploy` where it cannot; what it writes is looked at in tests/runtime/bundle."""

import json

import pytest


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["lite"], "lite is of kind lite, which does not stream: take amp, instrument"),
        (["no-such-model"], "there is no model no-such-model: name alto-sax"),
        (["alto-sax", "--target", "commodore"], "there is no target 'commodore': choose of jetson"),
        (["alto-sax", "alto-sax"], "two models are called alto-sax: give each once"),
        (["alto-sax", "--wheels", "."], "holds no .whl file"),
        (["alto-sax", "--rate", "0"], "sets rate to 0"),
        (["alto-sax", "--cab", "hall.wav"], "--cab hall.wav stands behind amps, and there is none among alto-sax"),
    ],
)
def test_what_cannot_be_taken_along_is_one_line(mixassist, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    done = mixassist("deploy", *words, "-o", tmp_path / "pedal")
    assert done.code == 2
    assert message in done.err
    assert len(done.error_lines) == 1
    assert not (tmp_path / "pedal").exists()


def test_another_folder_is_never_replaced(mixassist, tmp_path):
    (tmp_path / "keep").touch()
    done = mixassist("deploy", "alto-sax", "-o", tmp_path, "--force")
    assert (done.code, "exists and is no bundle" in done.err) == (2, True)
    assert (tmp_path / "keep").exists()


def test_a_separator_gets_two_blocks_for_its_hops(mixassist, tmp_path):
    assert mixassist("deploy", "lite-live", "alto-sax", "-o", tmp_path / "pedal").code == 0
    assert json.loads((tmp_path / "pedal" / "rig.json").read_text())["blocks_ahead"] == 2
