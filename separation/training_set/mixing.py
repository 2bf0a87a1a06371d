"""Mixes the tracks of a song to four stems: chains, levels, pans, rooms, the sound of the whole.

Conventions:
    Stems sum to the mix at every stage: what is done to the mix is done to all stems alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from separation.limiter import limit
from separation.songs import RATE, STEMS
from separation.training_set.effects import Rack
from separation.training_set.score import Part

Floats = NDArray[np.float32]

FINISHES = {"raw": 0.14, "plain": 0.36, "loud": 0.5}
"""Raw: tracks as they are, mono, drums quiet. Plain: mixed, not mastered. Loud: compressed buses and a limiter."""
RAW_DB = {"drums": (3, 10), "bass": (0, 4), "other": (0, 0), "vocals": (0, 6)}
"""How much quieter stems are where nobody has mixed them, in dB."""
WIDE_VOICE = 0.35
KIT_PANS = {"kick": 0.0, "snare": 0.0, "cymbals": 0.25, "toms": -0.2}


@dataclass
class Desk:
    """Stems of one song [2, T] while tracks are laid on them."""

    rack: Rack
    rng: np.random.Generator
    finish: str
    n_samples: int
    stems: dict[str, Floats] = field(default_factory=dict)
    duck: Floats | None = None
    """Gain [T] under which all but drums and voices are laid."""

    def __post_init__(self) -> None:
        self.stems = {name: np.zeros((2, self.n_samples), np.float32) for name in STEMS}

    def lay_part(self, track: Floats, part: Part) -> None:
        """Adds an instrument: its chain, its level (rms where it plays), its place."""
        chain = "clean" if self.finish == "raw" and part.chain in ("hall", "chorus", "delay") else part.chain
        played = track if part.is_drums else self.rack.play(track, chain)
        if part.is_drums:
            gain = np.float32(10 ** (part.level_db / 20))
        else:
            gain = np.float32(0.1 * 10 ** (part.level_db / 20) / max(rms_where_it_sounds(played), 1e-4))
        if self.duck is not None and not part.is_drums:
            played = played * self.duck
        pan = KIT_PANS.get(part.name, 0.0) * float(self.rng.uniform(-0.5, 0.5)) if part.is_drums else part.pan
        self.stems[part.stem] += _panned(played, pan) * gain

    def lay_voice(self, lead: Floats, choir: Floats) -> None:
        """Adds the singing: the lead compressed, in some songs widened, the choir as it is."""
        lead = self.rack.squeeze(lead, 0.0)
        is_wide = self.finish != "raw" and self.rng.random() < WIDE_VOICE
        self.stems["vocals"] += (self.rack.widen(lead) if is_wide else lead) + choir

    def mix_down(self, balance_db: tuple[float, ...]) -> Floats:
        """Stems [4, 2, T] at the levels of a genre, give or take, finished."""
        reach_db = 3.0 if self.finish == "raw" else 2.0
        size, wetness = float(self.rng.uniform(0.15, 0.85)), float(self.rng.uniform(0.05, 0.3))
        stems, is_raw = [], self.finish == "raw"
        for name, level_db in zip(STEMS, balance_db, strict=True):
            stem = self.stems[name]
            rms = rms_where_it_sounds(stem)
            if rms < 1e-4:
                stems.append(stem)
                continue
            if name == "drums":
                stem = self.rack.colour_drums(stem)
            if not is_raw and name != "bass":
                stem = self.rack.reverberate(stem, wetness * float(self.rng.uniform(0.3, 1.8)), size)
            if self.finish == "loud" and name != "vocals":
                stem = self.rack.squeeze(stem, float(self.rng.uniform(0, 6)))
            level_db += float(self.rng.normal(0, reach_db)) - (self.rng.uniform(*RAW_DB[name]) if is_raw else 0)
            stems.append(stem * np.float32(0.1 * 10 ** (level_db / 20) / rms))
        return self._finished(np.stack(stems))

    def _finished(self, stems: Floats) -> Floats:
        if self.finish == "raw" and self.rng.random() < 0.8:
            stems = np.repeat(stems.mean(axis=1, keepdims=True), 2, axis=1)
        if self.finish == "loud":
            stems = limit(stems, float(self.rng.uniform(3, 10)))
            return stems * np.float32(self.rng.uniform(0.8, 0.98) / max(float(np.abs(stems).max()), 1.0))
        peak = max(float(np.abs(stems.sum(axis=0)).max()), float(np.abs(stems).max()), 1e-4)
        return stems * np.float32(self.rng.uniform(0.4, 0.9) / peak)


def ducking(kicks_s: Sequence[float], n_samples: int, rng: np.random.Generator) -> Floats:
    """Gain [T] that falls at each kick and comes back, as a compressor keyed by the kick gives."""
    deep, back_s = float(rng.uniform(0.4, 0.95)), float(rng.uniform(0.08, 0.3))
    at = np.unique(np.clip([int(kick_s * RATE) for kick_s in [-10.0, *kicks_s]], -10 * RATE, n_samples - 1))
    place = np.searchsorted(at, np.arange(n_samples), side="right") - 1
    since_s = (np.arange(n_samples) - at[place]) / RATE
    fall = np.clip(since_s / 0.004, 0, 1)
    return (1 - deep * fall * np.clip(1 - since_s / back_s, 0, 1) ** 1.5).astype(np.float32)


def rms_where_it_sounds(track: Floats, n_hop: int = RATE // 10) -> float:
    """Rms over the hops of 0.1 s within 40 dB of the loudest."""
    n_hops = track.shape[-1] // n_hop
    power = np.mean(track[..., : n_hops * n_hop].reshape(-1, n_hops, n_hop) ** 2, axis=(0, 2))
    return float(np.sqrt(power[power > 1e-4 * power.max(initial=0)].mean())) if power.any() else 0.0


def _panned(track: Floats, pan: float) -> Floats:
    """Balance: the far side falls, the near one stays."""
    sides = np.array([[min(1, 1 - pan)], [min(1, 1 + pan)]], np.float32)
    return track * sides
