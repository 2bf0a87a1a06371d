"""`TextureStream`: what is played goes in, the texture comes out, block by block.

Conventions: blocks are float32 [1, n] at 48 kHz. The network runs on whole frames, wherever blocks are cut, so that one
block, many blocks and a file give the same samples. A stream belongs to one thread.
"""

from __future__ import annotations

from math import gcd

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.errors import AudioError
from mixassist.runtime import Session
from mixassist.runtime.stepper import open_stepper
from mixassist.runtime.streaming.fifo import Fifo
from transfer.instrument.stream import InstrumentOptions
from transfer.texture.design import RATE, TextureDesign


class TextureStream:
    """A texture that is played through.

    Attributes:
        latency_samples: how much later than what is played it is heard, blocks themselves not counted.
    """

    rate = RATE

    def __init__(self, session: Session, options: InstrumentOptions | None = None) -> None:
        self._options = options or InstrumentOptions()
        block, frame = self._options.block, TextureDesign.from_dict(session.spec.options.get("design")).frame
        compiled_for = session.spec.inputs[0].shape[-1]  # None where the engine takes any length
        self._step = compiled_for or (block if block % frame == 0 else frame)
        self._stepper = open_stepper(session, self._step)
        whole = gcd(block, self._step) if self._options.is_block_fixed else 1
        self._n_ahead = self._step - whole
        self._waiting = Fifo(1, block + self._step)
        self._ready = Fifo(1, block + 2 * self._step)
        self.latency_samples = session.spec.latency_samples + self._n_ahead
        self.reset()

    def process(self, block: Samples) -> Samples:
        """What is heard while `block` [1, n] comes in, [1, n]; samples that are NaN or infinite are taken for silence.

        Raises:
            AudioError: when there is more than one channel, or the block is not of the length that was promised.
        """
        length = self._options.block
        if block.shape[0] != 1:
            raise AudioError(f"the block has {block.shape[0]} channels, the stream takes 1: mix them down")
        if self._options.is_block_fixed and block.shape[1] != length:
            raise AudioError(f"the block has {block.shape[1]} frames, the stream takes {length}: send such blocks")
        given = np.empty((1, block.shape[1]), np.float32)
        for first in range(0, block.shape[1], length):
            piece = block[:, first : first + length]
            # A network that has once heard NaN gives it for as long as it remembers.
            self._waiting.push(np.where(np.isfinite(piece), piece, np.float32(0)))
            while len(self._waiting) >= self._step:
                self._play(self._waiting.pop(self._step))
            given[:, first : first + length] = self._ready.pop(piece.shape[1])
        return given

    def reset(self) -> None:
        """Back to silence, and to the beginning of the noise, as if just opened."""
        self._random = np.random.default_rng(self._options.seed)
        self._stepper.reset()
        self._waiting.refill(0)
        self._ready.refill(self._n_ahead)

    def _play(self, heard: Samples) -> None:
        audio = self._stepper.inputs["audio"][0]
        audio[0] = heard[0]
        self._random.standard_normal(dtype=np.float32, out=audio[1])
        self._stepper.step()
        self._ready.push(self._stepper.outputs["audio_out"][0])
