"""What a master would do with a mix: its advice on the mix as its advice makes it, in its loudest half minute.

The loudest part is what a limiter, a compressor and the ear for tone have to cope with, and half a minute takes no
longer for a long song than for a short one. Its genre is the mix's.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mixassist.audio.buffer import AudioBuffer
from mixassist.dsp.hops import N_HOPS_PER_S
from mixassist.dsp.loudness import LoudnessMeter
from mixassist.suggest.advice import MixAdvice
from mixassist.suggest.master import MasterOptions, advise_master
from mixassist.suggest.master_song import song_in_memory
from mixassist.suggest.mix_chain import mix_chain_of
from mixassist.suggest.mix_render import Piece, mix_rate, render_mix
from mixassist.suggest.multitrack import Multitrack
from mixassist.suggest.track import padded_sum

EXCERPT_S = 30.0
SHORTEST_S = 3.0
"""Of shorter songs a master tells nothing."""


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
    master = advise_master(song_in_memory("the mix", mix), song.style, song.genre, MasterOptions())
    return replace(advice, master=master.suggestions, findings=(*advice.findings, *master.findings))


def render_piece(song: Multitrack, advice: MixAdvice, piece: Piece) -> AudioBuffer:
    """A piece of the mix as the advice makes it."""
    files = {each.name: each.track.path for each in song.channels}
    rate = mix_rate(list(files.values()))
    samples = np.concatenate(list(render_mix(files, mix_chain_of(advice), rate, piece)), axis=1)
    return AudioBuffer(samples[:, : round(piece.seconds * rate)], rate)


def _is_heard(mix: AudioBuffer) -> bool:
    meter = LoudnessMeter(mix.rate, mix.n_channels)
    meter.update(mix.samples)
    return meter.loudness().integrated_lufs is not None


def loudest_piece(song: Multitrack, advice: MixAdvice) -> Piece:
    """Where the tracks together are loudest at the faders of the advice; the whole of a short song."""
    faders_db = {track.track: sum(each.number("gain") for each in track.of("gain")) for track in advice.tracks}
    power = padded_sum([each.track.weighted * 10 ** (faders_db[each.name] / 10) for each in song.channels])
    n_hops = min(len(power), round(EXCERPT_S * N_HOPS_PER_S))
    sums = np.concatenate([[0.0], np.cumsum(power)])
    first = int(np.argmax(sums[n_hops:] - sums[: len(sums) - n_hops]))
    return Piece(first / N_HOPS_PER_S, n_hops / N_HOPS_PER_S)
