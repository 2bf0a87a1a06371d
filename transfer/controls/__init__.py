"""What a player does, hop by hop: pitch, how sure that is, loudness; and how it is matched to what a model knows.

Task: the input of timbre transfer, heard from a stream with a declared latency, or from a file by the same code.
Conventions: see `transfer.controls.stream`.
"""

from transfer.controls.matching import ControlMatch, MatchOptions
from transfer.controls.options import ControlOptions
from transfer.controls.statistics import ControlStatistics, statistics_of
from transfer.controls.stream import Controls, ControlStream, controls_of

__all__ = [
    "ControlMatch",
    "ControlOptions",
    "ControlStatistics",
    "ControlStream",
    "Controls",
    "MatchOptions",
    "controls_of",
    "statistics_of",
]
