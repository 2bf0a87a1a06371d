"""Layers in torch that keep their past in named states, for networks that someone plays through.

Task:
    Build networks that give the same samples whether a song is fed whole or in blocks of any length.

Conventions:
    `forward(x, *states)` gives `(y, *new_states)`; x is [B, C, T], a state [B, ...], zeros at the start.
    A frame is one step of T at a layer's own rate. `n_ahead` frames of the future cost as many frames of latency.
    Import from the modules, which load torch: `convolution`, `recurrence`, `structure`, `net`.

References:
    Caillon and Esling 2022, "Streamable neural audio synthesis with non-causal convolutions", DAFx (the idea of cached
    convolutions; no code of theirs is used).
"""
