"""Balance: what was planted is found again under outliers, and the shipped one is honest about held-out songs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mixassist.errors import ModelError, OptionError
from mixassist.suggest.balance import Balance, load_balance, save_balance
from mixassist.suggest.balance_learning import fit_balance, fit_median, foretell_by, held_out_error_db
from mixassist.suggest.instruments import INSTRUMENTS
from mixassist.suggest.medleydb import MixedSong, read_medleydb
from mixassist.suggest.style_files import style_names

PLANTED = {"drums": 4.0, "bass": 0.0, "lead vocal": 1.0, "piano": -5.0}
LOUD_VOCAL_DB = 4.0


def planted_songs(n_songs: int, deviation_db: float) -> list[MixedSong]:
    """Songs in two genres; pop has its vocal louder, and every ninth fader is a mishap."""
    rng = np.random.default_rng(5)
    songs = []
    for number in range(n_songs):
        genre = ("rock", "pop")[number % 2]
        gain_db = np.array(list(PLANTED.values())) + deviation_db * rng.standard_normal(len(PLANTED))
        gain_db[2] += LOUD_VOCAL_DB * (genre == "pop")
        gain_db += 20 * (rng.random(len(PLANTED)) < 1 / 9)
        songs.append(MixedSong(str(number), genre, tuple(PLANTED), gain_db - gain_db.mean(), "manual"))
    return songs


@pytest.fixture(scope="module")
def learned() -> Balance:
    return fit_balance(planted_songs(80, 1.0), n_draws=6)


def test_planted_gains_are_found_under_outliers(learned: Balance) -> None:
    for genre, lift_db in (("rock", 0.0), ("pop", LOUD_VOCAL_DB)):
        told = np.array([fader.gain_db for fader in learned.faders(tuple(PLANTED), {genre: 1.0})])
        truth = np.array([*PLANTED.values()]) + np.array([0, 0, lift_db, 0])
        assert told == pytest.approx(truth - truth.mean(), abs=1.0)


def test_genre_helps_where_it_matters() -> None:
    songs = planted_songs(80, 1.0)
    error_db = held_out_error_db(songs, lambda known: foretell_by(fit_balance(known, n_draws=0)))["all"]
    assert error_db < held_out_error_db(songs, fit_median)["all"]


def test_uncertainty_says_what_is_known(learned: Balance) -> None:
    drums, harp = learned.faders(["drums", "plucked"])
    assert harp.gain_db - drums.gain_db == pytest.approx(-learned.gain_db[0][learned.instruments.index("drums")])
    vocal = learned.instruments.index("lead vocal")
    assert 0 < learned.error_db[1][vocal] < 2
    sure = learned.faders(["drums", "lead vocal"], {"pop": 1.0})
    torn = learned.faders(["drums", "lead vocal"], {"pop": 0.5, "rock": 0.5})
    assert torn[1].spread_db > sure[1].spread_db
    assert sum(fader.gain_db for fader in torn) == pytest.approx(0)


def test_unknown_genres_count_as_any_and_instruments_are_refused(learned: Balance) -> None:
    assert learned.faders(["drums", "bass"], {"polka": 1.0}) == learned.faders(["drums", "bass"])
    assert learned.faders([]) == []
    with pytest.raises(OptionError, match="theremin"):
        learned.faders(["theremin"])
    with pytest.raises(OptionError, match="sum to nothing"):
        learned.faders(["drums"], {"pop": 0.0})


def test_a_balance_survives_its_file(learned: Balance, tmp_path: Path) -> None:
    save_balance(replace(learned, card={"source": "planted"}), tmp_path / "balance.json")
    again = load_balance(tmp_path / "balance.json")
    assert again.card == {"source": "planted"}
    assert again.gain_db == pytest.approx(learned.gain_db, abs=0.006)
    save_balance(replace(learned, genres=("any",)), tmp_path / "broken.json")
    with pytest.raises(ModelError, match="learn it again"):
        load_balance(tmp_path / "broken.json")


def test_the_shipped_balance_is_whole_and_says_how_little_it_knows() -> None:
    balance = load_balance()
    assert set(balance.instruments) == set(INSTRUMENTS)
    assert set(balance.genres[1:]) <= set(style_names())
    error_db = balance.card["held_out_mean_absolute_error_db"]
    assert error_db["learned"]["all"] < error_db["median per instrument"]["all"] < error_db["equal faders"]["all"] < 3


def test_the_shipped_balance_is_what_medleydb_teaches(shared_data: Path) -> None:
    songs = read_medleydb(shared_data / "mixing" / "medleydb")
    assert fit_balance(songs, n_draws=0).gain_db == pytest.approx(load_balance().gain_db, abs=0.02)
