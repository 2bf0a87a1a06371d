"""REAPER projects: tracks with faders, pans and REAPER's own plug-ins set, sends to a reverb, and the master's chain.

What no plug-in of REAPER's is sure to do, width, is told in the project's notes, where all the reasons are. Pans are
balances without gain (PANLAW 1, PANMODE 3), and the fader holds what they take from a track, as it is rendered. What
the sum gets before the master stands first in the master's chain, for what follows was set for it.
"""

from __future__ import annotations

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
from mixassist.suggest.export.session import ExportSession, ExportTrack, gain_db, of, why

PLAIN = str.maketrans({'"': "'", "\n": " ", "\r": " "})


def reaper_project(session: ExportSession) -> str:
    """The text of the project."""
    lines = ['<REAPER_PROJECT 0.1 "7.0" 0', *_indented(_notes(session))]
    rate = max((track.rate for track in session.tracks), default=44100)
    fader = 1.0 if of(session.master, "limiter") else linear(gain_db(session.master))
    lines += ["  PANLAW 1", "  PANMODE 3", f"  SAMPLERATE {rate} 1 0"]
    lines += [f"  TEMPO {session.tempo_bpm:.9g} 4 4"] if session.tempo_bpm else []
    lines += [f"  MASTER_VOLUME {fader:.9g} 0 -1 -1 1", "  MASTER_NCH 2 2"]
    lines += _indented(_chain("MASTERFXLIST", master_plugins(session)))
    lines += _indented(track_lines(session, has_items=True))
    return "\n".join([*lines, ">", ""])


def track_lines(session: ExportSession, has_items: bool) -> Iterator[str]:
    """The blocks of all tracks and of the reverb they send to, with or without their audio."""
    for track in session.tracks:
        yield from one_track_lines(track, has_items)
    if session.reverb:
        yield from _reverb(session)


def master_plugins(session: ExportSession) -> Iterator[ReaperPlugin]:
    """What the sum gets, and then the master."""
    bands = of(session.bus, "high_pass") + of(session.bus, "eq")
    if bands or gain_db(session.bus):
        yield rea_eq(bands, gain_db(session.bus))
    yield from chain_plugins(session.master)


def chain_plugins(suggestions: Sequence[Suggestion]) -> Iterator[ReaperPlugin]:
    """Plug-ins in the order of the signal: gate, equaliser, compressor, limiter with the gain before it."""
    for gate in of(suggestions, "gate"):
        yield rea_gate(gate)
    bands = of(suggestions, "high_pass") + of(suggestions, "eq")
    if bands:
        yield rea_eq(bands)
    for compressor in of(suggestions, "compressor"):
        yield rea_comp(compressor)
    for limiter in of(suggestions, "limiter"):
        yield rea_eq((), limiter.number("gain") + gain_db(suggestions))
        yield rea_limit(limiter)


def plugin_lines(plugins: Iterator[ReaperPlugin]) -> list[str]:
    """The blocks of a chain, as its own file has them."""
    return [line for plugin in plugins for line in plugin.lines()]


def _chain(tag: str, plugins: Iterator[ReaperPlugin]) -> Iterator[str]:
    """The block of a chain; nothing where there is none."""
    blocks = plugin_lines(plugins)
    if blocks:
        yield f"<{tag}"
        yield from _indented(["SHOW 0", "LASTSEL 0", "DOCKED 0", *blocks])
        yield ">"


def one_track_lines(track: ExportTrack, has_item: bool) -> Iterator[str]:
    """The block of a track: fader, pan, chain, and its audio if wanted."""
    yield "<TRACK"
    yield f"  NAME {_quoted(track.name)}"
    yield f"  VOLPAN {linear(track.fader_db):.9g} {track.pan:.6f} -1 -1 1"
    yield "  MUTESOLO 0 0 0"
    yield "  NCHAN 2"
    yield "  FX 1"
    yield from _indented(_chain("FXCHAIN", chain_plugins(track.suggestions)))
    if has_item:
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
    for index, send_db in enumerate(session.sends_db()):
        if send_db is not None:
            yield f"  AUXRECV {index} 0 {linear(send_db):.9g} 0 0 0 0 0 0 -1:U 0 -1 ''"
    yield from _indented(_chain("FXCHAIN", reverb_plugins(session)))
    yield ">"


def reverb_plugins(session: ExportSession) -> Iterator[ReaperPlugin]:
    """The reverb, wet only."""
    return (rea_verbate(each) for each in session.reverb)


def _notes(session: ExportSession) -> Iterator[str]:
    yield "<NOTES 0 2"
    owners = [(track.name, track.suggestions) for track in session.tracks]
    for name, suggestions in (*owners, ("reverb", session.reverb), ("bus", session.bus), ("master", session.master)):
        for line in why(suggestions).splitlines():
            yield f"  |{name.translate(PLAIN)}: {line}"
    yield ">"


def _quoted(text: str) -> str:
    """A word for REAPER: in the one kind of quotes that it does not hold."""
    quote = next((sign for sign in "\"'`" if sign not in text), "`")
    return f"{quote}{text.replace(quote, ' ').translate({10: 32, 13: 32})}{quote}"


def _indented(lines: Iterator[str] | Sequence[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)
