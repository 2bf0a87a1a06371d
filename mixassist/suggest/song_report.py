"""The report of inspected songs: one HTML file that holds its pictures, to be sent and opened anywhere."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from mixassist.audio.atomic import atomic_path
from mixassist.suggest.song_pictures import song_picture
from mixassist.suggest.song_words import rows

if TYPE_CHECKING:
    from mixassist.suggest.inspection import Inspection

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
h2 { margin: 2.5rem 0 0.5rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; margin: 1rem 0; }
td { padding: 0.15rem 1.2rem 0.15rem 0; vertical-align: top; }
td:nth-child(2) { white-space: nowrap; font-variant-numeric: tabular-nums; }
td:nth-child(3), p.nothing { color: #777; }
li.warning { color: #a33; }
img { max-width: 100%; }
"""


def write_report(songs: Sequence[Inspection], path: Path) -> None:
    """Writes the report of these songs.

    Raises:
        AudioError: when the file cannot be written.
    """
    sections = "\n".join(_section(song) for song in songs)
    page = (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>mixassist inspect</title>'
        f"<style>{STYLE}</style></head>\n<body>\n<h1>Inspected songs</h1>\n{sections}\n</body>\n</html>\n"
    )
    with atomic_path(path) as temporary:
        temporary.write_text(page, encoding="utf-8", errors="replace")


def _section(song: Inspection) -> str:
    name = escape(song.song.name)
    face = f"{song.seconds:.1f} s, {song.rate} Hz, {'mono' if song.n_channels == 1 else 'stereo'}"
    table = "\n".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows(song))
    findings = "\n".join(
        f'<li class="{found.severity}"><b>{escape(found.code)}</b>: {escape(found.message)}</li>'
        for found in song.findings
    )
    picture = base64.b64encode(song_picture(song)).decode("ascii")
    return (
        f"<h2>{name}</h2>\n<p>{face}</p>\n"
        + (f"<ul>\n{findings}\n</ul>\n" if findings else '<p class="nothing">Nothing found.</p>\n')
        + f'<img alt="loudness over time, spectrum and stereo of {name}" src="data:image/png;base64,{picture}">\n'
        + f"<table>\n{table}\n</table>"
    )
