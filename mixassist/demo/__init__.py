"""The demo material: a song whose stems are known, and a guitar with its reamped take; all of it synthesised here."""

from mixassist.demo.guitar import GuitarFacts, GuitarPair, render_guitar_pair
from mixassist.demo.song import Song, render_song

__all__ = ["GuitarFacts", "GuitarPair", "Song", "render_guitar_pair", "render_song"]
