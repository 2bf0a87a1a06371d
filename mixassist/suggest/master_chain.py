"""`MasterChain`: a master's suggestions as the processors they set, in the order of the signal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mixassist.dsp.compressor import CompressorSettings
from mixassist.dsp.parametric import BandKind, EqBand
from mixassist.suggest.advice import Suggestion

KINDS: dict[str, BandKind] = {"bell": "bell", "low_shelf": "low_shelf", "high_shelf": "high_shelf"}


@dataclass(frozen=True)
class LimiterSettings:
    """The highest true peak, and how fast gain comes back."""

    ceiling_dbtp: float
    release_ms: float = 100.0


@dataclass(frozen=True)
class MasterChain:
    """Equaliser, compressor, width, gain and limiter; what is left out does nothing."""

    bands: tuple[EqBand, ...] = ()
    compressor: CompressorSettings | None = None
    side_db: float = 0.0
    gain_db: float = 0.0
    limiter: LimiterSettings | None = None


def chain_of(suggestions: Iterable[Suggestion]) -> MasterChain:
    """The chain that these suggestions ask for."""
    found: dict[str, list[Suggestion]] = {}
    for suggestion in suggestions:
        found.setdefault(suggestion.processor, []).append(suggestion)
    limiters = found.get("limiter", [])
    return MasterChain(
        bands=tuple(_band(each) for each in found.get("eq", [])),
        compressor=next((_compressor(each) for each in found.get("compressor", [])), None),
        side_db=sum(each.number("side") for each in found.get("width", [])),
        gain_db=sum(each.number("gain") for each in [*found.get("gain", []), *limiters]),
        limiter=next((LimiterSettings(each.number("ceiling"), each.number("release")) for each in limiters), None),
    )


def _band(suggestion: Suggestion) -> EqBand:
    kind = KINDS[str(suggestion["type"])]
    return EqBand(kind, suggestion.number("frequency"), suggestion.number("gain"), suggestion.number("q"))


def _compressor(suggestion: Suggestion) -> CompressorSettings:
    return CompressorSettings(
        threshold_db=suggestion.number("threshold"),
        ratio=suggestion.number("ratio"),
        attack_ms=suggestion.number("attack"),
        release_ms=suggestion.number("release"),
        knee_db=suggestion.number("knee"),
        make_up_db=suggestion.number("make_up"),
    )
