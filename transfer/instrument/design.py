"""`InstrumentDesign`: how large the network of an instrument is, and how controls and amplitudes are told to it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import ModelError

Floats = NDArray[np.float64]

KIND = "instrument"
RATE = 48000
LOWEST_NOTE, HIGHEST_NOTE = 36, 96
"""MIDI numbers that the network is told one by one: each note of an instrument has a tone of its own."""

N_CONTROLS = 2 + HIGHEST_NOTE - LOWEST_NOTE + 1
"""Pitch, loudness, and how near the pitch is to each note."""

QUIETEST_DB, LOUDEST_DB = -90.0, 0.0
"""Loudness that the network is told of; below the quietest nothing sounds."""

LOUDEST_SHAPE = 5.0
"""Nepers above the asked loudness that a partial may reach: a low one is far louder than it is heard."""

QUIETEST_SHAPE = -9.0
"""Nepers below it where nothing is heard any more, -78 dB."""

MIDDLE_NOTE = 60.0

N_ROOM = 2048
"""Length of a room where one is learned: 43 ms."""

KERNEL = 3
"""Frames that each layer of the network sees."""


@dataclass(frozen=True)
class InstrumentDesign:
    """Sizes of the network and of what it drives.

    Attributes:
        hop: samples from one frame to the next.
        n_partials: multiples of the fundamental that can sound.
        n_bands: bands of noise, evenly spread over the mel scale.
        n_features: channels within the network.
        dilations: in frames, of the layers one after the other.
        note_reach: semitones from a pitch to the farthest notes that are told of it. More than one let notes that were
            never recorded share what their neighbours are like: `note_reach` 1 leaves them as they were drawn at first.
        n_room: samples of the short room that are learned behind the direct sound; 0 for none.
    """

    hop: int = 128
    n_partials: int = 96
    n_bands: int = 40
    n_features: int = 72
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 32)
    note_reach: float = 6.0
    n_room: int = 0

    @property
    def n_shapes(self) -> int:
        """Values the network gives for a frame: partials, then bands."""
        return self.n_partials + self.n_bands

    @property
    def n_past(self) -> int:
        """Frames that the network looks back."""
        return (KERNEL - 1) * (1 + sum(self.dilations))

    @property
    def n_noise(self) -> int:
        """Length of the transform that noise is shaped in."""
        return 2 * self.hop

    @property
    def n_ringing(self) -> int:
        """Frames that are still heard in the room when they are over."""
        return -(-self.n_room // self.hop)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"dilations": list(self.dilations)}

    @classmethod
    def from_dict(cls, data: Any) -> InstrumentDesign:
        """Undoes `to_dict`; the first designs told of a pitch the nearest notes alone, and had no room.

        Raises:
            ModelError: when it is no such thing.
        """
        try:
            return cls(**{"note_reach": 1.0, **data, "dilations": tuple(data["dilations"])})
        except (KeyError, TypeError) as error:
            raise ModelError(f"the design of the instrument cannot be read ({error}): train it again") from error


def told_controls(f0_hz: Floats, loudness_db: Floats, note_reach: float) -> NDArray[np.float32]:
    """What the network is told of pitch and loudness [K], [N_CONTROLS, K].

    Octaves from middle C; steps of 20 dB from -40; and for each note how near the pitch is: 1 there, falling to 0 at
    `note_reach` semitones, so that one fades as the next comes.
    """
    notes = 69 + 12 * np.log2(f0_hz / 440)
    loudness = (np.clip(loudness_db, QUIETEST_DB, LOUDEST_DB) + 40) / 20
    distances = np.abs(notes - np.arange(LOWEST_NOTE, HIGHEST_NOTE + 1)[:, None])
    nearness = np.maximum(1 - distances / note_reach, 0)
    return np.concatenate([(notes - MIDDLE_NOTE)[None] / 12, loudness[None], nearness]).astype(np.float32)


def amplitudes(shapes: NDArray[np.float32], loudness_db: Floats | float) -> Floats:
    """Linear amplitudes of the network's `shapes` [n_shapes] or [n_shapes, K] at this loudness.

    Below the quietest there is silence.
    """
    loudness = np.asarray(loudness_db)
    level = np.where(loudness > QUIETEST_DB, 10 ** (loudness / 20), 0.0)
    bounded: Floats = np.exp(np.minimum(shapes, LOUDEST_SHAPE).astype(np.float64)) * level
    return bounded


def band_shapes(design: InstrumentDesign, n_bins: int) -> Floats:
    """Weights [n_bands, n_bins] that spread amplitudes of bands over bins from 0 to half the rate: triangles."""
    highest_mel = _mel(RATE / 2)
    mels = _mel(np.linspace(0, RATE / 2, n_bins))
    places = mels / highest_mel * (design.n_bands - 1)
    distances = np.abs(places - np.arange(design.n_bands)[:, None])
    return np.maximum(1 - distances, 0.0)


def _mel(hz: Any) -> Any:
    """Mel of Hz (O'Shaughnessy 1987)."""
    return 2595 * np.log10(1 + np.asarray(hz) / 700)
