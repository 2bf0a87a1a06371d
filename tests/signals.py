"""Signals that more than one test needs; all of them seeded or exact."""

from __future__ import annotations
