"""First reflections: the images of a source behind the walls of a shoebox, as two ears hear them.

Conventions: the listener faces along the room's length. Time 0 is when the direct sound arrives, which is not among
the reflections; amplitudes are against it. A wall takes the same from all frequencies of a reflection but for the
treble, which a low-pass of first order takes with every wall once more.
Reference: J. B. Allen and D. A. Berkley, "Image method for efficiently simulating small-room acoustics",
    J. Acoust. Soc. Am. 65(4), 1979.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from mixassist.dsp.decay import OCTAVES_HZ
from mixassist.dsp.hops import Floats
from separation.rooms.room import Room

SOUND_M_S = 343.0
LISTENER = np.array([0.62, 0.47, 0.3])
"""Place of the listener as shares of length, width and height: off the middle, where no two images come together."""

TREBLE_HZ = 4000.0
N_WALLS = 6
"""Reflections off more walls than these are left to the late part."""


@dataclass(frozen=True, eq=False)
class Images:
    """Image sources: when they are heard [N], how loud [N], from which side −1…1 [N], off how many walls [N]."""

    delay_s: Floats
    gain: Floats
    side: Floats
    n_walls: NDArray[np.int64]


def image_sources(room: Room, azimuth: float, until_s: float) -> Images:
    """The images of a source at `azimuth` radians (to the right) that are heard by `until_s` after it."""
    size = np.asarray(room.size_m)
    listener = LISTENER * size
    # In a room smaller than the distance the source stands at the wall: time and level still count from there.
    away = min(room.distance_m, 0.9 * listener[0], 0.8 * float(size[1]))
    source = listener - away * np.array([np.cos(azimuth), 0.8 * np.sin(azimuth), 0.0])
    reach = N_WALLS // 2 + 1
    cells = np.stack(np.meshgrid(*[np.arange(-reach, reach + 1)] * 3, indexing="ij"), axis=-1).reshape(-1, 1, 3)
    mirrors = np.stack(np.meshgrid(*[(0, 1)] * 3, indexing="ij"), axis=-1).reshape(1, 8, 3)
    places = (2 * cells * size + (1 - 2 * mirrors) * source).reshape(-1, 3)
    n_walls = np.abs(2 * cells - mirrors).sum(axis=-1).reshape(-1)
    towards = places - listener
    lengths = np.linalg.norm(towards, axis=1)
    direct_m = np.linalg.norm(source - listener)
    delay_s = (lengths - direct_m) / SOUND_M_S
    is_heard = (n_walls > 0) & (n_walls <= N_WALLS) & (delay_s < until_s)
    gain = wall_gain(room) ** n_walls * direct_m / lengths
    side = -towards[:, 1] / lengths
    return Images(delay_s[is_heard], gain[is_heard], side[is_heard], n_walls[is_heard])


def wall_gain(room: Room, hz: float = 1000.0) -> float:
    """What a wall leaves of an amplitude so that the room rings as long as it should (Eyring's formula solved)."""
    length, width, height = np.asarray(room.size_m)
    surface = 2 * (length * width + width * height + length * height)
    rt60_s = room.rt60_s[OCTAVES_HZ.index(hz)]
    return float(np.exp(-0.0805 * length * width * height / (surface * rt60_s)))


def render_images(images: Images, room: Room, n_frames: int, rate: int) -> Floats:
    """The reflections as two ears hear them, [2, n_frames], those off many walls duller."""
    share = min(wall_gain(room, TREBLE_HZ) / wall_gain(room), 0.999)
    # One pole p with unit gain at 0 Hz: |H|² = (1 − p)² / (1 − 2 p cos w + p²) = share² at the treble, solved for p.
    cosine = np.cos(2 * np.pi * min(TREBLE_HZ / rate, 0.45))
    half = (1 - share**2 * cosine) / (1 - share**2)
    pole = half - np.sqrt(half**2 - 1)
    angle = (images.side + 1) * np.pi / 4
    heard = np.zeros((2, n_frames))
    for n_walls in range(N_WALLS, 0, -1):
        is_here = images.n_walls == n_walls
        frames = np.round(images.delay_s[is_here] * rate).astype(int)
        is_inside = frames < n_frames
        for ear, pan in enumerate((np.cos(angle), np.sin(angle))):
            gains = (np.sqrt(2) * pan * images.gain)[is_here]
            np.add.at(heard[ear], frames[is_inside], gains[is_inside])
        heard = scipy.signal.lfilter([1 - pole], [1, -pole], heard, axis=1)
    return heard
