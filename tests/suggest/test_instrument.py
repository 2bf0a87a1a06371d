"""Instruments: the user's word beats the name, the name beats the sound, and silence is no guess."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mixassist import AudioBuffer, read_audio, write_audio
from mixassist.errors import OptionError
from mixassist.suggest.instrument import guess_instrument
from mixassist.suggest.learned_file import read_learned
from mixassist.suggest.track_sound import KIND, RATE_HZ, SHIPPED, SOUND_COLUMNS, load_families, sound_features


def kick(n_beats: int) -> np.ndarray:
    """Sines that fall from 120 to 50 Hz, twice a second."""
    time_s = np.arange(RATE_HZ // 2) / RATE_HZ
    phase = 2 * np.pi * (50 * time_s + 70 * 0.03 * (1 - np.exp(-time_s / 0.03)))
    return np.tile(np.sin(phase) * np.exp(-time_s / 0.1), n_beats).astype(np.float32)


def hats(n_beats: int) -> np.ndarray:
    """Bursts of differentiated noise, eight a second."""
    time_s = np.arange(RATE_HZ // 8) / RATE_HZ
    noise = np.diff(np.random.default_rng(1).standard_normal((4 * n_beats, len(time_s) + 4)), n=4)
    return (0.01 * noise * np.exp(-time_s / 0.02)).ravel().astype(np.float32)


def write(path: Path, samples: np.ndarray) -> Path:
    write_audio(path, AudioBuffer(samples[None], RATE_HZ))
    return path


def test_the_users_word_comes_first(tmp_path: Path) -> None:
    said = guess_instrument(tmp_path / "missing kick.wav", override="snare")
    assert (said.instrument, said.confidence) == ("snare", 1.0)
    assert guess_instrument("x.wav", override="Gesang").instrument == "lead vocal"
    with pytest.raises(OptionError, match="did you mean piano"):
        guess_instrument("x.wav", override="paino")


def test_the_name_comes_before_the_sound(tmp_path: Path) -> None:
    named = guess_instrument(tmp_path / "07 Snare Top.wav")
    assert (named.instrument, named.family) == ("snare", "drums")
    assert "snare top" in named.reason


def test_the_sound_tells_where_the_name_does_not(tmp_path: Path) -> None:
    low = guess_instrument(write(tmp_path / "Audio 1.wav", kick(8)))
    high = guess_instrument(write(tmp_path / "Audio 2.wav", hats(8)))
    assert low.family in {"drums", "bass"}
    assert low.instrument in {"kick", "bass"}
    assert high.family == "drums"
    assert high.instrument in {"hi-hat", "cymbals"}


@pytest.mark.parametrize("n_frames", [100, RATE_HZ])
def test_silence_and_scraps_are_no_guess(tmp_path: Path, n_frames: int) -> None:
    silent = guess_instrument(write(tmp_path / "Audio 3.wav", np.zeros(n_frames, dtype=np.float32)))
    assert (silent.instrument, silent.confidence) == ("other", 0.0)


def test_features_are_free_of_level() -> None:
    loud, quiet = (sound_features(gain * kick(4)) for gain in (np.float32(1), np.float32(0.01)))
    assert tuple(loud) == SOUND_COLUMNS
    assert loud == pytest.approx(quiet, abs=1e-3)


def test_the_shipped_families_say_what_they_are() -> None:
    card, _ = read_learned(SHIPPED, KIND)
    assert {"source", "licence", "caveat", "limits", "held_out"} <= set(card)
    assert load_families().classes == ("bass", "drums", "other", "vocals")


def test_bands_are_told_apart(shared_data: Path, tmp_path: Path) -> None:
    """Songs that were never learned from, under names that say nothing."""
    folder = shared_data / "separation" / "eval"
    truth = {"drums": "drums", "vocals": "vocals", "bass": "bass"}
    n_right = 0
    for song in ("reggae", "country1"):
        for stem, family in truth.items():
            track = tmp_path / f"{song[0]} {len(stem)}{stem[1]}.wav"
            write_audio(track, read_audio(folder / song / f"{stem}.ogg"))
            n_right += guess_instrument(track).family == family
    assert n_right >= 4
