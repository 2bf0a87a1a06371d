"""Impulse responses of rooms, of first reflections and a late part that decays in each octave as it should.

Task: the answer of a `Room` to sources before a listener, as [S, 2, T] without the direct sound, whose amplitude is 1.

Method: noise in octaves, each with its own exponential decay; its energy is that of a diffuse field at the listener's
distance. It takes over from the images of a shoebox as their number grows, until the mixing time, sqrt(V) ms. What the
whole measures in each octave is then compared with what was asked, and the decays corrected until they agree.
References: J. A. Moorer, Computer Music Journal 3(2), 1979; J.-D. Polack, Applied Acoustics 38, 1993 (mixing time).
"""

from __future__ import annotations

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.dsp.decay import octave_gains
from mixassist.dsp.hops import Floats
from separation.rooms.octave_times import OctaveTimes
from separation.rooms.reflections import image_sources, render_images
from separation.rooms.room import Room

SOURCES_RAD = {1: (0.0,), 2: (-np.pi / 6, np.pi / 6)}
"""One source in the middle, or two loudspeakers, by the number of channels."""

N_CORRECTIONS, NEAR = 12, 0.03
"""Corrections at most, and the distance that needs no more of them."""

CORRECTION, DAMPING = (0.75, 1.33), 0.5
"""How much a decay may be corrected at a time, and the share of it (as an exponent): whole steps swing."""

MOST_DIRECT_DB = 5.0
"""How far above the room the direct sound counts when decays are measured, by lines from there on: of a louder one, all
that is measured would be its end, and no correction would do."""

TAIL = 1.1
"""How much longer than the longest RT60 the response is."""


def synthesise(room: Room, rate: int, n_sources: int = 1, seed: int = 0) -> Samples:
    """What a room answers to each source at both ears, [S, 2, T], silent until its first reflection."""
    noises = _octave_noises(room, rate, n_sources, seed)
    early = _early(room, noises.shape[-1], rate, n_sources)
    times = OctaveTimes(noises.shape[-1], rate)
    response = np.empty_like(early)
    for path in np.ndindex(n_sources, 2):
        response[path] = _path(early[path], noises[:, path[0], path[1]], room, times)
    # Two sources that play the same are one: their rooms together must be as loud as its.
    return (response / np.sqrt(n_sources)).astype(np.float32)


def _path(early: Floats, noises: Floats, room: Room, times: OctaveTimes) -> Floats:
    """The way [T] from one source to one ear, which decays as asked."""
    asked = np.asarray(room.rt60_s)
    begins_s = _begins_s(early, room, times.rate)
    direct = 10 ** (min(0.0, room.reverberant_db + MOST_DIRECT_DB) / 20)
    given, response = asked, early + _late(noises, asked, room, begins_s, times.rate)
    for _ in range(N_CORRECTIONS):
        whole = response.copy()
        whole[0] += direct
        measured = times(whole)
        ratio = np.where(np.isfinite(measured), measured / asked, 1.0)
        if np.abs(ratio - 1).max() < NEAR:
            break
        given = given / np.clip(ratio, *CORRECTION) ** DAMPING
        response = early + _late(noises, given, room, begins_s, times.rate)
    return response


def mixing_s(room: Room) -> float:
    """When reflections are so dense that they are noise; a plate is at once."""
    return 0.0 if room.size_m is None else float(np.sqrt(np.prod(room.size_m)) / 1000)


def _begins_s(early: Floats, room: Room, rate: int) -> float:
    """When the room is first heard: with its first reflection, or as it is told where there are no walls."""
    return room.predelay_s if room.size_m is None else float(np.argmax(early != 0) / rate)


def _octave_noises(room: Room, rate: int, n_sources: int, seed: int) -> Floats:
    """Noise [O, S, 2, T] in each octave, of unit power over all of them."""
    n_frames = round((TAIL * max(room.rt60_s) + room.predelay_s) * rate)
    noise = np.random.default_rng(seed).standard_normal((n_sources, 2, n_frames))
    gains = octave_gains(np.fft.rfftfreq(n_frames, 1 / rate))
    spectrum = np.fft.rfft(noise)
    return np.stack([np.fft.irfft(spectrum * gain, n_frames) for gain in gains])


def _late(noises: Floats, times_s: Floats, room: Room, begins_s: float, rate: int) -> Floats:
    """The late part [T] of noises [O, T]: power per frame is that of a decay which began with the direct sound.

    Where there are no walls the whole decay is later by the predelay, and none of its energy is lost.
    """
    mixing = mixing_s(room)
    time_s = np.arange(noises.shape[-1]) / rate - (0 if mixing else begins_s)
    rising = np.clip((time_s - begins_s) / max(mixing - begins_s, 1 / rate), 0, 1) if mixing else time_s >= 0
    late = np.zeros(noises.shape[1:])
    for noise, rt60_s in zip(noises, times_s, strict=True):
        rate_per_s = 6 * np.log(10) / rt60_s
        # Energy grows with an octave's time: all octaves were excited alike, at the level of the middle ones.
        energy = 10 ** (room.reverberant_db / 10) * rt60_s / room.middle_s
        late += noise * np.sqrt(rising * energy * rate_per_s / rate) * np.exp(-rate_per_s / 2 * time_s)
    return late


def _early(room: Room, n_frames: int, rate: int, n_sources: int) -> Floats:
    """The first reflections [S, 2, T], fading as the late part takes over."""
    early = np.zeros((n_sources, 2, n_frames))
    if room.size_m is None:
        return early
    mixing = mixing_s(room)
    fading = np.sqrt(np.clip(1 - np.arange(n_frames) / rate / mixing, 0, 1))
    for source, azimuth in enumerate(SOURCES_RAD[n_sources]):
        early[source] = render_images(image_sources(room, azimuth, mixing), room, n_frames, rate) * fading
    return early
