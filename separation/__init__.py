"""Separation: finished songs into stems, rooms and noise away from recordings, and other rooms in."""

from separation.denoising import denoise
from separation.dereverb import dereverberate
from separation.options import SeparationOptions
from separation.rooms.placing import respace
from separation.separator import Separator, separate

__all__ = ["SeparationOptions", "Separator", "denoise", "dereverberate", "respace", "separate"]
