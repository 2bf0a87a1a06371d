import numpy as np
import pytest

from mixassist import AudioBuffer
from mixassist.errors import AudioError
from separation import SeparationOptions, Separator, separate
from tests.signals import music_like


@pytest.fixture
def options(tiny_htdemucs):
    return SeparationOptions(model=str(tiny_htdemucs.path), engine="onnxruntime", n_threads=1)


@pytest.fixture
def song():
    return AudioBuffer(sum(music_like(1.3, 44100).values()), 44100)


def test_progress_ends_with_every_second_and_chunk_done(options, song):
    heard = []
    Separator(options).separate(song, heard.append)
    last = heard[-1]
    assert last.done_s == pytest.approx(song.seconds)
    assert last.n_chunks_done == last.n_chunks == len(heard)
    assert [state.n_chunks_done for state in heard] == list(range(1, len(heard) + 1))


def test_separate_gives_named_stems_and_a_residual(options, song):
    result = separate(song, options)
    assert list(result.stems) == ["drums", "bass", "other", "vocals"]
    assert result.to_dict() == {"stems": list(result.stems), "rate": 44100, "frames": song.n_frames}


def test_a_separator_opens_its_model_once(options, song):
    separator = Separator(options)
    separator.separate(song)
    assert separator.model is separator.model


def test_more_than_two_channels_are_refused(options):
    with pytest.raises(AudioError, match="6 channels"):
        separate(AudioBuffer(np.zeros((6, 1000)), 44100), options)
