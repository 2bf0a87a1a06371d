"""`Amp`: a captured amp to play through, whatever file it came from.

Task:
    A `.nam` file of any public version, or an artifact of ours, becomes something that turns a DI take into sound.

Conventions:
    An amp is mono; each channel of a recording goes through an amp of its own. Before the first sample it has heard
    silence for ever. Any rate is resampled to the model's and back, and place and number of frames are kept.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from amp_models.nam.conversion import cached_artifact
from amp_models.nam.facts import KIND, AmpFacts, facts_of_nam, facts_of_spec
from amp_models.nam.format import read_nam
from amp_models.playing.live_amp import LiveAmp
from amp_models.playing.play_path import N_BLOCK_FRAMES, PlayOptions, play_blocks
from mixassist.audio.buffer import AudioBuffer, Samples
from mixassist.errors import ModelError, OptionError
from mixassist.runtime.artifact import MANIFEST, Artifact, load_artifact
from mixassist.runtime.streaming.plan import HostFormat

AS_IT_IS = PlayOptions()
"""At the amp's own level, without a cabinet."""


@dataclass(frozen=True)
class Amp:
    """A model ready to play: its `artifact`, and the `facts` its author left."""

    artifact: Artifact
    facts: AmpFacts

    @property
    def rate(self) -> int:
        return self.artifact.spec.rate

    def play(self, buffer: AudioBuffer, options: PlayOptions = AS_IT_IS) -> AudioBuffer:
        """The recording through the amp: as many channels and frames, at the same rate.

        Raises:
            EngineError: when the engine cannot be used.
            OptionError: when a level is asked for that the model does not know.
        """
        blocks = self.play_blocks([buffer.samples], buffer.rate, buffer.n_channels, options)
        return AudioBuffer(np.concatenate(list(blocks), axis=1), buffer.rate)

    def play_blocks(
        self, blocks: Iterable[Samples], rate: int, n_channels: int, options: PlayOptions = AS_IT_IS
    ) -> Iterator[Samples]:
        """The same for blocks [C, n] of any length, one after the other; they sum to as many frames.

        Raises:
            EngineError: when the engine cannot be used.
            OptionError: when a level is asked for that the model does not know.
        """
        form = HostFormat(N_BLOCK_FRAMES, rate, n_channels)
        yield from play_blocks(self.artifact, self.facts, blocks, form, options)

    def open_live(self, host: HostFormat, options: PlayOptions = AS_IT_IS) -> LiveAmp:
        """The amp for a host that sends blocks while somebody plays.

        Raises:
            AudioError: when the cabinet cannot be read.
            EngineError: when the engine cannot be used.
            ModelError: when the network cannot be streamed at such a rate.
            OptionError: when a level is asked for that the model does not know.
        """
        return LiveAmp(self.artifact, self.facts, host, options)


def load_amp(path: str | os.PathLike[str], size: float | None = None) -> Amp:
    """The amp in a `.nam` file or an artifact folder.

    Of a file with several sizes it is the largest, or the one for `size` between 0 and 1. A `.nam` file is converted
    when it is first seen, which takes seconds.

    Raises:
        ModelError: when the file or folder is missing, damaged, no amp, or of a version we do not know.
        OptionError: when a size is asked of a model that has only one, or lies outside 0 to 1.
    """
    path = Path(path)
    if (path / MANIFEST).is_file():
        artifact = _amp_artifact(path, size)
        return Amp(artifact, facts_of_spec(artifact.spec, artifact.name))
    nam = read_nam(_file(path))
    return Amp(cached_artifact(nam, path, size), facts_of_nam(nam, path.name, size))


def describe_amp(path: str | os.PathLike[str], size: float | None = None) -> AmpFacts:
    """What is known of the amp that `load_amp` would load; nothing is converted.

    Raises:
        ModelError: as `load_amp`.
        OptionError: as `load_amp`.
    """
    path = Path(path)
    if not (path / MANIFEST).is_file():
        return facts_of_nam(read_nam(_file(path)), path.name, size)
    artifact = _amp_artifact(path, size)
    return facts_of_spec(artifact.spec, artifact.name)


def _file(path: Path) -> Path:
    if path.is_dir():
        raise ModelError(f"{path} is a folder without {MANIFEST}: give a .nam file, or the folder of an exported amp")
    return path


def _amp_artifact(path: Path, size: float | None) -> Artifact:
    artifact = load_artifact(path)
    if artifact.spec.kind != KIND:
        raise ModelError(f"{path} is a {artifact.spec.kind} model: give an amp, a .nam file or an exported folder")
    if size is not None:
        raise OptionError(f"{path} holds one network, with no sizes to choose from: leave the size out")
    return artifact
