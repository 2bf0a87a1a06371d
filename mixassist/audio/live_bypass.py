"""`Bypass`: from the wet signal to the dry one and back, without a step."""

from __future__ import annotations

import numpy as np

from mixassist.audio.buffer import Samples


class Bypass:
    """The way from the wet signal to the dry one and back; `n_fade` is the length of its fades in frames.

    When the wet signal fails to come there is nothing left to fade out, so the step from it to the dry signal is added
    to the dry signal and fades instead. So does the step when the dry signal moves, for another latency. When the wet
    one is back, both are at hand and are crossfaded.
    """

    def __init__(self, n_channels: int, block: int, n_fade: int) -> None:
        rise = 0.5 - 0.5 * np.cos(np.pi * np.arange(n_fade) / max(n_fade, 1))
        self._rise = np.concatenate([rise, np.ones(block)]).astype(np.float32)
        self._fall = 1 - self._rise
        self._n_fade = n_fade
        self._n_dry = self._n_wet = n_fade
        self._last, self._last_dry, self._step = (np.zeros((n_channels, 1), dtype=np.float32) for _ in range(3))
        self._faded = np.zeros((n_channels, block), dtype=np.float32)
        self.dry = np.zeros((n_channels, 1 + block), dtype=np.float32)
        """The dry frames at the time of the block, and the one before them; `mix` changes them."""

    @property
    def is_over(self) -> bool:
        """Whether the wet signal is played alone."""
        return self._n_wet == self._n_fade

    def mix(self, played: Samples, is_ready: bool, has_moved: bool) -> None:
        """Makes of the wet block in `played` [C, block], if it is ready, and the dry one what is to be heard.

        `has_moved` says that the dry block does not go on where the last one ended.
        """
        n_frames = played.shape[1]
        if not is_ready and self._n_wet:
            self._set_out_from(self._last)
            self._n_wet = 0
        elif has_moved:
            self._set_out_from(self._last_dry)
        dry = self.dry[:, 1:]
        np.multiply(self._step, self._fall[self._n_dry : self._n_dry + n_frames], out=self._faded)
        dry += self._faded
        self._last_dry[:] = dry[:, -1:]
        self._n_dry = min(self._n_dry + n_frames, self._n_fade)
        if not is_ready:
            played[:] = dry
            return
        np.subtract(played, dry, out=self._faded)
        self._faded *= self._rise[self._n_wet : self._n_wet + n_frames]
        np.add(dry, self._faded, out=played)
        self._n_wet = min(self._n_wet + n_frames, self._n_fade)

    def remember(self, played: Samples) -> None:
        """Keeps the last frame heard, from which the next fade sets out."""
        self._last[:] = played[:, -1:]

    def _set_out_from(self, frame: Samples) -> None:
        """Lets the dry signal begin at `frame` [C, 1]."""
        np.subtract(frame, self.dry[:, :1], out=self._step)
        self._n_dry = 0
