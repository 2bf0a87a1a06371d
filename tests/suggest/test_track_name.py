"""File names say what a track is, in several languages."""

from __future__ import annotations

import pytest

from mixassist.suggest.instruments import BY_MEDLEYDB, INSTRUMENTS
from mixassist.suggest.track_name import _words, instrument_in_name, side_in_name


@pytest.mark.parametrize(
    ("name", "instrument"),
    [
        ("01_Kick In.wav", "kick"),
        ("Bass Drum 2.wav", "kick"),
        ("05 SN_TOP.wav", "snare"),
        ("OH-L.wav", "cymbals"),
        ("HiHat.aif", "hi-hat"),
        ("FloorTom1.wav", "toms"),
        ("drums.ogg", "drums"),
        ("no_vocals.wav", "other"),
        ("BassDI_01.wav", "bass"),
        ("Sub 808.wav", "synth bass"),
        ("Upright Bass.wav", "double bass"),
        ("LeadVox_dry.wav", "lead vocal"),
        ("BGVs stereo.wav", "backing vocal"),
        ("Leadgesang_03.wav", "lead vocal"),
        ("Hintergrundgesang.wav", "backing vocal"),
        ("Akustikgitarre li.wav", "acoustic guitar"),
        ("Große Trommel.wav", "kick"),
        ("Schlagzeug.wav", "drums"),
        ("guitare saturée.wav", "distorted electric guitar"),
        ("Gtr Solo.wav", "distorted electric guitar"),
        ("Guitarra eléctrica.wav", "clean electric guitar"),
        ("voz principal.wav", "lead vocal"),
        ("batería.wav", "drums"),
        ("Pianoforte.wav", "piano"),
        ("Rhodes MkI.wav", "keys"),
        ("SynthPad4.wav", "synth"),
        ("Violoncello.wav", "strings"),
        ("TenorSax.wav", "woodwind"),
        ("ボーカル.wav", "lead vocal"),
        ("ベース.wav", "bass"),
        ("гитара.wav", "clean electric guitar"),
        ("钢琴.wav", "piano"),
    ],
)
def test_names_are_understood(name: str, instrument: str) -> None:
    found = instrument_in_name(name)
    assert found is not None
    assert found[0] == instrument


@pytest.mark.parametrize("name", ["Audio 01.wav", "track_7.wav", "bounce.wav", "Ohio.wav", "episode.wav"])
def test_what_says_nothing_is_no_guess(name: str) -> None:
    assert instrument_in_name(name) is None


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("01 OH L.wav", "02 OH R.wav"),
        ("05 Keys Left.wav", "06 Keys Right.wav"),
        ("Akustikgitarre li.wav", "Akustikgitarre re.wav"),
        ("GtrL_2.wav", "GtrR_2.wav"),
        ("Room.L.wav", "Room.R.wav"),
        ("ギター左.wav", "ギター右.wav"),
        ("guitare gauche.wav", "guitare droite.wav"),
    ],
)
def test_sides_of_one_thing_are_understood(left: str, right: str) -> None:
    one, other = side_in_name(left), side_in_name(right)
    assert one is not None
    assert other is not None
    assert one[0] == other[0]
    assert (one[1], other[1]) == ("left", "right")


@pytest.mark.parametrize("name", ["L.wav", "Vocal.wav", "Left hand.wav", "Snare.wav", "Alright.wav", "R2D2 noise.wav"])
def test_what_names_no_side_has_none(name: str) -> None:
    assert side_in_name(name) is None


def test_numbers_tell_pairs_apart() -> None:
    assert side_in_name("Gtr L 1.wav") != side_in_name("Gtr L 2.wav")
    assert side_in_name("Gtr 1 L.wav") != side_in_name("Gtr 2 L.wav")


def test_no_word_means_two_instruments() -> None:
    words = [word for each in INSTRUMENTS.values() for word in set(each.words)]
    assert len(words) == len(set(words))
    assert {"lead vocal", "kick", "bass"} <= set(_words().values())
    assert len(BY_MEDLEYDB) > 80
