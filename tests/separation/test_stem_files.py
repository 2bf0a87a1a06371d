import numpy as np
import pytest

from mixassist import read_audio
from mixassist.audio.info import AudioInfo
from mixassist.audio.writer import Encoding
from separation.stem_files import RESIDUAL, StemFiles

NAMES = ("drums", "vocals")


def info(n_channels=2):
    return AudioInfo("song.wav", 44100, n_channels, 5000, "WAV", "PCM_16", 16, False)


def write(folder, mix, stems, encoding, rest=RESIDUAL):
    with StemFiles(folder, NAMES[: len(stems)], info(mix.shape[0]), encoding, rest) as files:
        for start in range(0, mix.shape[1], 999):
            files.write(mix[:, start : start + 999], stems[..., start : start + 999])
    return files


def total(files):
    return np.sum([read_audio(path).samples.astype(np.float64) for path in files.paths], axis=0)


@pytest.fixture
def mix(rng):
    """A 16-bit song."""
    return (np.round(rng.uniform(-0.4, 0.4, (2, 5000)) * 2**15) / 2**15).astype(np.float32)


@pytest.fixture
def stems(mix, rng):
    return np.stack([0.6 * mix, 0.3 * mix + 0.01 * rng.standard_normal(mix.shape)]).astype(np.float32)


@pytest.mark.parametrize(("container", "bit_depth"), [("wav", "16"), ("wav", "24"), ("flac", "16"), ("flac", "24")])
def test_integer_files_sum_to_the_song_bit_for_bit(tmp_path, mix, stems, container, bit_depth):
    files = write(tmp_path, mix, stems, Encoding(container, bit_depth))
    np.testing.assert_array_equal(total(files), mix)
    assert files.sum_error_db is None
    assert files.findings() == ()


def test_float_files_sum_to_the_song_within_rounding(tmp_path, rng, stems):
    mix = rng.standard_normal((2, 5000)).astype(np.float32)
    files = write(tmp_path, mix, stems, Encoding("wav", "32f"))
    error = np.sum((total(files) - mix) ** 2) / np.sum(mix.astype(np.float64) ** 2)
    assert 10 * np.log10(error) < -140
    assert files.sum_error_db == pytest.approx(10 * np.log10(error), abs=0.5)


def test_an_integer_file_that_clips_is_a_finding_and_float_keeps_everything(tmp_path, mix, stems):
    loud = stems + np.array([[[3.0]], [[0.0]]], dtype=np.float32)
    clipped = write(tmp_path / "16", mix, loud, Encoding("wav", "16"))
    assert [finding.code for finding in clipped.findings()] == ["output-clipped", "output-clipped"]
    assert "drums.wav clips: 10000 samples beyond full scale" in clipped.findings()[0].message
    kept = write(tmp_path / "32f", mix, loud, Encoding("wav", "32f"))
    assert kept.findings() == ()
    np.testing.assert_array_equal(read_audio(kept.paths[0]).samples, loud[0])


def test_a_silent_residual_is_not_written(tmp_path, mix):
    files = write(tmp_path, mix, mix[None], Encoding("wav", "16"))
    assert [path.name for path in files.paths] == ["drums.wav"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["drums.wav"]


def test_a_late_residual_keeps_its_place_in_time(tmp_path, mix):
    stems = mix[None].copy()
    stems[..., 4321] = 0
    files = write(tmp_path, mix, stems, Encoding("wav", "16"))
    residual = read_audio(tmp_path / "residual.wav").samples
    assert residual.shape == mix.shape
    np.testing.assert_array_equal(np.flatnonzero(residual[0]), [4321])
    np.testing.assert_array_equal(total(files), mix)


def test_two_stems_complete_each_other(tmp_path, mix, stems):
    files = write(tmp_path, mix, stems[:1], Encoding("wav", "16"), rest="no_drums")
    assert [path.name for path in files.paths] == ["drums.wav", "no_drums.wav"]
    np.testing.assert_array_equal(total(files), mix)


def test_the_second_stem_is_written_even_when_silent(tmp_path, mix):
    write(tmp_path, mix, mix[None], Encoding("wav", "16"), rest="no_drums")
    assert not read_audio(tmp_path / "no_drums.wav").samples.any()


def test_nothing_is_left_after_an_error(tmp_path, mix, stems):
    def interrupted():
        with StemFiles(tmp_path, NAMES, info(), Encoding(), RESIDUAL) as files:
            files.write(mix, stems)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []
