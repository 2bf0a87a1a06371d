"""Every tolerance of the tests, each with its reason. Widening one needs a line in CHANGELOG.md."""

from __future__ import annotations

SCORE_DB = 1e-9
"""Scores in dB against closed forms and museval: all sums are in float64, a few thousand terms long."""
