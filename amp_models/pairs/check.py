"""`check_pair`: does a reamped take fit its DI, and what can be learned from the two?

Task: line (delay, polarity, drift, jumps), gain, noise, clipping, coverage, the error that noise alone will leave, and
a verdict in words.
Conventions: as `alignment`; `predicted_esr_floor` is a ratio, not dB.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from amp_models.pairs.alignment import Alignment, align, covered, straightened
from amp_models.pairs.pair import SHORTEST_S, Pair, Signal, Take, read_pair
from amp_models.pairs.quality import Quality, measure_quality
from mixassist.audio import AudioBuffer
from mixassist.audio.resample import resample
from mixassist.errors import CaptureError, Finding

LOWEST_CONFIDENCE = 0.2
SHAKY_CONFIDENCE = 0.7
SAME_TAKE_DB = -80.0
DRIFT_LIMIT_PPM = 0.5
EARLY_SAMPLES = 2.0
GOOD_FLOOR = 0.003
USABLE_FLOOR = 0.05
WRONG_RATES = ((44100, 48000), (48000, 44100), (48000, 96000), (96000, 48000))


@dataclass(frozen=True)
class PairReport:
    """The line between two takes, and what they are good for.

    The line is told in samples of the whole DI. What is measured, and what can be learned from, is the span of the DI
    that the reamped take covers: its start or end may be cut off.

    Attributes:
        delay_samples: place of the DI's first sample in the reamped take, in samples of the DI's rate.
        polarity: 1, or -1 where the wave is turned over.
        drift_ppm: how much faster the reamped take's clock ran.
        gain_db: level of the reamped take over the DI's.
        confidence: 0..1.
        noise_floor_db: of the reamped take, in dBFS.
        clipped_runs: places where the reamped take is cut off flat.
        predicted_esr_floor: error-to-signal ratio that the amplifier's own noise alone will leave.
        verdict: in words.
        findings: with their cures, the worst first.
        pair: the takes themselves, of the DI the span that the reamped take covers, [T].
        straight: the reamped take on the samples of that span, [T].
        alignment: how they lie.
        quality: what was measured on them.
    """

    delay_samples: float
    polarity: int
    drift_ppm: float
    gain_db: float
    confidence: float
    noise_floor_db: float
    clipped_runs: int
    predicted_esr_floor: float
    verdict: str
    findings: tuple[Finding, ...]
    pair: Pair = field(repr=False)
    straight: Signal = field(repr=False)
    alignment: Alignment = field(repr=False)
    quality: Quality = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        return {
            "delay_samples": round(self.delay_samples, 3),
            "polarity": self.polarity,
            "drift_ppm": round(self.drift_ppm, 3),
            "gain_db": round(self.gain_db, 2),
            "confidence": round(self.confidence, 3),
            "noise_floor_db": round(self.noise_floor_db, 1),
            "clipped_runs": self.clipped_runs,
            "predicted_esr_floor": float(f"{self.predicted_esr_floor:.3g}"),
            "verdict": self.verdict,
            "findings": [finding.to_dict() for finding in self.findings],
            "replicate_esr": self.quality.replicate_esr,
            "lead_samples": self.alignment.lead_samples,
            "jumps": [{"at_s": jump.at / self.pair.rate, "samples": jump.samples} for jump in self.alignment.jumps],
        }


def check_pair(di: Take, reamped: Take) -> PairReport:
    """What is known about the pair; files or buffers, of any rate, depth and length from 5 s on.

    Raises:
        AudioError: when a file cannot be read.
        CaptureError: when a take or what both hold is too short, one is silent, both are the same recording, or they
            are not the same playing.
    """
    pair = read_pair(di, reamped)
    alignment = align(pair.di, pair.reamped, pair.rate)
    if alignment.confidence < LOWEST_CONFIDENCE:
        raise _misfit(pair, alignment)
    pair, straight = _on_each_other(pair, alignment)
    _require_an_amplifier(pair, straight)
    quality = measure_quality(pair, straight)
    findings = (*_line_findings(pair, alignment), *pair.findings, *quality.findings)
    ordered = tuple(sorted(findings, key=lambda finding: ("error", "warning", "info").index(finding.severity)))
    is_playing = ~quality.levels.idle_samples(pair.rate)
    energies = [float(np.sum(take[: is_playing.size][is_playing] ** 2)) for take in (pair.di, straight)]
    return PairReport(
        delay_samples=alignment.delay_samples,
        polarity=alignment.polarity,
        drift_ppm=alignment.drift_ppm,
        gain_db=float(10 * np.log10(energies[1] / energies[0])),
        confidence=alignment.confidence,
        noise_floor_db=quality.levels.noise_db,
        clipped_runs=quality.clipped_runs,
        predicted_esr_floor=quality.predicted_esr_floor,
        verdict=_verdict(ordered, quality.predicted_esr_floor),
        findings=ordered,
        pair=pair,
        straight=straight,
        alignment=alignment,
        quality=quality,
    )


def _on_each_other(pair: Pair, alignment: Alignment) -> tuple[Pair, Signal]:
    """The pair with the covered span of its DI, and the reamped take on its samples.

    Raises:
        CaptureError: when that is shorter than 5 s.
    """
    span = covered(pair.di.size, pair.reamped.size, alignment.line)
    covered_s = (span.stop - span.start) / pair.rate
    if covered_s < SHORTEST_S:
        raise CaptureError(
            f"{pair.names[1]} holds {covered_s:.1f} s of {pair.names[0]}: at least {SHORTEST_S:.0f} s are needed, "
            "record from the beginning to the end"
        )
    straight = straightened(pair.di, pair.reamped, alignment.line)
    return replace(pair, di=pair.di[span]), straight[span]


def _misfit(pair: Pair, alignment: Alignment) -> CaptureError:
    """Why the two do not fit: another speed, which a wrong sample rate makes, or another playing."""
    reamped = AudioBuffer(pair.reamped[None].astype(np.float32), pair.rate)
    for said, true in WRONG_RATES:
        renamed = AudioBuffer(reamped.samples, round(pair.rate * true / said))
        trial = align(pair.di, resample(renamed, pair.rate).samples[0].astype(np.float64), pair.rate)
        if trial.confidence > SHAKY_CONFIDENCE:
            return CaptureError(
                f"{pair.names[1]} plays {said / true:.4f} times as fast as {pair.names[0]}: it says {said} Hz and was "
                f"recorded at {true} Hz, correct its sample rate or export it again"
            )
    return CaptureError(
        f"{pair.names[1]} does not hold the playing of {pair.names[0]} (confidence {alignment.confidence:.2f}): "
        "see whether it is the right take"
    )


def _require_an_amplifier(pair: Pair, straight: Signal) -> None:
    """Refuses a reamped take that is the DI again.

    Raises:
        CaptureError: when one gain explains the reamped take to -80 dB.
    """
    gain = float(np.dot(pair.di, straight) / np.dot(pair.di, pair.di))
    inner = slice(pair.rate // 10, -pair.rate // 10)
    rest = np.sum((straight - gain * pair.di)[inner] ** 2) / max(float(np.sum(straight[inner] ** 2)), 1e-30)
    rest_db = 10 * np.log10(max(float(rest), 1e-20))
    if rest_db < SAME_TAKE_DB:
        raise CaptureError(
            f"{pair.names[1]} is {pair.names[0]} itself ({rest_db:.0f} dB apart): "
            "choose the file that went through the amplifier"
        )


def _line_findings(pair: Pair, alignment: Alignment) -> list[Finding]:
    found = []
    name = pair.names[1]
    if alignment.polarity < 0:
        found.append(Finding("inverted", "info", f"{name} has inverted polarity: a model learns that too"))
    if alignment.delay_samples < -EARLY_SAMPLES:
        message = f"{name} comes {-alignment.delay_samples:.1f} samples before {pair.names[0]}: harmless if its start"
        found.append(
            Finding("early", "warning", f"{message} was cut off, else the two files are swapped: give the DI first")
        )
    if alignment.lead_samples:
        message = f"the answer of {name} begins {alignment.lead_samples} samples before its phases agree, as a "
        found.append(Finding("smeared", "info", f"{message}loudspeaker's does: the delay is that of its beginning"))
    if abs(alignment.drift_ppm) > DRIFT_LIMIT_PPM:
        message = f"the clocks drift by {alignment.drift_ppm:+.2f} ppm: taken out; one interface for both avoids it"
        found.append(Finding("drift", "info", message))
    for jump in alignment.jumps:
        what = "lost" if jump.samples < 0 else "too many"
        message = f"{name} has {abs(jump.samples):.0f} samples {what} near {jump.at / pair.rate:.1f} s: record again"
        found.append(Finding("jump", "warning", f"{message}, with larger buffers"))
    if alignment.confidence < SHAKY_CONFIDENCE:
        message = f"the delay is not sure (confidence {alignment.confidence:.2f}): switch off modulation and delay"
        found.append(Finding("shaky-line", "warning", message))
    return found


def _verdict(findings: tuple[Finding, ...], floor: float) -> str:
    severities = [finding.severity for finding in findings]
    if "error" in severities:
        return "not usable: " + next(finding.message for finding in findings if finding.severity == "error")
    n_warnings = severities.count("warning")
    if floor > USABLE_FLOOR:
        return f"poor: noise alone leaves an ESR of {floor:.3f}"
    if n_warnings or floor > GOOD_FLOOR:
        concerns = f"{n_warnings} thing{'s' if n_warnings != 1 else ''} to better" if n_warnings else "some noise"
        return f"usable, with {concerns}: an ESR down to {floor:.2g} can be reached"
    return f"good: an ESR down to {floor:.2g} can be reached"
