"""How a data set is made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mixassist.errors import OptionError


@dataclass(frozen=True)
class DatasetOptions:
    """Choices for `build_dataset`.

    Attributes:
        credits: the ledger; `credits.toml` in the folder of recordings, or else in the data set's, where it is None.
        name: of the data set; that of its folder where it is empty.
        longest_s: longer sounds are cut where they are quietest.
        shortest_s: shorter ones are left out.
        keep_outliers: whether what sounds unlike the rest stays in, and is only named.

    Raises:
        OptionError: for lengths that do not go together.
    """

    credits: Path | None = None
    name: str = ""
    longest_s: float = 10.0
    shortest_s: float = 0.3
    keep_outliers: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.shortest_s <= self.longest_s / 2:
            raise OptionError(
                f"segments of {self.shortest_s:g} to {self.longest_s:g} s: the shortest may be half of the longest"
            )
