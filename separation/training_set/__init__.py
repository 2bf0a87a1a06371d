"""Songs made for training: arrangements, singing and mixes from free sources, built by one command.

Task:
    `python -m separation.training_set --data DATA --out SET --songs N` makes a folder that `separation.training` reads.
Conventions:
    Stems are [C=2, T] float32 at 44100 Hz while they are made, int16 when stored. A song is a function of its seed and
    of the sources at hand, but for what FluidSynth varies from time to time, more than 40 dB below. Times are in
    seconds, pitches are MIDI numbers (69 = 440 Hz), steps are sixteenth notes.
    A source without licence and credit is refused; what went in is written to `manifest.json`.

References:
    Manilow et al. 2019, "Cutting music source separation some Slakh" (training stems rendered from MIDI).
"""
