"""Mix and master advice: what a song or a set of tracks measures, and what would bring it closer to its genre.

Task: meters, genre and instruments become suggestions with reasons.
Conventions: audio is [C, T] float32, full scale ±1; levels in dB, loudness in LUFS; bounds and sources beside values.
"""
