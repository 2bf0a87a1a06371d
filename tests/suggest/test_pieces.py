"""What is heard in pieces is what librosa hears, and does not depend on the blocks."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from mixassist import AudioBuffer, inspect, write_audio
from mixassist.audio import files
from mixassist.suggest.features import spectral_moments, zero_crossing_rate
from mixassist.suggest.genre import guess_genre
from mixassist.suggest.listening import Listener
from mixassist.suggest.pieces import (
    HOP,
    N_PIECE_FRAMES,
    N_TEMPOGRAM_HOPS,
    N_TEMPOGRAM_STEP,
    RATE_HZ,
    MonoPiece,
    PieceStream,
)
from tests.signals import music_like, noise
from tests.tolerances import LIBROSA


@pytest.fixture
def piece():
    mix = sum(music_like(5, RATE_HZ).values()).mean(axis=0)
    mix[RATE_HZ : 2 * RATE_HZ] = 0
    return MonoPiece(mix.astype(np.float32))


def test_centroid_and_bandwidth_are_librosas(piece):
    feature = librosa.feature
    expected = [
        kind(S=piece.magnitudes, sr=RATE_HZ)[0] for kind in (feature.spectral_centroid, feature.spectral_bandwidth)
    ]
    for track, peer in zip(spectral_moments(piece.magnitudes), expected, strict=True):
        assert track == pytest.approx(peer, rel=LIBROSA, abs=LIBROSA * RATE_HZ)


def test_zero_crossings_are_librosas(piece):
    expected = librosa.feature.zero_crossing_rate(piece.samples, center=False)[0]
    assert np.array_equal(zero_crossing_rate(piece.samples), expected)


def test_the_tempogram_is_librosas_now_and_then(piece):
    onsets = librosa.onset.onset_strength(S=piece.mel_db, sr=RATE_HZ, hop_length=HOP, center=False)
    expected = librosa.feature.tempogram(onset_envelope=onsets, win_length=N_TEMPOGRAM_HOPS)[:, ::N_TEMPOGRAM_STEP]
    assert piece.tempogram == pytest.approx(expected, abs=LIBROSA)


@pytest.mark.parametrize("n_frames", [1, N_PIECE_FRAMES, N_PIECE_FRAMES + 1, 2 * N_PIECE_FRAMES])
@pytest.mark.parametrize("n_block", [50_000, 2_000_000])
def test_pieces_hold_every_frame(n_frames, n_block):
    samples = noise(n_frames, 2)
    stream = PieceStream(RATE_HZ)
    pieces = [
        piece for start in range(0, n_frames, n_block) for piece in stream.process(samples[:, start:][:, :n_block])
    ]
    pieces += stream.flush()
    assert [len(piece.samples) for piece in pieces[:-1]] == [N_PIECE_FRAMES] * (len(pieces) - 1)
    assert np.array_equal(np.concatenate([piece.samples for piece in pieces]), samples.mean(axis=0))


def test_a_song_is_read_once_and_sounds_alike_to_all(tmp_path, monkeypatch):
    song = tmp_path / "song.wav"
    write_audio(song, AudioBuffer(0.3 * sum(music_like(3, 44100).values()), 44100))
    opened = []
    choose = files.choose_decoder
    monkeypatch.setattr(files, "choose_decoder", lambda path: opened.append(path) or choose(path))
    heard = inspect(song).genre
    assert opened == [song]
    assert guess_genre(song).probabilities == heard.probabilities


class Memory:
    """Remembers what it heard, and stumbles over a piece of the given length."""

    def __init__(self, stumbles_at=None):
        self.heard = []
        self.stumbles_at = stumbles_at

    def hear(self, piece):
        if len(piece.samples) == self.stumbles_at:
            raise ValueError("an ear's own bug")
        self.heard.append(len(piece.samples))


def test_every_ear_hears_every_piece_in_order():
    ears = Memory(), Memory()
    listener = Listener(ears)
    for first in range(1, 20, 3):
        listener.hear(MonoPiece(np.zeros(n, np.float32)) for n in range(first, first + 3))
    listener.finish()
    assert ears[0].heard == ears[1].heard == list(range(1, 22))


def test_what_goes_wrong_while_hearing_is_not_lost():
    listener = Listener([Memory(stumbles_at=3)])
    listener.hear([MonoPiece(np.zeros(3, np.float32))])
    with pytest.raises(ValueError, match="an ear's own bug"):
        listener.finish()
