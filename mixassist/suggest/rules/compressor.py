"""Compressors: for tracks whose loudness moves more than their family's does, with times from crest factor and tempo.

Attack and release follow Giannoulis, Massberg and Reiss (JAES 61(10), 2013): with C² = peak² / rms² through one-pole
detectors of 200 ms, attack = 2 · 80 ms / C² and release = 2 · 1 s / C² - attack. Release ends before the next beat.
"""

from __future__ import annotations

import numpy as np
import scipy.signal

from mixassist.dsp.decibels import FLOOR_DB, power_to_db
from mixassist.dsp.hops import N_HOPS_PER_S, Floats, windows
from mixassist.suggest.advice import Parameter, Reason, Suggestion
from mixassist.suggest.multitrack import Channel, Multitrack

RANGE_DB = {"vocals": 12.0, "bass": 9.0}
"""How far the loudness of 0.4 s may move between quiet and loud moments (10th and 95th percentile) (prior)."""

USUAL_RANGE_DB = 15.0
STEADY = ("vocals", "bass")
"""Families that a mix wants steady; others are compressed for colour, which is not a fault to be found."""

MOST_RATIO, LEAST_RATIO = 4.0, 1.5
MOST_ATTACK_MS, MOST_RELEASE_MS = 80.0, 1000.0
DETECTOR_S = 0.2
ACTIVE_DB = -25.0
SOURCE = "Giannoulis, Massberg and Reiss, JAES 61(10), 2013 (times); practice (range)"


def suggest_compressors(song: Multitrack) -> list[Suggestion]:
    """A `compressor` for each vocal or bass that is not steady enough."""
    found = (_for_channel(each, song.tempo_bpm) for each in song.channels if each.family in STEADY)
    return [suggestion for suggestion in found if suggestion]


def moments_db(channel: Channel) -> Floats:
    """Levels [n] of the 0.4 s in which the track plays."""
    levels = power_to_db(windows(channel.track.powers, 40, 10).mean(axis=-1))
    sounding = levels[levels > FLOOR_DB + 1]
    return np.asarray(sounding[sounding > np.percentile(sounding, 95) + ACTIVE_DB]) if len(sounding) else sounding


def times_ms(peaks: Floats, powers: Floats, tempo_bpm: float | None) -> tuple[float, float]:
    """Attack and release for peaks [n_hops] and mean squares [n_hops]."""
    keep = np.exp(-1 / (DETECTOR_S * N_HOPS_PER_S))
    rms2 = scipy.signal.lfilter([1 - keep], [1, -keep], powers)
    peak2 = np.empty_like(powers)
    held = 0.0
    for index, peak in enumerate(peaks**2):
        held = max(float(peak), keep * held + (1 - keep) * float(peak))
        peak2[index] = held
    sounding = rms2 > rms2.max() * 1e-4
    crest2 = max(float(np.median(peak2[sounding] / rms2[sounding])), 2.0)
    attack = 2 * MOST_ATTACK_MS / crest2
    release = 2 * MOST_RELEASE_MS / crest2 - attack
    beat = 60000 / tempo_bpm if tempo_bpm else MOST_RELEASE_MS
    return float(np.clip(attack, 1, MOST_ATTACK_MS)), float(np.clip(release, 40, min(beat, MOST_RELEASE_MS)))


def _for_channel(channel: Channel, tempo_bpm: float | None) -> Suggestion | None:
    levels = moments_db(channel)
    allowed = RANGE_DB.get(channel.family, USUAL_RANGE_DB)
    if len(levels) < 10:
        return None
    low, middle, high = np.percentile(levels, (10, 50, 95))
    excess = float(high - low) - allowed
    if excess < 1.0:
        return None
    # Above the threshold the range shrinks by 1 - 1/R: what is too much of it goes, if the ratio may.
    over = max(float(high - middle) + 3.0, 1.0)
    ratio = float(np.clip(over / max(over - excess, over / MOST_RATIO), LEAST_RATIO, MOST_RATIO))
    threshold = float(high) - over
    attack, release = times_ms(channel.track.peaks, channel.track.powers, tempo_bpm)
    make_up = float(np.maximum(levels - threshold, 0).mean() * (1 - 1 / ratio))
    reason = Reason("dynamics: range of the loudness of 0.4 s, dB", float(high - low), allowed, 1.0, SOURCE)
    parameters = (
        Parameter("threshold", threshold, "dB", threshold - 6, threshold + 6),
        Parameter("ratio", ratio, "", 1.0, MOST_RATIO),
        Parameter("attack", attack, "ms", 1.0, MOST_ATTACK_MS),
        Parameter("release", release, "ms", 40.0, MOST_RELEASE_MS),
        Parameter("knee", 6.0, "dB", 0.0, 12.0),
        Parameter("make_up", make_up, "dB", 0.0, make_up + 3),
    )
    effect = f"loud moments come down by up to {over * (1 - 1 / ratio):.1f} dB, and it keeps its place in the mix"
    return Suggestion(channel.name, "compressor", parameters, reason, 0.5 * channel.confidence, effect)
