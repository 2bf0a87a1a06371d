"""Data sets of one timbre: recordings of an instrument or a voice, cut, checked, credited and frozen.

Task:
    `build_dataset` makes a folder of segments with a manifest from a folder of recordings; `open_dataset` reads it.
Conventions:
    Segments are mono at 48 kHz, float32 [T] in memory and FLAC in the folder. What a folder holds: `manifest`.

References:
    Engel et al. 2020, "DDSP" (ten to twenty minutes of one instrument in one room); Akhtar et al. 2024, "Croissant".
"""

from transfer.dataset.building import build_dataset
from transfer.dataset.manifest import Segment, TimbreDataset, open_dataset
from transfer.dataset.options import DatasetOptions

__all__ = ["DatasetOptions", "Segment", "TimbreDataset", "build_dataset", "open_dataset"]
