"""`HopTrack`: one number per channel for each hundredth of a second, gathered while blocks pass by.

Meters of loudness and dynamics look through windows of 0.4 s and 3 s: all of them are sums, or maxima, of such hops,
which are all that is kept of a song. Hops of 0.1 s would miss the loudest 0.4 s by up to 0.6 dB; EBU allows 0.1.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

N_HOPS_PER_S = 100

Floats = NDArray[np.float64]


def hop_starts(n_hops: int, rate: int) -> NDArray[np.int64]:
    """First frames [n_hops + 1] of hops 0 to `n_hops`: k · rate / 100, rounded down."""
    return np.arange(n_hops + 1, dtype=np.int64) * rate // N_HOPS_PER_S


class HopTrack:
    """Gathers non-negative numbers, `n_per_frame` of them for each frame, into one per channel and hop.

    Args:
        rate: frames per second.
        n_channels: C.
        gather: `np.add` or `np.maximum`.
        n_per_frame: more than 1 for oversampled signals.
    """

    def __init__(self, rate: int, n_channels: int, gather: np.ufunc, n_per_frame: int = 1) -> None:
        self.rate = rate
        self.n_frames = 0
        self._gather = gather
        self._n_per_frame = n_per_frame
        self._done: list[Floats] = []
        self._open = np.zeros((n_channels, 1))

    def update(self, numbers: NDArray[np.floating]) -> None:
        """Takes the numbers [C, n · n_per_frame] of the next n frames."""
        n_frames = numbers.shape[1] // self._n_per_frame
        if n_frames == 0:
            return
        first, last = self._hop_of(self.n_frames), self._hop_of(self.n_frames + n_frames - 1)
        later = np.arange(first + 1, last + 1, dtype=np.int64) * self.rate // N_HOPS_PER_S - self.n_frames
        starts = np.concatenate(([0], later)) * self._n_per_frame
        gathered = self._gather.reduceat(numbers, starts, axis=1).astype(np.float64)
        is_same_hop = first < self._n_begun
        if is_same_hop:
            gathered[:, :1] = self._gather(self._open, gathered[:, :1])
        else:
            self._done.append(self._open)
        self._done.append(gathered[:, :-1])
        self._open = gathered[:, -1:]
        self.n_frames += n_frames

    @property
    def hops(self) -> Floats:
        """The numbers [C, n_hops] of all hops that are complete."""
        n_complete = self.n_frames * N_HOPS_PER_S // self.rate
        return np.concatenate([*self._done, self._open], axis=1)[:, :n_complete]

    @property
    def _n_begun(self) -> int:
        """Hops that hold a frame already; before the first frame the open one counts, for it is empty."""
        return 1 if self.n_frames == 0 else self._hop_of(self.n_frames - 1) + 1

    def _hop_of(self, frame: int) -> int:
        """The last hop that begins at `frame` or before."""
        return (N_HOPS_PER_S * (frame + 1) - 1) // self.rate


def windows(hops: Floats, n_hops: int, step: int = 1) -> Floats:
    """Windows [..., n_windows, n_hops] of `hops` [..., n], one every `step` hops; none where there are too few."""
    if hops.shape[-1] < n_hops:
        return np.zeros((*hops.shape[:-1], 0, n_hops))
    return sliding_window_view(hops, n_hops, axis=-1)[..., ::step, :]
