"""An instrument that follows the pitch and loudness of what is played to it.

Task:
    Controls (`transfer.controls`) go into a small network; it says how loud each partial and each band of noise of the
    instrument is, and a synthesiser sounds them. Training learns that network from recordings of the instrument.

Conventions:
    A frame is one hop of controls. Frame k says what holds at the end of hop k of the sound that is made. Partials and
    bands are told in nepers relative to the loudness that was asked for, so that loudness is followed by construction.

References:
    Engel et al. 2020, "DDSP: Differentiable digital signal processing", ICLR (harmonics, filtered noise, the losses);
    Serra and Smith 1990, "Spectral modeling synthesis", Computer Music Journal 14(4) (the analysis).
"""
