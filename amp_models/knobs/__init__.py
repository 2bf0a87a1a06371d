"""Amps with knobs: where they stood, models that hear them, one setting of them, the next to record."""
