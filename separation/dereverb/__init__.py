"""Dereverberation: recordings without the late part of their room.

Task: `dereverberate` takes the tail away from a buffer, `dereverberate_file` from a file of any length.

Conventions: outputs have the input's rate, channels, frames and time position; dry + tail = input. Early reflections
stay. All channels are worked on together and turned down alike, so that the image stays.

References: see `separation.dereverb.wpe` for the prediction and `separation.dereverb.late_power` for its bounds.
"""

from separation.dereverb.options import DereverbOptions
from separation.dereverb.room_removal import Dereverberated, dereverberate, dereverberate_file

__all__ = ["DereverbOptions", "Dereverberated", "dereverberate", "dereverberate_file"]
