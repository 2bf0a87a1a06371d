"""The card: every name and number in it comes from the model's papers."""

from __future__ import annotations

import dataclasses

import pytest

from mixassist.runtime.artifact import ModelCard
from separation.lite_card import write_card
from separation.net import LIVE, LiteOptions

GPL = "GPL-2.0-or-later with composition exception"
TRAINING = {
    "n_steps": 1234,
    "minutes": 56.7,
    "n_parameters": 2_500_000,
    "machine": "a test",
    "n_batch": 4,
    "example_s": 3.0,
    "best": {"mean": 4.0, "minutes": 50.0},
    "held_out": ["sodium", "made-000000"],
    "genres_held_out": {"made-000000": "made-000000, rock"},
    "material": {
        "recorded_minutes": 28.3,
        "voice_minutes": 32.4,
        "made_minutes": 3.0,
        "made_songs": {"hip_hop": 2, "rock": 1},
    },
}
CREDITS = [
    {"credit": "A Band", "licence": "CC0-1.0", "seconds_in_made_songs": 0.0, "seconds_of_its_own": 61.0},
    {"credit": "A Drummer", "licence": GPL, "seconds_in_made_songs": 60.0, "seconds_of_its_own": 0.0, "url": "a.org"},
]
CARD = ModelCard("lite", "MIT (weights)", TRAINING, CREDITS)


def song(**figures: float):
    return {"model": figures, "mixture": dict.fromkeys(figures, -5.0), "oracle": dict.fromkeys(figures, 9.0)}


def table(songs):
    row = {"drums": 5.0, "bass": 4.0, "other": 3.0, "vocals": 2.0, "mean": 3.5}
    return {"median": {"model": row, "mixture": row, "oracle": row}, "songs": songs}


HELD_OUT = table({"made-000000": song(drums=4.0), "sodium": song(drums=6.0, vocals=1.0)})
TEST = table({"punk": song(drums=-6.1, bass=2.0), "rock": song(drums=-2.0, vocals=3.0)})


@pytest.fixture
def text() -> str:
    return write_card(CARD, LiteOptions(), {"held_out": HELD_OUT, "test": TEST, "leak": {"punk": -31.0, "rock": -12.0}})


def plain(text: str) -> str:
    """The text without line breaks."""
    return " ".join(text.split())


def test_it_tells_how_the_network_was_trained(text):
    text = plain(text)
    assert "(2,500,000 weights)" in text
    assert "57 minutes (1,234 steps of 4 examples of 3 s) on a test" in text
    assert "at minute 50, which did best on songs held out. Songs held out: sodium and made-000000." in text
    assert "3 made songs (3 min: hip hop and rock)" in text


def test_the_mean_of_runs_is_told_as_such():
    card = dataclasses.replace(CARD, training=TRAINING | {"mean_of": [30.0, 50.4]})
    text = plain(write_card(card, LiteOptions(), {"held_out": HELD_OUT}))
    assert "mean of the running averages of the weights at minutes 30 and 50" in text
    assert "did best" not in text


def test_its_lines_end_and_code_is_not_torn(text):
    assert max(map(len, (line for line in text.splitlines() if not line.startswith("|")))) <= 120
    assert "`python -m separation.training`" in text
    assert text.endswith("\n")


def test_it_credits_every_source_with_licence_and_seconds(text):
    assert "| A Band | CC0-1.0 |  | 61 |  |" in text
    assert f"| A Drummer | {GPL} | 60 |  | a.org |" in text
    assert f"A Drummer is under {GPL}:" in plain(text)


def test_the_gpl_is_spoken_of_only_where_it_is_met():
    card = dataclasses.replace(CARD, credits=CREDITS[:1])
    assert "GPL" not in write_card(card, LiteOptions(), {"held_out": HELD_OUT})


def test_it_scores_all_songs_and_each(text):
    assert "| test set, 2 songs | drums | bass | other | vocals | mean |" in text
    assert "| lite | 5.00 | 4.00 | 3.00 | 2.00 | 3.50 |" in text
    assert "| punk | -6.1 (9.0) | 2.0 (9.0) |  |  |" in text
    assert "| made-000000, rock | 4.0 (9.0) |  |  |  |" in text


def test_it_says_where_it_fails_as_measured(text):
    assert "- Vocals come out worst, 2.0 dB." in text
    assert "- Drums are worse than silence on punk and rock (-6.1 to -2.0 dB)." in text
    assert "left -22 dB against the mix (median; -12 dB at worst)" in plain(text)
    assert "Frames of 93 ms smear attacks; above 15.2 kHz" in text


def test_before_the_end_it_speaks_of_songs_held_out_alone():
    text = write_card(CARD, LiteOptions(), {"held_out": HELD_OUT})
    assert "test set" not in text.lower()


def test_a_causal_network_is_described_by_its_latency():
    text = write_card(dataclasses.replace(CARD, name="lite-live"), LIVE, {"held_out": HELD_OUT})
    assert text.startswith("# lite-live")
    assert "at most 46 ms late" in plain(text)
