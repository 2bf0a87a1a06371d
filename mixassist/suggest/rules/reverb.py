"""Reverberation: one room for the song, timed by its tempo, and how much of each track goes there.

Sends are set so that the room's loudness re the mix is the genre's, and each instrument has its share of it. Only
tracks that are heard to be dry are sent there: others bring their room along.
"""

from __future__ import annotations

import math

import numpy as np

from mixassist.suggest.advice import REVERB, Parameter, Reason, Suggestion
from mixassist.suggest.multitrack import Channel, Multitrack
from mixassist.suggest.rules.dryness import FALL_S, fall_db

PREDELAY_MS = (15.0, 50.0)
RT60_S = (0.3, 3.0)
LEAST_SHARE_LU = -3.5
"""Instruments that take less than this re the lead stay dry: bass, kick, cymbals."""

DRY_FALL_DB = 35.0
"""A track that falls further at its ends has no room of its own. Phrases in plates of -14 LU fall less, dry ones more
(`benchmarks.mix_strips`); what falls a little less may have a small room, and is left alone."""

SEND_DB = (-30.0, 0.0)


def suggest_reverb(song: Multitrack) -> list[Suggestion]:
    """A `reverb` and a `reverb_send` for each track that belongs into it."""
    wanting = [each for each in song.channels if song.style.reverb_lu[each.instrument].value > LEAST_SHARE_LU]
    falls_db = {each.name: fall_db(each.track.powers) or 0.0 for each in wanting}
    sending = [each for each in wanting if falls_db[each.name] > DRY_FALL_DB]
    mix_lufs = song.loudness_lufs()
    if not sending or mix_lufs is None:
        return []
    base_db = song.style.reverb["total_lu"].value - _room_lu(song, wanting, mix_lufs)
    sends_db = [_bounded(base_db + song.style.reverb_lu[each.instrument].value) for each in sending]
    room_lu = _sum_lu(sending, sends_db, mix_lufs)
    return [_room(song, sending)] + [
        _send(song, each, send_db, falls_db[each.name], room_lu)
        for each, send_db in zip(sending, sends_db, strict=True)
    ]


def predelay_ms(tempo_bpm: float | None, usual_ms: float) -> float:
    """The note value, 60000 / bpm · 2^-k, that lies between `PREDELAY_MS`; without a tempo the usual one."""
    if not tempo_bpm:
        return usual_ms
    values = [60000 / tempo_bpm * 2**-k for k in range(2, 8)]
    return next((value for value in values if PREDELAY_MS[0] <= value <= PREDELAY_MS[1]), usual_ms)


def rt60_on_beat_s(wanted_s: float, tempo_bpm: float | None) -> float:
    """The decay rounded to half beats, so that it is gone when the music moves on."""
    if not tempo_bpm:
        return wanted_s
    half_s = 30 / tempo_bpm
    return float(np.clip(max(round(wanted_s / half_s), 1) * half_s, *RT60_S))


def _room(song: Multitrack, sending: list[Channel]) -> Suggestion:
    style = song.style
    main = next((each for each in sending if each.is_lead), max(sending, key=lambda each: each.loudness_lufs))
    usual = style.rt60_s[main.instrument]
    wanted = usual.value * style.reverb["rt60_scale"].value
    source = ", ".join(each.title for each in usual.sources)
    tempo = f"a tempo of {song.tempo_bpm:.0f}" if song.tempo_bpm else "no steady tempo"
    parameters = (
        Parameter("rt60", rt60_on_beat_s(wanted, song.tempo_bpm), "s", *RT60_S),
        Parameter("predelay", predelay_ms(song.tempo_bpm, style.reverb["predelay_ms"].value), "ms", 0.0, 100.0),
        Parameter("high_pass", style.reverb["return_high_pass_hz"].value, "Hz", 80.0, 400.0),
        Parameter("low_pass", style.reverb["return_low_pass_hz"].value, "Hz", 3000.0, 12000.0),
    )
    reason = Reason(f"reverberation: decay for {main.instrument}, s", tempo, wanted, usual.spread, source)
    return Suggestion(REVERB, "reverb", parameters, reason, 0.4, "one room for all, gone before the music moves on")


def _room_lu(song: Multitrack, wanting: list[Channel], mix_lufs: float) -> float:
    """Loudness of the room re the mix if all sent as much as they have a share of it, dry or not."""
    return _sum_lu(wanting, [song.style.reverb_lu[each.instrument].value for each in wanting], mix_lufs)


def _sum_lu(channels: list[Channel], sends_db: list[float], mix_lufs: float) -> float:
    """Loudness re the mix of what channels send."""
    loudness = np.array([each.loudness_lufs + each.gain_db for each in channels]) - mix_lufs
    return 10 * math.log10(float((10 ** ((loudness + np.array(sends_db)) / 10)).sum()))


def _bounded(send_db: float) -> float:
    return float(np.clip(send_db, *SEND_DB))


def _send(song: Multitrack, channel: Channel, send_db: float, fall: float, room_lu: float) -> Suggestion:
    total = song.style.reverb["total_lu"]
    source = ", ".join(each.title for each in total.sources)
    rule = f"reverberation: fall of the level in {FALL_S:g} s at its ends, dB"
    reason = Reason(rule, fall, DRY_FALL_DB, 0.0, source)
    parameters = (Parameter("send", send_db, "dB", *SEND_DB),)
    effect = f"{channel.instrument} goes into a room whose return is at {room_lu:.1f} LU re the mix"
    return Suggestion(channel.name, "reverb_send", parameters, reason, 0.35 * channel.confidence, effect)
