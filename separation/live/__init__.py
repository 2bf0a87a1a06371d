"""Separation while the song plays: `lite-live`, block by block, 46 ms late.

Task:
    `separation.live.opening.open_live` opens a `LiveSeparator`: stems and residual of each block that comes in, of any
    length. Files go the same way (`separation.live.lane`), so what is heard live is what is written.
Conventions:
    Blocks are [C=2, n], stems [S, C, n], at the model's rate. A hop is the frames by which the network goes on, n_fft
    the window it sees; both are in the model's spec. Stems and residual sum to the input, `latency_samples` late.
"""
