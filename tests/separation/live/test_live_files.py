"""Files through a live network: what was heard live, at the song's own time."""

from __future__ import annotations

import numpy as np
import pytest

from mixassist import AudioBuffer, read_audio, write_audio
from mixassist.errors import ModelError, OptionError
from mixassist.runtime.engines import SessionOptions, open_engine
from separation import SeparationOptions, Separator
from separation.lanes import LaneOptions
from separation.live.opening import LiveOptions, open_live
from separation.live.separator import LiveSeparator

STEMS = ("drums", "bass", "other", "vocals")


def open_file_separator(artifact, **options):
    return Separator(SeparationOptions(model=str(artifact.path), engine="onnxruntime", n_threads=1, **options))


def stems_of(result):
    return np.stack([stem.samples for stem in result.stems.values()])


@pytest.fixture
def sound(song):
    return song.astype(np.float32)


def test_a_file_is_the_stream_without_its_delay(small_live, sound, play):
    live = LiveSeparator(open_engine("onnxruntime", small_live, SessionOptions("fp32", 1)))
    late = live.latency_samples
    heard, _ = play(live, np.pad(sound, [(0, 0), (0, late)]), [100, 2900, late])
    result = open_file_separator(small_live).separate(AudioBuffer(sound, 44100))
    np.testing.assert_array_equal(stems_of(result), heard[..., late:])


def test_it_hears_nothing_of_the_future(small_live, sound):
    """Not even the level of the song as a whole."""
    changed = sound.copy()
    changed[:, 2000:] *= 3
    separator = open_file_separator(small_live)
    first, second = (stems_of(separator.separate(AudioBuffer(samples, 44100))) for samples in (sound, changed))
    n_window = small_live.spec.options["n_fft"]
    np.testing.assert_array_equal(second[..., : 2000 - n_window], first[..., : 2000 - n_window])
    assert np.abs(second - first).max() > 0.01


def test_shifts_move_its_frames_and_keep_the_time_position(small_live, sound):
    song = AudioBuffer(sound, 44100)
    plain = stems_of(open_file_separator(small_live).separate(song))
    shifted = open_file_separator(small_live, lanes=LaneOptions(shifts=2)).separate(song)
    np.testing.assert_allclose(stems_of(shifted).sum(axis=0), sound, atol=1e-6)
    assert np.abs(stems_of(shifted) - plain).max() > 1e-4


def test_songs_longer_than_a_piece_leave_no_seam(small_live, rng, monkeypatch):
    sound = (0.1 * rng.standard_normal((2, 9000))).astype(np.float32)
    whole = stems_of(open_file_separator(small_live).separate(AudioBuffer(sound, 44100)))
    monkeypatch.setattr("separation.live.lane.CHUNK_S", 0.05)
    heard = []
    separator = open_file_separator(small_live)
    pieces = separator.separate(AudioBuffer(sound, 44100), heard.append)
    np.testing.assert_array_equal(stems_of(pieces), whole)
    assert len(heard) == heard[-1].n_chunks == 5


@pytest.mark.parametrize(("rate", "n_channels"), [(44100, 2), (48000, 1)])
def test_the_command_writes_stems_that_sum_to_the_song(mixassist, small_live, sound, tmp_path, rate, n_channels):
    path = tmp_path / "song.wav"
    write_audio(path, AudioBuffer(sound[:n_channels], rate))
    words = ("--model", small_live.path, "--engine", "onnxruntime", "--bit-depth", "32f")
    outcome = mixassist("separate", path, "-o", tmp_path / "out", *words, "--json")
    assert outcome.code == 0, outcome.err
    (song,) = outcome.json["songs"]
    stems = [read_audio(tmp_path / "out" / "song" / name) for name in song["files"]]
    assert all((stem.rate, stem.samples.shape) == (rate, (n_channels, 3000)) for stem in stems)
    np.testing.assert_allclose(sum(stem.samples for stem in stems), read_audio(path).samples, atol=1e-6)


def test_a_name_opens_a_stream(small_live):
    options = LiveOptions(str(small_live.path), stems=("drums",), block=32, engine="onnxruntime")
    separator = open_live(options)
    assert separator.process(np.zeros((2, 32), np.float32)).stems.shape == (1, 2, 32)
    assert (separator.session.engine, separator.rate) == ("onnxruntime", 44100)


def test_a_model_of_whole_songs_is_no_stream():
    with pytest.raises(ModelError, match="it does not stream: choose lite-live"):
        open_live(LiveOptions("lite"))


def test_unknown_engines_are_refused(small_live):
    with pytest.raises(OptionError, match="engine"):
        open_live(LiveOptions(str(small_live.path), engine="abacus"))
