"""Compressors: for tracks whose loud moments are more restless than their family's, with times from crest and tempo.

Restless is what rises and falls from one moment to the next: verses and choruses may differ. Finished stems hold the
limits of each family (10 songs of 20 they were taken from, 10 they were held against). A track that was compressed is
inside them, whatever its crest.

Attack and release follow Giannoulis, Massberg and Reiss (JAES 61(10), 2013): with C² = peak² / rms² through one-pole
detectors of 200 ms, attack = 2 · 80 ms / C² and release = 2 · 1 s / C² - attack. Release ends before the next beat.
"""

from __future__ import annotations

import numpy as np
import scipy.signal

from mixassist.dsp.compressor import CompressorSettings, smoothed, static_gain_db
from mixassist.dsp.decibels import FLOOR_DB, power_to_db
from mixassist.dsp.hops import N_HOPS_PER_S, Floats, windows
from mixassist.errors import Finding
from mixassist.suggest.advice import Parameter, Reason, Suggestion
from mixassist.suggest.multitrack import Channel, Multitrack
from mixassist.suggest.track import gated_lufs

MOST_UNREST_DB = {"vocals": 2.0, "bass": 1.0}
"""Of families that a mix wants steady; others are compressed for colour, which is not a fault to be found."""

FOUND = 1.15
"""Times the limit from which on it is a fault: apart from it, so that what a compressor leaves over is not found."""

MOST_ATTACK_MS, MOST_RELEASE_MS = 80.0, 1000.0
KNEE_DB = 6.0
RATIOS = np.geomspace(1.25, 5.0, 11)
THRESHOLD_PERCENT = 8
"""Of the moments in which it plays: what lies below is not heard as loud."""

DETECTOR_S = 0.2
ACTIVE_DB = -25.0
MOMENT_HOPS, STEP_HOPS = 40, 10
SPAN, SPAN_STEP = 20, 10
"""In steps of moments: 2 s, one every second."""

MIN_SPANS = 8
SOURCE = "Giannoulis, Massberg and Reiss, JAES 61(10), 2013 (times); finished stems (limits)"


def suggest_compressors(song: Multitrack) -> list[Suggestion]:
    """A `compressor` for each vocal or bass that is not steady enough."""
    found = (_for_channel(each, song.tempo_bpm) for each in song.channels if each.family in MOST_UNREST_DB)
    return [suggestion for suggestion in found if suggestion]


def find_restless(song: Multitrack) -> list[Finding]:
    """What to know of tracks that are too restless for a compressor."""
    names = [
        each.name
        for each in song.channels
        if each.family in MOST_UNREST_DB and _is_restless(each) and _for_channel(each, song.tempo_bpm) is None
    ]
    text = f"level jumps by more than a compressor should take: {', '.join(names)}; ride the fader first"
    return [Finding("restless-track", "warning", text)] if names else []


def moments_db(powers: Floats) -> Floats:
    """Levels [n] of the moments of 0.4 s, one every 0.1 s, of mean squares [n_hops]; none in silence."""
    levels = power_to_db(windows(powers, MOMENT_HOPS, STEP_HOPS).mean(axis=-1))
    return np.asarray(levels[levels > FLOOR_DB + 1])


def unrest_db(levels_db: Floats) -> float | None:
    """Mean step from the loudest moment of 2 s to that of the 2 s a second later, where it plays.

    None where too little is heard.
    """
    if len(levels_db) < SPAN:
        return None
    loudest = windows(levels_db, SPAN, SPAN_STEP).max(axis=-1)
    playing = loudest[loudest > np.percentile(levels_db, 95) + ACTIVE_DB]
    return float(np.abs(np.diff(playing)).mean()) if len(playing) >= MIN_SPANS else None


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


def _is_restless(channel: Channel) -> bool:
    return (unrest_db(moments_db(channel.track.powers)) or 0.0) > FOUND * MOST_UNREST_DB[channel.family]


def _for_channel(channel: Channel, tempo_bpm: float | None) -> Suggestion | None:
    if not _is_restless(channel):
        return None
    levels, allowed = moments_db(channel.track.powers), MOST_UNREST_DB[channel.family]
    attack, release = times_ms(channel.track.peaks, channel.track.powers, tempo_bpm)
    active = levels[levels > np.percentile(levels, 95) + ACTIVE_DB]
    threshold, top = (float(level) for level in np.percentile(active, (THRESHOLD_PERCENT, 95)))
    settings = CompressorSettings(threshold, 1.0, attack, release, KNEE_DB)
    found = _least_ratio(channel.track.powers, settings, allowed)
    if found is None:
        return None
    ratio, gain_db = found
    compressed_lufs = gated_lufs(channel.track.weighted * 10 ** (gain_db / 10))
    make_up = channel.loudness_lufs - compressed_lufs if compressed_lufs is not None else 0.0
    reason = Reason(
        "dynamics: mean step of the loudest moments of 2 s, dB", unrest_db(levels) or 0.0, allowed, 0.0, SOURCE
    )
    parameters = (
        Parameter("threshold", threshold, "dB", threshold - 6, threshold + 6),
        Parameter("ratio", ratio, "", 1.0, float(RATIOS[-1])),
        Parameter("attack", attack, "ms", 1.0, MOST_ATTACK_MS),
        Parameter("release", release, "ms", 40.0, MOST_RELEASE_MS),
        Parameter("knee", KNEE_DB, "dB", 0.0, 12.0),
        Parameter("make_up", make_up, "dB", 0.0, make_up + 3),
    )
    most = (top - threshold) * (1 - 1 / ratio)
    effect = f"loud moments come down by up to {most:.1f} dB, and it keeps its place in the mix"
    return Suggestion(channel.name, "compressor", parameters, reason, 0.5 * channel.confidence, effect)


def _least_ratio(powers: Floats, settings: CompressorSettings, allowed_db: float) -> tuple[float, Floats] | None:
    """The least of `RATIOS` after which a track of mean squares [n_hops] is steady, and its gain in each hop in dB.

    None where none is enough.
    """
    wanted = static_gain_db(power_to_db(powers)[:, None], settings.threshold_db, RATIOS, settings.knee_db)
    gains_db = smoothed(wanted, settings.attack_ms, settings.release_ms).T
    for ratio, gain_db in zip(RATIOS, gains_db, strict=True):
        if (unrest_db(moments_db(powers * 10 ** (gain_db / 10))) or 0.0) <= allowed_db:
            return float(ratio), gain_db
    return None
