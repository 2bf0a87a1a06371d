"""What a master's advice sounds like (the door of pedalboard): equaliser, compressor, width, gain, limiter.

Pedalboard's `Limiter` raises the level, so its brickwall limiter with true peaks stands at the end; its compressor
treats channels apart and has no knee, so the one in `mixassist.dsp` is heard, which is also what was fitted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from mixassist.audio.blocks import rechunk
from mixassist.dsp.compressor import CompressorSettings, compression_db
from mixassist.dsp.decibels import power_to_db
from mixassist.dsp.hops import Floats, hop_starts
from mixassist.dsp.parametric import EqBand
from mixassist.suggest.master_chain import LimiterSettings, MasterChain

if TYPE_CHECKING:
    from mixassist.audio.buffer import Samples

LOOKAHEAD_MS = 5.0


def render_blocks(blocks: Iterable[Samples], rate: int, chain: MasterChain) -> Iterator[Samples]:
    """The song in blocks [C, n] after the chain: as many frames, at the same places in time."""
    equaliser = [_plugin(band) for band in chain.bands]
    compressor = _Compressor(chain.compressor, rate) if chain.compressor else None
    limiter = _Limiter(chain.limiter, rate) if chain.limiter else None
    for block in rechunk(blocks, rate):
        samples = np.ascontiguousarray(block, dtype=np.float32)
        for band in equaliser:
            samples = band.process(samples, rate, reset=False)
        if compressor is not None:
            samples = compressor(samples)
        samples = _leveled(samples, chain)
        if limiter is not None:
            samples = limiter(samples)
        if samples.shape[1]:
            yield samples
    if limiter is not None:
        yield limiter.rest()


def _leveled(samples: Samples, chain: MasterChain) -> Samples:
    gain = 10 ** (chain.gain_db / 20)
    if chain.side_db == 0 or len(samples) != 2:
        return (samples * np.float32(gain)).astype(np.float32)
    mid, side = (samples[0] + samples[1]) / 2, (samples[0] - samples[1]) / 2 * 10 ** (chain.side_db / 20)
    return (gain * np.stack([mid + side, mid - side])).astype(np.float32)


class _Compressor:
    """Runs blocks of whole seconds, the last one shorter, through the compressor."""

    def __init__(self, settings: CompressorSettings, rate: int) -> None:
        self._settings = settings
        self._rate = rate
        self._last_db = 0.0

    def __call__(self, samples: Samples) -> Samples:
        n_frames = samples.shape[1]
        starts = hop_starts(101, self._rate)
        starts = starts[starts < n_frames]
        ends = np.append(starts[1:], n_frames)
        power = np.add.reduceat(np.square(samples, dtype=np.float64).mean(axis=0), starts) / (ends - starts)
        gain_db = compression_db(power_to_db(power), self._settings, self._last_db)
        gains: Floats = np.concatenate([[self._last_db], gain_db]) + self._settings.make_up_db
        self._last_db = float(gain_db[-1])
        curve = np.interp(np.arange(n_frames), np.append(starts, n_frames), gains)
        return (samples * 10 ** (curve / 20)).astype(np.float32)


class _Limiter:
    """The brickwall limiter; what its lookahead holds back comes out at the end."""

    def __init__(self, settings: LimiterSettings, rate: int) -> None:
        import pedalboard

        self._rate = rate
        self._n_held = 0
        self._n_channels = 2
        self._brick = pedalboard.BrickwallLimiter(settings.ceiling_dbtp, settings.release_ms, LOOKAHEAD_MS, True)

    def __call__(self, samples: Samples) -> Samples:
        self._n_channels = len(samples)
        out: Samples = self._brick.process(samples, self._rate, reset=False)
        self._n_held += samples.shape[1] - out.shape[1]
        return out

    def rest(self) -> Samples:
        n_held, parts = self._n_held, []
        n_out = 0
        while n_out < n_held:
            parts.append(self._brick.process(np.zeros((self._n_channels, 1024), np.float32), self._rate, reset=False))
            n_out += parts[-1].shape[1]
        rest = np.concatenate(parts, axis=1) if parts else np.zeros((self._n_channels, 0), np.float32)
        return rest[:, :n_held]


def _plugin(band: EqBand) -> Any:
    import pedalboard

    kinds = {
        "bell": pedalboard.PeakFilter,
        "low_shelf": pedalboard.LowShelfFilter,
        "high_shelf": pedalboard.HighShelfFilter,
    }
    return kinds[band.kind](band.hz, band.gain_db, band.q)
