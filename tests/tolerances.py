"""Every tolerance of the tests, each with its reason. Widening one needs a line in CHANGELOG.md."""

from __future__ import annotations
