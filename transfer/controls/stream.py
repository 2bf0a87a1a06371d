"""`ControlStream`: what a player does, as three numbers per hop, from sound that comes block by block.

Task: pitch, how sure it is, and loudness, fast enough to play through and the same for a file as for a stream: what a
model is trained with is what it hears later.

Conventions: blocks are [1, T], any T, full scale ±1. Control k is given with sample (k + 1) * hop - 1 and speaks of the
moment (k + 1) * hop - `latency_samples`, in samples since the first. Before the first sample lies silence. The controls
do not depend on how the sound is cut. `controls_of` gives those of a whole recording, moment 0 first as far as hops
allow: train a model with them and with sound that is as late.

References: de Cheveigné and Kawahara, YIN, 2002; McLeod and Wyvill, A smarter way to find pitch, ICMC 2005; Engel et
al., DDSP, ICLR 2020 (pitch and A-weighted loudness as controls).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.errors import AudioError
from transfer.controls.loudness import Floats, LoudnessTrack
from transfer.controls.options import ControlOptions
from transfer.controls.periods import PeriodFinder
from transfer.controls.pitch import PitchTrack
from transfer.controls.polyphony import Polyphony, PolyphonyMeter

_N_HOPS = 256
"""Hops taken at once: enough that numpy's overhead vanishes, and few enough to stay in the cache."""


@dataclass(frozen=True)
class Controls:
    """What is played, K hops of it.

    Attributes:
        f0_hz: [K], always within the range sought; held from before where nothing has a pitch.
        confidence: [K], 0 to 1: how well the sound repeats after a period: noise stays below 0.5, notes pass 0.9.
        loudness_db: [K], A-weighted, `FLOOR_DB` for silence.
    """

    f0_hz: Floats
    confidence: Floats
    loudness_db: Floats

    def __len__(self) -> int:
        """K."""
        return len(self.f0_hz)


class ControlStream:
    """Hears the controls of a sound.

    Attributes:
        latency_samples: from the moment that controls speak of to the end of the hop that gives them.

    Raises:
        OptionError: when the rate is too low, or does not go with the hop.
    """

    def __init__(self, rate: int, options: ControlOptions | None = None) -> None:
        self.rate = rate
        self.options = options or ControlOptions()
        self._rest: Floats = np.zeros(0)
        self.reset()

    @property
    def hop(self) -> int:
        """Samples from one control to the next."""
        return self.options.hop

    def process(self, block: Samples) -> Controls:
        """The controls of all hops that end within `block` [1, T].

        Raises:
            AudioError: when there is more than one channel.
        """
        if block.shape[0] != 1:
            raise AudioError(f"{block.shape[0]} channels play more than one pitch: choose one of them")
        heard = np.concatenate([self._rest, block[0]])
        n_whole = heard.size - heard.size % self.hop
        self._rest = heard[n_whole:]
        n_once = _N_HOPS * self.hop
        parts = [self._hear(heard[at : min(at + n_once, n_whole)]) for at in range(0, n_whole, n_once)]
        return joined(parts)

    def reset(self) -> None:
        """Forgets what came before."""
        self._rest = np.zeros(0)
        self._finder = PeriodFinder(self.rate, self.options)
        self._pitch = PitchTrack(self.options)
        self.latency_samples = self._finder.latency_samples
        self._loudness = LoudnessTrack(self.rate, self.hop, self.latency_samples)
        self._notes_at_once = PolyphonyMeter(self._finder.rate)

    def polyphony(self) -> Polyphony:
        """Whether several notes sounded at once, in all that was heard since the last reset."""
        return self._notes_at_once.polyphony()

    def _hear(self, block: Floats) -> Controls:
        periods = self._finder.process(block)
        controls = Controls(*self._pitch.process(periods), self._loudness.process(block))
        self._notes_at_once.update(periods.frames, controls.f0_hz, controls.confidence, controls.loudness_db)
        return controls


def controls_of(samples: Samples, rate: int, options: ControlOptions | None = None) -> Controls:
    """The controls [K] of a whole recording [1, T]: control k is that of sample k * hop, within half a hop.

    It is what a `ControlStream` gives, less the hops of its latency, with silence behind the recording.
    """
    stream = ControlStream(rate, options)
    hop, n_late = stream.hop, round(stream.latency_samples / stream.hop)
    n_hops = -(-samples.shape[1] // hop)
    tail = np.zeros((1, (n_hops + n_late) * hop - samples.shape[1]), np.float32)
    heard = stream.process(np.concatenate([samples, tail], axis=1))
    return Controls(heard.f0_hz[n_late:], heard.confidence[n_late:], heard.loudness_db[n_late:])


def joined(parts: list[Controls]) -> Controls:
    """The controls of one part after the other."""
    fields = ("f0_hz", "confidence", "loudness_db")
    return Controls(*(np.concatenate([np.zeros(0), *(getattr(part, name) for part in parts)]) for name in fields))
