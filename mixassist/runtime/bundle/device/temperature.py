"""How hot the machine is, by the kernel's own thermometers."""

from __future__ import annotations

import contextlib
from pathlib import Path

ZONES = Path("/sys/class/thermal")


def temperatures_c(zones: Path = ZONES) -> dict[str, float]:
    """Degrees Celsius by zone; empty where the kernel shows none."""
    found = {}
    for zone in sorted(zones.glob("thermal_zone*")):
        # A zone whose part is asleep answers with an error.
        with contextlib.suppress(OSError, ValueError):
            degrees = int((zone / "temp").read_text(encoding="ascii")) / 1000
            found[(zone / "type").read_text(encoding="ascii").strip()] = degrees
    return found


def hottest(found: dict[str, float]) -> str:
    """The hottest zone in words."""
    if not found:
        return "no thermometer"
    zone = max(found, key=found.__getitem__)
    return f"{found[zone]:.0f} °C ({zone})"
