"""The report of advice: one HTML file with its pictures inside, to be sent and opened anywhere."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

from mixassist.suggest.advice import MasterAdvice, MixAdvice, Suggestion
from mixassist.suggest.before_after import BeforeAfter
from mixassist.suggest.export.curve_pictures import curves_picture
from mixassist.suggest.export.pictures import master_picture, mix_picture
from mixassist.suggest.export.session import ExportSession

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
h2 { margin: 2.5rem 0 0.5rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; margin: 1rem 0; }
th { text-align: left; font-weight: 600; }
td, th { padding: 0.25rem 1.2rem 0.25rem 0; vertical-align: top; }
tr { border-bottom: 1px solid #eee; }
td.because, p.nothing { color: #777; }
li.warning { color: #a33; }
img { max-width: 100%; }
"""


def advice_page(advice: MixAdvice | MasterAdvice, session: ExportSession, curves: BeforeAfter) -> str:
    """The text of the page."""
    body = _master_body(advice, session) if isinstance(advice, MasterAdvice) else _mix_body(advice)
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
    toward = advice.reference or advice.genre.name
    rate = session.tracks[0].rate
    picture = _image(master_picture(advice, rate), "the equaliser and the compressor") if advice.suggestions else ""
    return f"<p>Toward {escape(toward)}; loudness: {escape(advice.target)}.</p>\n{picture}{_table(advice.suggestions)}"


def _mix_body(advice: MixAdvice) -> str:
    sections = [f"<p>Genre: {escape(advice.genre.name)}.</p>", _image(mix_picture(advice), "gains, pans and masking")]
    for track in advice.tracks:
        role = " ".join(filter(None, (track.instrument, track.role)))
        sections.append(f"<h2>{escape(track.track)}</h2>\n<p>{escape(role)}</p>\n{_table(track.suggestions)}")
    for name, suggestions in (("Reverb", advice.reverb), ("Bus", advice.bus), ("Master", advice.master)):
        if suggestions:
            sections.append(f"<h2>{name}</h2>\n{_table(suggestions)}")
    return "\n".join(sections)


def _table(suggestions: Sequence[Suggestion]) -> str:
    if not suggestions:
        return '<p class="nothing">Nothing to do.</p>\n'
    rows = "\n".join(_row(each) for each in suggestions)
    head = "".join(f"<th>{name}</th>" for name in ("processor", "set", "does", "because", "sure"))
    return f"<table>\n<tr>{head}</tr>\n{rows}\n</table>\n"


def _row(each: Suggestion) -> str:
    settings = ", ".join(f"{name} {value}" for name, value in each.settings().items())
    reason = each.reason
    because = f"{reason.rule}: {reason.measured}; {reason.target}, tolerance {reason.tolerance}. {reason.source}"
    return (
        f"<tr><td>{escape(each.processor)}</td><td>{escape(settings)}</td><td>{escape(each.effect)}</td>"
        f'<td class="because">{escape(because)}</td><td>{each.confidence:.0%}</td></tr>'
    )


def _image(picture: bytes, words: str) -> str:
    data = base64.b64encode(picture).decode("ascii")
    return f'<img alt="{escape(words)}" src="data:image/png;base64,{data}">\n'
