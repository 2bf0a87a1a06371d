"""What `separate` writes is what `suggest mix` reads."""

from __future__ import annotations

from mixassist import AudioBuffer, write_audio
from tests.signals import noise


def test_separated_stems_are_advised_and_what_lies_beside_them_is_not(mixassist, tiny_htdemucs, tmp_path):
    write_audio(tmp_path / "song.wav", AudioBuffer(noise(88200), 44100))
    model = ("--model", tiny_htdemucs.path, "--engine", "onnxruntime")
    assert mixassist("separate", tmp_path / "song.wav", "-o", tmp_path / "out", *model).code == 0
    folder = tmp_path / "out" / "song"
    assert {"residual.wav", "separation.json"} <= {path.name for path in folder.iterdir()}
    advice = mixassist("suggest", "mix", folder, "--json").json
    assert [track["track"] for track in advice["tracks"]] == ["bass.wav", "drums.wav", "other.wav", "vocals.wav"]
    assert [track["instrument"] for track in advice["tracks"]] == ["bass", "drums", "other", "lead vocal"]
    assert "short-song" in {finding["code"] for finding in advice["findings"]}
