"""Rooms: synthesised, read from impulse responses, and played into."""
