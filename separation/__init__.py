"""Separation: finished songs into stems, and rooms away from recordings, and others in."""

from separation.dereverb import dereverberate
from separation.options import SeparationOptions
from separation.rooms.placing import respace
from separation.separator import Separator, separate, separate_file

__all__ = ["SeparationOptions", "Separator", "dereverberate", "respace", "separate", "separate_file"]
