"""Law 3: stems + residual = song."""

import numpy as np
import pytest

from mixassist import AudioBuffer, read_audio, write_audio
from mixassist.audio.writer import Encoding
from mixassist.dsp.scores import null_db
from tests.laws.models import separate
from tests.signals import music_like
from tests.tolerances import FLOAT_SUM_DB


@pytest.fixture
def song():
    return sum(music_like(1.5, 44100).values()).astype(np.float32)


def test_buffers_sum_to_the_song(separator, song):
    stems, residual = separate(separator, song)
    assert null_db(stems.sum(axis=0) + residual, song) < FLOAT_SUM_DB


@pytest.mark.parametrize("bit_depth", ["16", "24"])
def test_integer_files_sum_to_the_song_bit_for_bit(separator, song, tmp_path, bit_depth):
    write_audio(tmp_path / "song.wav", AudioBuffer(0.5 * song, 44100), Encoding("wav", bit_depth))
    report = separator.separate_file(tmp_path / "song.wav", tmp_path / "stems")
    total = sum(read_audio(tmp_path / "stems" / name).samples.astype(np.float64) for name in report.files)
    np.testing.assert_array_equal(total, read_audio(tmp_path / "song.wav").samples)
    assert report.sum_error_db is None
