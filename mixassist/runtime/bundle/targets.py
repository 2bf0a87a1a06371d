"""The machines that bundles are made for: what each adds to the files that all of them have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mixassist.errors import OptionError

FILES = Path(__file__).parent / "files"
COMMON = FILES / "common"


@dataclass(frozen=True)
class Target:
    """A kind of machine: its name, how people call it, its processor, and the Pythons that its systems have.

    `own_files` is the folder of what it has beside the files of every bundle.
    """

    name: str
    title: str
    machine: str
    pythons: tuple[str, ...]
    own_files: str = "processor"

    @property
    def platforms(self) -> tuple[str, ...]:
        """What pip calls the wheels that run there; it takes each tag by its word."""
        return tuple(f"manylinux{age}_{self.machine}" for age in ("_2_28", "_2_27", "_2_17", "2014"))

    @property
    def folders(self) -> tuple[Path, Path]:
        """The files of every bundle, and those of this machine."""
        return COMMON, FILES / self.own_files


TARGETS = {
    target.name: target
    for target in (
        Target("jetson", "NVIDIA Jetson, JetPack 6 or 7", "aarch64", ("3.10", "3.12"), "jetson"),
        Target("linux-x86", "64-bit PC under Linux", "x86_64", ("3.10", "3.11", "3.12")),
        Target("raspberry-pi", "Raspberry Pi 4 or 5, 64-bit system", "aarch64", ("3.11",)),
    )
}


def find_target(name: str) -> Target:
    """The target called `name`.

    Raises:
        OptionError: when there is none.
    """
    if name not in TARGETS:
        raise OptionError(f"there is no target {name!r}: choose of {', '.join(TARGETS)}")
    return TARGETS[name]
