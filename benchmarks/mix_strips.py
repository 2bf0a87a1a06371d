"""Faults planted in single tracks of finished songs: what the rule of each finds, and what it finds without them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import scipy.signal

from benchmarks.mix_faults import FAULTS, Fault, close_drum, one_side, with_spill
from benchmarks.mix_songs import cut_song, heard_as, samples_of, song_folders, with_channel
from benchmarks.results import Section
from benchmarks.separation import Bench
from mixassist.audio import AudioBuffer, read_audio
from mixassist.audio.buffer import Samples
from mixassist.audio.resample import resample
from mixassist.suggest.advice import Suggestion
from mixassist.suggest.mix import advise
from mixassist.suggest.multitrack import Channel, Multitrack
from mixassist.suggest.rules.dryness import fall_db
from mixassist.suggest.rules.gate import suggest_gates
from mixassist.suggest.rules.panning import find_one_sided
from mixassist.suggest.rules.reverb import DRY_FALL_DB

NEAR_OCTAVES = 0.8
"""A band so near a bump is its cure."""

Row = tuple[str, str, int, int, int]
DRY = ("separation/voices/erithacus", "timbre/alto-sax")
N_NOTES, NOTE_STEP = 6, 4
RATE_HZ = 44100
PLATES = "rooms/emt140"
PLATE_DB = -14.0


def strips(bench: Bench) -> Section:
    """Per fault: how many were planted, found, and found where none was."""
    songs = [cut_song(bench, folder) for folder in song_folders(bench)]
    rows = [_fault(bench, songs, fault) for fault in FAULTS]
    rows += [_one_sided(bench, songs), _spill(bench, songs), _dry(bench, songs[0])]
    return Section(
        "Faults planted in tracks",
        "python -m benchmarks --only strips",
        ("fault", "cure", "tracks", "found", "recall", "without the fault", "precision"),
        [
            (name, cure, f"{n}", f"{found}", f"{found / n:.0%}", f"{false}", f"{found / max(found + false, 1):.0%}")
            for name, cure, n, found, false in rows
            if n
        ],
        f"{len(songs)} finished songs, 30 s each, in stems; one track at fault at a time. Found: the cure is suggested "
        "for that track, a band within 0.8 octaves. Without the fault: how often it is for the same tracks as they "
        "are. Spill is added to hits cut from the drums; dry phrases are syllables sung and notes of a saxophone, "
        "with and without EMT 140 plates.",
    )


def _fault(bench: Bench, songs: Sequence[Multitrack], fault: Fault) -> Row:
    tracks = [(song, each) for song in songs for each in song.channels if each.family in fault.families]
    found = false = 0
    for index, (song, channel) in enumerate(tracks):
        samples, rate = samples_of(channel)
        clean = channel
        if fault.processor == "pan":
            clean = heard_as(bench, channel, samples.mean(axis=0, keepdims=True).repeat(2, axis=0), rate)
        damaged = heard_as(bench, channel, fault.plant(samples, rate, np.random.default_rng(index)), rate)
        found += _is_cured(with_channel(song, damaged), channel.name, fault)
        false += _is_cured(with_channel(song, clean), channel.name, fault)
    return fault.name, fault.processor, len(tracks), found, false


def _is_cured(song: Multitrack, name: str, fault: Fault) -> bool:
    suggestions = next(each.of(fault.processor) for each in advise(song).tracks if each.track == name)
    return any(_is_near(each, fault.hz) for each in suggestions)


def _is_near(suggestion: Suggestion, hz: float | None) -> bool:
    if hz is None:
        return True
    return suggestion.number("gain") < 0 and abs(np.log2(suggestion.number("frequency") / hz)) < NEAR_OCTAVES


def _one_sided(bench: Bench, songs: Sequence[Multitrack]) -> Row:
    tracks = [(song, each) for song in songs for each in song.channels if each.family in ("vocals", "bass")]
    found = false = 0
    for index, (song, channel) in enumerate(tracks):
        samples, rate = samples_of(channel)
        damaged = heard_as(bench, channel, one_side(samples, rate, np.random.default_rng(index)), rate)
        found += bool(find_one_sided(with_channel(song, damaged)))
        false += bool(find_one_sided(song))
    return "one side silent", "a finding", len(tracks), found, false


def _spill(bench: Bench, songs: Sequence[Multitrack]) -> Row:
    n = found = false = 0
    for song in songs:
        drums = next((each for each in song.channels if each.family == "drums"), None)
        others = [each for each in song.channels if each.family != "drums"]
        if drums is None or not others:
            continue
        samples, rate = samples_of(drums)
        close = close_drum(samples, rate)
        rest = _sum([samples_of(each)[0].mean(axis=0) for each in others], len(close))
        n += 1
        found += _is_gated(song, heard_as(bench, drums, with_spill(close, rest, rate)[None], rate))
        false += _is_gated(song, heard_as(bench, drums, close[None], rate))
    return "spill at -26 dB between hits", "gate", n, found, false


def _is_gated(song: Multitrack, heard: Channel) -> bool:
    """Whether the gate's rule would have one there if the track was a snare."""
    return bool(suggest_gates(replace(song, channels=(replace(heard, instrument="snare"),))))


def _dry(bench: Bench, song: Multitrack) -> Row:
    plates = [_mono(path) for path in sorted((bench.data / PLATES).glob("*.wav"))]
    phrases = [phrase for folder in DRY for phrase in _phrases(bench.data / folder)]
    channel = song.channels[0]
    found = sum(_is_dry(bench, channel, phrase) for phrase in phrases)
    wet = [_in_room(phrase, plates[index % len(plates)]) for index, phrase in enumerate(phrases)]
    false = sum(_is_dry(bench, channel, phrase) for phrase in wet)
    return "no room (without the fault: in plates, -14 dB)", "reverb_send", len(phrases), found, false


def _phrases(folder: Path) -> list[Samples]:
    """Notes one after the other, `N_NOTES` to a phrase."""
    notes = [_mono(path) for path in sorted(folder.glob("*.ogg"))[::NOTE_STEP]]
    return [np.concatenate(notes[first : first + N_NOTES]) for first in range(0, len(notes) - N_NOTES + 1, N_NOTES)]


def _is_dry(bench: Bench, channel: Channel, samples: Samples) -> bool:
    heard = heard_as(bench, channel, samples[None], RATE_HZ)
    return (fall_db(heard.track.powers) or 0.0) > DRY_FALL_DB


def _mono(path: Path) -> Samples:
    track = read_audio(path)
    mono = AudioBuffer(track.samples.mean(axis=0, keepdims=True), track.rate)
    return np.pad(resample(mono, RATE_HZ).samples[0], (0, RATE_HZ // 2))


def _in_room(voice: Samples, response: Samples) -> Samples:
    wet = scipy.signal.fftconvolve(voice, response)[: len(voice)]
    level = np.sqrt(np.mean(np.square(voice)) / np.mean(np.square(wet))) * 10 ** (PLATE_DB / 20)
    return np.asarray(voice + level * wet, dtype=np.float32)


def _sum(tracks: Sequence[Samples], n_frames: int) -> Samples:
    return np.asarray(sum(np.pad(each, (0, max(n_frames - len(each), 0)))[:n_frames] for each in tracks))
