"""Words sung to a melody: syllables, notes, and a voice that comes out at the pitch asked for."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import scipy.signal

from mixassist.errors import EngineError
from separation.songs import RATE
from separation.training_set.composing import draw_plan
from separation.training_set.crooning import Crooner, Manner, perform
from separation.training_set.melodies import Line, SungNote, harmony, write_melody
from separation.training_set.phrases import PhraseBank, pitch_of, write_phrases
from separation.training_set.score import Section
from separation.training_set.sources import Source
from separation.training_set.styles import read_styles
from separation.training_set.sung_lines import Choir
from separation.training_set.vocoder import analyse, breath_curve, sing
from separation.training_set.words import SpokenLine, WordBank, Words, _vowels, speak, vowels_of, write_words

FLITE_SAID = "pau:0.119 hh:0.212 ax:0.261 l:0.412 ow:0.620 pau:0.8 \n"

FLITE = f"""#!{sys.executable}
import sys, wave
with wave.open(sys.argv[sys.argv.index("-o") + 1], "wb") as file:
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(16000)
    file.writeframes(b"\\x00\\x10\\x00\\xf0" * 6400)
print({FLITE_SAID!r})
"""


@pytest.fixture(scope="module")
def plan():
    return draw_plan(read_styles()["pop"], 20.0, np.random.default_rng(4))


@pytest.fixture
def pyworld():
    return pytest.importorskip("pyworld", reason="sings words; an extra of its own")


def syllables(n: int, pitch: float = 50.0) -> np.ndarray:
    """Vowels of 0.25 s, mono [T], with noisy consonants of 0.08 s before them."""
    rng, time_s = np.random.default_rng(1), np.arange(int(0.25 * RATE)) / RATE
    hz = 440 * 2 ** ((pitch - 69) / 12)
    vowel = sum(np.sin(2 * np.pi * k * hz * time_s) / k for k in range(1, 20)) * np.sin(np.pi * time_s / 0.25) ** 0.3
    consonant = 0.1 * rng.standard_normal(int(0.08 * RATE))
    return np.tile(np.concatenate([consonant, 0.3 * vowel]), n).astype(np.float32)


def bank_of(folder, n_lines: int = 5) -> WordBank:
    recording = np.round(syllables(6) * 30_000).astype(np.int16)
    write_phrases({("somebody", "pack/one"): recording[None]}, folder)
    vowels = [(0.33 * place + 0.1, 0.33 * place + 0.31) for place in range(6)]
    lines = [SpokenLine("talker", "he", 0, recording.size, vowels)] * n_lines
    return WordBank(recording, lines, PhraseBank.open(folder))


def test_vowels_are_read_from_what_flite_says():
    assert _vowels(FLITE_SAID) == [(pytest.approx(0.222), pytest.approx(0.251)), (pytest.approx(0.422), 0.61)]


def test_every_voice_of_a_program_says_every_line_once(tmp_path):
    program = tmp_path / "flite"
    program.write_text(FLITE, encoding="utf-8")
    program.chmod(0o755)
    lyrics = tmp_path / "lyrics.toml"
    lyrics.write_text('lines = ["oh my love"]', encoding="utf-8")
    source = Source("talker", "voices", program, "CC0-1.0", "A Talker", folders=("he", "she"))
    assert source.is_program
    write_words([source], tmp_path, lyrics)
    write_phrases({}, tmp_path)
    bank = WordBank.open(tmp_path)
    assert [(line.source, line.voice, len(line.vowels)) for line in bank.lines] == [
        ("talker", "he", 2),
        ("talker", "she", 2),
    ]
    assert bank.samples.size == bank.lines[-1].last
    assert bank.lines[0].last == pytest.approx(0.8 * RATE, abs=RATE // 100)
    program.unlink()
    write_words([source], tmp_path, lyrics)


def test_a_program_that_fails_is_told_of(tmp_path):
    program = tmp_path / "flite"
    program.write_text(f"#!{sys.executable}\nraise SystemExit('no such voice')\n", encoding="utf-8")
    program.chmod(0o755)
    with pytest.raises(EngineError, match=r"flite ended with 1 as voice he was to say 'oh' \(no such voice\)"):
        speak(program, "he", "oh")


def test_notes_are_in_key_one_after_the_other_and_no_more_than_syllables(plan):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        notes = write_melody(plan, Line(2, 2, 9, 57, is_spoken=seed % 2 == 0), rng)
        assert 0 < len(notes) <= 9
        assert all(plan.is_in_key(note.pitch) and abs(note.pitch - 57) <= 15 for note in notes)
        assert notes[0].start_s >= plan.at_s(2, 0)
        assert notes[-1].end_s <= plan.at_s(4, 0) + 1e-6
        assert all(a.end_s == b.start_s and a.end_s > a.start_s for a, b in pairwise(notes))


def test_harmonies_are_in_key_and_keep_time(plan):
    notes = write_melody(plan, Line(0, 2, 9, 57), np.random.default_rng(1))
    for n_degrees in (2, 4, -3):
        sung = harmony(plan, notes, n_degrees)
        assert all(plan.is_in_key(note.pitch) for note in sung)
        moved = [new.pitch - old.pitch for new, old in zip(sung, notes, strict=True)]
        assert all(2 <= abs(semitones) <= 9 and np.sign(semitones) == np.sign(n_degrees) for semitones in moved)
        assert [note.start_s for note in sung] == [note.start_s for note in notes]


def test_vowels_are_found_where_consonants_are_not(pyworld):
    spans = vowels_of(analyse(syllables(4)))
    assert len(spans) == 4
    for place, (start_s, end_s) in enumerate(spans):
        assert start_s == pytest.approx(0.33 * place + 0.08, abs=0.06)
        assert end_s == pytest.approx(0.33 * (place + 1), abs=0.06)


@pytest.mark.parametrize("pitch", [45.0, 57.0, 66.0])
def test_a_voice_sings_at_the_pitch_asked_for_and_keeps_its_length(pyworld, pitch):
    voice = analyse(syllables(3)).with_formants(0.95)
    hz = np.full(voice.n_frames, 440 * 2 ** ((pitch - 69) / 12))
    sung = sing(voice, hz, breath_curve(voice.log_envelope.shape[1], 0.0))
    assert sung.size == pytest.approx(syllables(3).size, abs=RATE // 50)
    assert pitch_of(sung) == pytest.approx(pitch, abs=0.3)


def test_narrow_recordings_get_highs(pyworld, rng):
    cut = scipy.signal.butter(8, 7000, fs=RATE, output="sos")
    narrow = scipy.signal.sosfilt(cut, rng.standard_normal(RATE)).astype(np.float32)
    as_it_is, continued = (analyse(narrow, band_hz).log_envelope for band_hz in (RATE / 2, 8000.0))
    assert continued[:, 500:].mean() > as_it_is[:, 500:].mean() + 5
    assert continued[:, 900:].mean() < continued[:, 500:600].mean() - 1
    assert np.array_equal(continued[:, :270], as_it_is[:, :270])


def test_a_line_sings_each_syllable_on_its_note(pyworld):
    words = Words(analyse(syllables(2)), [(0.1, 0.31), (0.43, 0.64)], "pack/one")
    notes = [SungNote(1.0, 2.0, 52), SungNote(2.0, 3.0, 59)]
    still = Manner(1.0, 0.0, 0.0, 5.0, 0.3, 0.015, 0.0, 0.0, 0.0)
    start_s, sung = perform(words, notes, still, np.random.default_rng(1))
    assert start_s == pytest.approx(0.9, abs=0.01)
    assert np.sqrt(np.mean(sung**2)) == pytest.approx(0.1, rel=0.01)
    for first_s, pitch in ((1.2, 52), (2.2, 59)):
        piece = sung[int((first_s - start_s) * RATE) : int((first_s + 0.5 - start_s) * RATE)]
        assert pitch_of(piece) == pytest.approx(pitch, abs=0.3)


def test_a_crooner_sings_a_song_with_words_it_may_use(pyworld, tmp_path, plan):
    bank = bank_of(tmp_path)
    assert [name for name, _ in bank.speakers()] == ["talker/he"]
    verse = replace(plan, sections=[Section("verse", 0, 4, 0.7), Section("chorus", 4, 4, 1.0)])
    singer = Crooner(bank, verse, np.random.default_rng(2))
    lead, choir = singer.sing(20 * RATE)
    assert lead.shape == choir.shape == (2, 20 * RATE)
    assert np.isfinite(lead).all()
    assert lead.any()
    assert set(singer.seconds_by_source) == {"talker/he"}


def test_loose_lines_belong_to_a_source_are_kept_and_come_back_the_same(pyworld, tmp_path):
    (tmp_path / "voices").mkdir()
    source = Source("talker", "voices", tmp_path / "talker", "CC0-1.0", "A Talker")
    choir = Choir(bank_of(tmp_path), [source])
    written = list(choir.write(2, tmp_path))
    assert [path.name for path in written] == ["talker-sung-0000.npy", "talker-sung-0001.npy"]
    assert list(choir.write(2, tmp_path)) == []
    stored = np.load(written[0])
    assert stored.dtype == np.int16
    assert stored.shape[0] == 1
    assert np.abs(stored).max() > 10_000
    assert np.array_equal(choir.line(1)[1], choir.line(1)[1])
    assert not list(Choir(bank_of(tmp_path), []).write(1, tmp_path))


def test_a_bank_without_spoken_lines_opens(tmp_path):
    bank_of(tmp_path)
    assert WordBank.open(tmp_path).lines == []
    row = {"source": "talker", "voice": "he", "first": 0, "last": 9, "vowels": [[0.0, 0.1]]}
    (tmp_path / "words.json").write_text(json.dumps([row]), encoding="utf-8")
    np.save(tmp_path / "words.npy", np.zeros(9, np.int16))
    assert WordBank.open(tmp_path).lines[0].vowels == [(0.0, 0.1)]


def test_who_lacks_pyworld_reads_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyworld", None)
    with pytest.raises(EngineError, match="pip install"):
        analyse(np.zeros(RATE, np.float32))
