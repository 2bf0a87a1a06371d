"""Makes one song from its seed: plan, parts, drums, singing, mix."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.buffer import AudioBuffer
from mixassist.audio.files import read_audio
from mixassist.audio.resample import resample
from mixassist.audio.writer import Encoding, write_audio
from mixassist.errors import OptionError
from separation.songs import RATE, STEMS
from separation.training_set.band import Instruments
from separation.training_set.composing import draw_plan
from separation.training_set.crooning import Crooner
from separation.training_set.effects import Rack
from separation.training_set.kits import KitShelf
from separation.training_set.mixing import FINISHES, Desk
from separation.training_set.score import Plan
from separation.training_set.singing import Singer
from separation.training_set.sources import Source, of_kind
from separation.training_set.styles import Style, read_styles
from separation.training_set.synthesizer import Synthesizer
from separation.training_set.words import WordBank

Floats = NDArray[np.float32]

N_CLASSIC = 300
"""Songs before this number are of SoundFonts, recorded kits and phrases alone: a set begun with them goes on."""
INSTRUMENTAL = 0.15
WITH_WORDS = 0.75
"""How many of the later songs sing words to their own melody; the others sing phrases as they were sung."""
CODED = 0.2
CODECS = ("mp3", "ogg")


@dataclass(frozen=True)
class MadeSong:
    """Stems [4, 2, T] and what to write down about them."""

    stems: Floats
    facts: dict[str, Any]


class SongMaker:
    """Makes songs; keeps synthesizer, drums and rooms from one to the next."""

    def __init__(self, sources: Sequence[Source], bank: WordBank, seconds: float) -> None:
        self.fonts = of_kind(sources, "soundfont")
        if not self.fonts:
            raise OptionError(
                "no SoundFont is there to play songs with: apt-get install fluid-soundfont-gm "
                "musescore-general-soundfont, or name one in --sources FILE"
            )
        synthesizer = Synthesizer([source.path for source in self.fonts])
        self.instruments = Instruments(self.fonts, synthesizer, KitShelf(of_kind(sources, "drumkit")))
        self.cabinets = [_response(path)[0] for path in _recordings(of_kind(sources, "cabinets"))]
        self.rooms = [_response(path) for path in _recordings(of_kind(sources, "rooms"))]
        self.spaces = [source.name for kind in ("cabinets", "rooms") for source in of_kind(sources, kind)]
        self.bank = bank
        self.seconds = seconds

    def make(self, seed: int) -> MadeSong:
        """The song of a seed; genres take turns."""
        rng = np.random.default_rng(seed)
        styles = read_styles(with_modern=seed >= N_CLASSIC)
        style = styles[list(styles)[seed % len(styles)]]
        plan = draw_plan(style, self.seconds, rng)
        finish = str(rng.choice(list(FINISHES), p=list(FINISHES.values())))
        rack = Rack(self.cabinets, self.rooms, rng)
        desk = Desk(rack, rng, finish, int(self.seconds * RATE))
        used = self.instruments.play(desk, plan, style, rng)
        seconds = dict.fromkeys(sorted(used | set(self.spaces)), self.seconds)
        if self.bank.phrases.phrases and rng.random() > INSTRUMENTAL:
            singer = self._singer(plan, style, rng, has_words=seed >= N_CLASSIC)
            desk.lay_voice(*singer.sing(desk.n_samples))
            seconds |= singer.seconds_by_source
        stems = desk.mix_down(style.balance)
        codec = str(rng.choice(CODECS)) if rng.random() < CODED else ""
        facts = {"genre": style.name, "bpm": round(plan.bpm, 1), "finish": finish, "codec": codec, "seed": seed}
        facts |= {"sources": {name: round(value, 1) for name, value in seconds.items()}}
        return MadeSong(coded(stems, codec) if codec else stems, facts)

    def _singer(self, plan: Plan, style: Style, rng: np.random.Generator, has_words: bool) -> Singer | Crooner:
        if has_words and self.bank.speakers() and rng.random() < WITH_WORDS:
            return Crooner(self.bank, plan, rng, style.rap)
        return Singer(self.bank.phrases, plan, rng)


def coded(stems: Floats, container: str) -> Floats:
    """Stems after a codec, each by itself, at the place they had in time."""
    with tempfile.TemporaryDirectory() as folder:
        for row, name in enumerate(STEMS):
            if stems[row].any():
                path = Path(folder) / f"{name}.{container}"
                write_audio(path, AudioBuffer(stems[row], RATE), Encoding(container=container))  # type: ignore[arg-type]
                decoded = read_audio(path).samples[:, : stems.shape[-1]]
                stems[row, :, : decoded.shape[1]] = decoded
    return stems


def _recordings(sources: Sequence[Source]) -> list[Path]:
    endings = (".wav", ".flac")
    return [path for source in sources for path in sorted(source.path.iterdir()) if path.suffix in endings]


def _response(path: Path, longest_s: float = 2.5) -> Floats:
    """An impulse response [2, T] of unit energy."""
    samples = resample(read_audio(path), RATE).samples[:2, : int(longest_s * RATE)]
    stereo = np.broadcast_to(samples, (2, samples.shape[1]))
    return (stereo / max(float(np.linalg.norm(stereo[0])), 1e-6)).astype(np.float32)
