"""Rules of mixing, one module each: measured tracks in, suggestions with reasons out.

A rule moves what lies outside its tolerance to the tolerance's edge, never to its middle: what comes out of it is left
alone when it comes back.
"""
