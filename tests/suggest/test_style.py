"""Style cards: every shipped file is whole, values say where they come from, and blends are as wide as their parts."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from mixassist.errors import ModelError, OptionError
from mixassist.suggest.genre_model import load_genre_model
from mixassist.suggest.instruments import INSTRUMENTS
from mixassist.suggest.learned_file import DATA
from mixassist.suggest.style import SECTIONS, blend_styles
from mixassist.suggest.style_files import blend_by_probability, load_style, read_style, style_names
from mixassist.suggest.tone import BANDS_HZ, published_mean_db
from mixassist.suggest.training import tone_toml


@pytest.mark.parametrize("name", style_names())
def test_every_card_is_whole(name: str) -> None:
    card = load_style(name)
    neutral = load_style("neutral")
    assert card.tone.bands_hz == BANDS_HZ
    assert len(card.tone.level_db) == len(card.tone.spread_db) == len(BANDS_HZ)
    assert min(card.tone.spread_db) > 1
    assert card.tone.level_db[BANDS_HZ.index(1000.0)] == 0
    for section in SECTIONS:
        values = getattr(card, section)
        assert set(getattr(neutral, section)) <= set(values)
        for key, value in values.items():
            assert math.isfinite(value.value), key
            assert value.spread > 0, key
            assert all(source.status in {"measured", "published", "prior"} for source in value.sources), key
    assert set(card.balance) == set(card.rt60_s) == set(card.reverb_lu) == set(INSTRUMENTS)
    assert -24 <= card.loudness["competitive"].value <= -6
    assert card.to_dict()["name"] == name


def test_every_genre_the_model_tells_has_a_card() -> None:
    assert set(load_genre_model().classifier.classes) <= set(style_names())


def test_a_card_is_found_by_any_of_its_names() -> None:
    assert load_style("Hip-Hop") is load_style("hiphop") is load_style("RAP")
    assert load_style("Singer/Songwriter").name == "folk"


def test_an_unknown_style_lists_the_known_and_the_nearest() -> None:
    with pytest.raises(OptionError, match=r"did you mean reggae\? .*neutral, ambient"):
        load_style("regae")


def test_blends_are_means_and_as_wide_as_the_mixture() -> None:
    rock, jazz = load_style("rock"), load_style("jazz")
    blend = blend_by_probability({"rock": 0.75, "jazz": 0.25})
    low, high = rock.loudness["competitive"], jazz.loudness["competitive"]
    mixed = blend.loudness["competitive"]
    assert mixed.value == pytest.approx(0.75 * low.value + 0.25 * high.value)
    variance = 0.75 * low.spread**2 + 0.25 * high.spread**2 + 0.75 * 0.25 * (low.value - high.value) ** 2
    assert mixed.spread == pytest.approx(math.sqrt(variance))
    expected = 0.75 * np.array(rock.tone.level_db) + 0.25 * np.array(jazz.tone.level_db)
    assert blend.tone.level_db == pytest.approx(expected)
    assert {source.name for source in blend.balance["lead vocal"].sources} == {"gerdes-2023", "gerdes-order"}
    assert blend_by_probability({"rock": 1.0, "jazz": 0.0}) is rock
    with pytest.raises(OptionError, match="cannot be blended"):
        blend_styles([rock], [0.0])


def test_the_published_mean_has_its_published_slopes() -> None:
    """Table 1 of Elowsson and Friberg: dB per octave of the power density; a third-octave level rises by 3.01 more."""
    level = dict(zip(BANDS_HZ, published_mean_db(), strict=True))
    for low_hz, slope in ((200.0, -2.350), (400.0, -3.668), (800.0, -4.985)):
        steep = (slope - 1.3177 / 2) + 10 * math.log10(2)
        assert level[2 * low_hz] - level[low_hz] == pytest.approx(steep, abs=0.01)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("title = 1 =", "no TOML"),
        ("aliases = []", "title"),
        ('title = "x"\n[loudnes]\n', "unknown sections"),
        ('title = "x"\n[loudness]\ndynamic = { value = -9, spread = 2 }', "a source"),
        ('title = "x"\n[loudness]\ndynamic = { value = -9, spread = 2, source = "hearsay" }', "hearsay"),
        ('title = "x"\n[loudness]\ndynamic = { value = -9, spread = 0, source = "practice" }', "above 0"),
    ],
)
def test_broken_cards_say_why(text: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(text)
    with pytest.raises(ModelError, match=why):
        read_style(path)


def test_the_shipped_tones_are_what_the_table_teaches(shared_data: Path) -> None:
    learned = tone_toml(shared_data / "mixing" / "gtzan_features_30s.csv")
    assert (DATA / "tone.toml").read_text(encoding="utf-8") == learned
