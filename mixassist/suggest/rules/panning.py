"""Panning: mono tracks that may stand aside are spread by their brightness, left and right of equal weight.

Low instruments, kick, snare and the lead stay central, and no track is panned hard (De Man and Reiss's survey of
practice, 2014). What says a side in its name stands there. Two that are the sides of one thing are one stereo track:
they stand as far out as any may, whatever it is but the foundation. A stereo track has been placed already: it is moved
only where it leans, and where it plays on one side alone that is told, for no pan brings back what the other side does
not have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from mixassist.dsp.third_octaves import NOMINAL_HZ
from mixassist.errors import Finding
from mixassist.suggest.advice import Parameter, Reason, Suggestion
from mixassist.suggest.multitrack import Channel, Multitrack
from mixassist.suggest.track_name import side_in_name

CENTRAL = ("lead vocal", "kick", "snare", "drums")
WIDTHS = ((250.0, 0.0), (500.0, 0.2), (2000.0, 0.45), (4000.0, 0.65), (np.inf, 0.8))
"""How far out a track may go whose spectral centroid is below so many Hz (practitioners' prior)."""

OTHER_SIDE = {"left": "right", "right": "left"}
LEANING_DB = 3.0
ONE_SIDED_DB = 12.0
"""From here on a balance control would take more of the track than it leaves."""

MOST = 0.8
LEAST_NAMED = 0.2
"""How far out a track stands at least whose name says a side."""

SOURCE = "practice: low sources and the lead central, others wider the brighter they are, never hard"


def suggest_pans(song: Multitrack) -> list[Suggestion]:
    """A `pan` for mono tracks that may stand aside, and for central stereo tracks that lean."""
    mono = [each for each in song.channels if each.track.n_channels == 1]
    named = [(each, pan) for each in mono if (pan := _named_pan(each, mono))]
    free = [each for each in mono if _width(each) > 0 and each not in [each for each, _ in named]]
    placed = [*named, *_spread(free, named)] if len(free) + len(named) > 1 else named
    leaning = [each for each in song.channels if _is_central(each) and LEANING_DB < _lean_db(each) < ONE_SIDED_DB]
    return [*(_aside(channel, pan) for channel, pan in placed), *(_centred(each) for each in leaning)]


def _named_pan(channel: Channel, mono: Sequence[Channel]) -> float | None:
    """The pan to the side that a track's name says; None for no side, and for what stays in the middle."""
    said = side_in_name(channel.name)
    if said is None or channel.is_low or channel.instrument == "snare":
        return None
    what, side = said
    is_paired = any(side_in_name(each.name) == (what, OTHER_SIDE[side]) for each in mono)
    if not is_paired and _is_central(channel):
        return None
    width = MOST if is_paired else max(_width(channel), LEAST_NAMED)
    return -width if side == "left" else width


def _spread(free: Sequence[Channel], named: Sequence[tuple[Channel, float]]) -> Iterator[tuple[Channel, float]]:
    """A pan for each of those whose names say no side, the loudest first, to the side that has less."""
    weights = {sign: sum(_power(each) for each, pan in named if pan * sign > 0) for sign in (-1, 1)}
    for channel in sorted(free, key=lambda each: -_power(each)):
        sign = min(weights, key=lambda name: weights[name])
        weights[sign] += _power(channel)
        yield channel, sign * _width(channel)


def find_one_sided(song: Multitrack) -> list[Finding]:
    """What to know of central tracks that play on one side alone."""
    names = [each.name for each in song.channels if _is_central(each) and _lean_db(each) >= ONE_SIDED_DB]
    text = f"plays on one side alone, and should be in the middle: {', '.join(names)}; give its side as a mono track"
    return [Finding("one-sided", "warning", text)] if names else []


def centroid_hz(channel: Channel) -> float:
    """The middle of the track's power on a logarithmic scale."""
    bands = channel.track.mean_bands
    return float(2 ** (bands @ np.log2(NOMINAL_HZ) / max(bands.sum(), 1e-30)))


def _power(channel: Channel) -> float:
    return float(10 ** ((channel.loudness_lufs + channel.gain_db) / 10))


def _is_central(channel: Channel) -> bool:
    return channel.is_lead or channel.is_low or channel.instrument in CENTRAL


def _lean_db(channel: Channel) -> float:
    return abs(channel.track.balance_db or 0.0)


def _width(channel: Channel) -> float:
    if _is_central(channel):
        return 0.0
    return next(width for below_hz, width in WIDTHS if centroid_hz(channel) < below_hz)


def _aside(channel: Channel, pan: float) -> Suggestion:
    reason = Reason("panning: centre of the track's spectrum, Hz", centroid_hz(channel), abs(pan), 0.2, SOURCE)
    side = "left" if pan < 0 else "right"
    effect = f"stands {side} of the middle, where it covers less of what is central"
    return Suggestion(channel.name, "pan", _pan(pan), reason, 0.4 * channel.confidence, effect)


def _centred(channel: Channel) -> Suggestion:
    lean_db = channel.track.balance_db or 0.0
    # A balance control attenuates the louder side to (1 - |pan|): back to the tolerance's edge.
    pan = float(np.sign(lean_db) * (1 - 10 ** (-(abs(lean_db) - LEANING_DB / 2) / 20)))
    reason = Reason("panning: left over right of a central track, dB", lean_db, 0.0, LEANING_DB, SOURCE)
    return Suggestion(channel.name, "pan", _pan(min(max(pan, -MOST), MOST)), reason, 0.5, "comes back to the middle")


def _pan(value: float) -> tuple[Parameter, ...]:
    return (Parameter("pan", value, "", -1.0, 1.0),)
