"""Amplifiers, cabinets, compressors, rooms and voices at another pitch (a door of pedalboard).

Conventions:
    Tracks are [C=2, T] float32 at 44100 Hz. Every setting is drawn from the generator passed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from separation.songs import RATE

Floats = NDArray[np.float32]

DRIVES_DB = {
    "clean_amp": (0, 8),
    "crunch_amp": (10, 20),
    "rock_amp": (18, 30),
    "lead_amp": (20, 32),
    "metal_amp": (28, 42),
    "driven_bass": (4, 16),
}
PLAYED_RMS = 0.1
"""Level at which a track enters its chain."""


class Rack:
    """The effects of a song; cabinets are impulse responses [T], rooms [2, T]."""

    def __init__(self, cabinets: Sequence[Floats], rooms: Sequence[Floats], rng: np.random.Generator) -> None:
        self.rng = rng
        self.rooms = rooms
        self.cabinet = cabinets[int(rng.integers(len(cabinets)))] if len(cabinets) and rng.random() < 0.8 else None

    def play(self, track: Floats, chain: str) -> Floats:
        """The track through a chain by name: an amplifier of `DRIVES_DB`, or a colour."""
        level = max(float(np.sqrt(np.mean(track**2))), 1e-4)
        track = track * np.float32(PLAYED_RMS / level)
        if chain in DRIVES_DB:
            return self._amplify(track, chain)
        return _run(_COLOURS[chain](self.rng), track)

    def _amplify(self, track: Floats, chain: str) -> Floats:
        """Mono into the amplifier, as a guitar goes; through a cabinet, which hardly plays anything above 5 kHz."""
        import pedalboard

        low, high = DRIVES_DB[chain]
        # What drives an amplifier is mids and highs: basses would turn to mud.
        before: list[Any] = [pedalboard.HighpassFilter(40 if "bass" in chain else float(self.rng.uniform(100, 300)))]
        before += [pedalboard.HighShelfFilter(float(self.rng.uniform(500, 1000)), float(self.rng.uniform(4, 14)))]
        drive = pedalboard.Distortion(float(self.rng.uniform(low, high)))
        voice = pedalboard.PeakFilter(float(self.rng.uniform(600, 3500)), float(self.rng.uniform(-3, 8)), 0.7)
        played = _run([*before, drive, voice], track.mean(axis=0, keepdims=True))
        if self.cabinet is not None and "bass" not in chain:
            heard = scipy.signal.oaconvolve(played, self.cabinet[None], axes=1)[:, : track.shape[1]]
            # Measured close to the speaker: its bass is what an engineer takes out.
            thin = pedalboard.LowShelfFilter(float(self.rng.uniform(250, 450)), float(self.rng.uniform(-15, -5)))
            low_cut = pedalboard.HighpassFilter(float(self.rng.uniform(70, 140)))
            played = _run([thin, low_cut], heard.astype(np.float32))
        else:
            cut_off_hz = float(self.rng.uniform(3500, 6000))
            played = _run([pedalboard.LowpassFilter(cut_off_hz * factor) for factor in (1, 1.1, 1.5)], played)
        return np.repeat(played.astype(np.float32), 2, axis=0)

    def colour_drums(self, track: Floats) -> Floats:
        """Drums brighter or, more often, darker than their samples."""
        import pedalboard

        shelf = pedalboard.HighShelfFilter(float(self.rng.uniform(4000, 8000)), float(self.rng.uniform(-9, 2)))
        body = pedalboard.PeakFilter(float(self.rng.uniform(60, 500)), float(self.rng.uniform(-4, 4)), 0.8)
        return _run([shelf, body], track)

    def squeeze(self, track: Floats, above_rms_db: float) -> Floats:
        """The track compressed from `above_rms_db` over its rms on, at the level it had."""
        import pedalboard

        rms = float(np.sqrt(np.mean(track**2)))
        if rms < 1e-5:
            return track
        threshold_db = 20 * np.log10(rms) + above_rms_db
        ratio, attack_ms = float(self.rng.uniform(2, 6)), float(self.rng.uniform(2, 30))
        pressed = _run([pedalboard.Compressor(threshold_db, ratio, attack_ms, float(self.rng.uniform(60, 250)))], track)
        return pressed * np.float32(rms / max(float(np.sqrt(np.mean(pressed**2))), 1e-6))

    def widen(self, track: Floats) -> Floats:
        """The track with itself, late by some 15 ms, left and right by different times."""
        wide = track.copy()
        for side in (0, 1):
            late = int(self.rng.uniform(0.006, 0.025) * RATE)
            wide[side, late:] += np.float32(self.rng.uniform(0.4, 0.9)) * track[side, :-late]
        return wide

    def reverberate(self, track: Floats, level: float, size: float) -> Floats:
        """The track with a room added: a measured one where there is one, now and then, else a made one."""
        import pedalboard

        if len(self.rooms) and self.rng.random() < 0.2:
            room = self.rooms[int(self.rng.integers(len(self.rooms)))]
            wet = scipy.signal.oaconvolve(track, room, axes=1)[:, : track.shape[1]]
        else:
            made = pedalboard.Reverb(room_size=size, damping=0.6, wet_level=1.0, dry_level=0.0, width=1.0)
            wet = _run([pedalboard.HighpassFilter(250), made], track)
        rms = float(np.sqrt(np.mean(track**2))) / max(float(np.sqrt(np.mean(wet**2))), 1e-6)
        return (track + wet * np.float32(level * rms)).astype(np.float32)


def _run(plugins: list[Any], track: Floats) -> Floats:
    for plugin in plugins:
        track = plugin(track, RATE)
    return track


def _clean(rng: np.random.Generator) -> list[Any]:
    import pedalboard

    centre_hz = float(np.exp(rng.uniform(np.log(200), np.log(6000))))
    return [pedalboard.PeakFilter(centre_hz, float(rng.uniform(-5, 5)), 0.7)]


def _bass(rng: np.random.Generator) -> list[Any]:
    import pedalboard

    bright = pedalboard.HighShelfFilter(float(rng.uniform(500, 1500)), float(rng.uniform(0, 12)))
    warm = pedalboard.Distortion(float(rng.uniform(0, 12)))
    return [
        pedalboard.Compressor(-24, 3, 10, 120),
        bright,
        warm,
        pedalboard.LowpassFilter(float(rng.uniform(2500, 14000))),
    ]


def _synth_bass(rng: np.random.Generator) -> list[Any]:
    import pedalboard

    filtered = pedalboard.LadderFilter(pedalboard.LadderFilter.Mode.LPF24, float(rng.uniform(300, 6000)), 0.2)
    played = [filtered, pedalboard.Distortion(float(rng.uniform(0, 14)))]
    return [*played, pedalboard.Chorus(0.6, 0.2, mix=0.3)] if rng.random() < 0.3 else played


def _acoustic(rng: np.random.Generator) -> list[Any]:
    import pedalboard

    return [pedalboard.HighpassFilter(90), pedalboard.HighShelfFilter(4000, float(rng.uniform(-2, 5)))]


def _chorus(rng: np.random.Generator) -> list[Any]:
    import pedalboard

    return [pedalboard.Chorus(float(rng.uniform(0.4, 5)), float(rng.uniform(0.1, 0.4)), mix=0.4)]


def _delay(rng: np.random.Generator) -> list[Any]:
    import pedalboard

    return [*_clean(rng), pedalboard.Delay(float(rng.uniform(0.15, 0.5)), 0.3, float(rng.uniform(0.1, 0.35)))]


def _hall(rng: np.random.Generator) -> list[Any]:
    import pedalboard

    return [*_clean(rng), pedalboard.Reverb(float(rng.uniform(0.4, 0.9)), wet_level=float(rng.uniform(0.1, 0.35)))]


_COLOURS = {
    "clean": _clean,
    "bass": _bass,
    "synth_bass": _synth_bass,
    "acoustic": _acoustic,
    "chorus": _chorus,
    "delay": _delay,
    "hall": _hall,
}


def at_pitch(voice: Floats, stretch: float, semitones: float, keeps_formants: bool) -> Floats:
    """A voice [C, T] lasting 1/`stretch` as long, at another pitch; formants stay, or move along with it."""
    import pedalboard

    changed: Floats = pedalboard.time_stretch(
        voice, float(RATE), stretch, semitones, high_quality=False, preserve_formants=keeps_formants
    )
    return changed
