"""REAPER projects: tracks with faders, pans and REAPER's own plug-ins set, sends to a reverb, and the master's chain.

What no plug-in of REAPER's is sure to do, width, is told in the project's notes, where all the reasons are.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from mixassist.suggest.advice import Suggestion
from mixassist.suggest.export.reaper_chunks import (
    ReaperPlugin,
    linear,
    rea_comp,
    rea_eq,
    rea_gate,
    rea_limit,
    rea_verbate,
)
from mixassist.suggest.export.session import ExportSession, ExportTrack, of, why

PLAIN = str.maketrans({'"': "'", "\n": " ", "\r": " "})


def reaper_project(session: ExportSession) -> str:
    """The text of the project."""
    lines = ['<REAPER_PROJECT 0.1 "7.0" 0', *_indented(_notes(session))]
    rate = max((track.rate for track in session.tracks), default=44100)
    lines += [f"  SAMPLERATE {rate} 1 0", f"  MASTER_VOLUME {_master_gain(session):.9g} 0 -1 -1 1", "  MASTER_NCH 2 2"]
    lines += _indented(_master_chain(session))
    for track in session.tracks:
        lines += _indented(_track(track))
    if session.reverb:
        lines += _indented(_reverb(session))
    return "\n".join([*lines, ">", ""])


def chain_plugins(suggestions: Sequence[Suggestion]) -> Iterator[ReaperPlugin]:
    """Plug-ins in the order of the signal: gate, equaliser, compressor, limiter."""
    for gate in of(suggestions, "gate"):
        yield rea_gate(gate)
    bands = of(suggestions, "high_pass") + of(suggestions, "eq")
    if bands:
        yield rea_eq(bands)
    for compressor in of(suggestions, "compressor"):
        yield rea_comp(compressor)
    for limiter in of(suggestions, "limiter"):
        yield rea_eq((), limiter.number("gain"))
        yield rea_limit(limiter)


def _master_gain(session: ExportSession) -> float:
    return linear(sum(each.number("gain") for each in of(session.master, "gain")))


def _master_chain(session: ExportSession) -> Iterator[str]:
    blocks = [list(plugin.lines()) for plugin in chain_plugins(session.master)]
    if blocks:
        yield "<MASTERFXLIST"
        yield from _indented(_chain(blocks))
        yield ">"


def _chain(blocks: Sequence[Sequence[str]]) -> Iterator[str]:
    yield "SHOW 0"
    yield "LASTSEL 0"
    yield "DOCKED 0"
    yield from itertools.chain.from_iterable(blocks)


def _track(track: ExportTrack) -> Iterator[str]:
    gain, pan = track.number("gain", "gain", 0.0), track.number("pan", "pan", 0.0)
    yield "<TRACK"
    yield f"  NAME {_quoted(track.name)}"
    yield f"  VOLPAN {linear(gain or 0.0):.9g} {pan or 0.0:.6f} -1 -1 1"
    yield "  MUTESOLO 0 0 0"
    yield "  NCHAN 2"
    yield "  FX 1"
    blocks = [list(plugin.lines()) for plugin in chain_plugins(track.suggestions)]
    if blocks:
        yield "  <FXCHAIN"
        yield from _indented(_indented(_chain(blocks)))
        yield "  >"
    yield from _indented(_item(track))
    yield ">"


def _item(track: ExportTrack) -> Iterator[str]:
    yield "<ITEM"
    yield "  POSITION 0"
    yield f"  LENGTH {track.seconds:.9f}"
    yield f"  NAME {_quoted(track.name)}"
    yield f"  <SOURCE {SOURCES.get(track.file.suffix.lower(), 'WAVE')}"
    yield f"    FILE {_quoted(str(track.file))}"
    yield "  >"
    yield ">"


SOURCES = {".mp3": "MP3", ".ogg": "VORBIS", ".flac": "FLAC", ".opus": "OPUS"}


def _reverb(session: ExportSession) -> Iterator[str]:
    """A track that hears the sends, after their faders."""
    yield "<TRACK"
    yield '  NAME "reverb"'
    yield "  VOLPAN 1 0 -1 -1 1"
    yield "  NCHAN 2"
    yield "  FX 1"
    for index, track in enumerate(session.tracks):
        send_db = track.number("reverb_send", "send", None)
        if send_db is not None:
            yield f"  AUXRECV {index} 0 {linear(send_db):.9g} 0 0 0 0 0 0 -1:U 0 -1 ''"
    yield "  <FXCHAIN"
    yield from _indented(_indented(_chain([list(rea_verbate(each).lines()) for each in session.reverb])))
    yield "  >"
    yield ">"


def _notes(session: ExportSession) -> Iterator[str]:
    yield "<NOTES 0 2"
    owners = [(track.name, track.suggestions) for track in session.tracks]
    for name, suggestions in (*owners, ("reverb", session.reverb), ("master", session.master)):
        for line in why(suggestions).splitlines():
            yield f"  |{name.translate(PLAIN)}: {line}"
    yield ">"


def _quoted(text: str) -> str:
    """A word for REAPER: in the one kind of quotes that it does not hold."""
    quote = next((sign for sign in "\"'`" if sign not in text), "`")
    return f"{quote}{text.replace(quote, ' ').translate({10: 32, 13: 32})}{quote}"


def _indented(lines: Iterator[str] | Sequence[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)
