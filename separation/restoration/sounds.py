"""Sounds to learn from: `python -m separation.restoration.sounds --data DATA --set SET --out SOUNDS`.

Task: gather sounds that have no room (recordings made close, voices, tracks of made songs without effects), decoded
once, with a manifest that names their sources; `SoundLibrary` opens them, and songs of SET beside, which are finished
and may have rooms of their own.

Conventions: sounds are int16 [1 or 2, T] at 44100 Hz. Some are for judging alone: every `JUDGED_EVERY`th.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.atomic import atomic_path
from mixassist.audio.files import read_audio
from mixassist.audio.resample import resample
from mixassist.errors import MixassistError, OptionError
from separation.rooms.response_file import two_sides
from separation.songs import RATE, STEMS, Song, SongLibrary, Stored, as_float, store
from separation.training_set.manifest import is_set, read_manifest

Floats = NDArray[np.float32]

MANIFEST = "sounds.json"
MADE_SONGS = "made-songs"
JUDGED_EVERY = 9
MAPPED_FROM = 2**21
"""Bytes from which a file is memory mapped; of small ones there are more than a process may hold open."""

LOOSE_S = 8.0
"""Sounds shorter than this are notes and phrases, which are strung together."""


@dataclass(frozen=True)
class DrySource:
    """Recordings without a room: files of `pattern` below the data folder, `step` apart from the first.

    `left_out` is what names of files that others test with have in them.
    """

    name: str
    pattern: str
    licence: str
    credit: str
    url: str
    step: int = 1
    left_out: str = "\0"

    def paths(self, data: Path) -> list[Path]:
        return [path for path in sorted(data.glob(self.pattern))[:: self.step] if self.left_out not in path.name]


PRODUCER_SPACE_LICENCE = (
    "CC0-1.0 (by the text in the packs; re-uploaded by a third party, no performer release on file)"
)
PRODUCER_SPACE_URL = "https://github.com/neshanjo/strudel-producer-space-samples"
DRY_SOURCES = (
    DrySource(
        "weresax",
        "timbre/alto-sax/*.ogg",
        "CC0-1.0",
        "Karoryfer Weresax, alto saxophone",
        "https://github.com/sfzinstruments/karoryfer.weresax",
        left_out="_rr2_dnm",
    ),
    DrySource(
        "erithacus",
        "separation/voices/erithacus/*.ogg",
        "CC BY 4.0",
        "ErithacusVB, a voice by the Erithacus Project",
        "https://github.com/ErithacusProject/ErithacusVB",
        step=2,
    ),
    DrySource(
        "sms-tools",
        "separation/voices/sms-tools/*.ogg",
        "CC BY 4.0",
        "sms-tools sounds by the Music Technology Group, Universitat Pompeu Fabra",
        "https://github.com/MTG/sms-tools",
    ),
    *(
        DrySource(
            f"producer-space-{pack}",
            f"separation/voices/producer-space/{pack}/**/*.ogg",
            PRODUCER_SPACE_LICENCE,
            "Producer Space vocal packs",
            PRODUCER_SPACE_URL,
        )
        for pack in ("shv", "dvs1", "dvs2", "whisper")
    ),
)
ROOM_SOURCES = (
    DrySource(
        "openair-st-margarets",
        "rooms/openair/st-margaret*.flac",
        "CC BY 4.0",
        "St Margaret's Church, OpenAIR, University of York",
        "https://github.com/rerdavies/ToobAmp",
    ),
    DrySource(
        "emt-140",
        "rooms/emt140/*.wav",
        "CC BY (version unstated)",
        "EMT 140 plates, sampled",
        "https://github.com/oramics/sampled",
    ),
)


@dataclass(frozen=True)
class SoundLibrary:
    """Dry sounds by source, finished songs by name, measured responses of rooms."""

    dry: Mapping[str, list[Stored]]
    songs: Mapping[str, Song]
    rooms: list[Floats]

    @classmethod
    def open(cls, folder: Path, song_set: Path, is_judged: bool = False) -> SoundLibrary:
        """What there is to learn from in a folder that `gather` made, or (`is_judged`) what is kept for judging.

        Measured rooms are few, and all learned from: what is judged is heard in rooms drawn at random.

        Raises:
            OptionError: when the folder holds no such sounds, or `song_set` is no set of songs.
        """
        _require_set(song_set)
        if not (folder / MANIFEST).is_file():
            raise OptionError(
                f"{folder} holds no {MANIFEST}: gather sounds with python -m separation.restoration.sounds"
            )
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        dry: dict[str, list[Stored]] = {}
        for source in manifest["dry"]:
            for index, path in enumerate(sorted((folder / "dry").glob(f"{source['name']}.*.npy"))):
                if (index % JUDGED_EVERY == JUDGED_EVERY - 1) == is_judged:
                    dry.setdefault(source["name"], []).append(_load(path))
        held = set(manifest["held_out"])
        names = {path.name for path in (song_set / "songs").iterdir()}
        songs = SongLibrary.open(song_set, tuple(names - held if is_judged else held)).songs
        measured = [] if is_judged else sorted((folder / "rooms").glob("*.npy"))
        rooms = [as_float(np.load(path)) for path in measured]
        return cls(dry, songs, rooms)


def _load(path: Path) -> Stored:
    stored: Stored = np.load(path, mmap_mode="r" if path.stat().st_size >= MAPPED_FROM else None)
    return stored


def gather(data: Path, song_set: Path, folder: Path) -> dict[str, Any]:
    """Decodes the sources below `data` and the dry tracks of `song_set` to `folder`; the manifest of what was there.

    Raises:
        OptionError: when `song_set` is no set of songs.
    """
    _require_set(song_set)
    made = read_manifest(song_set)
    held_out = [*made["held_out"], "lithium", *sorted(made["made_songs"])[:6]]
    rows = [_row(source, _decode(source, data, folder / "dry")) for source in DRY_SOURCES]
    rows.append(_gather_tracks(made, song_set, folder / "dry", held_out))
    rooms = [_row(source, _decode_rooms(source, data, folder / "rooms")) for source in ROOM_SOURCES]
    heard = {kind: [row for row in found if row["seconds"]] for kind, found in (("dry", rows), ("rooms", rooms))}
    manifest = {"format": 1, "rate": RATE, "held_out": held_out, **heard}
    with atomic_path(folder / MANIFEST) as temporary:
        temporary.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return manifest


def _require_set(song_set: Path) -> None:
    if not is_set(song_set):
        raise OptionError(f"{song_set} is no set: build one with python -m separation.training_set")


def _decode(source: DrySource, data: Path, folder: Path) -> float:
    """Stores a source's recordings; their seconds."""
    seconds = 0.0
    for path in source.paths(data):
        recording = resample(read_audio(path), RATE)
        store(recording.samples[:2], folder / f"{source.name}.{path.stem}.npy")
        seconds += recording.n_frames / RATE
    return seconds


def _decode_rooms(source: DrySource, data: Path, folder: Path) -> float:
    """Stores a source's responses from their direct sound on, B-format as two cardioids hear it; their seconds."""
    seconds = 0.0
    for path in source.paths(data):
        sides, _ = two_sides(resample(read_audio(path), RATE).samples, path.name)
        sides = sides[:, int(np.abs(sides).max(axis=0).argmax()) :]
        store(sides / np.abs(sides).max(), folder / f"{source.name}.{path.stem}.npy")
        seconds += sides.shape[1] / RATE
    return seconds


def _gather_tracks(made: Mapping[str, Any], song_set: Path, folder: Path, held_out: list[str]) -> dict[str, Any]:
    """Stores the tracks of made songs that went through no room; what is known of them."""
    seconds, sources = 0.0, set()
    for name, stem, samples in _dry_tracks(made, song_set, held_out):
        store(as_float(samples), folder / f"{MADE_SONGS}.{name}-{stem}.npy")
        seconds += samples.shape[1] / RATE
        sources |= {source.split("/")[0] for source in made["made_songs"][name]["sources"]}
    return {"name": MADE_SONGS, "seconds": round(seconds, 1), "sources": sorted(sources)}


def _dry_tracks(made: Mapping[str, Any], song_set: Path, held_out: list[str]) -> Iterator[tuple[str, str, Stored]]:
    songs = SongLibrary.open(song_set, tuple(held_out)).songs
    for name, facts in sorted(made["made_songs"].items()):
        if name in songs and facts["finish"] == "raw" and not facts["codec"]:
            for stem in STEMS:
                if stem in songs[name] and np.abs(songs[name][stem]).max() > 0:
                    yield name, stem, songs[name][stem]


def _row(source: DrySource, seconds: float) -> dict[str, Any]:
    facts = {key: value for key, value in asdict(source).items() if key in ("name", "licence", "credit", "url")}
    return facts | {"seconds": round(seconds, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description="Gather sounds without a room, to learn from.")
    parser.add_argument("--data", type=Path, required=True, help="folder with timbre/, separation/ and rooms/")
    parser.add_argument("--set", type=Path, required=True, help="set that separation.training_set built")
    parser.add_argument("--out", type=Path, required=True, help="folder for the sounds")
    arguments = parser.parse_args()
    try:
        gather(arguments.data, arguments.set, arguments.out)
    except MixassistError as error:
        parser.exit(2, f"error: {error}\n")


if __name__ == "__main__":
    main()
