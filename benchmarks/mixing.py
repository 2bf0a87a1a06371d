"""What a mix's advice does to stems of finished songs and to its own render."""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.mix_faults import drift, rumble
from benchmarks.mix_masking import masking
from benchmarks.mix_songs import cut_song, samples_of, song_folders, whole_song, write_tracks
from benchmarks.mix_strips import strips
from benchmarks.results import Section
from benchmarks.separation import Bench
from mixassist.audio import AudioBuffer
from mixassist.audio.buffer import Samples
from mixassist.suggest.advice import BUS, MASTER, MixAdvice, Suggestion
from mixassist.suggest.mix import advise
from mixassist.suggest.mix_chain import MixChain, TrackChain, mix_chain_of
from mixassist.suggest.mix_master import with_master
from mixassist.suggest.multitrack import Multitrack, read_multitrack
from mixassist.suggest.render import render_blocks, render_track
from mixassist.suggest.room import RoomProcess

PROCESSORS = ("gain", "pan", "high_pass", "gate", "eq", "compressor", "reverb_send")
FOR_ALL = ("bus gain", "bus eq", "master eq", "master compressor", "master width", "master gain")
FADERS_DB = 9.0
MOVED = {"gain": "gain", "eq": "gain", "compressor": "make_up", "gate": "range"}
"""The parameter in dB that says how far each processor moves a track."""


def harm(bench: Bench) -> Section:
    """Suggestions for stems of finished songs, which ask for none; master included."""
    found: Counter[str] = Counter()
    moved: defaultdict[str, float] = defaultdict(float)
    n_tracks, n_moved = 0, 0
    folders = song_folders(bench)
    for song in map(whole_song, folders):
        suggestions = with_master(song, advise(song)).suggestions()
        n_tracks += len(song.channels)
        n_moved += bool(suggestions)
        for each in suggestions:
            found[_kind(each)] += 1
            moved[_kind(each)] += abs(_moved_db(each))
    rows = [
        (name, f"{found[name]}", f"{found[name] / n:.2f}", f"{moved[name]:.1f}" if name.split()[-1] in MOVED else "")
        for names, n in ((PROCESSORS, n_tracks), (FOR_ALL, len(folders)))
        for name in names
    ]
    total = sum(found[name] for name in (*PROCESSORS, *FOR_ALL))
    rows.append(("all", f"{total}", "", f"{sum(moved.values()):.1f}"))
    return Section(
        "Mix advice for finished songs",
        "python -m benchmarks --only mix-harm",
        ("processor", "suggestions", "per track, or song", "dB in all"),
        rows,
        f"{len(folders)} finished songs, {n_tracks} stems, as they are, master included: whatever is suggested is too "
        f"much, or taste. {len(folders) - n_moved} songs get nothing.",
    )


def again(bench: Bench) -> Section:
    """What is suggested for tracks that were rendered as was suggested."""
    before: defaultdict[str, float] = defaultdict(float)
    after: defaultdict[str, float] = defaultdict(float)
    for index, folder in enumerate(song_folders(bench)):
        first = _disturbed(bench, cut_song(bench, folder), np.random.default_rng(index))
        advice = advise(first)
        second = advise(_rendered(bench, first, advice))
        for count, found in ((before, advice), (after, second)):
            for each in found.suggestions():
                count[each.processor] += 1
                count[f"{each.processor} dB"] += abs(_moved_db(each))
    rows = [
        (
            name,
            *(f"{each:.0f}" for each in (before[name], after[name])),
            *(f"{count[f'{name} dB']:.1f}" if name in MOVED else "" for count in (before, after)),
            _share(after[f"{name} dB"], before[f"{name} dB"]),
        )
        for name in PROCESSORS
    ]
    total = [sum(count[f"{name} dB"] for name in MOVED) for count in (before, after)]
    rows.append(("all", "", "", *(f"{each:.1f}" for each in total), _share(total[1], total[0])))
    return Section(
        "Mix advice for its own render",
        "python -m benchmarks --only mix-again",
        ("processor", "first", "second", "dB, first", "dB, second", "second / first"),
        rows,
        "Finished songs, 30 s each, in stems, with faders off by up to ±9 dB, a voice whose level drifts and rumble "
        "under the rest; each track is rendered as suggested, with what it sends to the room, and heard again.",
    )


SECTIONS: dict[str, Callable[[Bench], Section]] = {
    "mix-harm": harm,
    "masking": masking,
    "strips": strips,
    "mix-again": again,
}


def _kind(each: Suggestion) -> str:
    """The processor, and whose it is where it is no track's."""
    return f"{each.track} {each.processor}" if each.track in (BUS, MASTER) else each.processor


def _moved_db(each: Suggestion) -> float:
    return each.number(MOVED[each.processor]) if each.processor in MOVED else 0.0


def _share(second: float, first: float) -> str:
    return f"{second / first:.0%}" if first else ""


def _disturbed(bench: Bench, song: Multitrack, rng: np.random.Generator) -> Multitrack:
    tracks = {}
    for channel in song.channels:
        samples, rate = samples_of(channel)
        plant = {"vocals": drift, "other": rumble}.get(channel.family)
        samples = plant(samples, rate, rng) if plant else samples
        samples = samples * 10 ** (rng.uniform(-FADERS_DB, FADERS_DB) / 20)
        tracks[Path(channel.name).stem] = AudioBuffer(samples.astype(np.float32), rate)
    return read_multitrack(write_tracks(_empty(bench, "disturbed"), tracks))


def _rendered(bench: Bench, song: Multitrack, advice: MixAdvice) -> Multitrack:
    chain = mix_chain_of(advice)
    tracks = {}
    for channel in song.channels:
        samples, rate = samples_of(channel)
        strip = chain.tracks[channel.name]
        tracks[Path(channel.name).stem] = AudioBuffer(_through(samples, rate, strip, chain), rate)
    return read_multitrack(write_tracks(_empty(bench, "rendered"), tracks))


def _through(samples: Samples, rate: int, strip: TrackChain, chain: MixChain) -> Samples:
    """A track after its strip with what it sends to the room, through the bus, which is linear."""
    dry = np.concatenate(list(render_track([samples], rate, strip)), axis=1)
    if chain.room is not None and strip.send_db is not None:
        dry = dry + RoomProcess(chain.room, rate)(dry * np.float32(10 ** (strip.send_db / 20)))
    return np.concatenate(list(render_blocks([dry], rate, chain.bus)), axis=1)


def _empty(bench: Bench, name: str) -> Path:
    folder = bench.folder / "mix songs" / name
    shutil.rmtree(folder, ignore_errors=True)
    return folder
