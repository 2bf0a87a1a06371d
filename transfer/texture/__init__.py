"""A texture: a sound that takes the place of whatever is played, chords and beats as well as tunes.

Task:
    A network of convolutions squeezes sound through a few numbers per frame, and makes sound of what it learned from
    them. It is told neither pitch nor notes, so that what is played may have several, or none.

Conventions:
    Sound is mono at 48 kHz. A frame is 128 samples. Loudness is kept by construction, phases are not.

References:
    Caillon and Esling 2021, "RAVE" (an autoencoder on bands); Caspe et al. 2025, "Designing neural synthesizers for
    low-latency interaction" (frames of 128 samples, short filters, dilations). No code of theirs is used.
"""
