"""Separation: finished songs into stems, and rooms away from recordings (re-spacing will live here too)."""

from separation.dereverb import dereverberate
from separation.options import SeparationOptions
from separation.separator import Separator, Stems, separate, separate_file

__all__ = ["SeparationOptions", "Separator", "Stems", "dereverberate", "separate", "separate_file"]
