"""`SourceModel`: the networks that together answer for a set of stems, and how much each has to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import OptionError
from mixassist.runtime import Session

if TYPE_CHECKING:
    from separation.live.lane import LiveNetwork

Floats = NDArray[np.float32]


class Network(Protocol):
    """A separator of fixed segment: mixture [B, C, T] in, chosen stems [B, S, C, T] out."""

    session: Session
    segment: int
    is_padded: bool

    def __call__(self, mix: Floats, stem_indices: Sequence[int]) -> Floats: ...


@dataclass(frozen=True)
class Member:
    """One network of a bag, with its weight in each of the model's stems."""

    network: Network | LiveNetwork
    weights: tuple[float, ...]


@dataclass(frozen=True)
class SourceModel:
    """Networks that share stems, rate (Hz) and channels; `sha256` stands for all their weights together."""

    name: str
    sha256: str
    stems: tuple[str, ...]
    rate: int
    n_channels: int
    members: tuple[Member, ...]

    def members_for(self, stems: Sequence[str]) -> list[Member]:
        """The networks with a say in any of `stems`; the others need not run."""
        indices = [self.stems.index(stem) for stem in stems]
        return [member for member in self.members if any(member.weights[i] for i in indices)]


def check_stems(wanted: Sequence[str], model_name: str, stems: Sequence[str]) -> None:
    """Refuses stems that a model does not have.

    Raises:
        OptionError: naming the stem and the ones that exist.
    """
    for stem in wanted:
        if stem not in stems:
            raise OptionError(f"{model_name} has no stem '{stem}': choose from {', '.join(stems)}")
