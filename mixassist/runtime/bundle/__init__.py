"""Bundles: a folder that plays models on a machine with numpy and an inference engine, and nothing else of ours.

Task:
    `making` writes a bundle from models and the modules of this house that their streams need; `device` is what runs
    from there: the pedal, its check, its measurement.
Conventions:
    `device` and all that it imports load nothing but numpy, an engine and the standard library, on Python 3.10 and
    later. Features hand in the name of the function that opens their stream; nothing here imports them.

References:
    docs/deploy.md; docs/decisions/0018 (why a bundle carries our own modules).
"""
