"""Who made what a model learned from, and what their part is in it.

Task:
    A data set's ledger (`credit_ledger`) gives contributors; the seconds of their sound that went in make them
    `Credit`s, which a model's folder keeps (`ModelCard.credits`), and which every file it renders names.
Conventions:
    `share` is a contributor's part of all seconds, 0 to 1; `split_percent` is what was agreed on about proceeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from mixassist.errors import ModelError
from mixassist.runtime import Artifact, load_artifact

CONSENTS = ("train", "release", "commercial", "voice-likeness")
"""What a contributor may consent to: learning, a model handed on, its use for money, and sounding like this person."""

FREE = ("release", "commercial")


@dataclass(frozen=True)
class Contributor:
    """Somebody whose sound may be learned from.

    Attributes:
        name: a person, a band, or an alias.
        role: what they did: played, sang, recorded.
        source: where the recordings come from: an address, or words.
        licence: SPDX identifier, or words and where to read them.
        consent: of `CONSENTS`.
        split_percent: their part of proceeds; those of a data set sum to 100.
        contact: how to reach them, where they wish.
    """

    name: str
    role: str
    source: str
    licence: str
    consent: tuple[str, ...]
    split_percent: float
    contact: str = ""


@dataclass(frozen=True)
class Credit:
    """A contributor and how much of the sound is theirs: `seconds`, and as a `share` of all."""

    contributor: Contributor
    seconds: float
    share: float

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, the contributor's beside the rest."""
        told = asdict(self.contributor) | {"consent": list(self.contributor.consent)}
        return {key: value for key, value in told.items() if value not in ("", [])} | {
            "seconds": round(self.seconds, 1),
            "share": round(self.share, 4),
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Credit:
        """Undoes `to_dict`.

        Raises:
            KeyError: where something is missing that every credit has.
        """
        known = {field.name for field in fields(Contributor)}
        texts = {key: value for key, value in told.items() if key in known}
        contributor = Contributor(**texts | {"consent": tuple(told.get("consent", ()))})
        return cls(contributor, float(told["seconds"]), float(told["share"]))


def weigh(seconds: Mapping[Contributor, float]) -> tuple[Credit, ...]:
    """The credits of contributors by their seconds of sound, the greatest part first."""
    total = sum(seconds.values())
    weighed = [Credit(who, length, length / total if total else 0.0) for who, length in seconds.items()]
    return tuple(sorted(weighed, key=lambda credit: (-credit.seconds, credit.contributor.name)))


def credits_of(model: Path | Artifact) -> tuple[Credit, ...]:
    """Whom a model learned from, the greatest part first.

    Raises:
        ModelError: when there is no such model, or it does not say.
    """
    artifact = model if isinstance(model, Artifact) else load_artifact(model)
    try:
        named = tuple(Credit.from_dict(told) for told in artifact.manifest.get("credits", ()))
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"the credits of {artifact.name} cannot be read ({error}): train it again") from error
    if not named:
        raise ModelError(f"{artifact.name} does not say whom it learned from: train it from a data set with credits")
    return named


def licences(named: Sequence[Credit]) -> tuple[str, ...]:
    """The licences of what was learned from, each once, in order."""
    return tuple(sorted({credit.contributor.licence for credit in named}))


def weights_licence(named: Sequence[Credit]) -> str:
    """The licence line of a model's card: that of the weights, and those of what they learned from."""
    weights = "MIT (weights)" if are_weights_free(named) else f"none (weights): not all consent to {' and '.join(FREE)}"
    return f"{weights}; learned from recordings under {', '.join(licences(named))}, see credits"


def are_weights_free(named: Sequence[Credit]) -> bool:
    """Whether everybody consents to what the MIT licence allows: that a model is handed on, and used for money."""
    return all(set(FREE) <= set(credit.contributor.consent) for credit in named)
