"""What advice sounds like (the door of pedalboard): strips of tracks, and the chain of a bus or a master.

Pedalboard's `Limiter` raises the level, so its brickwall limiter with true peaks stands at the end, and only where the
advice has a limiter. `processors` tells what else is ours, and why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mixassist.audio.blocks import rechunk
from mixassist.dsp.parametric import EqBand
from mixassist.suggest.master_chain import LimiterSettings, MasterChain
from mixassist.suggest.processors import CompressorProcess, FilterProcess, GateProcess, placed, widened

if TYPE_CHECKING:
    from mixassist.audio.buffer import Samples
    from mixassist.suggest.mix_chain import TrackChain

    Process = Callable[[Samples], Samples]

LOOKAHEAD_MS = 5.0


def render_blocks(blocks: Iterable[Samples], rate: int, chain: MasterChain) -> Iterator[Samples]:
    """The song in blocks [C, n] after the chain: as many frames, at the same places in time."""
    processes = _equaliser(chain.bands, rate)
    if chain.compressor is not None:
        processes.append(CompressorProcess(chain.compressor, rate))
    limiter = _Limiter(chain.limiter, rate) if chain.limiter else None
    for block in rechunk(blocks, rate):
        samples = widened(_processed(block, processes), chain.gain_db, chain.side_db)
        if limiter is not None:
            samples = limiter(samples)
        if samples.shape[1]:
            yield samples
    if limiter is not None:
        yield limiter.rest()


def render_track(blocks: Iterable[Samples], rate: int, chain: TrackChain) -> Iterator[Samples]:
    """A mono or stereo track [C, n] after its strip, fader and place: [2, n], as many frames; without its send."""
    processes: list[Process] = [] if chain.gate is None else [GateProcess(chain.gate, rate)]
    processes += _equaliser(chain.bands, rate)
    if chain.compressor is not None:
        processes.append(CompressorProcess(chain.compressor, rate))
    for block in rechunk(blocks, rate):
        yield placed(_processed(block, processes), chain.gain_db, chain.pan)


def _processed(block: Samples, processes: Iterable[Process]) -> Samples:
    samples = np.ascontiguousarray(block, dtype=np.float32)
    for process in processes:
        samples = process(samples)
    return samples


def _equaliser(bands: Sequence[EqBand], rate: int) -> list[Process]:
    """High-passes are ours: pedalboard's are of first order."""
    high_passes = [band for band in bands if band.kind == "high_pass"]
    filters: list[Process] = [FilterProcess(high_passes, rate)] if high_passes else []
    return [*filters, *(_Plugin(band, rate) for band in bands if band.kind != "high_pass")]


class _Plugin:
    """A bell or a shelf."""

    def __init__(self, band: EqBand, rate: int) -> None:
        import pedalboard

        kinds: dict[str, Any] = {
            "bell": pedalboard.PeakFilter,
            "low_shelf": pedalboard.LowShelfFilter,
            "high_shelf": pedalboard.HighShelfFilter,
        }
        self._rate = rate
        self._plugin = kinds[band.kind](band.hz, band.gain_db, band.q)

    def __call__(self, samples: Samples) -> Samples:
        out: Samples = self._plugin.process(samples, self._rate, reset=False)
        return out


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
