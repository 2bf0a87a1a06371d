"""What an inspection says in words: rows of a name, a value and what it means, for the terminal and the report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mixassist.dsp.decibels import FLOOR_DB
from mixassist.suggest.genre_style import STRANGER, UNSURE
from mixassist.suggest.inspection import Inspection

UNKNOWN = "–"
BARS = "▁▂▃▄▅▆▇█"
BAR_RANGE_DB = 40.0
"""What the bars of the spectrum reach down from the loudest."""


class Row(NamedTuple):
    """A measure, its value with unit, and what it tells."""

    name: str
    value: str
    meaning: str


def rows(song: Inspection) -> Iterator[Row]:
    """All measures of a song but its spectrum; without what it does not have."""
    yield from _loudness_rows(song)
    yield from _level_rows(song)
    if song.stereo is not None:
        yield Row("width", _number(song.stereo.width_db, "dB", 1), "side over mid; mono has -120")
        yield Row(
            "correlation",
            _number(song.stereo.correlation, "", 2, sign="+"),
            "1 is mono; mono loses what is below 0",
        )
        yield Row("balance", _number(song.levels.balance_db, "dB", 1, sign="+"), "left over right")
    yield Row("tempo", _number(song.music.tempo_bpm, "bpm", 1), "half and double are its mistakes")
    yield Row("key", song.music.key or UNKNOWN, f"or {song.music.next_key}" if song.music.next_key else "")
    yield _genre_row(song)


def spectrum_bars(song: Inspection) -> str:
    """A bar for each third octave, and what they span; all are lowest in silence."""
    top_db = max(*(band.level_db for band in song.spectrum), FLOOR_DB + BAR_RANGE_DB)
    heights = [1 - min((top_db - band.level_db) / BAR_RANGE_DB, 1) for band in song.spectrum]
    bars = "".join(BARS[round(height * (len(BARS) - 1))] for height in heights)
    return f"{bars}  third octaves {song.spectrum[0].hz:g} to {song.spectrum[-1].hz:g} Hz, {BAR_RANGE_DB:g} dB high"


def _loudness_rows(song: Inspection) -> Iterator[Row]:
    loudness, dynamics = song.loudness, song.dynamics
    yield Row("integrated", _number(loudness.integrated_lufs, "LUFS", 1), "of the whole, by EBU R 128")
    yield Row("short-term max", _number(loudness.short_term_max_lufs, "LUFS", 1), "the loudest 3 s")
    yield Row("momentary max", _number(loudness.momentary_max_lufs, "LUFS", 1), "the loudest 0.4 s")
    yield Row("range", _number(loudness.range_lu, "LU", 1), "LRA, from quiet to loud passages")
    yield Row("true peak", _number(dynamics.true_peak_dbtp, "dBTP", 1, sign="+"), "between the samples too")
    yield Row("PLR", _number(dynamics.plr_db, "dB", 1), "true peak over integrated loudness")
    yield Row("PSR min", _number(dynamics.psr_min_db, "dB", 1), "true peak over loudness, densest 3 s")


def _level_rows(song: Inspection) -> Iterator[Row]:
    levels = song.levels
    yield Row("crest", _number(levels.crest_db, "dB", 1), "sample peak over rms")
    yield Row("rms", _number(levels.rms_dbfs, "dBFS", 1), "a sine at full scale has -3")
    yield Row("noise floor", _number(levels.noise_floor_dbfs, "dBFS", 1), "the quietest 0.4 s, silence aside")
    yield Row("clipped runs", str(song.dynamics.n_clipped_runs), "3 samples or more at full scale")
    yield Row("DC", f"{max(levels.dc, key=abs):+.3%}", "of full scale, the worse channel")


def _genre_row(song: Inspection) -> Row:
    """The genre, and the likeliest three."""
    if song.genre is None:
        return Row("genre", UNKNOWN, "too short or too silent to tell")
    if song.genre.is_stranger:
        return Row("genre", STRANGER, song.genre.why_unsure)
    likeliest = list(song.genre.probabilities.items())[:3]
    return Row("genre", song.genre.name or UNSURE, ", ".join(f"{name} {chance:.0%}" for name, chance in likeliest))


def _number(value: float | None, unit: str, n_decimals: int, sign: str = "-") -> str:
    return UNKNOWN if value is None else f"{value:{sign}.{n_decimals}f} {unit}".rstrip()
