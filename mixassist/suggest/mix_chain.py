"""`MixChain`: a mix's suggestions as the processors they set: strips, a room, the bus and the master."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mixassist.dsp.compressor import CompressorSettings
from mixassist.dsp.gate import GateSettings
from mixassist.dsp.parametric import EqBand
from mixassist.suggest.advice import MixAdvice, Suggestion
from mixassist.suggest.master_chain import MasterChain, chain_of

HIGH_PASS_Q = 0.707


@dataclass(frozen=True)
class TrackChain:
    """Gate, high-pass and equaliser, compressor, fader, place, and the send after them; None where there is none."""

    gate: GateSettings | None = None
    bands: tuple[EqBand, ...] = ()
    compressor: CompressorSettings | None = None
    gain_db: float = 0.0
    pan: float = 0.0
    send_db: float | None = None


@dataclass(frozen=True)
class RoomSettings:
    """A room that tracks send to: how long it sounds, when it begins, and what it returns of highs and lows."""

    rt60_s: float
    predelay_ms: float
    high_pass_hz: float
    low_pass_hz: float


@dataclass(frozen=True)
class MixChain:
    """Strips by track; a track that has none stays as it is."""

    tracks: Mapping[str, TrackChain] = field(default_factory=dict)
    room: RoomSettings | None = None
    bus: MasterChain = field(default_factory=MasterChain)
    master: MasterChain = field(default_factory=MasterChain)


def mix_chain_of(advice: MixAdvice) -> MixChain:
    """The chain that the advice asks for."""
    return MixChain(
        tracks={track.track: track_chain_of(track.suggestions) for track in advice.tracks},
        room=next((_room(each) for each in advice.reverb), None),
        bus=chain_of(advice.bus),
        master=chain_of(advice.master),
    )


def track_chain_of(suggestions: Iterable[Suggestion]) -> TrackChain:
    """The strip that these suggestions ask for."""
    found: dict[str, list[Suggestion]] = {}
    for suggestion in suggestions:
        found.setdefault(suggestion.processor, []).append(suggestion)
    shared = chain_of(each for name in ("eq", "compressor", "gain") for each in found.get(name, []))
    corners_hz = (each.number("frequency") for each in found.get("high_pass", []))
    return TrackChain(
        gate=next((_gate(each) for each in found.get("gate", [])), None),
        bands=(*(EqBand("high_pass", hz, 0.0, HIGH_PASS_Q) for hz in corners_hz), *shared.bands),
        compressor=shared.compressor,
        gain_db=shared.gain_db,
        pan=next((each.number("pan") for each in found.get("pan", [])), 0.0),
        send_db=next((each.number("send") for each in found.get("reverb_send", [])), None),
    )


def _gate(each: Suggestion) -> GateSettings:
    return GateSettings(
        threshold_db=each.number("threshold"),
        range_db=each.number("range"),
        attack_ms=each.number("attack"),
        hold_ms=each.number("hold"),
        release_ms=each.number("release"),
    )


def _room(each: Suggestion) -> RoomSettings:
    return RoomSettings(
        rt60_s=each.number("rt60"),
        predelay_ms=each.number("predelay"),
        high_pass_hz=each.number("high_pass"),
        low_pass_hz=each.number("low_pass"),
    )
