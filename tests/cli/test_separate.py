import json
import os
import signal

import numpy as np
import pytest

from mixassist import AudioBuffer, read_audio, write_audio
from mixassist.audio.writer import Encoding
from separation.separator import Separator
from tests.demucs_models import hdemucs, htdemucs, write_bag


@pytest.fixture
def song(tmp_path, rng):
    """Two seconds of 16-bit stereo."""
    samples = np.round(rng.uniform(-0.3, 0.3, (2, 88200)) * 2**15) / 2**15
    write_audio(tmp_path / "song.wav", AudioBuffer(samples, 44100), Encoding("wav", "16"))
    return tmp_path / "song.wav"


@pytest.fixture
def separate(mixassist, tiny_htdemucs, tmp_path):
    """`mixassist separate ... --model TINY -o OUT`, on one engine, since these tests are not about engines."""
    model = ("--model", tiny_htdemucs.path, "--engine", "onnxruntime", "-o", tmp_path / "out")
    return lambda *words: mixassist("separate", *words, *model)


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_stems_and_report_are_written(separate, song, tmp_path):
    outcome = separate(song)
    assert outcome.code == 0
    folder = tmp_path / "out" / "song"
    assert files(folder) == ["bass.wav", "drums.wav", "other.wav", "residual.wav", "separation.json", "vocals.wav"]
    stems = [read_audio(path).samples.astype(np.float64) for path in folder.glob("*.wav")]
    np.testing.assert_array_equal(np.sum(stems, axis=0), read_audio(song).samples)


def test_json_is_one_object_and_holds_what_the_contract_names(separate, song):
    outcome = separate(song, "--json")
    report = outcome.json["songs"][0]
    promised = (
        "input_sha256 model model_sha256 engine precision device sample_rate frames seconds times_real_time"
        " peak_memory_mb sum_error_db findings"
    )
    assert set(promised.split()) <= set(report)
    assert (report["frames"], report["sample_rate"], report["sum_error_db"]) == (88200, 44100, None)


def test_a_finished_song_is_not_done_again(separate, song, tmp_path):
    separate(song)
    stem = tmp_path / "out" / "song" / "drums.wav"
    before = stem.stat().st_mtime_ns
    outcome = separate(song, "--json")
    assert outcome.json["songs"][0]["resumed"]
    assert stem.stat().st_mtime_ns == before


@pytest.mark.parametrize("change", [("--overlap", "0.5"), ("--stems", "drums"), ("--no-resume",)])
def test_other_settings_never_overwrite_without_force(separate, song, change):
    separate(song)
    outcome = separate(song, *change)
    assert outcome.code == 2
    assert "--force" in outcome.error_lines[0]
    assert separate(song, *change, "--force").code == 0


def test_a_stem_that_was_changed_since_is_not_taken_for_finished(separate, song, tmp_path):
    separate(song)
    (tmp_path / "out" / "song" / "drums.wav").unlink()
    assert separate(song).code == 2
    outcome = separate(song, "--force", "--json")
    assert not outcome.json["songs"][0]["resumed"]


def test_force_removes_what_no_longer_sums_to_the_song(separate, song, tmp_path):
    separate(song)
    assert separate(song, "--two-stems", "vocals", "--format", "flac", "--force").code == 0
    assert files(tmp_path / "out" / "song") == ["no_vocals.flac", "separation.json", "vocals.flac"]


def test_an_interrupted_force_leaves_no_report_that_vouches_for_other_stems(separate, song, tmp_path, monkeypatch):
    separate(song)

    def interrupted(folder, report):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("separation.separator.write_report", interrupted)
        assert separate(song, "--overlap", "0.5", "--force").code == 130
    assert "separation.json" not in files(tmp_path / "out" / "song")
    assert separate(song).code == 2, "what lies there is not known to be whole"


def test_a_worker_that_dies_costs_its_songs_but_not_the_report(separate, song, tmp_path, monkeypatch):
    second = tmp_path / "second.wav"
    second.write_bytes(song.read_bytes())
    monkeypatch.setattr("cli.batch._do_song_there", kill_worker)
    outcome = separate(song, second, "--jobs", "2", "--json")
    assert outcome.code == 2
    assert len(outcome.json["failures"]) == 2
    assert "fewer --jobs" in outcome.error_lines[0]


def kill_worker(song, folder, options):
    os.kill(os.getpid(), signal.SIGKILL)


def test_ctrl_c_with_jobs_stops_after_the_songs_in_hand(separate, song, tmp_path, monkeypatch):
    songs = [tmp_path / f"{number}.wav" for number in range(6)]
    for path in songs:
        path.write_bytes(song.read_bytes())

    def interrupted(result, song, run):
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.batch._keep", interrupted)
    outcome = separate(*songs, "--jobs", "2")
    assert outcome.code == 130
    assert len(files(tmp_path / "out")) <= 2


def test_two_stems(separate, song, tmp_path):
    assert separate(song, "--two-stems", "vocals", "--format", "flac").code == 0
    folder = tmp_path / "out" / "song"
    assert files(folder) == ["no_vocals.flac", "separation.json", "vocals.flac"]
    total = sum(read_audio(path).samples.astype(np.float64) for path in folder.glob("*.flac"))
    np.testing.assert_array_equal(total, read_audio(song).samples)


@pytest.mark.parametrize(("container", "n_expected"), [("wav", 88200), ("flac", 88200), ("ogg", 88200)])
def test_formats_keep_rate_channels_and_frames(separate, song, tmp_path, container, n_expected):
    assert separate(song, "--format", container, "--stems", "drums").code == 0
    stem = read_audio(tmp_path / "out" / "song" / f"drums.{container}")
    assert (stem.rate, stem.n_channels, stem.n_frames) == (44100, 2, n_expected)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--stems", "drums,flute"), "has no stem 'flute': choose from drums, bass, other, vocals"),
        (("--stems", "drums,drums"), "names a stem twice"),
        (("--stems", "drums", "--two-stems", "bass"), "choose one"),
        (("--format", "aiff"), "format 'aiff' is unknown"),
        (("--format", "flac", "--bit-depth", "32f"), "32f does not fit into flac"),
        (("--overlap", "0.95"), "--overlap is 0.95"),
        (("--shifts", "-1"), "--shifts -1"),
        (("--seed", "-1"), "--seed -1"),
        (("--precision", "fp8"), "has no precision fp8: choose fp32"),
    ],
)
def test_bad_options_are_one_line(separate, song, words, message):
    outcome = separate(song, *words)
    assert outcome.code == 2
    assert len(outcome.error_lines) == 1
    assert message in outcome.error_lines[0]


def test_an_unknown_engine_is_one_line(mixassist, tiny_htdemucs, song, tmp_path):
    outcome = mixassist("separate", song, "--model", tiny_htdemucs.path, "--engine", "abacus", "-o", tmp_path / "out")
    assert (outcome.code, len(outcome.error_lines)) == (2, 1)


def test_one_bad_song_does_not_stop_the_others(separate, song, tmp_path):
    (tmp_path / "bad.wav").write_text("these are words")
    outcome = separate(tmp_path / "bad.wav", song, tmp_path / "missing.wav", "--json")
    assert outcome.code == 2
    assert [report["song"] for report in outcome.json["songs"]] == ["song.wav"]
    assert [failure["song"] for failure in outcome.json["failures"]] == [
        str(tmp_path / "bad.wav"), str(tmp_path / "missing.wav")
    ]  # fmt: skip
    assert len(outcome.error_lines) == 2
    assert files(tmp_path / "out") == ["song"]


def test_folders_are_walked_and_names_never_collide(separate, song, tmp_path):
    album = tmp_path / "album"
    album.mkdir()
    buffer = read_audio(song)
    write_audio(album / "take.flac", buffer, Encoding("flac", "16"))
    write_audio(album / "take.wav", buffer, Encoding("wav", "16"))
    (album / "notes.txt").write_text("no song")
    assert separate(album, "--stems", "drums").code == 0
    assert files(tmp_path / "out") == ["take", "take-wav"]


def test_an_empty_folder_is_one_line(separate, tmp_path):
    (tmp_path / "empty").mkdir()
    outcome = separate(tmp_path / "empty")
    assert outcome.code == 2
    assert "holds no audio files" in outcome.error_lines[0]


def test_ctrl_c_leaves_nothing_half_done_and_the_same_command_goes_on(separate, song, tmp_path, monkeypatch):
    second = tmp_path / "second.wav"
    second.write_bytes(song.read_bytes())
    run = Separator.separate_file

    def interrupted(self, path, folder, on_progress):
        def stop(progress):
            raise KeyboardInterrupt

        return run(self, path, folder, stop if path == second else on_progress)

    with monkeypatch.context() as patch:
        patch.setattr(Separator, "separate_file", interrupted)
        outcome = separate(song, second)
    assert outcome.code == 130
    assert "1 of 2 songs are done" in outcome.err
    assert not list((tmp_path / "out" / "second").glob("*"))
    outcome = separate(song, second, "--json")
    assert [report["resumed"] for report in outcome.json["songs"]] == [True, False]


def test_jobs_run_songs_side_by_side(separate, song, tmp_path):
    second = tmp_path / "second.wav"
    second.write_bytes(song.read_bytes())
    (tmp_path / "bad.wav").write_bytes(b"")
    handler = signal.getsignal(signal.SIGINT)
    outcome = separate(song, second, tmp_path / "bad.wav", "--jobs", "2", "--json")
    assert outcome.code == 2
    assert {report["song"] for report in outcome.json["songs"]} == {"song.wav", "second.wav"}
    assert signal.getsignal(signal.SIGINT) is handler


def test_a_specialist_of_a_bag_is_run_alone(mixassist, song, tmp_path):
    weights = [[float(i == j) for j in range(4)] for i in range(4)]
    bag = write_bag(tmp_path / "bag", "ft", [hdemucs(seed) for seed in range(4)], weights)
    words = ("separate", song, "--model", bag, "--engine", "torch", "--precision", "fp32", "-o", tmp_path / "out")
    assert mixassist(*words, "--two-stems", "drums").code == 0
    report = json.loads((tmp_path / "out" / "song" / "separation.json").read_text())
    assert report["model"] == "ft"


def test_weights_straight_from_demucs_are_prepared_once(mixassist, song, tmp_path):
    bag = write_bag(tmp_path / "bag", "tiny", [htdemucs(3)])
    words = ("separate", song, "--model", bag, "--engine", "onnxruntime", "--force", "-o", tmp_path / "out")
    assert "preparing" in mixassist(*words).err
    assert "preparing" not in mixassist(*words).err
