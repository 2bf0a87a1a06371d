"""Whether what a bundle asks for can be had as wheels for 64-bit ARM, by pip's own resolution."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mixassist.runtime.bundle.targets import FILES
from tests.jetson.root import wheel_tags


@dataclass(frozen=True)
class System:
    """A system that bundles go to: its Python, and the requirements they bring for it."""

    name: str
    python: str
    requirements: Path


SYSTEMS = (
    System("JetPack 6", "3.10", FILES / "jetson" / "requirements-jp6.txt"),
    System("JetPack 7", "3.12", FILES / "jetson" / "requirements-jp7.txt"),
    System("Raspberry Pi OS", "3.11", FILES / "processor" / "requirements.txt"),
)


def resolve(system: System) -> dict[str, str]:
    """The versions pip would install there, by package; all of them wheels.

    Raises:
        subprocess.CalledProcessError: when something cannot be had as a wheel.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        words = ["install", "-q", "--dry-run", "--ignore-installed", "--target", folder, "--report", str(report)]
        asked = [*wheel_tags(system.python), "-r", str(system.requirements)]
        subprocess.run([sys.executable, "-m", "pip", *words, *asked], check=True)
        found = [item["metadata"] for item in json.loads(report.read_text(encoding="utf-8"))["install"]]
    return {item["name"]: item["version"] for item in sorted(found, key=lambda item: item["name"].lower())}
