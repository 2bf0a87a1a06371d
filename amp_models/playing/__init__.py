"""Amps in use: offline and live, through cabinets, oversampled."""
