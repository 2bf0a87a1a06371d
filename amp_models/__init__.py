"""Amp models: captured amps to play through, and pairs of recordings to learn new ones from."""

from amp_models.amp import Amp, PlayOptions, load_amp
from amp_models.check import PairReport, check_pair

__all__ = ["Amp", "PairReport", "PlayOptions", "check_pair", "load_amp"]
