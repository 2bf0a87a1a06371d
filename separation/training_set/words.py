"""Words to sing: lines spoken by a synthesizer of speech, and recorded phrases, each with its vowels.

Conventions:
    Spoken lines lie one after the other in `words.npy` [T] int16, mono, 44100 Hz; `words.json` says where each lies.
    A vowel is a span in seconds from the line's beginning, the part of a syllable that may be held.

References:
    Black, Lenzo 2001, "Flite: a small fast run-time synthesis engine".
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import scipy.ndimage
from numpy.typing import NDArray

from mixassist.audio.files import read_audio
from mixassist.audio.resample import resample
from mixassist.errors import EngineError
from separation.songs import FULL_SCALE, RATE, Stored, as_float
from separation.training_set.phrases import Phrase, PhraseBank
from separation.training_set.sources import Source
from separation.training_set.vocoder import FRAME_S, Voice, analyse

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Floats = NDArray[np.float32]
Span = tuple[float, float]

LYRICS = Path(__file__).parent.parent / "data" / "training_set" / "lyrics.toml"
VOWELS = frozenset(
    ("aa", "ae", "ah", "ao", "aw", "ax", "axr", "ay", "eh", "er", "ey", "ih", "iy", "ow", "oy", "uh", "uw")
)
SPOKEN_HZ = 8000.0
"""What speech synthesizers reach up to."""
LONGEST_S = 6.0
FAINT_DB = 16.0
"""A syllable that much quieter than the loudest is none: rooms and breaths are voiced here and there."""


@dataclass(frozen=True)
class SpokenLine:
    """Samples `first` to `last` of the bank, said by a voice of a source."""

    source: str
    voice: str
    first: int
    last: int
    vowels: list[Span]


@dataclass(frozen=True)
class Words:
    """A line taken apart: its frames, its vowels, and whose it is."""

    voice: Voice
    vowels: list[Span]
    source: str


@dataclass(frozen=True)
class WordBank:
    """Spoken lines, and phrases that have a pitch."""

    samples: Stored
    lines: list[SpokenLine]
    phrases: PhraseBank

    @classmethod
    def open(cls, folder: Path) -> WordBank:
        phrases = PhraseBank.open(folder)
        if not (folder / "words.json").exists():
            return cls(np.zeros(0, np.int16), [], phrases)
        rows = json.loads((folder / "words.json").read_text(encoding="utf-8"))
        lines = [SpokenLine(**row | {"vowels": [(first, last) for first, last in row["vowels"]]}) for row in rows]
        return cls(np.load(folder / "words.npy", mmap_mode="r"), lines, phrases)

    def speakers(self) -> list[tuple[str, list[SpokenLine | Phrase]]]:
        """Lines and phrases of each voice that has enough of them."""
        found: dict[str, list[SpokenLine | Phrase]] = {}
        for line in self.lines:
            found.setdefault(f"{line.source}/{line.voice}", []).append(line)
        for phrase in self.phrases.phrases:
            if phrase.pitch is not None and phrase.seconds <= LONGEST_S:
                found.setdefault(phrase.singer, []).append(phrase)
        return [(name, lines) for name, lines in found.items() if len(lines) >= 4]

    def words(self, line: SpokenLine | Phrase) -> Words:
        """The line in frames. A phrase's vowels are where it is loudest between consonants."""
        if isinstance(line, SpokenLine):
            voice = analyse(as_float(np.asarray(self.samples[line.first : line.last])), SPOKEN_HZ)
            return Words(voice, line.vowels, f"{line.source}/{line.voice}")
        voice = analyse(self.phrases.cut(line)[0])
        return Words(voice, vowels_of(voice), line.source)


def vowels_of(voice: Voice, shortest_s: float = 0.06) -> list[Span]:
    """Spans of voiced frames, cut where the voice is at least 3 dB quieter than on both sides, without faint ends."""
    loud_db = 10 / np.log(10) * scipy.ndimage.gaussian_filter1d(voice.log_envelope[:, 10:160].max(axis=1), 4)
    is_voiced = (voice.pitch_hz > 0) & (loud_db > loud_db.max(initial=-200) - 30)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_voiced.astype(np.int8), [0]])))
    spans: list[Span] = []
    for first, last in edges.reshape(-1, 2):
        piece = loud_db[first:last]
        dips = [
            dip
            for dip in range(1, piece.size - 1)
            if piece[dip] <= piece[dip - 1] and piece[dip] < piece[dip + 1] and _is_deep(piece, dip)
        ]
        for start, end in zip([0, *dips], [*dips, piece.size], strict=True):
            if piece[start:end].max() < loud_db.max() - FAINT_DB:
                continue
            is_loud = np.flatnonzero(piece[start:end] > piece[start:end].max() - 10)
            spans.append((float(first + start + is_loud[0]) * FRAME_S, float(first + start + is_loud[-1]) * FRAME_S))
    return [span for span in spans if span[1] - span[0] >= shortest_s]


def _is_deep(piece: Floats, dip: int, n_around: int = 40) -> bool:
    before, after = piece[max(dip - n_around, 0) : dip].max(), piece[dip + 1 : dip + 1 + n_around].max()
    return bool(min(before, after) - piece[dip] > 3)


def write_words(sources: Sequence[Source], folder: Path, lyrics: Path = LYRICS) -> None:
    """Has every voice of every program say all lines, unless that was done."""
    if (folder / "words.json").exists() or not sources:
        return
    texts = tomllib.loads(lyrics.read_text(encoding="utf-8"))["lines"]
    found: list[SpokenLine] = []
    pieces: list[NDArray[np.int16]] = []
    at = 0
    for source in sources:
        for voice in source.folders:
            for text in texts:
                samples, vowels = speak(source.path, voice, text)
                found.append(SpokenLine(source.name, voice, at, at + samples.size, vowels))
                pieces.append(np.round(samples * FULL_SCALE).astype(np.int16))
                at += samples.size
    np.save(folder / "words.npy", np.concatenate(pieces))
    (folder / "words.json").write_text(json.dumps([asdict(line) for line in found]), encoding="utf-8")


def speak(program: Path, voice: str, text: str) -> tuple[Floats, list[Span]]:
    """A text said by a voice of Flite, [T] with a peak of 0.5, and its vowels.

    Raises:
        EngineError: when the program fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "line.wav"
        said = subprocess.run(
            [str(program), "-psdur", "-voice", voice, "-t", text, "-o", str(path)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        if said.returncode:
            reason = (said.stderr.strip().splitlines() or ["it says nothing"])[-1]
            raise EngineError(
                f"{program} ended with {said.returncode} as voice {voice} was to say {text!r} ({reason}): install it"
                " anew, or leave the voice out in a file for --sources"
            )
        samples = resample(read_audio(path), RATE).samples[0]
    return samples * np.float32(0.5 / max(float(np.abs(samples).max()), 1e-3)), _vowels(said.stdout)


def _vowels(phones: str) -> list[Span]:
    """Spans of the vowels in Flite's list of phones with the times where they end."""
    spans: list[Span] = []
    start_s = 0.0
    for phone, end in (entry.split(":") for entry in phones.split()):
        if phone in VOWELS:
            spans.append((start_s + 0.01, max(float(end) - 0.01, start_s + 0.03)))
        start_s = float(end)
    return spans
