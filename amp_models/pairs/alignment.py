"""Where the reamped take lies: delay between samples, polarity, drift of the clocks, jumps.

Task: the line place(n) = n + delay + drift · n on which sample n of the DI is found in the reamped take, and the
response between the two. Pieces vote for a coarse lag (`lag_search`); short frames then follow the line, are averaged
along it into one response, measure their own lags against that response and correct the line, three times over. What
remains of the response's phase without its tone's is the delay (`minimum_phase`). Loudspeakers are no minimum phase:
where their answer begins before, the line is moved to its beginning (`answer_start`).
Conventions: mono signals [T] at one rate; a positive delay means that the reamped take comes later; a positive drift
that its recorder's clock ran faster, so that it holds more samples. Frames count alike, loud or soft: soft playing is
where an amplifier is most linear.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from amp_models.pairs.answer_start import find_start
from amp_models.pairs.blips import blip_delay
from amp_models.pairs.curve import Curve, fit_curve
from amp_models.pairs.lag_search import Signal, search_lags
from amp_models.pairs.minimum_phase import LineDelay, coherence_weights, line_delay
from amp_models.pairs.step_fit import Jump, StepLine, fit_steps
from amp_models.pairs.straighten import read_along

Spectra = NDArray[np.complex128]

FRAME_S = 0.17
GROUP_S = 1.0
QUIET_DB = -50.0
"""Frames that lie this far under the loud ones are left out: they hold noise."""
N_ROUNDS = 4
N_BENDS = 2
BETTER_COHERENCE = 1.1
"""The bent DI must cohere a tenth better, or the curve is a filter's doing."""
FURTHEST_CORRECTION = 32.0


@dataclass(frozen=True)
class Alignment:
    """How the reamped take lies over the DI.

    Attributes:
        line: lag of the reamped take over the DI, in samples, with its drift and its jumps.
        polarity: 1, or -1 where the amplifier turns the wave over.
        confidence: 0..1; the share of the playing whose own lag lies on the line, times how well phases agree or how
            much of the take is an answer to the DI, whichever is more.
        response: mean transfer function on the line, [F].
        coherence: squared coherence at each frequency, [F].
        curve: what the amplifier makes of each level, if that explains more than a filter; None otherwise.
        lead_samples: how far the line was moved ahead of where phases agree, to where the answer begins.
        rate: in Hz.
    """

    line: StepLine
    polarity: int
    confidence: float
    response: Spectra
    coherence: Signal
    curve: Curve | None
    lead_samples: int
    rate: int

    @property
    def delay_samples(self) -> float:
        """Place of the DI's first sample in the reamped take."""
        return self.line.offset

    @property
    def drift_ppm(self) -> float:
        """Samples per million that the reamped take's place moves on."""
        return 1e6 * self.line.slope

    @property
    def jumps(self) -> tuple[Jump, ...]:
        """Where the lag steps: dropouts of a recording."""
        return self.line.jumps


@dataclass(frozen=True)
class _Frames:
    """Spectra of frames along a line: cross [M, F] with the line's lag taken out, powers [F], DI centres [M]."""

    centres: Signal
    cross: Spectra
    di_power: Signal
    reamped_power: Signal

    @property
    def n_frame(self) -> int:
        return 2 * (self.cross.shape[1] - 1)

    @property
    def mean(self) -> Spectra:
        return np.asarray(self.cross.sum(axis=0))

    @property
    def response(self) -> Spectra:
        return np.asarray(self.mean / np.maximum(self.di_power, 1e-300))

    @property
    def coherence(self) -> Signal:
        """Squared coherence [F], less what chance alone gives to so many half-overlapping frames."""
        raw = np.abs(self.mean) ** 2 / np.maximum(self.di_power * self.reamped_power, 1e-300)
        chance = 1.5 / self.centres.size
        return np.clip((raw - chance) / (1 - chance), 0, 1)


def align(di: Signal, reamped: Signal, rate: int) -> Alignment:
    """Delay, drift, polarity and jumps of `reamped` [T'] against `di` [T], both at `rate` Hz."""
    coarse = search_lags(di, reamped, rate)
    line = StepLine.constant(float(np.median(coarse.lags)))
    n_frame = scipy.fft.next_fast_len(round(FRAME_S * rate), real=True)
    n_frame += n_frame % 2
    share = 0.0
    for round_ in range(N_ROUNDS):
        frames = _frames(di, reamped, line, n_frame)
        reach = n_frame // 4 if round_ == 0 else 96
        centres, lags, weights = _own_lags(frames, n_frame, rate, reach)
        line, share = fit_steps(centres, lags + line.at(centres), weights)
    frames = _frames(di, reamped, line, n_frame)
    delay = line_delay(frames.response, coherence_weights(frames.coherence))
    line, delay, curve = _bent(di, reamped, (line, delay), frames)
    blip = blip_delay(di, reamped, rate, line)
    if blip is not None and blip.agreement > delay.agreement and abs(blip.samples) < FURTHEST_CORRECTION:
        line, delay = line.moved(blip.samples), blip
    start = find_start(di if curve is None else curve.bend(di), straightened(di, reamped, line), rate)
    return Alignment(
        line=line.moved(-start.lead_samples),
        polarity=delay.polarity,
        confidence=float(np.clip(share * max(delay.agreement, start.explained), 0, 1)),
        response=frames.response,
        coherence=frames.coherence,
        curve=curve,
        lead_samples=start.lead_samples,
        rate=rate,
    )


def straightened(di: Signal, reamped: Signal, line: StepLine) -> Signal:
    """The reamped take [T'] on the DI's samples, [T]: without delay, drift and jumps."""
    places = np.arange(di.size, dtype=float)
    return read_along(reamped, places + line.at(places))


def covered(n_di: int, n_reamped: int, line: StepLine) -> slice:
    """The span of `n_di` samples of the DI that `n_reamped` samples hold an answer to; empty where they hold none."""
    places = np.arange(n_di, dtype=float)
    places += line.at(places)
    held = np.flatnonzero((places > -1) & (places < n_reamped))
    return slice(int(held[0]), int(held[-1]) + 1) if held.size else slice(0, 0)


def _bent(
    di: Signal, reamped: Signal, found: tuple[StepLine, LineDelay], frames: _Frames
) -> tuple[StepLine, LineDelay, Curve | None]:
    """The line with its delay measured against the DI bent by the amplifier's curve, if that coheres better."""
    line, delay = found
    line, curve, coherence = line.moved(delay.samples), None, float(frames.coherence.mean())
    for _ in range(N_BENDS):
        straight = straightened(di, reamped, line)
        trial = fit_curve(di, straight)
        if trial is None:
            break
        bent = _frames(trial.bend(di), straight, StepLine.constant(0.0), frames.n_frame)
        if bent.centres.size == 0 or bent.coherence.mean() < BETTER_COHERENCE * coherence:
            break
        # The curve turns the wave over itself, so the rest must not.
        rest = line_delay(bent.response, coherence_weights(bent.coherence))
        if abs(rest.samples) > FURTHEST_CORRECTION:
            break
        curve = trial
        delay = LineDelay(rest.samples, delay.polarity, rest.agreement)
        line = line.moved(rest.samples)
    return line, delay, curve


def _frames(di: Signal, reamped: Signal, line: StepLine, n_frame: int) -> _Frames:
    """Half-overlapping frames of both takes, the reamped ones where the line says, each at equal weight."""
    starts = np.arange(0, di.size - n_frame + 1, n_frame // 2)
    centres = np.asarray(starts + n_frame / 2, dtype=np.float64)
    lags = line.at(centres)
    whole = np.round(lags).astype(int)
    is_inside = (starts + whole >= 0) & (starts + whole + n_frame <= reamped.size)
    starts, centres, lags, whole = (values[is_inside] for values in (starts, centres, lags, whole))
    window = np.hanning(n_frame)
    offsets = np.arange(n_frame)
    di_spectra = scipy.fft.rfft(di[starts[:, None] + offsets] * window)
    reamped_spectra = scipy.fft.rfft(reamped[(starts + whole)[:, None] + offsets] * window)
    powers = np.mean(np.abs(di_spectra) ** 2, axis=1), np.mean(np.abs(reamped_spectra) ** 2, axis=1)
    is_loud = np.logical_and(*(power > 10 ** (QUIET_DB / 10) * np.quantile(power, 0.9) for power in powers))
    scale = np.where(is_loud, 1 / np.sqrt(np.maximum(powers[0] * powers[1], 1e-300)), 0.0)[is_loud, None]
    di_spectra, reamped_spectra = di_spectra[is_loud], reamped_spectra[is_loud]
    omega = 2 * np.pi * np.arange(n_frame // 2 + 1) / n_frame
    turn = np.exp(1j * omega * (lags - whole)[is_loud, None])
    return _Frames(
        centres[is_loud],
        np.conj(di_spectra) * reamped_spectra * turn * scale,
        np.sum(np.abs(di_spectra) ** 2 * scale, axis=0),
        np.sum(np.abs(reamped_spectra) ** 2 * scale, axis=0),
    )


def _own_lags(frames: _Frames, n_frame: int, rate: int, reach: int) -> tuple[Signal, Signal, Signal]:
    """Centres, lags beyond the line and weights of groups of frames, each sought within ±`reach` samples.

    The first, wide search knows no response yet and takes the highest whitened peak of either sign.
    """
    n_group = max(round(GROUP_S * rate / (n_frame // 2)), 1)
    groups = np.arange(frames.centres.size) // n_group
    n_groups = int(groups[-1]) + 1
    cross = np.stack([frames.cross[groups == group].sum(axis=0) for group in range(n_groups)])
    centres = np.array([frames.centres[groups == group].mean() for group in range(n_groups)])
    is_wide = reach > 96
    reference = np.exp(-1j * np.angle(frames.mean))
    weights = coherence_weights(frames.coherence)
    if is_wide or not weights.any():
        reference, weights = np.ones_like(reference), np.ones(reference.size)
        weights[: round(80 * n_frame / rate)] = 0
        weights[round(6000 * n_frame / rate) :] = 0
    whitened = cross / (np.abs(cross) ** (0.8 if is_wide else 0.5) + 1e-30) * reference * weights
    correlation = scipy.fft.irfft(whitened, 4 * n_frame)
    heights = np.abs(correlation) if is_wide else correlation
    near = np.arange(-4 * reach, 4 * reach + 1)
    window = heights[:, near % heights.shape[1]]
    lags = near[window.argmax(axis=1)] / 4
    omega = 2 * np.pi * np.arange(n_frame // 2 + 1) / n_frame
    for _ in range(0 if is_wide else 4):
        turned = whitened * np.exp(1j * omega * lags[:, None])
        curvature = np.sum(omega**2 * turned.real, axis=1)
        steps = np.sum(omega * turned.imag, axis=1) / np.maximum(curvature, 1e-30)
        lags -= np.where(curvature > 0, steps, 0).clip(-1, 1)
    return centres, lags, window.max(axis=1) / np.maximum(np.sum(np.abs(whitened), axis=1), 1e-30)
