"""`MixAdvice` and `MasterAdvice`: suggestions that each say what to turn, how far, why, and what it will do.

Task: what rules give, renderers apply, exports carry into other programs, and reports show.
Conventions: a rule that finds its measure inside the tolerance suggests nothing, so that a processor without a
suggestion is to be left alone. Track names are file names. Processors and the parameters they are given:

| processor | parameters (unit) |
|---|---|
| `gain` | `gain` (dB) |
| `pan` | `pan` (-1 left .. 1 right): the far side is 1 - |pan| of the near one, the power of both stays |
| `high_pass` | `frequency` (Hz), `slope` (dB/octave) |
| `eq`, one suggestion per band | `type` (`bell`, `low_shelf`, `high_shelf`), `frequency` (Hz), `gain` (dB), `q` |
| `compressor` | `threshold` (dB), `ratio`, `attack` (ms), `release` (ms), `knee` (dB), `make_up` (dB) |
| `gate` | `threshold` (dB), `range` (dB), `attack` (ms), `hold` (ms), `release` (ms) |
| `reverb_send` | `send` (dB) |
| `reverb` | `rt60` (s), `predelay` (ms), `high_pass` (Hz), `low_pass` (Hz) |
| `width` | `side` (dB) |
| `limiter` | `gain` (dB), `ceiling` (dBTP), `release` (ms) |
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from mixassist.errors import Finding

if TYPE_CHECKING:
    from mixassist.suggest.balance import Fader
    from mixassist.suggest.sections import Section

Processor = Literal["gain", "pan", "high_pass", "eq", "compressor", "gate", "reverb_send", "reverb", "width", "limiter"]
BUS = "bus"
REVERB = "reverb"
MASTER = "master"
"""What stands for `Suggestion.track` where no track is meant."""


@dataclass(frozen=True)
class Parameter:
    """A value to set and the bounds within which it may be turned; words such as a band's type have none."""

    name: str
    value: float | str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None

    def to_dict(self) -> dict[str, Any]:
        bounds = {"min": self.minimum, "max": self.maximum}
        return {"parameter": self.name, "value": _rounded(self.value), "unit": self.unit} | bounds


@dataclass(frozen=True)
class Reason:
    """The rule that spoke, what it measured, what it wanted and how exactly, and who says so."""

    rule: str
    measured: float | str
    target: float | str
    tolerance: float | str
    source: str

    def to_dict(self) -> dict[str, Any]:
        return {name: _rounded(value) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Suggestion:
    """One processor's parameters for a track, or for the bus, the reverb or the master.

    Attributes:
        confidence: 0 to 1.
        effect: what will be heard or measured, in one sentence.
    """

    track: str
    processor: Processor
    parameters: tuple[Parameter, ...]
    reason: Reason
    confidence: float
    effect: str

    def __getitem__(self, name: str) -> float | str:
        """The value of a parameter."""
        return next(parameter.value for parameter in self.parameters if parameter.name == name)

    def number(self, name: str) -> float:
        """The value of a parameter that is a number."""
        return float(self[name])

    def settings(self) -> dict[str, float | str]:
        """The parameters' values by `name_unit`, as JSON holds them: `threshold_db`, `attack_ms`, `ratio`."""
        return {_key(parameter): _rounded(parameter.value) for parameter in self.parameters}

    def to_dicts(self) -> list[dict[str, Any]]:
        """One entry for each parameter."""
        shared = {"reason": self.reason.to_dict(), "confidence": round(self.confidence, 2), "effect": self.effect}
        return [{"processor": self.processor} | parameter.to_dict() | shared for parameter in self.parameters]


@dataclass(frozen=True)
class GenreUsed:
    """The genre whose targets were used, and what it blends."""

    name: str
    probabilities: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, "probabilities": {k: round(float(v), 3) for k, v in self.probabilities.items()}}


@dataclass(frozen=True)
class TrackAdvice:
    """What one track is, and what to do with it.

    Attributes:
        role: `lead`, or empty.
        usual_fader: where engineers set this instrument's fader re the mean of a song's; it has no say in `gain`.
    """

    track: str
    instrument: str
    role: str
    suggestions: tuple[Suggestion, ...]
    usual_fader: Fader | None = None

    def of(self, processor: Processor) -> tuple[Suggestion, ...]:
        """The suggestions for a processor, in order."""
        return tuple(each for each in self.suggestions if each.processor == processor)

    def to_dict(self) -> dict[str, Any]:
        """The contract's keys; None, 0 dB, or no band where nothing is suggested."""
        return {
            "track": self.track,
            "instrument": self.instrument,
            "role": self.role,
            "gain_db": _number(self.of("gain"), "gain", 0.0),
            "usual_fader_db": None if self.usual_fader is None else self.usual_fader.to_dict(),
            "pan": _number(self.of("pan"), "pan", None),
            "high_pass_hz": _number(self.of("high_pass"), "frequency", None),
            "eq": [each.settings() for each in self.of("eq")],
            "compressor": _settings(self.of("compressor")),
            "gate": _settings(self.of("gate")),
            "reverb_send_db": _number(self.of("reverb_send"), "send", None),
            "suggestions": [entry for each in self.suggestions for entry in each.to_dicts()],
        }


@dataclass(frozen=True)
class MaskedBand:
    """A band around `hz` in which `masker` covers what is essential of `masked` by `excess_db`."""

    masker: str
    masked: str
    hz: float
    excess_db: float

    def to_dict(self) -> dict[str, Any]:
        return {name: _rounded(value) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class MixAdvice:
    """What to do with a set of tracks. What masking asks for is among the tracks' equaliser bands.

    Signals run through a track's gate, high-pass, equaliser, compressor, fader and pan; then, by the send, to the
    reverb as well. The sum gets what is for the bus, and then what a master would do with the mix that all this makes.
    `tempo_bpm` is as heard, None where it was not; half and double are its mistakes.
    """

    genre: GenreUsed
    tracks: tuple[TrackAdvice, ...]
    masking: tuple[MaskedBand, ...] = ()
    reverb: tuple[Suggestion, ...] = ()
    bus: tuple[Suggestion, ...] = ()
    master: tuple[Suggestion, ...] = ()
    findings: tuple[Finding, ...] = ()
    tempo_bpm: float | None = None

    def suggestions(self) -> tuple[Suggestion, ...]:
        """All of them: tracks first, then reverb, bus and master."""
        tracks = [each for track in self.tracks for each in track.suggestions]
        return (*tracks, *self.reverb, *self.bus, *self.master)

    def to_dict(self) -> dict[str, Any]:
        return {
            "genre": self.genre.to_dict(),
            "tempo_bpm": _rounded(self.tempo_bpm),
            "tracks": [track.to_dict() for track in self.tracks],
            "masking": [band.to_dict() for band in self.masking],
            "reverb": _settings(self.reverb),
            "bus": _entries(self.bus),
            "master": _entries(self.master),
            "findings": [finding.to_dict() for finding in self.findings],
        }


@dataclass(frozen=True)
class MasterAdvice:
    """What to do with a song, toward its genre or a reference, how loud it should become, and how it is laid out."""

    song: str
    genre: GenreUsed
    reference: str | None
    target: str
    target_lufs: float | None
    suggestions: tuple[Suggestion, ...]
    findings: tuple[Finding, ...] = ()
    sections: tuple[Section, ...] = ()

    def of(self, processor: Processor) -> tuple[Suggestion, ...]:
        """The suggestions for a processor, in order."""
        return tuple(each for each in self.suggestions if each.processor == processor)

    def to_dict(self) -> dict[str, Any]:
        return {
            "song": self.song,
            "genre": self.genre.to_dict(),
            "reference": self.reference,
            "target": self.target,
            "target_lufs": self.target_lufs,
            "gain_db": _number(self.of("gain"), "gain", 0.0),
            "eq": [each.settings() for each in self.of("eq")],
            "compressor": _settings(self.of("compressor")),
            "width": _settings(self.of("width")),
            "limiter": _settings(self.of("limiter")),
            "suggestions": _entries(self.suggestions),
            "findings": [finding.to_dict() for finding in self.findings],
            "sections": [section.to_dict() for section in self.sections],
        }


def _key(parameter: Parameter) -> str:
    unit = {"": "", "dB": "_db", "Hz": "_hz", "ms": "_ms", "s": "_s", "dBTP": "_dbtp"}.get(parameter.unit, "")
    return parameter.name + unit


def _rounded(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value


def _number(suggestions: Iterable[Suggestion], name: str, default: float | None) -> float | None:
    return next((_rounded(each.number(name)) for each in suggestions), default)


def _settings(suggestions: Iterable[Suggestion]) -> dict[str, float | str] | None:
    return next((each.settings() for each in suggestions), None)


def _entries(suggestions: Iterable[Suggestion]) -> list[dict[str, Any]]:
    return [entry for each in suggestions for entry in each.to_dicts()]
