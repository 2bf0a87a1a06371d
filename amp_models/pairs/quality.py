"""What is wrong with a pair, or could be better: each a finding with its measured value and its cure.

Conventions: mono signals [T] on the same samples, full scale ±1; levels in dBFS.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from amp_models.pairs.levels import Levels, measure_levels
from amp_models.pairs.own_noise import own_noise_db
from amp_models.pairs.pair import Pair
from amp_models.pairs.repeats import replicate_esr
from mixassist.errors import Finding

Signal = NDArray[np.float64]

N_FLAT_SAMPLES = 3
FLAT_SHARE = 0.9999
CLIPPING_FROM_DB = -1.0
"""A take that is flat at its top from here on was cut off; below, flat tops are the pedal's own."""
DC_LIMIT = 0.002
NOISE_LIMIT_DB = -30.0
HUM_SHARE = 0.3
HUM_FLOOR_DB = -80.0
TAIL_BAND_HZ = (80.0, 5000.0)
TAIL_FROM_S = 0.15
TAIL_TO_S = 1.2
TAIL_SHARE = 0.01
TAIL_OVER_CHANCE = 3.0
SOFT_RANGE_DB = 12.0
QUIET_PEAK_DB = -26.0
BAND_EDGES_HZ = (80.0, 160.0, 320.0, 640.0, 1250.0, 2500.0, 5000.0)
THIN_BAND_DB = -60.0
SWAPPED_EXPANSION = 1.1
REPLICATE_LIMIT = 0.01
LOWEST_FLOOR = 1e-6
"""No model comes nearer, however silent the recording."""


@dataclass(frozen=True)
class Quality:
    """What was measured on an aligned pair.

    Attributes:
        levels: of both takes over time.
        clipped_runs: places where the reamped take is flat at its top.
        replicate_esr: how far two answers to one phrase are apart; None if no phrase repeats.
        tail_share: the part of the linear response's energy that comes later than 150 ms.
        predicted_esr_floor: the error-to-signal ratio that the amplifier's own noise alone leaves.
        is_floor_measured: whether a phrase repeats or the DI pauses; otherwise that floor is an estimate.
        findings: what is worth knowing, the worst first.
    """

    levels: Levels
    clipped_runs: int
    replicate_esr: float | None
    tail_share: float
    predicted_esr_floor: float
    is_floor_measured: bool
    findings: tuple[Finding, ...]


def measure_quality(pair: Pair, straight: Signal) -> Quality:
    """The pair's quality; `straight` [T] is its reamped take on the DI's samples."""
    levels = measure_levels(pair.di, straight, pair.rate)
    replicate = replicate_esr(pair.di, straight, pair.rate)
    tail = tail_share(pair.di, straight, pair.rate)
    left = _noise_share(pair, straight, levels) if replicate is None else replicate / 2
    floor = float(np.clip(left, LOWEST_FLOOR, 1.0))
    is_measured = replicate is not None or levels.has_pause
    findings = (
        *_levels_findings(pair, levels, straight),
        *_clipping(pair),
        *_offset(pair),
        *_coverage(pair, levels),
        *_memory(pair, tail, replicate),
    )
    ordered = sorted(findings, key=lambda finding: ("error", "warning", "info").index(finding.severity))
    return Quality(levels, flat_runs(pair.reamped), replicate, tail, floor, is_measured, tuple(ordered))


def _noise_share(pair: Pair, straight: Signal, levels: Levels) -> float:
    """Energy of the noise that is none of the DI's, over that of the playing."""
    return float(10 ** ((own_noise_db(pair.di, straight, levels, pair.rate) - levels.playing_db) / 10))


def flat_runs(take: Signal) -> int:
    """Runs of at least three samples at the take's own peak, if that lies above -1 dBFS: clipping at any level."""
    peak = float(np.abs(take).max())
    if peak < 10 ** (CLIPPING_FROM_DB / 20):
        return 0
    is_flat = np.concatenate([[False], np.abs(take) >= FLAT_SHARE * peak, [False]])
    edges = np.flatnonzero(np.diff(is_flat.astype(int)))
    return int(np.count_nonzero(edges[1::2] - edges[::2] >= N_FLAT_SAMPLES))


def tail_share(di: Signal, reamped: Signal, rate: int) -> float:
    """Share of the response's energy, 0..1, between 0.15 and 1.2 s after the sound: echo, reverb, other memory.

    A least-squares response from long frames; what lies as far before the sound is chance, and is taken off.
    """
    step = max(rate // 12000, 1)
    low = [scipy.fft.irfft(scipy.fft.rfft(take)[: take.size // (2 * step) + 1]) for take in (di, reamped)]
    n_frame = scipy.fft.next_fast_len(round(4 * TAIL_TO_S * rate / step), real=True)
    n_frame += n_frame % 2
    if low[0].size < 2 * n_frame:
        return 0.0
    starts = np.arange(0, low[0].size - n_frame + 1, n_frame // 2)
    window = np.hanning(n_frame)
    spectra = [scipy.fft.rfft(take[starts[:, None] + np.arange(n_frame)] * window) for take in low]
    power = np.sum(np.abs(spectra[0]) ** 2, axis=0)
    cross = np.sum(np.conj(spectra[0]) * spectra[1], axis=0)
    frequencies = scipy.fft.rfftfreq(n_frame, step / rate)
    is_used = (frequencies > TAIL_BAND_HZ[0]) & (frequencies < TAIL_BAND_HZ[1])
    response = scipy.fft.irfft(is_used * cross / (power + 1e-2 * power[is_used].mean()), n_frame) ** 2
    first, last = (round(edge_s * rate / step) for edge_s in (TAIL_FROM_S, TAIL_TO_S))
    after, before = response[first:last].sum(), response[-last:-first].sum()
    near = response[:first].sum() + response[-first:].sum()
    return float((after - before) / (near + after)) if after > TAIL_OVER_CHANCE * before else 0.0


def hum(idle: Signal, rate: int) -> tuple[float, int]:
    """Share of the noise's energy, 0..1, on the mains' first harmonics, and the mains' frequency, 50 or 60 Hz."""
    power = np.abs(scipy.fft.rfft((idle - idle.mean()) * np.hanning(idle.size))) ** 2
    frequencies = scipy.fft.rfftfreq(idle.size, 1 / rate)
    shares = {}
    for mains in (50, 60):
        nearest = mains * np.round(frequencies / mains)
        is_harmonic = (np.abs(frequencies - nearest) < 3) & (nearest > 0) & (nearest <= 10 * mains)
        shares[mains] = float(power[is_harmonic].sum() / max(power.sum(), 1e-30))
    mains = max(shares, key=lambda each: shares[each])
    return shares[mains], mains


def _levels_findings(pair: Pair, levels: Levels, straight: Signal) -> Iterator[Finding]:
    di, reamped = pair.names
    if levels.expansion > SWAPPED_EXPANSION:
        yield Finding(
            "swapped",
            "error",
            f"{reamped} swings {levels.expansion:.2f} times as far in level as {di}, and amplifiers compress: "
            "the two files seem to be swapped: give the DI first",
        )
    elif levels.is_gated:
        yield Finding(
            "gate",
            "warning",
            f"{reamped} falls by {levels.gate_db:.0f} dB at once where the playing fades: switch off the noise gate, "
            "or decays will be cut off by the model too",
        )
    below_db = levels.noise_db - levels.playing_db
    if levels.has_pause and below_db > NOISE_LIMIT_DB:
        message = f"{reamped} has noise {-below_db:.0f} dB below the playing: turn down gain or treble, or shield it"
        yield Finding("noise", "warning", message)
    if not levels.has_pause:
        yield Finding("no-pause", "info", "the DI never pauses: the noise floor is an estimate")
    elif levels.noise_db > HUM_FLOOR_DB:
        idle = levels.idle_samples(pair.rate)
        share, mains = hum(straight[: idle.size][idle], pair.rate)
        if share > HUM_SHARE and np.count_nonzero(idle) > pair.rate // 2:
            message = f"{share:.0%} of the noise of {reamped} is hum of {mains} Hz: lift the ground loop"
            yield Finding("hum", "warning", message)


def _clipping(pair: Pair) -> Iterator[Finding]:
    for name, take, cure in (
        (pair.names[0], pair.di, "record the guitar at a lower level"),
        (pair.names[1], pair.reamped, "turn the interface's input down and reamp again"),
    ):
        n_runs = flat_runs(take)
        if n_runs:
            peak_db = 20 * np.log10(np.abs(take).max())
            runs = "1 run" if n_runs == 1 else f"{n_runs} runs"
            yield Finding("clipped", "warning", f"{name} is clipped at {peak_db:.1f} dBFS, in {runs}: {cure}")


def _offset(pair: Pair) -> Iterator[Finding]:
    for name, take in zip(pair.names, (pair.di, pair.reamped), strict=True):
        offset = float(take.mean())
        if abs(offset) > DC_LIMIT:
            message = f"{name} has a DC offset of {offset:+.2%} of full scale: take it out with a high-pass at 10 Hz"
            yield Finding("dc-offset", "warning", message)


def _coverage(pair: Pair, levels: Levels) -> Iterator[Finding]:
    peak_db = 20 * float(np.log10(np.abs(pair.di).max()))
    if peak_db < QUIET_PEAK_DB:
        message = f"{pair.names[0]} peaks at {peak_db:.0f} dBFS: raise the input, or the amplifier never works hard"
        yield Finding("quiet-di", "warning", message)
    if levels.range_db < SOFT_RANGE_DB:
        message = f"the playing spans {levels.range_db:.0f} dB: play softly as well as hard, so that both are learned"
        yield Finding("narrow-dynamics", "warning", message)
    thin = [band for band, level_db in band_levels(pair.di, pair.rate) if level_db < THIN_BAND_DB]
    if thin:
        message = f"the DI has next to nothing in {', '.join(thin)}: play over the whole neck, low and high"
        yield Finding("narrow-spectrum", "warning", message)


def band_levels(take: Signal, rate: int) -> list[tuple[str, float]]:
    """Names of the octaves of a guitar and their levels in dB below the take's own, as far as the rate holds them."""
    power = np.abs(scipy.fft.rfft(take)) ** 2
    frequencies = scipy.fft.rfftfreq(take.size, 1 / rate)
    sums = np.concatenate([[0.0], np.cumsum(power)])
    edges = np.searchsorted(frequencies, BAND_EDGES_HZ)
    return [
        (f"{low:.0f}–{high:.0f} Hz", float(10 * np.log10(max((sums[b] - sums[a]) / max(sums[-1], 1e-30), 1e-30))))
        for low, high, a, b in zip(BAND_EDGES_HZ[:-1], BAND_EDGES_HZ[1:], edges[:-1], edges[1:], strict=True)
        if high < rate / 2
    ]


def _memory(pair: Pair, tail: float, replicate: float | None) -> Iterator[Finding]:
    if tail > TAIL_SHARE:
        yield Finding(
            "tail",
            "warning",
            f"{tail:.1%} of the answer of {pair.names[1]} comes later than {1000 * TAIL_FROM_S:.0f} ms: switch off "
            "delay and reverb, which such a model cannot hold",
        )
    if replicate is not None and replicate > REPLICATE_LIMIT:
        yield Finding(
            "not-repeatable",
            "warning",
            f"the amplifier answers the same phrase differently (ESR {replicate:.3f}): switch off chorus, delay and "
            "other effects that move, and let it warm up",
        )
