"""Amp models: captured amps to play through, and pairs of recordings to learn new ones from."""

from amp_models.capturing.run import capture
from amp_models.pairs.check import PairReport, check_pair
from amp_models.playing.amp import Amp, load_amp
from amp_models.playing.play_path import PlayOptions

__all__ = ["Amp", "PairReport", "PlayOptions", "capture", "check_pair", "load_amp"]
