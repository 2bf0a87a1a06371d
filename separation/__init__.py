"""Separation: finished songs into stems (dereverberation and re-spacing will live here too)."""

from separation.options import SeparationOptions
from separation.report import SeparationReport
from separation.separator import Separator, Stems, separate, separate_file

__all__ = ["SeparationOptions", "SeparationReport", "Separator", "Stems", "separate", "separate_file"]
