"""What the programs of a bundle share: their words, where they keep what they make, and how they end.

Exit codes: 0 all is well, 1 something is wrong with the machine or a model, 2 the program cannot do what was asked (one
line on stderr: what, measured value, cure), 130 interrupted before it had begun.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from mixassist.errors import MixassistError
from mixassist.runtime.bundle.device.manifest import Manifest, read_manifest
from mixassist.runtime.bundle.device.rig import RIG, Rig, read_rig

TURNABLE = ("rate", "block", "blocks_ahead", "engine", "precision", "compute_device")


def parser_of(description: str) -> argparse.ArgumentParser:
    """A parser that knows the rig, and what of it a program's user may turn at once."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rig", type=Path, help=f"the rig to play; {RIG} in the bundle if not given")
    for name in TURNABLE:
        is_number = isinstance(getattr(Rig(), name), int)
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(option, type=int if is_number else str, help=f"instead of the rig's {name}")
    return parser


def rig_of(asked: argparse.Namespace, folder: Path) -> Rig:
    """The rig, and what was asked instead.

    Raises:
        OptionError: when the rig cannot be read.
    """
    rig = read_rig(asked.rig or folder / RIG)
    turned: dict[str, Any] = {name: getattr(asked, name) for name in TURNABLE if getattr(asked, name) is not None}
    return replace(rig, **turned)


def tell(message: str) -> None:
    """A line on stdout, at once."""
    sys.stdout.write(f"{message}\n")
    sys.stdout.flush()


def run(program: Callable[[Manifest, list[str]], int], folder: Path) -> None:
    """Runs a program of the bundle in `folder` with the words of the command line, and ends Python."""
    os.environ.setdefault("MIXASSIST_CACHE", str(folder / "cache"))
    try:
        sys.exit(program(read_manifest(folder), sys.argv[1:]))
    except MixassistError as error:
        sys.stderr.write(f"{Path(sys.argv[0]).name}: {error}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
