"""The songs that mix advice is measured on: stems of finished songs, whole or cut, with single tracks replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.separation import Bench
from mixassist.audio import AudioBuffer, read_audio, write_audio
from mixassist.audio.buffer import Samples
from mixassist.audio.writer import Encoding
from mixassist.dsp.loudness import ABSOLUTE_GATE_LUFS
from mixassist.suggest.multitrack import Channel, Multitrack, read_multitrack
from mixassist.suggest.track import measure_track

CUT_S = 30.0
N_QUICK = 2


def song_folders(bench: Bench) -> list[Path]:
    """Folders of four stems or fewer, electronic songs first; a few of them for a quick run."""
    folders = [each for part in ("train", "eval") for each in sorted((bench.data / "separation" / part).iterdir())]
    return folders[:: len(folders) // N_QUICK] if bench.is_quick else folders


def whole_song(folder: Path) -> Multitrack:
    """The song as it is."""
    return read_multitrack(sorted(folder.glob("*.ogg")))


def cut_song(bench: Bench, folder: Path) -> Multitrack:
    """`CUT_S` of the middle of a song, of which the files are kept."""
    target = bench.folder / "mix songs" / folder.name
    if not target.is_dir():
        stems = {path.stem: read_audio(path) for path in sorted(folder.glob("*.ogg"))}
        write_tracks(target, {name: _middle(stem) for name, stem in stems.items()})
    return read_multitrack(sorted(target.glob("*.wav")))


def write_tracks(folder: Path, tracks: Mapping[str, AudioBuffer]) -> list[Path]:
    """The files of tracks, by name."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.wav" for name in tracks]
    for path, track in zip(paths, tracks.values(), strict=True):
        write_audio(path, track, Encoding("wav", "32f"))
    return paths


def samples_of(channel: Channel) -> tuple[Samples, int]:
    """A track's samples [C, T] and its rate."""
    track = read_audio(channel.track.path)
    return track.samples, track.rate


def heard_as(bench: Bench, channel: Channel, samples: Samples, rate: int) -> Channel:
    """The channel with other sound."""
    path = bench.folder / "mix songs" / "replaced.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_audio(path, AudioBuffer(samples.astype(np.float32), rate), Encoding("wav", "32f"))
    track = measure_track(path)
    return replace(channel, track=track, loudness_lufs=track.loudness_lufs or ABSOLUTE_GATE_LUFS)


def with_channel(song: Multitrack, channel: Channel) -> Multitrack:
    """The song with the channel in the place of the one of its name."""
    return replace(song, channels=tuple(channel if each.name == channel.name else each for each in song.channels))


def _middle(stem: AudioBuffer) -> AudioBuffer:
    n_frames = round(CUT_S * stem.rate)
    start = max(stem.n_frames - n_frames, 0) // 2
    return AudioBuffer(np.ascontiguousarray(stem.samples[:, start : start + n_frames]), stem.rate)
