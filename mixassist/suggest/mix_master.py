"""What a master would do with a mix: its advice on the mix as its advice makes it.

Tone and dynamics are heard in its loudest half minute: that is what a compressor and the ear for tone have to cope
with, and it takes no longer for a long song. Its level is that of the whole mix, so that no peak outside is met later.
How wide it is, pans and the room have settled: its master leaves that alone, and its genre is the mix's. Where nothing
is suggested for the tracks, the mix is finished: what a master would make of it is asked of `suggest_master`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mixassist.audio.buffer import AudioBuffer
from mixassist.dsp.hops import N_HOPS_PER_S
from mixassist.dsp.loudness import LoudnessMeter
from mixassist.suggest.advice import MasterAdvice, MixAdvice, Suggestion
from mixassist.suggest.master import MasterOptions, advise_master
from mixassist.suggest.master_profile import MasterProfile, measure_profile
from mixassist.suggest.master_song import song_in_memory
from mixassist.suggest.mix_chain import mix_chain_of
from mixassist.suggest.mix_render import Piece, mix_rate, render_mix
from mixassist.suggest.multitrack import Multitrack
from mixassist.suggest.rules.headroom import suggest_mix_gain
from mixassist.suggest.track import padded_sum

EXCERPT_S = 30.0
SHORTEST_S = 3.0
"""Of shorter songs a master tells nothing."""
MAX_RATIO = 2.0
"""Tracks have compressors of their own: what is left for all of them is glue."""
SOUND_ONLY = {"width": 0.0, "loudness": 0.0}
SOUND = ("eq", "compressor")
"""Not the gain that keeps peaks where a band raised them: the level is the last word."""
TOLD = ("big-equaliser",)
"""Other findings judge finished songs; tracks that sound squashed are told of one by one."""


def with_master(song: Multitrack, advice: MixAdvice) -> MixAdvice:
    """The advice with what a master would do, and what it would find; as it was for few seconds, or too soft ones.

    Raises:
        AudioError: when a track cannot be read again.
    """
    piece = loudest_piece(song, advice)
    if piece.seconds < SHORTEST_S:
        return advice
    mix = render_piece(song, advice, piece)
    if not _is_heard(mix):
        return advice
    shaped = _shaped(song, advice, piece, mix) if advice.suggestions() else advice
    level = suggest_mix_gain(hear_mix(song, shaped), song.style, bool(shaped.suggestions()))
    return replace(shaped, master=(*shaped.master, *level))


def _shaped(song: Multitrack, advice: MixAdvice, piece: Piece, mix: AudioBuffer) -> MixAdvice:
    """The advice with the master's tone and dynamics, heard in a piece of its mix."""
    sound = sound_advice(song, mix)
    shaping = tuple(_of_piece(each, piece) for each in sound.suggestions if each.processor in SOUND)
    told = tuple(each for each in sound.findings if each.code in TOLD)
    return replace(advice, master=shaping, findings=(*advice.findings, *told))


def render_piece(song: Multitrack, advice: MixAdvice, piece: Piece) -> AudioBuffer:
    """A piece of the mix as the advice makes it."""
    files = {each.name: each.track.path for each in song.channels}
    rate = mix_rate(list(files.values()))
    samples = np.concatenate(list(render_mix(files, mix_chain_of(advice), rate, piece)), axis=1)
    return AudioBuffer(samples[:, : round(piece.seconds * rate)], rate)


def hear_mix(song: Multitrack, advice: MixAdvice) -> MasterProfile:
    """The whole mix as the advice makes it, master included."""
    files = {each.name: each.track.path for each in song.channels}
    rate = mix_rate(list(files.values()))
    return measure_profile(render_mix(files, mix_chain_of(advice), rate), rate, 2)


def loudest_piece(song: Multitrack, advice: MixAdvice) -> Piece:
    """Where the tracks together are loudest at the faders of the advice; the whole of a short song."""
    faders_db = {track.track: sum(each.number("gain") for each in track.of("gain")) for track in advice.tracks}
    power = padded_sum([each.track.weighted * 10 ** (faders_db[each.name] / 10) for each in song.channels])
    n_hops = min(len(power), round(EXCERPT_S * N_HOPS_PER_S))
    sums = np.concatenate([[0.0], np.cumsum(power)])
    first = int(np.argmax(sums[n_hops:] - sums[: len(sums) - n_hops]))
    return Piece(first / N_HOPS_PER_S, n_hops / N_HOPS_PER_S)


def sound_advice(song: Multitrack, mix: AudioBuffer) -> MasterAdvice:
    """Tone and dynamics for a piece of the mix, with a ratio of `MAX_RATIO` at most."""
    heard = song_in_memory("the mix", mix)
    advice = advise_master(heard, song.style, song.genre, MasterOptions(amounts=SOUND_ONLY))
    ratio = max((each.number("ratio") for each in advice.of("compressor")), default=1.0)
    if ratio <= MAX_RATIO:
        return advice
    amounts = SOUND_ONLY | {"compression": (1 - 1 / MAX_RATIO) / (1 - 1 / ratio)}
    return advise_master(heard, song.style, song.genre, MasterOptions(amounts=amounts))


def _of_piece(each: Suggestion, piece: Piece) -> Suggestion:
    """The suggestion, saying where it was heard if that was not all of the song."""
    if piece.seconds < EXCERPT_S:
        return each
    rule = f"{each.reason.rule}, in the loudest {piece.seconds:.0f} s"
    return replace(each, reason=replace(each.reason, rule=rule))


def _is_heard(mix: AudioBuffer) -> bool:
    meter = LoudnessMeter(mix.rate, mix.n_channels)
    meter.update(mix.samples)
    return meter.loudness().integrated_lufs is not None
