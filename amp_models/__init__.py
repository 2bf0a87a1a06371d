"""Amp models: captured amps from `.nam` files and from our own training, to play through."""

from amp_models.amp import Amp, PlayOptions, load_amp

__all__ = ["Amp", "PlayOptions", "load_amp"]
