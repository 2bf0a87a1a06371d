"""`InstrumentStream`: what is played goes in, the instrument comes out, block by block.

    block ─ controls ─ match ─ network, a frame at a time ─ synth ─ room ─ as many samples as came in

Conventions: blocks are float32 [1, n] at 48 kHz. Controls, network, synth and room run once per hop, wherever blocks
are cut, so that one block, many blocks and a file give the very same samples. A stream belongs to one thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.errors import AudioError
from mixassist.runtime import Session
from mixassist.runtime.stepper import open_stepper
from mixassist.runtime.streaming.fifo import Fifo
from transfer.controls import Controls, ControlStream
from transfer.controls.matching import ControlMatch
from transfer.instrument.design import RATE, InstrumentDesign, amplitudes, told_controls
from transfer.instrument.room import Room
from transfer.instrument.synth import Synth


@dataclass(frozen=True)
class InstrumentOptions:
    """How an instrument is played: in blocks of `block`, or with `is_block_fixed` False of any length; `seed` of noise.

    Blocks of whole hops, such as 128, add nothing to the latency.
    """

    block: int = 128
    is_block_fixed: bool = True
    seed: int = 0


class InstrumentStream:
    """An instrument that is played through.

    Attributes:
        latency_samples: how much later than what is played it is heard, blocks themselves not counted.
    """

    rate = RATE

    def __init__(
        self, session: Session, match: ControlMatch | None = None, options: InstrumentOptions | None = None
    ) -> None:
        options = options or InstrumentOptions()
        self._design = design = InstrumentDesign.from_dict(session.spec.options.get("design"))
        self._options, self._match = options, match
        self._controls = ControlStream(RATE)
        self._stepper = open_stepper(session, 1)
        self._synth = Synth(design, options.seed)
        self._room = Room(session.spec.options, design) if design.n_room else None
        whole = gcd(options.block, design.hop) if options.is_block_fixed else 1
        self._n_ahead = design.hop - whole
        self._ready = Fifo(1, options.block + 2 * design.hop)
        self.latency_samples = self._controls.latency_samples + self._n_ahead
        self._ready.refill(self._n_ahead)

    def process(self, block: Samples) -> Samples:
        """What is heard while `block` [1, n] comes in, [1, n]; samples that are NaN or infinite are taken for silence.

        Raises:
            AudioError: when there is more than one channel, or the block is not of the length that was promised.
        """
        n_frames = block.shape[1]
        if self._options.is_block_fixed and n_frames != self._options.block:
            raise AudioError(
                f"the block has {n_frames} frames, the stream takes {self._options.block}: send such blocks"
            )
        given = [np.zeros((1, 0), np.float32)]
        for first in range(0, n_frames, self._options.block):
            piece = block[:, first : first + self._options.block]
            # A filter that has once heard NaN gives it for ever.
            self._play(self._controls.process(np.where(np.isfinite(piece), piece, np.float32(0))))
            given.append(self._ready.pop(piece.shape[1]).copy())
        return np.concatenate(given, axis=1)

    def reset(self) -> None:
        """Back to silence, as if just opened."""
        self._controls.reset()
        self._stepper.reset()
        self._synth.reset()
        if self._room is not None:
            self._room.reset()
        self._ready.refill(self._n_ahead)
        if self._match is not None:
            self._match.reset()

    def go_on_from(self, other: InstrumentStream) -> None:
        """Knows at once what another instrument has learned of the same player."""
        if self._match is not None and other._match is not None:
            self._match.go_on_from(other._match)

    def join(self, other: InstrumentStream) -> None:
        """Goes on in phase with another instrument that plays the same, so that one can be faded into the other."""
        self._synth.join(other._synth)

    def _play(self, controls: Controls) -> None:
        """Sounds the hops that a block has completed."""
        if self._match is not None:
            controls = self._match.process(controls)
        told = told_controls(controls.f0_hz, controls.loudness_db, self._design.note_reach)
        for frame in range(len(controls)):
            self._stepper.inputs["controls"][0, :, 0] = told[:, frame]
            self._stepper.step()
            shapes = self._stepper.outputs["shapes"][0, :, 0]
            sound = self._synth.process(
                float(controls.f0_hz[frame]), amplitudes(shapes, float(controls.loudness_db[frame]))
            )
            dry = sound[None].astype(np.float32)
            self._ready.push(dry if self._room is None else self._room.process(dry))
