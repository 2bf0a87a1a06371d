"""The short room of an instrument while it is learned (a door of torch).

Derivation. The answer is h[0] = 1 and h[n] = w[n] 10^(-FALL_DB n / 20 N) for n = 1 ... N: what is learned is w, so that
a step of learning moves late taps less than early ones, as energy in a room falls; long decays, which are the notes'
own, are left to the network. All w are 0 at first: the room begins as none.

References:
    Engel et al. 2020, "DDSP", 3.4 (a reverb that is learned as one answer for all sounds).
"""

from __future__ import annotations

import scipy.fft
import torch
from torch import Tensor, nn

FALL_DB = 40.0


class LearnedRoom(nn.Module):
    """A room of `n_taps` behind the direct sound."""

    fall: Tensor

    def __init__(self, n_taps: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.zeros(n_taps))
        places = torch.arange(1, n_taps + 1) / max(n_taps, 1)
        self.register_buffer("fall", 10 ** (-FALL_DB / 20 * places), persistent=False)

    @property
    def taps(self) -> Tensor:
        """What follows the direct sound, [n_taps]."""
        return self.weights * self.fall

    def forward(self, sound: Tensor) -> Tensor:
        """A sound [T] in the room, from silence on, [T]."""
        n_fft = scipy.fft.next_fast_len(len(sound) + len(self.weights), real=True)
        answer = torch.fft.rfft(torch.cat([torch.ones(1), self.taps]), n_fft)
        heard: Tensor = torch.fft.irfft(torch.fft.rfft(sound, n_fft) * answer, n_fft)[: len(sound)]
        return heard
