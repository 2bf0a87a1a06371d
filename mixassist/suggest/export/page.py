"""The report of advice: one HTML file with its pictures inside, to be sent and opened anywhere."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

from mixassist.suggest.advice import GenreUsed, MasterAdvice, MixAdvice, Suggestion, TrackAdvice
from mixassist.suggest.advice_words import reason_words, section_words, setting_words, toward_words
from mixassist.suggest.before_after import BeforeAfter
from mixassist.suggest.export.curve_pictures import curves_picture
from mixassist.suggest.export.pictures import chain_picture, mix_picture
from mixassist.suggest.export.session import ExportSession

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
h2 { margin: 2rem 0 0.5rem; overflow-wrap: anywhere; }
small { color: #777; font-weight: normal; }
table { border-collapse: collapse; margin: 0.5rem 0; width: 100%; }
th { text-align: left; font-weight: 600; }
td, th { padding: 0.25rem 1.2rem 0.25rem 0; vertical-align: top; }
tr { border-bottom: 1px solid #eee; }
td.because, p.nothing { color: #777; }
li.warning { color: #a33; }
img { max-width: 100%; }
"""


def advice_page(advice: MixAdvice | MasterAdvice, session: ExportSession, curves: BeforeAfter) -> str:
    """The text of the page."""
    body = _master_body(advice, session) if isinstance(advice, MasterAdvice) else _mix_body(advice, session)
    heard = _image(curves_picture(curves), "spectrum against its genre's, and loudness over time, before and after")
    findings = "\n".join(
        f'<li class="{found.severity}"><b>{escape(found.code)}</b>: {escape(found.message)}</li>'
        for found in advice.findings
    )
    title = escape(session.title)
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{title}: advice</title>'
        f"<style>{STYLE}</style></head>\n<body>\n<h1>{title}</h1>\n"
        + (f"<ul>\n{findings}\n</ul>\n" if findings else "")
        + f"{heard}{body}\n</body>\n</html>\n"
    )


def _master_body(advice: MasterAdvice, session: ExportSession) -> str:
    words = escape(f"Toward {toward_words(advice)}; loudness: {advice.target}.")
    laid_out = f"<p>Sections: {escape(section_words(advice.sections))}.</p>\n" if len(advice.sections) > 1 else ""
    return f"<p>{words}</p>\n{laid_out}{_chain(advice.suggestions, session)}"


def _chain(suggestions: Sequence[Suggestion], session: ExportSession) -> str:
    """What is set on a sum, drawn and in words."""
    drawn = chain_picture(suggestions, max(track.rate for track in session.tracks))
    picture = _image(drawn, "the equaliser and the compressor") if drawn else ""
    return f"{picture}{_table(suggestions)}"


def _mix_body(advice: MixAdvice, session: ExportSession) -> str:
    sections = [f"<p>Genre: {_genre(advice.genre)}.</p>", _image(mix_picture(advice), "gains, pans and masking")]
    idle = [_name_and_role(track) for track in advice.tracks if not track.suggestions]
    if idle:
        sections.append(f'<p class="nothing">Nothing to do for {"; ".join(idle)}.</p>')
    for track in (track for track in advice.tracks if track.suggestions):
        sections.append(f"<h2>{_name_and_role(track)}</h2>\n{_table(track.suggestions)}")
    sections.append(_usual_faders(advice.tracks))
    for name, suggestions in (("Reverb", advice.reverb), ("Bus", advice.bus), ("Master", advice.master)):
        if suggestions:
            sections.append(f"<h2>{name}</h2>\n{_chain(suggestions, session)}")
    return "\n".join(sections)


def _usual_faders(tracks: Sequence[TrackAdvice]) -> str:
    """Where engineers set the faders of such tracks."""
    rows = [
        f"<tr><td>{_name_and_role(track)}</td><td>{track.usual_fader.gain_db:+.1f} dB</td>"
        f"<td>± {track.usual_fader.spread_db:.1f} dB</td></tr>"
        for track in tracks
        if track.usual_fader
    ]
    if not rows:
        return ""
    said = "From the mean of the song's faders, as learned from MedleyDB. No gain here rests on it: tracks differ."
    head = "".join(f"<th>{name}</th>" for name in ("track", "fader", "spread"))
    table = "\n".join([f"<tr>{head}</tr>", *rows])
    return f"<h2>Where engineers set these instruments' faders</h2>\n<p>{said}</p>\n<table>\n{table}\n</table>"


def _genre(genre: GenreUsed) -> str:
    likeliest = list(genre.probabilities.items())[:3]
    return escape(f"{genre.name} ({', '.join(f'{name} {chance:.0%}' for name, chance in likeliest)})")


def _name_and_role(track: TrackAdvice) -> str:
    role = ", ".join(filter(None, (track.instrument, track.role)))
    return f"{escape(track.track)} <small>{escape(role)}</small>"


def _table(suggestions: Sequence[Suggestion]) -> str:
    if not suggestions:
        return '<p class="nothing">Nothing to do.</p>\n'
    rows = "\n".join(_row(each) for each in suggestions)
    head = "".join(f"<th>{name}</th>" for name in ("processor", "set", "does", "because", "sure"))
    return f"<table>\n<tr>{head}</tr>\n{rows}\n</table>\n"


def _row(each: Suggestion) -> str:
    because = f"{reason_words(each.reason)}. {each.reason.source}"
    return (
        f"<tr><td>{escape(each.processor.replace('_', ' '))}</td><td>{escape(setting_words(each))}</td>"
        f'<td>{escape(each.effect)}</td><td class="because">{escape(because)}</td><td>{each.confidence:.0%}</td></tr>'
    )


def _image(picture: bytes, words: str) -> str:
    data = base64.b64encode(picture).decode("ascii")
    return f'<img alt="{escape(words)}" src="data:image/png;base64,{data}">\n'
