"""Who made what a model learned from, and what their part is in it.

Task:
    A data set's ledger (`credit_ledger`) gives contributors; the seconds of their sound that went in make them
    `Credit`s, which a model's folder keeps (`ModelCard.credits`), and which every file it renders names.
Conventions:
    `share` is a contributor's part of all seconds, 0 to 1; `split_percent` is what was agreed on about proceeds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mixassist.errors import ModelError
from mixassist.runtime import Artifact, load_artifact

CONSENTS = ("train", "release", "commercial", "voice-likeness")
"""What a contributor may consent to: learning, a model handed on, its use for money, and sounding like this person."""

FREE = ("release", "commercial")
TEXTS = ("name", "role", "source", "licence")
"""What has to be said of every contributor, in words."""


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
            ValueError: where something is missing that every credit has, or is of another kind.
        """
        texts = {key: _text(told, key) for key in TEXTS}
        contributor = Contributor(
            **texts,
            consent=_texts(told, "consent"),
            split_percent=_number(told, "split_percent"),
            contact=_text({"contact": "", **told}, "contact"),
        )
        return cls(contributor, _number(told, "seconds"), _number(told, "share"))


def weigh(seconds: Mapping[Contributor, float]) -> tuple[Credit, ...]:
    """The credits of contributors by their seconds of sound, the greatest part first."""
    total = sum(seconds.values())
    weighed = [Credit(who, length, length / total if total else 0.0) for who, length in seconds.items()]
    return tuple(sorted(weighed, key=lambda credit: (-credit.seconds, credit.contributor.name)))


def read_credits(told: Any) -> tuple[Credit, ...]:
    """The credits in a list of what `Credit.to_dict` told.

    Raises:
        ValueError: when it is no such list.
    """
    if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
        raise ValueError("they are no list of contributors")
    return tuple(Credit.from_dict(each) for each in told)


def credits_of(model: Path | Artifact) -> tuple[Credit, ...]:
    """Whom a model learned from, the greatest part first.

    Raises:
        ModelError: when there is no such model, or it does not say.
    """
    artifact = model if isinstance(model, Artifact) else load_artifact(model)
    try:
        named = read_credits(artifact.manifest.get("credits", []))
    except ValueError as error:
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


def _text(told: Mapping[str, Any], key: str) -> str:
    if not isinstance(told.get(key), str):
        raise ValueError(f"{key} is {told.get(key)!r}, not a text")
    return str(told[key])


def _texts(told: Mapping[str, Any], key: str) -> tuple[str, ...]:
    texts = told.get(key, [])
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{key} is {texts!r}, not a list of texts")
    return tuple(texts)


def _number(told: Mapping[str, Any], key: str) -> float:
    number = told.get(key)
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 <= number < math.inf:
        raise ValueError(f"{key} is {number!r}, not a number")
    return float(number)
